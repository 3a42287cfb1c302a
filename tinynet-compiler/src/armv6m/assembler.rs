//! Writes a function as text, and counts its bytes and how often each kind of instruction runs.
//!
//! Nothing that is written depends on an inference's input, so that what is counted here is what every inference takes: loops
//! have a known number of turns, or one that is a constant beside the weights, whose sum is known; what is skipped is skipped
//! at known positions.

use super::link::Link;
use super::registers::{High, Low, Register};
use super::timing::Counts;
use crate::listing::{Fingerprint, Line, Listing, Operand, line, words};
use std::fmt::{self, Write as _};

/// A function that is being written.
#[derive(Clone, Debug)]
pub struct Assembler {
    listing: Listing,
    link: Link,
    bytes: usize,
    counts: Counts,
    labels: usize,
    /// Words pushed since the function began.
    stack: usize,
    deepest: usize,
    /// A conditional branch does not reach as far as it should.
    is_out_of_reach: bool,
}

/// A function that has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// One instruction a line; empty where it was [only counted](Assembler::counting).
    pub text: String,
    /// Tells its text from others.
    pub fingerprint: Fingerprint,
    /// Its size in flash.
    pub bytes: usize,
    /// What runs in one call, the call itself apart.
    pub counts: Counts,
    /// Bytes of stack.
    pub stack: usize,
}

/// What tells the time of an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Simple,
    Multiply,
    Access,
    Multiple(usize),
    Branch,
    /// A return by `POP`, with so many registers.
    Return(usize),
}

/// The largest distances in bytes that branches back are used for: conditional ones reach 256, others 2048.
const NEAR: usize = 240;
const FAR: usize = 2000;

/// Register lists: `{r4, r5}`.
struct List<'a>(&'a [Low], Option<&'static str>);

impl fmt::Display for List<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_char('{')?;
        for (index, register) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(formatter, "{comma}{register}")?;
        }
        if let Some(last) = self.1 {
            let comma = if self.0.is_empty() { "" } else { ", " };
            write!(formatter, "{comma}{last}")?;
        }
        formatter.write_char('}')
    }
}

impl Operand for List<'_> {
    fn word(&self) -> u64 {
        words(self.0, self.1.unwrap_or_default())
    }
}

impl Default for Assembler {
    fn default() -> Self {
        Self::new()
    }
}

impl Assembler {
    /// A function without instructions.
    pub fn new() -> Self {
        Self::with(Listing::kept())
    }

    /// A function that is only counted: everything is known of it but its text.
    pub fn counting() -> Self {
        Self::with(Listing::counted())
    }

    fn with(listing: Listing) -> Self {
        Self {
            listing,
            link: Link::default(),
            bytes: 0,
            counts: Counts::default(),
            labels: 0,
            stack: 0,
            deepest: 0,
            is_out_of_reach: false,
        }
    }

    fn write(&mut self, kind: Kind, instruction: Line<'_>) {
        self.listing.line(instruction);
        self.bytes += 2;
        let counts = &mut self.counts;
        match kind {
            Kind::Simple => counts.simple += 1,
            Kind::Multiply => counts.multiplies += 1,
            Kind::Access => counts.accesses += 1,
            Kind::Multiple(registers) => {
                counts.multiples += 1;
                counts.moved += registers as u64;
            }
            Kind::Branch => counts.branches += 1,
            Kind::Return(registers) => {
                // As long as a POP and a branch.
                counts.branches += 1;
                counts.moved += registers as u64 + 1;
            }
        }
    }

    fn simple(&mut self, instruction: Line<'_>) {
        self.write(Kind::Simple, instruction);
    }

    /// Bytes so far.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Instructions that run, so far.
    pub fn instructions(&self) -> u64 {
        self.counts.instructions()
    }

    /// `to = value`
    pub fn movs(&mut self, to: Low, value: u8) {
        self.simple(line!("movs {}, #{}", to, value));
    }

