//! The outputs of a position, a group of them at a time: sums of products, then requantised.

use super::{Products, Source, Writer, local};
use crate::armv6m::assembler::Assembler;
use crate::armv6m::loops::repeat;
use crate::armv6m::packing::{MOST_OUTPUTS, Packing};
use crate::armv6m::registers::{High, Low, Register};

/// Accumulators of the outputs of a group.
pub(super) const ACCUMULATORS: [Register; MOST_OUTPUTS] = [
    Register::High(High::R8),
    Register::High(High::R9),
    Register::High(High::R10),
    Register::High(High::R11),
    Register::High(High::R12),
    Register::High(High::Lr),
    Register::Low(Low::R6),
    Register::Low(Low::R7),
    // The second word of weights, or a part of the first, where there are no nine outputs.
    Register::Low(Low::R5),
];

/// The same where products are looked up: `lr` points at the table.
pub(super) const LOOKED_UP: [Register; MOST_OUTPUTS] = [
    Register::High(High::R8),
    Register::High(High::R9),
    Register::High(High::R10),
    Register::High(High::R11),
    Register::High(High::R12),
    Register::Low(Low::R4),
    Register::Low(Low::R5),
    Register::Low(Low::R7),
    Register::Low(Low::R6),
];

/// The most inputs of a turn where products are looked up.
const MOST_LOOKED_UP: usize = 24;

