//! Writes a function as text, and counts its bytes: instructions of Thumb-2 and of its DSP extension.
//!
//! Nothing that is written depends on data but which register conditional instructions write: loops have a known number of
//! turns.
//!
//! Instructions of the extension are written as what they are encoded as, their names behind: on `thumbv8m.main` no directive
//! makes an assembler know them, and what rustc is told of the core does not reach the one that looks for symbols during
//! link-time optimisation.

use super::registers::Register;
use crate::listing::{Fingerprint, Line, Listing, Operand, line, words};
use std::fmt;

/// A function that is being written.
#[derive(Clone, Debug)]
pub struct Assembler {
    listing: Listing,
    bytes: usize,
    labels: usize,
    /// Words of the stack frame.
    stack: usize,
}

/// A function that has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// One instruction a line.
    pub text: String,
    /// Tells its text from others.
    pub fingerprint: Fingerprint,
    /// Its size in flash, at most: an assembler may find shorter encodings.
    pub bytes: usize,
    /// Bytes of stack.
    pub stack: usize,
}

/// A place to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(usize);

/// How a comparison of numbers without signs, or with them, went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Not less, without signs.
    HigherOrSame,
    /// Less, without signs.
    Lower,
    /// Less, with signs.
    Less,
    /// Greater, with signs.
    Greater,
}

impl Condition {
    fn name(self) -> &'static str {
        match self {
            Self::HigherOrSame => "hs",
            Self::Lower => "lo",
            Self::Less => "lt",
            Self::Greater => "gt",
        }
    }
}

/// The largest offset of a load or a store.
pub const MOST_OFFSET: usize = 4095;

/// The most bytes of a loop whose conditional branch is sure to reach back.
const FAR: usize = 1_000_000;

/// An instruction as a number: its two half words, the first one on top.
struct Encoding(u32);

impl fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#010x}", self.0)
    }
}

impl Operand for Encoding {
    fn word(&self) -> u64 {
        self.0.into()
    }
}

/// Register lists: `{r4, r5}`.
struct List<'a>(&'a [Register]);

impl fmt::Display for List<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(formatter, "{{{}}}", names.join(", "))
    }
}