    /// `to = from`, flags left alone unless both are low and the encoding sets them.
    pub fn mov(&mut self, to: impl Into<Register>, from: impl Into<Register>) {
        let (to, from) = (to.into(), from.into());
        self.reads(from);
        self.writes(to);
        self.simple(line!("mov {}, {}", to, from));
    }

    /// `to = value`, in as few instructions as bytes, zero bits and signs allow.
    pub fn constant(&mut self, to: Low, value: i32) {
        let shift = if value == 0 { 0 } else { value.trailing_zeros().min(24) };
        match value {
            0..=255 => self.movs(to, value as u8),
            256..=510 => {
                self.movs(to, 255);
                self.adds_immediate(to, (value - 255) as u8);
            }
            _ if value as u32 >> shift <= 255 => {
                self.movs(to, (value as u32 >> shift) as u8);
                self.lsls(to, to, shift as u8);
            }
            -255..=-1 => {
                self.movs(to, -value as u8);
                self.negate(to, to);
            }
            _ => {
                let bytes = value.to_be_bytes();
                let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(3);
                self.movs(to, bytes[first]);
                let mut shift = 0;
                for &byte in &bytes[first + 1..] {
                    shift += 8;
                    if byte != 0 {
                        self.lsls(to, to, shift);
                        self.adds_immediate(to, byte);
                        shift = 0;
                    }
                }
                if shift > 0 {
                    self.lsls(to, to, shift);
                }
            }
        }
    }

    /// `to += value`
    pub fn adds_immediate(&mut self, to: Low, value: u8) {
        self.simple(line!("adds {}, #{}", to, value));
    }

    /// `to -= value`
    pub fn subs_immediate(&mut self, to: Low, value: u8) {
        self.simple(line!("subs {}, #{}", to, value));
    }

    /// `to += value`, by way of `spare` where it is large.
    pub fn advance(&mut self, to: Low, value: i32, spare: Low) {
        match value {
            0 => {}
            1..=255 => self.adds_immediate(to, value as u8),
            256..=510 => {
                self.adds_immediate(to, 255);
                self.adds_immediate(to, (value - 255) as u8);
            }
            -255..=-1 => self.subs_immediate(to, -value as u8),
            -510..=-256 => {
                self.subs_immediate(to, 255);
                self.subs_immediate(to, (-value - 255) as u8);
            }
            _ if value < 0 => {
                self.constant(spare, -value);
                self.subs(to, to, spare);
            }
            _ => {
                self.constant(spare, value);
                self.adds(to, to, spare);
            }
        }
    }

    /// `to = a + b`
    pub fn adds(&mut self, to: Low, a: Low, b: Low) {
        self.simple(line!("adds {}, {}, {}", to, a, b));
    }

    /// `to = a - b`
    pub fn subs(&mut self, to: Low, a: Low, b: Low) {
        self.simple(line!("subs {}, {}, {}", to, a, b));
    }

    /// `to += from`, of which one is high.
    pub fn add(&mut self, to: impl Into<Register>, from: impl Into<Register>) {
        let (to, from) = (to.into(), from.into());
        self.reads(to);
        self.reads(from);
        self.writes(to);
        self.simple(line!("add {}, {}", to, from));
    }

    /// `accumulator += from`
    pub fn accumulate(&mut self, accumulator: Register, from: Low) {
        match accumulator {
            Register::Low(to) => self.adds(to, to, from),
            Register::High(to) => self.add(to, from),
        }
    }

    /// `to = -from`
    pub fn negate(&mut self, to: Low, from: Low) {
        self.simple(line!("rsbs {}, {}, #0", to, from));
    }

    /// `to *= by`
    pub fn muls(&mut self, to: Low, by: Low) {
        self.write(Kind::Multiply, line!("muls {}, {}, {}", to, by, to));
    }

    /// `to = from << by`, `by < 32`.
    pub fn lsls(&mut self, to: Low, from: Low, by: u8) {
        self.simple(line!("lsls {}, {}, #{}", to, from, by));
    }