impl Writer<'_> {
    /// How the taps are divided: those of a turn, whole words of weights, turns, those left.
    fn turns(&self) -> [usize; 3] {
        let (taps, together) = match self.products {
            Products::Multiplied => (self.layer.taps(), self.packing.inputs()),
            Products::LookedUp | Products::LookedUpByPlace => (self.layer.taps(), 1),
        };
        let words = taps / together;
        // `lr` holds the table: a turn must not be so long that a branch back takes it.
        let most = if self.is_looked_up() { self.unroll.min(MOST_LOOKED_UP) } else { self.unroll.min(32) };
        let most = (most / together).clamp(1, words.max(1));
        let best =
            (most / 2 + 1..=most).rev().find(|turn: &usize| words.is_multiple_of(*turn)).unwrap_or(most);
        [best * together, words / best, taps - words / best * best * together]
    }

    /// What accumulators begin with, from the sum of the inputs in `r7`. Uses `r5` and `r6`.
    pub(super) fn begin(&self, code: &mut Assembler) {
        if self.is_looked_up() {
            code.negate(Low::R7, Low::R7);
            code.store_local(Low::R7, local::FIRST);
            return;
        }
        let lowest = i32::from(self.packing.lowest);
        if lowest.unsigned_abs().is_power_of_two() {
            code.lsls(Low::R7, Low::R7, lowest.unsigned_abs().trailing_zeros() as u8);
            code.negate(Low::R7, Low::R7);
        } else {
            code.constant(Low::R6, lowest);
            code.muls(Low::R7, Low::R6);
        }
        code.store_local(Low::R7, local::FIRST);
        let mut before = Low::R7;
        for place in 1..self.begun() {
            let next = if place % 2 == 0 { Low::R5 } else { Low::R6 };
            code.lsls(next, before, self.packing.bits);
            code.adds(next, next, Low::R7);
            code.store_local(next, local::FIRST + place);
            before = next;
        }
    }

    /// What accumulators begin with, so many of it. Where codes count double, all begin with nothing.
    pub(super) fn begun(&self) -> usize {
        match self.packing.step {
            _ if self.is_looked_up() => 1,
            0 => self.packing.places().min(self.layer.window.output[2]),
            _ => 1,
        }
    }

    /// Where the loop over the taps ends, for a window that begins at `window`; `window` is overwritten.
    pub(super) fn window_end(&self, code: &mut Assembler, window: Low) {
        let [turn, turns, _] = self.turns();
        code.advance(window, (turn * turns) as i32, Low::R1);
        code.store_local(window, local::WINDOW_END);
    }

    /// All outputs of a position.
    pub(super) fn groups(&self, code: &mut Assembler) {
        let outputs = self.layer.window.output[2];
        code.load_local(Low::R1, local::DATA);
        let group = self.group;
        let (whole, rest) = (outputs / group, outputs % group);
        if whole > 0 {
            repeat(code, local::GROUPS, whole, |code| self.group(code, group));
        }
        if rest > 0 {
            self.group(code, rest);
        }
    }

    /// A few outputs. `r1` points at their data, and behind them afterwards.
    fn group(&self, code: &mut Assembler, outputs: usize) {
        let form = self.layer.form;
        let [turn, turns, rest] = self.turns();
        self.clear(code, outputs);
        code.load_local(Low::R0, local::WINDOW);
        if turns > 0 {
            code.repeat(
                turns,
                |code| {
                    self.taps(code, turn, outputs);
                    code.adds_immediate(Low::R0, turn as u8);
                },
                |code| {
                    code.load_local(Low::R3, local::WINDOW_END);
                    code.cmp(Low::R0, Low::R3);
                },
            );
        }
        self.taps(code, rest, outputs);
        if self.is_looked_up() {
            // Numbers begin at a word.
            let weights = self.layer.taps() * outputs * self.products.bytes();
            let behind = weights.next_multiple_of(4) - weights;
            if behind > 0 {
                code.adds_immediate(Low::R1, behind as u8);
            }
        }
        let (accumulators, first_low) = (self.products.accumulators(), self.products.first_low());
        // The last is requantised first: until then it stays where it is.
        for (place, accumulator) in accumulators[..outputs].iter().skip(first_low).enumerate() {
            let output = first_low + place;
            let is_needed = output + 1 < outputs || self.is_behind(output);
            if let (&Register::Low(low), true) = (accumulator, is_needed) {
                code.store_local(low, local::SPILLED + place);
            }
        }
        code.mov(Low::R0, Low::R1);
        code.load_local(Low::R1, local::OUTPUT);
        for output in (0..outputs).rev() {
            let load = |code: &mut Assembler, to: Low, from: usize| match accumulators[from] {
                Register::Low(_) => code.load_local(to, local::SPILLED + from - first_low),
                high => code.mov(to, high),
            };
            match accumulators[output] {
                Register::Low(low) if output + 1 == outputs => {
                    if low != Low::R6 {
                        code.mov(Low::R6, low);
                    }
                }
                _ => load(code, Low::R6, output),
            }
            if output + 1 < outputs && self.is_behind(output + 1) {
                load(code, Low::R7, output + 1);
                code.lsls(Low::R7, Low::R7, self.packing.bits);
                code.subs(Low::R6, Low::R6, Low::R7);
            }
            if self.packing.step > 0 && !self.is_looked_up() {
                code.lsls(Low::R6, Low::R6, self.packing.step);
                code.load_local(Low::R7, local::FIRST);
                code.adds(Low::R6, Low::R6, Low::R7);
            }
            form.write(code);
            code.strb(Low::R6, Low::R1, output);
        }
        code.adds_immediate(Low::R1, outputs as u8);
        code.store_local(Low::R1, local::OUTPUT);
        code.mov(Low::R1, Low::R0);
    }

    /// Whether the codes of an output lie above those of the one before it in a word.
    fn is_behind(&self, output: usize) -> bool {
        !self.is_looked_up() && !output.is_multiple_of(self.packing.places())
    }

    /// The accumulators of a group as they begin.
    fn clear(&self, code: &mut Assembler, outputs: usize) {
        if self.is_looked_up() {
            code.load_local(Low::R2, local::TABLE);
            code.mov(High::Lr, Low::R2);
            code.load_local(Low::R2, local::FIRST);
            LOOKED_UP[..outputs].iter().for_each(|&accumulator| code.mov(accumulator, Low::R2));
            return;
        }
        let places = self.packing.places();
        if self.packing.step > 0 {
            code.movs(Low::R2, 0);
            (0..outputs).for_each(|output| code.mov(ACCUMULATORS[output], Low::R2));
            return;
        }
        // The last output of a word first, then the last but one of each word.
        for from_last in (0..places).rev() {
            let is_there = |output: &usize| {
                let last = (output / places * places + places).min(outputs) - 1;
                last - output == from_last
            };
            let of_place: Vec<_> = (0..outputs).filter(is_there).collect();
            if !of_place.is_empty() {
                code.load_local(Low::R2, local::FIRST + from_last);
                of_place.into_iter().for_each(|output| code.mov(ACCUMULATORS[output], Low::R2));
            }
        }
    }

    /// Some taps of a group: `r0` points at the inputs, `r1` at the weights and moves on.
    fn taps(&self, code: &mut Assembler, count: usize, outputs: usize) {
        let Packing { bits, .. } = self.packing;
        let (places, together) = (self.packing.places(), self.packing.inputs());
        let load = |code: &mut Assembler, tap: usize| {
            if self.source == Source::InPlace {
                code.movs(Low::R2, tap as u8);
                code.ldrsb(Low::R2, Low::R0, Low::R2);
            } else {
                code.ldrb(Low::R2, Low::R0, tap);
            }
        };
        if self.is_looked_up() {
            let mut at = 0;
            for tap in 0..count {
                load(code, tap);
                code.lsls(Low::R2, Low::R2, 1);
                code.add(Low::R2, High::Lr);
                look_up(code, &LOOKED_UP[..outputs], self.products, &mut at);
            }
            if at > 0 {
                code.adds_immediate(Low::R1, at as u8);
            }
            return;
        }
        let multiply = |code: &mut Assembler, word: Low, outputs: std::ops::Range<usize>| {
            for output in outputs.clone().skip(1) {
                code.lsrs(Low::R3, word, bits * (output - outputs.start) as u8);
                code.muls(Low::R3, Low::R2);
                code.accumulate(ACCUMULATORS[output], Low::R3);
            }
            code.muls(word, Low::R2);
            code.accumulate(ACCUMULATORS[outputs.start], word);
        };
        if together == 1 {
            for tap in 0..count {
                load(code, tap);
                let words = [Low::R4, Low::R5];
                let words = &words[..outputs.div_ceil(places)];
                code.ldm_constants(Low::R1, words);
                for (index, &word) in words.iter().enumerate() {
                    multiply(code, word, index * places..(index * places + places).min(outputs));
                }
            }
            return;
        }
        for first in (0..count).step_by(together) {
            let taps = first..(first + together).min(count);
            code.ldm_constants(Low::R1, &[Low::R4]);
            for tap in taps.clone() {
                load(code, tap);
                if tap + 1 == first + together {
                    multiply(code, Low::R4, 0..outputs);
                    continue;
                }
                // Codes of later inputs are no multiple of this one's: they do not telescope away.
                if together == 2 {
                    code.uxth(Low::R5, Low::R4);
                } else {
                    code.uxtb(Low::R5, Low::R4);
                }
                multiply(code, Low::R5, 0..outputs);
                if tap + 1 < taps.end {
                    code.lsrs(Low::R4, Low::R4, (32 / together) as u8);
                }
            }
        }
    }
}

/// Adds what is at `r2` and so many places farther as each weight says, of which the first is `at` bytes behind `r1`.
fn look_up(code: &mut Assembler, accumulators: &[Register], products: Products, at: &mut usize) {
    /// Weights that an offset reaches.
    const REACH: usize = 32;
    for &accumulator in accumulators {
        if *at == REACH * products.bytes() {
            code.adds_immediate(Low::R1, *at as u8);
            *at = 0;
        }
        if products == Products::LookedUpByPlace {
            code.ldrh(Low::R3, Low::R1, *at);
        } else {
            code.ldrb(Low::R3, Low::R1, *at);
            code.lsls(Low::R3, Low::R3, 1);
        }
        code.count_constant();
        code.ldrh_indexed(Low::R3, Low::R2, Low::R3);
        code.count_constant();
        code.accumulate(accumulator, Low::R3);
        *at += products.bytes();
    }
}