impl Operand for List<'_> {
    fn word(&self) -> u64 {
        words(self.0, "")
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
        Self { listing: Listing::kept(), bytes: 0, labels: 0, stack: 0 }
    }

    fn write(&mut self, bytes: usize, instruction: Line<'_>) {
        self.listing.line(instruction);
        self.bytes += bytes;
    }

    fn wide(&mut self, instruction: Line<'_>) {
        self.write(4, instruction);
    }

    /// An instruction of the DSP extension that adds a product to a sum: encodings T1 of the ARMv7-M Architecture Reference
    /// Manual, which differ in their `operation` alone.
    fn multiply(&mut self, name: &str, operation: u32, [to, a, b, sum]: [Register; 4]) {
        let [d, n, m, s] = [to, a, b, sum].map(Register::number);
        let encoding = Encoding(0xfb00_0000 | operation | n << 16 | s << 12 | d << 8 | m);
        self.wide(line!(".inst.w {} @ {} {}, {}, {}, {}", encoding, name, to, a, b, sum));
    }

    /// `to = from`
    pub fn mov(&mut self, to: Register, from: Register) {
        self.write(2, line!("mov {}, {}", to, from));
    }

    /// `to = value`
    pub fn constant(&mut self, to: Register, value: i32) {
        let [low, high] = [value as u32 & 0xffff, value as u32 >> 16];
        self.wide(line!("movw {}, #{}", to, low));
        if high != 0 {
            self.wide(line!("movt {}, #{}", to, high));
        }
    }

    /// `to = a + b`
    pub fn add(&mut self, to: Register, a: Register, b: Register) {
        self.wide(line!("add {}, {}, {}", to, a, b));
    }

    /// `to = a - b`
    pub fn sub(&mut self, to: Register, a: Register, b: Register) {
        self.wide(line!("sub {}, {}, {}", to, a, b));
    }

    /// `to = from + value`; `to` is another register than `from` where the value is beyond ±4095.
    pub fn add_number(&mut self, to: Register, from: Register, value: i32) {
        match value {
            0 if to == from => {}
            0 => self.mov(to, from),
            1..=4095 => self.wide(line!("addw {}, {}, #{}", to, from, value)),
            -4095..=-1 => self.wide(line!("subw {}, {}, #{}", to, from, -value)),
            _ => {
                self.constant(to, value);
                self.add(to, to, from);
            }
        }
    }

    /// `to = from << by`, `0 < by < 32`.
    pub fn lsl(&mut self, to: Register, from: Register, by: u8) {
        self.wide(line!("lsl {}, {}, #{}", to, from, by));
    }

    /// `to = a + (b << by)`, `0 < by < 32`.
    pub fn add_shifted(&mut self, to: Register, a: Register, b: Register, by: u8) {
        self.wide(line!("add {}, {}, {}, lsl #{}", to, a, b, by));
    }

    /// `to = mask` where `from` is negative, else 0.
    pub fn mask_if_negative(&mut self, to: Register, mask: Register, from: Register) {
        self.wide(line!("and {}, {}, {}, asr #31", to, mask, from));
    }

    /// `to = sum + a0 · b0 + a1 · b1`: products of the halves of words, with their signs.
    pub fn smlad(&mut self, to: Register, a: Register, b: Register, sum: Register) {
        self.multiply("smlad", 0x20_0000, [to, a, b, sum]);
    }

    /// `to = sum + a · b`: of two words a half, the upper one or not, with its sign.
    pub fn smla(&mut self, to: Register, a: (Register, bool), b: (Register, bool), sum: Register) {
        let ((a, is_a_top), (b, is_b_top)) = (a, b);
        let name = match (is_a_top, is_b_top) {
            (false, false) => "smlabb",
            (false, true) => "smlabt",
            (true, false) => "smlatb",
            (true, true) => "smlatt",
        };
        let operation = 0x10_0000 | u32::from(is_a_top) << 5 | u32::from(is_b_top) << 4;
        self.multiply(name, operation, [to, a, b, sum]);
    }

    /// `to = sum + (a · b >> 32)`
    pub fn smmla(&mut self, to: Register, a: Register, b: Register, sum: Register) {
        self.multiply("smmla", 0x50_0000, [to, a, b, sum]);
    }

    /// `to = from >> by`, limited to eight bits with a sign; `0 < by < 32`.
    pub fn ssat8(&mut self, to: Register, from: Register, by: u8) {
        self.wide(line!("ssat {}, #8, {}, asr #{}", to, from, by));
    }

    /// Bytes 0 and 2, or 1 and 3 if `odd`, as halves of a word, with their signs.
    pub fn sxtb16(&mut self, to: Register, from: Register, odd: bool) {
        let rotated = if odd { ", ror #8" } else { "" };
        let encoding = Encoding(0xfa2f_f080 | to.number() << 8 | u32::from(odd) << 4 | from.number());
        self.wide(line!(".inst.w {} @ sxtb16 {}, {}{}", encoding, to, from, rotated));
    }

    /// Compares with a number, `-256 < value < 256`.
    pub fn cmp_number(&mut self, a: Register, value: i32) {
        self.wide(line!("cmp {}, #{}", a, value));
    }

    /// Compares with a register.
    pub fn cmp(&mut self, a: Register, b: Register) {
        self.write(2, line!("cmp {}, {}", a, b));
    }

    /// `to = value` if it was so, `-256 < value < 256`.
    pub fn number_if(&mut self, condition: Condition, to: Register, value: i32) {
        let name = condition.name();
        self.write(2, line!("it {}", name));
        self.wide(line!("mov{} {}, #{}", name, to, value));
    }

    /// `to = from` if it was so.
    pub fn mov_if(&mut self, condition: Condition, to: Register, from: Register) {
        let name = condition.name();
        self.write(2, line!("it {}", name));
        self.write(2, line!("mov{} {}, {}", name, to, from));
    }

    /// Loads a word, at any address.
    pub fn ldr(&mut self, to: Register, base: Register, offset: usize) {
        let is_narrow = to.is_low() && base.is_low() && offset <= 124 && offset.is_multiple_of(4);
        self.write(if is_narrow { 2 } else { 4 }, line!("ldr {}, [{}, #{}]", to, base, offset));
    }

    /// Stores a word, at any address.
    pub fn str(&mut self, from: Register, base: Register, offset: usize) {
        let is_narrow = from.is_low() && base.is_low() && offset <= 124 && offset.is_multiple_of(4);
        self.write(if is_narrow { 2 } else { 4 }, line!("str {}, [{}, #{}]", from, base, offset));
    }

    /// Loads a byte with its sign.
    pub fn ldrsb(&mut self, to: Register, base: Register, offset: usize) {
        self.wide(line!("ldrsb {}, [{}, #{}]", to, base, offset));
    }

    /// Loads a byte with its sign, at an offset that is shifted; `by < 4`.
    pub fn ldrsb_indexed(&mut self, to: Register, base: Register, offset: Register, by: u8) {
        self.wide(line!("ldrsb {}, [{}, {}, lsl #{}]", to, base, offset, by));
    }

    /// Stores a half word.
    pub fn strh(&mut self, from: Register, base: Register, offset: usize) {
        let is_narrow = from.is_low() && base.is_low() && offset <= 62 && offset.is_multiple_of(2);
        self.write(if is_narrow { 2 } else { 4 }, line!("strh {}, [{}, #{}]", from, base, offset));
    }

    /// Stores a byte.
    pub fn strb(&mut self, from: Register, base: Register, offset: usize) {
        let is_narrow = from.is_low() && base.is_low() && offset <= 31;
        self.write(if is_narrow { 2 } else { 4 }, line!("strb {}, [{}, #{}]", from, base, offset));
    }

    /// Loads words in the order of the registers' numbers and moves `base` behind them.
    pub fn ldm(&mut self, base: Register, to: &[Register]) {
        let is_narrow = base.is_low() && to.iter().all(|register| register.is_low());
        self.write(if is_narrow { 2 } else { 4 }, line!("ldm {}!, {}", base, List(to)));
    }

    /// Loads a word of the stack frame, counted from its top.
    pub fn load_local(&mut self, to: Register, word: usize) {
        let bytes = if to.is_low() { 2 } else { 4 };
        self.write(bytes, line!("ldr {}, [sp, #{}]", to, 4 * word));
    }

    /// Stores a word of the stack frame, counted from its top.
    pub fn store_local(&mut self, from: Register, word: usize) {
        let bytes = if from.is_low() { 2 } else { 4 };
        self.write(bytes, line!("str {}, [sp, #{}]", from, 4 * word));
    }

    /// The address of a word of the stack frame, counted from its top.
    pub fn local_address(&mut self, to: Register, word: usize) {
        self.write(if to.is_low() { 2 } else { 4 }, line!("add {}, sp, #{}", to, 4 * word));
    }

    /// Saves what a function must leave alone, and makes room for words; `0 < locals < 128`.
    pub fn enter(&mut self, locals: usize) {
        self.wide(line!("push {{r4, r5, r6, r7, r8, r9, r10, r11, lr}}"));
        self.write(2, line!("sub sp, #{}", 4 * locals));
        self.stack = 9 + locals;
    }

    /// Restores it and returns.
    pub fn leave(&mut self, locals: usize) {
        self.write(2, line!("add sp, #{}", 4 * locals));
        self.wide(line!("pop {{r4, r5, r6, r7, r8, r9, r10, r11, pc}}"));
    }

    /// A place that is [begun](Self::begin) later, behind all calls of it.
    pub fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels)
    }

    /// Calls what begins at a label further on.
    pub fn call(&mut self, label: Label) {
        self.wide(line!("bl 2{}0f", label.0));
    }

    /// Here is what is called, which keeps its return address in the stack frame.
    pub fn begin(&mut self, label: Label, return_address: usize) {
        self.listing.line(line!("2{}0:", label.0));
        self.store_local(Register::Lr, return_address);
    }

    /// Returns from what was called.
    pub fn end(&mut self, return_address: usize) {
        self.wide(line!("ldr pc, [sp, #{}]", 4 * return_address));
    }

    /// Runs `body` so often, `times >= 1`; `close` sets the flags to "not equal" as long as there are more turns.
    pub fn repeat(&mut self, times: usize, body: impl FnOnce(&mut Self), close: impl FnOnce(&mut Self)) {
        if times <= 1 {
            return body(self);
        }
        let Label(label) = self.label();
        self.listing.line(line!("2{}0:", label));
        let start = self.bytes;
        body(self);
        close(self);
        debug_assert!(self.bytes - start < FAR);
        self.wide(line!("bne 2{}0b", label));
    }

    /// Counts a register down to 0 around a body.
    pub fn count_down(&mut self, counter: Register, times: usize, body: impl FnOnce(&mut Self)) {
        if times > 1 {
            self.constant(counter, times as i32);
        }
        self.repeat(times, body, |code| code.wide(line!("subs {}, {}, #1", counter, counter)));
    }

    /// Counts a word of the stack frame down to 0 around a body. Uses `r0`.
    pub fn count_down_local(&mut self, counter: usize, times: usize, body: impl FnOnce(&mut Self)) {
        if times > 1 {
            self.constant(Register::R0, times as i32);
            self.store_local(Register::R0, counter);
        }
        self.repeat(times, body, |code| {
            code.load_local(Register::R0, counter);
            code.write(2, line!("subs r0, #1"));
            code.store_local(Register::R0, counter);
        });
    }

    /// Counts a word of the stack frame, which is more than 0, down to 0 around a body. Uses `r0`.
    pub fn repeat_until_zero(&mut self, counter: usize, body: impl FnOnce(&mut Self)) {
        let Label(label) = self.label();
        self.listing.line(line!("2{}0:", label));
        body(self);
        self.load_local(Register::R0, counter);
        self.write(2, line!("subs r0, #1"));
        self.store_local(Register::R0, counter);
        self.wide(line!("bne 2{}0b", label));
    }

    /// Adds to a word of the stack frame. Uses `r0` and `r1`.
    pub fn advance_local(&mut self, local: usize, by: i32) {
        if by != 0 {
            self.load_local(Register::R0, local);
            self.add_number(Register::R1, Register::R0, by);
            self.store_local(Register::R1, local);
        }
    }

    /// The function.
    pub fn finish(self) -> Function {
        let (text, fingerprint) = self.listing.finish();
        Function { text, fingerprint, bytes: self.bytes, stack: 4 * self.stack }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Register::{Lr, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11, R12};

    /// As LLVM's assembler encodes them for a Cortex-M4 (`llvm-mc -triple=thumbv7em-none-eabi -show-encoding`).
    #[test]
    fn instructions_of_the_extension_are_encoded_as_another_assembler_encodes_them() {
        let mut code = Assembler::new();
        code.smlad(R0, R1, R2, R3);
        code.smlad(R12, R10, R9, Lr);
        code.smla(R4, (R5, false), (R6, false), R7);
        code.smla(R11, (R8, false), (R3, true), R4);
        code.smla(R0, (R12, true), (Lr, false), R1);
        code.smla(Lr, (R1, true), (R10, true), R12);
        code.smmla(R7, R0, R11, R5);
        code.smmla(R2, Lr, R12, R9);
        code.sxtb16(R3, R4, false);
        code.sxtb16(R12, Lr, false);
        code.sxtb16(Lr, R8, true);
        let expected = "\
            .inst.w 0xfb213002 @ smlad r0, r1, r2, r3\n\
            .inst.w 0xfb2aec09 @ smlad r12, r10, r9, lr\n\
            .inst.w 0xfb157406 @ smlabb r4, r5, r6, r7\n\
            .inst.w 0xfb184b13 @ smlabt r11, r8, r3, r4\n\
            .inst.w 0xfb1c102e @ smlatb r0, r12, lr, r1\n\
            .inst.w 0xfb11ce3a @ smlatt lr, r1, r10, r12\n\
            .inst.w 0xfb50570b @ smmla r7, r0, r11, r5\n\
            .inst.w 0xfb5e920c @ smmla r2, lr, r12, r9\n\
            .inst.w 0xfa2ff384 @ sxtb16 r3, r4\n\
            .inst.w 0xfa2ffc8e @ sxtb16 r12, lr\n\
            .inst.w 0xfa2ffe98 @ sxtb16 lr, r8, ror #8\n";
        let Function { text, bytes, .. } = code.finish();
        assert_eq!((text.as_str(), bytes), (expected, 4 * 11));
    }
}