    /// `to = from >> by`, zeros shifted in; `0 < by <= 32`.
    pub fn lsrs(&mut self, to: Low, from: Low, by: u8) {
        self.simple(line!("lsrs {}, {}, #{}", to, from, by));
    }

    /// `to = from >> by`, the sign shifted in; `0 < by <= 32`.
    pub fn asrs(&mut self, to: Low, from: Low, by: u8) {
        self.simple(line!("asrs {}, {}, #{}", to, from, by));
    }

    /// `to <<= by`, `by < 256`.
    pub fn lsls_register(&mut self, to: Low, by: Low) {
        self.simple(line!("lsls {}, {}", to, by));
    }

    /// `to >>= by`, zeros shifted in; `by < 256`.
    pub fn lsrs_register(&mut self, to: Low, by: Low) {
        self.simple(line!("lsrs {}, {}", to, by));
    }

    /// `to >>= by`, the sign shifted in; the lowest byte of `by` counts.
    pub fn asrs_register(&mut self, to: Low, by: Low) {
        self.simple(line!("asrs {}, {}", to, by));
    }

    /// `to += from`, and the carry: the bit that a shift before has shifted out.
    pub fn adcs(&mut self, to: Low, from: Low) {
        self.simple(line!("adcs {}, {}", to, from));
    }

    /// `to &= from`
    pub fn ands(&mut self, to: Low, from: Low) {
        self.simple(line!("ands {}, {}", to, from));
    }

    /// `to &= !from`
    pub fn bics(&mut self, to: Low, from: Low) {
        self.simple(line!("bics {}, {}", to, from));
    }

    /// `to |= from`
    pub fn orrs(&mut self, to: Low, from: Low) {
        self.simple(line!("orrs {}, {}", to, from));
    }

    /// `to ^= from`
    pub fn eors(&mut self, to: Low, from: Low) {
        self.simple(line!("eors {}, {}", to, from));
    }

    /// `to = ` the low 16 bits of `from`, with their sign.
    pub fn sxth(&mut self, to: Low, from: Low) {
        self.simple(line!("sxth {}, {}", to, from));
    }

    /// `to = ` the low 16 bits of `from`, zeros before them.
    pub fn uxth(&mut self, to: Low, from: Low) {
        self.simple(line!("uxth {}, {}", to, from));
    }

    /// `to = ` the low 8 bits of `from`, zeros before them.
    pub fn uxtb(&mut self, to: Low, from: Low) {
        self.simple(line!("uxtb {}, {}", to, from));
    }

    /// `to = ` the low 8 bits of `from`, with their sign.
    pub fn sxtb(&mut self, to: Low, from: Low) {
        self.simple(line!("sxtb {}, {}", to, from));
    }

    /// `to = from + value`, `value <= 7`.
    pub fn adds_small(&mut self, to: Low, from: Low, value: u8) {
        self.simple(line!("adds {}, {}, #{}", to, from, value));
    }

    /// -1 where the comparison before found less (without signs), else 0.
    pub fn borrow(&mut self, to: Low) {
        self.simple(line!("sbcs {}, {}", to, to));
    }

    /// Compares with a number.
    pub fn cmp_immediate(&mut self, a: Low, value: u8) {
        self.simple(line!("cmp {}, #{}", a, value));
    }

    /// Compares with a register.
    pub fn cmp(&mut self, a: impl Into<Register>, b: impl Into<Register>) {
        let (a, b) = (a.into(), b.into());
        self.reads(a);
        self.reads(b);
        self.simple(line!("cmp {}, {}", a, b));
    }

    /// Loads a byte without a sign; `offset <= 31`.
    pub fn ldrb(&mut self, to: Low, base: Low, offset: usize) {
        self.write(Kind::Access, line!("ldrb {}, [{}, #{}]", to, base, offset));
    }

