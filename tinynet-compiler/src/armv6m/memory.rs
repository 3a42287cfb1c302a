//! Copying and filling of memory.

use super::assembler::Assembler;
use super::registers::{High, Low};

/// Counter of the loops.
const TURNS: Low = Low::R7;

/// Bytes in a turn of a loop.
const BYTES: usize = 16;

/// Copies bytes from `r0` to `r1`, both of which move behind. Uses `r2` and `r7`.
pub(super) fn copy(code: &mut Assembler, bytes: usize) {
    in_turns(code, bytes, |code, count| {
        for offset in 0..count {
            code.ldrb(Low::R2, Low::R0, offset);
            code.strb(Low::R2, Low::R1, offset);
        }
        code.adds_immediate(Low::R0, count as u8);
        code.adds_immediate(Low::R1, count as u8);
    });
}

/// Fills bytes from `r1` on, which moves behind, with the one in `value`. Uses `r3` and `r7`.
pub(super) fn fill(code: &mut Assembler, bytes: usize, value: High) {
    if bytes > 0 {
        code.mov(Low::R3, value);
    }
    in_turns(code, bytes, |code, count| {
        (0..count).for_each(|offset| code.strb(Low::R3, Low::R1, offset));
        code.adds_immediate(Low::R1, count as u8);
    });
}

/// Writes so many bytes' worth of something: a loop, then the rest.
fn in_turns(code: &mut Assembler, bytes: usize, write: impl Fn(&mut Assembler, usize)) {
    let (turns, rest) = (bytes / BYTES, bytes % BYTES);
    if turns > 0 {
        if turns > 1 {
            code.constant(TURNS, turns as i32);
        }
        code.repeat(turns, |code| write(code, BYTES), |code| code.subs_immediate(TURNS, 1));
    }
    if rest > 0 {
        write(code, rest);
    }
}
