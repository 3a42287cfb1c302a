//! Loops that are counted in the stack frame, and steps through memory.

use super::assembler::Assembler;
use super::registers::Low;

/// Runs `body` as often as a word of the stack frame counts. Uses `r0`.
pub(super) fn repeat(code: &mut Assembler, counter: usize, times: usize, body: impl FnOnce(&mut Assembler)) {
    if times > 1 {
        code.constant(Low::R0, times as i32);
        code.store_local(Low::R0, counter);
    }
    code.repeat(times, body, |code| {
        code.load_local(Low::R0, counter);
        code.subs_immediate(Low::R0, 1);
        code.store_local(Low::R0, counter);
    });
}

/// Adds to a word of the stack frame. Uses `r0` and `r1`.
pub(super) fn advance_local(code: &mut Assembler, local: usize, by: i32) {
    if by != 0 {
        code.load_local(Low::R0, local);
        code.advance(Low::R0, by, Low::R1);
        code.store_local(Low::R0, local);
    }
}

/// The most bytes that are copied without a loop.
const COPIED_AT_ONCE: usize = 16;

/// How many of so many bytes one turn of a loop takes, so that none are left.
pub(super) fn at_once(bytes: usize) -> usize {
    (1..=COPIED_AT_ONCE.min(bytes)).rev().find(|at_once: &usize| bytes.is_multiple_of(*at_once)).unwrap_or(1)
}