    /// Loads a byte without a sign.
    pub fn ldrb_indexed(&mut self, to: Low, base: Low, index: Low) {
        self.write(Kind::Access, line!("ldrb {}, [{}, {}]", to, base, index));
    }

    /// Loads a word; a multiple of 4.
    pub fn ldr_indexed(&mut self, to: Low, base: Low, index: Low) {
        self.write(Kind::Access, line!("ldr {}, [{}, {}]", to, base, index));
    }

    /// Loads 16 bits without a sign; `offset <= 62`, a multiple of 2.
    pub fn ldrh(&mut self, to: Low, base: Low, offset: usize) {
        self.write(Kind::Access, line!("ldrh {}, [{}, #{}]", to, base, offset));
    }

    /// Loads 16 bits without a sign; a multiple of 2.
    pub fn ldrh_indexed(&mut self, to: Low, base: Low, index: Low) {
        self.write(Kind::Access, line!("ldrh {}, [{}, {}]", to, base, index));
    }

    /// Loads a byte with its sign.
    pub fn ldrsb(&mut self, to: Low, base: Low, index: Low) {
        self.write(Kind::Access, line!("ldrsb {}, [{}, {}]", to, base, index));
    }

    /// Stores a byte.
    pub fn strb_indexed(&mut self, from: Low, base: Low, index: Low) {
        self.write(Kind::Access, line!("strb {}, [{}, {}]", from, base, index));
    }

    /// Stores a byte; `offset <= 31`.
    pub fn strb(&mut self, from: Low, base: Low, offset: usize) {
        self.write(Kind::Access, line!("strb {}, [{}, #{}]", from, base, offset));
    }

    /// Loads a word; `offset <= 124`, a multiple of 4.
    pub fn ldr(&mut self, to: Low, base: Low, offset: usize) {
        self.write(Kind::Access, line!("ldr {}, [{}, #{}]", to, base, offset));
    }

    /// Stores a word; `offset <= 124`, a multiple of 4.
    pub fn str(&mut self, from: Low, base: Low, offset: usize) {
        self.write(Kind::Access, line!("str {}, [{}, #{}]", from, base, offset));
    }

    /// Loads a word of the stack frame, counted from its top.
    pub fn load_local(&mut self, to: Low, word: usize) {
        self.write(Kind::Access, line!("ldr {}, [sp, #{}]", to, 4 * word));
    }

    /// Stores a word of the stack frame, counted from its top.
    pub fn store_local(&mut self, from: Low, word: usize) {
        self.write(Kind::Access, line!("str {}, [sp, #{}]", from, 4 * word));
    }

    /// The address of a word of the stack frame, counted from its top.
    pub fn local_address(&mut self, to: Low, word: usize) {
        self.simple(line!("add {}, sp, #{}", to, 4 * word));
    }

    /// Loads words in the order of the registers' numbers and moves `base` behind them.
    pub fn ldm(&mut self, base: Low, to: &[Low]) {
        self.write(Kind::Multiple(to.len()), line!("ldm {}!, {}", base, List(to, None)));
    }

    /// What was loaded last lies in flash.
    pub fn count_constant(&mut self) {
        self.counts.constants += 1;
    }

    /// Loads constants, which lie in flash, as [`ldm`](Self::ldm) does.
    pub fn ldm_constants(&mut self, base: Low, to: &[Low]) {
        self.ldm(base, to);
        self.counts.constants += to.len() as u64;
    }

    /// Stores words in the order of the registers' numbers and moves `base` behind them.
    pub fn stm(&mut self, base: Low, from: &[Low]) {
        self.write(Kind::Multiple(from.len()), line!("stm {}!, {}", base, List(from, None)));
    }

    /// Pushes registers.
    pub fn push(&mut self, registers: &[Low]) {
        self.write(Kind::Multiple(registers.len()), line!("push {}", List(registers, None)));
        self.grow(registers.len());
    }

    /// Pops registers.
    pub fn pop(&mut self, registers: &[Low]) {
        self.write(Kind::Multiple(registers.len()), line!("pop {}", List(registers, None)));
        self.stack = self.stack.saturating_sub(registers.len());
    }

