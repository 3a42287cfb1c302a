//! Copying and filling of memory, word by word where it is aligned.

use super::assembler::Assembler;
use super::registers::{High, Low};

/// Registers that are moved at once.
const WORDS: [Low; 4] = [Low::R3, Low::R4, Low::R5, Low::R6];

/// Counter of the loops.
const TURNS: Low = Low::R7;

/// Bytes in a turn of a loop over bytes.
const BYTES: usize = 16;

/// Copies bytes from `r0` to `r1`, both of which move behind; `is_aligned` if both are multiples of 4 there. Uses `r2` to
/// `r7`.
pub(super) fn copy(code: &mut Assembler, bytes: usize, is_aligned: bool) {
    let words = if is_aligned { bytes / 4 } else { 0 };
    in_turns(code, words, WORDS.len(), |code, count| {
        code.ldm(Low::R0, &WORDS[..count]);
        code.stm(Low::R1, &WORDS[..count]);
    });
    in_turns(code, bytes - 4 * words, BYTES, |code, count| {
        for offset in 0..count {
            code.ldrb(Low::R2, Low::R0, offset);
            code.strb(Low::R2, Low::R1, offset);
        }
        code.adds_immediate(Low::R0, count as u8);
        code.adds_immediate(Low::R1, count as u8);
    });
}

/// Fills bytes from `r1` on, which moves behind, with those of the word in `value`; `is_aligned` if `r1` is a multiple of 4
/// there. Uses `r2` to `r7`.
pub(super) fn fill(code: &mut Assembler, bytes: usize, value: High, is_aligned: bool) {
    if bytes == 0 {
        return;
    }
    let words = if is_aligned { bytes / 4 } else { 0 };
    let registers = WORDS.len().min(words.max(1));
    WORDS[..registers].iter().for_each(|&word| code.mov(word, value));
    in_turns(code, words, WORDS.len(), |code, count| code.stm(Low::R1, &WORDS[..count]));
    in_turns(code, bytes - 4 * words, BYTES, |code, count| {
        (0..count).for_each(|offset| code.strb(WORDS[0], Low::R1, offset));
        code.adds_immediate(Low::R1, count as u8);
    });
}

/// Writes `count` of something, `most` at a time: a loop, then the rest.
fn in_turns(code: &mut Assembler, count: usize, most: usize, write: impl Fn(&mut Assembler, usize)) {
    let (turns, rest) = (count / most, count % most);
    if turns > 0 {
        if turns > 1 {
            code.constant(TURNS, turns as i32);
        }
        code.repeat(turns, |code| write(code, most), |code| code.subs_immediate(TURNS, 1));
    }
    if rest > 0 {
        write(code, rest);
    }
}