    /// Frees words of the stack frame.
    pub fn drop_locals(&mut self, words: usize) {
        if words > 0 {
            self.simple(line!("add sp, #{}", 4 * words));
            self.stack = self.stack.saturating_sub(words);
        }
    }

    /// Makes room for words in the stack frame.
    pub fn reserve_locals(&mut self, words: usize) {
        if words > 0 {
            self.simple(line!("sub sp, #{}", 4 * words));
            self.grow(words);
        }
    }

    fn grow(&mut self, words: usize) {
        self.stack += words;
        self.deepest = self.deepest.max(self.stack);
    }

    fn reads(&mut self, register: Register) {
        if register == Register::High(High::Lr) {
            self.link.read();
        }
    }

    fn writes(&mut self, register: Register) {
        if register == Register::High(High::Lr) {
            self.link.write();
        }
    }

    /// Saves what a function must leave alone.
    pub fn enter(&mut self) {
        self.link.read();
        self.enter_low();
        for (low, high) in SAVED.into_iter().zip(CALLEE_SAVED) {
            self.mov(low, high);
        }
        self.push(&SAVED);
    }

    /// Saves what a function must leave alone that uses no high registers but `r12` and `lr`.
    pub fn enter_low(&mut self) {
        self.link.read();
        self.write(Kind::Multiple(5), line!("push {}", List(&SAVED, Some("lr"))));
        self.grow(5);
    }

    /// Restores it and returns.
    pub fn leave(&mut self) {
        self.pop(&SAVED);
        for (low, high) in SAVED.into_iter().zip(CALLEE_SAVED) {
            self.mov(high, low);
        }
        self.leave_low();
    }

    /// Restores what [`enter_low`](Self::enter_low) saved and returns.
    pub fn leave_low(&mut self) {
        self.write(Kind::Return(5), line!("pop {}", List(&SAVED, Some("pc"))));
    }

    /// Returns from a function that leaves alone what [`enter`](Self::enter) would have saved.
    pub fn exit(&mut self) {
        self.link.read();
        self.write(Kind::Branch, line!("bx lr"));
    }

    /// Runs `body` so often, `times >= 1`; `close` sets the flags to "not equal" as long as there are more turns.
    ///
    /// Neither may leave something on the stack. A loop of more than 2000 bytes loses `lr`: [`finish`](Self::finish) sees
    /// to it that nobody misses it.
    pub fn repeat(&mut self, times: usize, body: impl FnOnce(&mut Self), close: impl FnOnce(&mut Self)) {
        let before = std::mem::take(&mut self.counts);
        let start = self.bytes;
        if times > 1 {
            self.labels += 1;
        }
        let label = self.labels;
        if times > 1 {
            self.listing.line(line!("2{}0:", label));
        }
        if times <= 1 {
            body(self);
            self.counts += before;
            return;
        }
        self.link.begin_loop();
        body(self);
        close(self);
        let turns = times as u64;
        let a_turn = self.counts;
        let mut counts = before + a_turn * turns;
        let length = self.bytes - start;
        self.link.end_loop(length > FAR);
        if length <= NEAR {
            self.listing.line(line!("bne 2{}0b", label));
            self.bytes += 2;
            counts.branches += turns - 1;
            counts.passed += 1;
        } else {
            // What reaches further is a call, whose return address nobody wants.
            let (branch, bytes) = if length <= FAR { ("b", 2) } else { ("bl", 4) };
            self.listing.line(line!("beq 2{}1f\n{} 2{}0b\n2{}1:", label, branch, label, label));
            self.bytes += 2 + bytes;
            counts.passed += turns - 1;
            counts.branches += turns;
            if length > FAR {
                counts.simple += turns - 1;
            }
        }
        self.counts = counts;
    }

    /// Runs `body` as often as data says, which `close` counts as in [`repeat`](Self::repeat): so many `turns` over all the
    /// times that the loop is entered, at least one each. Answers what all of them take; they are not counted yet, as what
    /// surrounds the loop may be repeated. Of more than 240 bytes, [`finish`](Self::finish) refuses the function.
    pub fn repeat_by_data(
        &mut self,
        entered: u64,
        turns: u64,
        body: impl FnOnce(&mut Self),
        close: impl FnOnce(&mut Self),
    ) -> Counts {
        let before = std::mem::take(&mut self.counts);
        let start = self.bytes;
        self.labels += 1;
        let label = self.labels;
        self.listing.line(line!("2{}0:", label));
        body(self);
        close(self);
        self.is_out_of_reach |= self.bytes - start > NEAR;
        self.listing.line(line!("bne 2{}0b", label));
        self.bytes += 2;
        let a_turn = std::mem::replace(&mut self.counts, before);
        let mut counts = a_turn * turns;
        counts.branches += turns - entered;
        counts.passed += entered;
        counts
    }

    /// Runs `body` where the result before is zero: so many `times` of those that the place is `reached`. Answers what all of
    /// them take, which is not counted yet. Of more than 240 bytes, [`finish`](Self::finish) refuses the function.
    pub fn where_zero(&mut self, reached: u64, times: u64, body: impl FnOnce(&mut Self)) -> Counts {
        let before = std::mem::take(&mut self.counts);
        self.labels += 1;
        let label = self.labels;
        self.listing.line(line!("bne 2{}1f", label));
        self.bytes += 2;
        let start = self.bytes;
        self.link.begin_skipped();
        body(self);
        self.link.end_skipped();
        self.is_out_of_reach |= self.bytes - start > NEAR;
        self.listing.line(line!("2{}1:", label));
        let mut counts = std::mem::replace(&mut self.counts, before) * times;
        counts.branches += reached - times;
        counts.passed += times;
        counts
    }

    /// Counts what runs beside the instructions that were written last.
    pub fn count(&mut self, counts: Counts) {
        self.counts += counts;
    }

    /// The function; `None` if it reads `lr` where a loop has lost it, or a branch does not reach where it should.
    pub fn finish(self) -> Option<Function> {
        if !self.link.is_kept() || self.is_out_of_reach {
            return None;
        }
        let (text, fingerprint) = self.listing.finish();
        Some(Function { text, fingerprint, bytes: self.bytes, counts: self.counts, stack: 4 * self.deepest })
    }
}

/// Low registers that a function must leave alone.
const SAVED: [Low; 4] = [Low::R4, Low::R5, Low::R6, Low::R7];

/// High registers that a function must leave alone, with `r4` to `r7` and `lr`.
const CALLEE_SAVED: [High; 4] = [High::R8, High::R9, High::R10, High::R11];

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a function is one that has so many instructions where a conditional branch goes past them.
    fn is_written(instructions: usize, write: impl FnOnce(&mut Assembler, &dyn Fn(&mut Assembler))) -> bool {
        let mut code = Assembler::counting();
        code.enter();
        write(&mut code, &|code| (0..instructions).for_each(|_| code.movs(Low::R0, 1)));
        code.leave();
        code.finish().is_some()
    }

    #[test]
    fn branches_that_do_not_reach_are_refused() {
        let close = |code: &mut Assembler| code.subs_immediate(Low::R1, 1);
        let in_loop = |instructions| {
            is_written(instructions, |code, body| {
                code.repeat_by_data(1, 2, body, close);
            })
        };
        assert!(in_loop(NEAR / 2 - 1) && !in_loop(NEAR / 2));
        let skipped = |instructions| {
            is_written(instructions, |code, body| {
                code.where_zero(2, 1, body);
            })
        };
        assert!(skipped(NEAR / 2) && !skipped(NEAR / 2 + 1));
        // Others have other branches for that.
        assert!([NEAR, FAR].iter().all(|&bytes| is_written(bytes, |code, body| code.repeat(2, body, close))));
    }
}
