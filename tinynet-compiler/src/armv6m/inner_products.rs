//! Dense layers written out: about 2.9 cycles a multiply-accumulate at five to six bytes a weight.
//!
//! `x0 · w0 + x1 · w1 = (x0 + w1)(x1 + w0) - x0 · x1 - w0 · w1` (Winograd, "A New Algorithm for Inner Product", 1968): the
//! products of the inputs are summed once for all outputs, those of the weights are constant, and what is left is one
//! multiplication for two products. Both factors are kept in registers, and from one output to the next they move by the
//! difference of the weights, an immediate.
//!
//! Where weights have few bits, or many are zero or powers of two, a product at a time costs less: its multiples are made
//! from one another (`multiples.rs`), and a zero costs nothing. Each group of outputs takes what is cheaper for it.

use super::assembler::Assembler;
use super::code::Code;
use super::convolution::Convolution;
use super::loops::at_once;
use super::multiples::{self, Term};
use super::registers::{High, Low, Register};
use super::timing::Multiplier;

/// Accumulators of a group.
const ACCUMULATORS: [Register; 10] = [
    Register::High(High::R8),
    Register::High(High::R9),
    Register::High(High::R10),
    Register::High(High::R11),
    Register::High(High::R12),
    Register::High(High::Lr),
    Register::Low(Low::R4),
    Register::Low(Low::R5),
    Register::Low(Low::R7),
    Register::Low(Low::R6),
];

/// Words of the stack frame.
mod local {
    pub(super) const INPUT: usize = 0;
    pub(super) const OUTPUT: usize = 1;
    pub(super) const NUMBERS: usize = 2;
    /// `-Σ x0 · x1`
    pub(super) const PRODUCTS: usize = 3;
    /// Accumulators out of the way of requantising.
    pub(super) const SPILLED: usize = 4;
    pub(super) const COUNT: usize = 7;
}

/// Writes a layer; `None` where it is not dense.
pub fn write(layer: &Convolution<'_>, mut code: Assembler) -> Option<Code> {
    let outputs = layer.window.output[2];
    if !layer.is_dense() || layer.lines.len() != outputs || outputs == 0 || layer.taps() == 0 {
        return None;
    }
    let weights: Vec<Vec<i8>> = (0..outputs)
        .map(|filter| layer.natural_order(filter).iter().map(|&weight| weight as i8).collect())
        .collect();
    if let [weights] = weights.as_slice() {
        return single_output(layer, weights, code);
    }
    let groups: Vec<Group<'_>> =
        weights.chunks(ACCUMULATORS.len()).map(|weights| Group::new(weights, layer.multiplier)).collect();
    code.enter();
    code.reserve_locals(local::COUNT);
    code.store_local(Low::R0, local::INPUT);
    code.store_local(Low::R1, local::OUTPUT);
    code.store_local(Low::R3, local::NUMBERS);
    if groups.iter().any(|group| group.is_paired) {
        products(&mut code, layer.taps());
        code.store_local(Low::R4, local::PRODUCTS);
    }
    let mut data = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        group.write(&mut code);
        let first = index * ACCUMULATORS.len();
        for &output in &group.requantize(layer, first, &mut code) {
            let lacks = i64::from(layer.bias[first + output]) - group.products_of_weights(output);
            data.extend(layer.requantizer().words(first + output, lacks));
        }
    }
    code.drop_locals(local::COUNT);
    code.leave();
    Some(Code { function: code.finish()?, data: data.into(), scratch: 0, alignment: 1, has_table: false })
}

/// The same of one output, for which a stack frame and pairs do not pay: a product at a time, the sum in a low register.
fn single_output(layer: &Convolution<'_>, weights: &[i8], mut code: Assembler) -> Option<Code> {
    use Low::{R0, R1, R2, R3, R6};
    code.enter_low();
    code.mov(High::R12, R3);
    code.mov(High::Lr, R1);
    let (mut cursor, mut is_begun) = (Cursor { at: 0 }, false);
    for (input, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0) {
        cursor.load(&mut code, R1, input);
        let term = Term { accumulator: Register::Low(R6), weight, is_begun };
        multiples::accumulate(&mut code, R1, &[R2, R3], &[term], layer.multiplier);
        is_begun = true;
    }
    if !is_begun {
        code.movs(R6, 0);
    }
    code.mov(R0, High::R12);
    code.mov(R1, High::Lr);
    let requantizer = layer.requantizer();
    requantizer.write(&mut code, 0);
    code.strb(R6, R1, 0);
    code.leave_low();
    let data = requantizer.words(0, i64::from(layer.bias[0])).into();
    Some(Code { function: code.finish()?, data, scratch: 0, alignment: 1, has_table: false })
}

/// Sums the negative products of pairs of inputs from `r0` on in `r4`.
fn products(code: &mut Assembler, inputs: usize) {
    use Low::{R0, R1, R2, R4, R5};
    let pairs = inputs / 2;
    let at_once = at_once(pairs);
    code.movs(R4, 0);
    if pairs == 0 {
        return;
    }
    if pairs > at_once {
        code.constant(R5, (pairs / at_once) as i32);
    }
    code.repeat(
        pairs / at_once,
        |code| {
            for pair in 0..at_once {
                code.movs(R1, 2 * pair as u8);
                code.ldrsb(R1, R0, R1);
                code.movs(R2, 2 * pair as u8 + 1);
                code.ldrsb(R2, R0, R2);
                code.muls(R1, R2);
                code.subs(R4, R4, R1);
            }
            code.adds_immediate(R0, 2 * at_once as u8);
        },
        |code| code.subs_immediate(R5, 1),
    );
}

/// Outputs whose sums are made at the same time.
struct Group<'a> {
    /// Of each output its weights.
    weights: &'a [Vec<i8>],
    /// Whether two products are one multiplication.
    is_paired: bool,
    multiplier: Multiplier,
}

impl<'a> Group<'a> {
    fn new(weights: &'a [Vec<i8>], multiplier: Multiplier) -> Self {
        let cost = |is_paired| {
            let mut code = Assembler::counting();
            Self { weights, is_paired, multiplier }.write(&mut code);
            code.instructions()
        };
        // Half the multiplications are far too many where they are slow.
        let is_paired = !multiplier.is_slow() && cost(true) <= cost(false);
        Self { weights, is_paired, multiplier }
    }

    fn inputs(&self) -> usize {
        self.weights.first().map_or(0, Vec::len)
    }

    /// What the accumulator of an output has too much because of its weights.
    fn products_of_weights(&self, output: usize) -> i64 {
        if !self.is_paired {
            return 0;
        }
        self.weights[output].chunks_exact(2).map(|pair| i64::from(pair[0]) * i64::from(pair[1])).sum()
    }

    /// All sums of the group.
    fn write(&self, code: &mut Assembler) {
        code.load_local(Low::R0, local::INPUT);
        let mut cursor = Cursor { at: 0 };
        let mut is_begun = [false; ACCUMULATORS.len()];
        if self.is_paired {
            code.load_local(Low::R3, local::PRODUCTS);
            for (accumulator, is_begun) in
                ACCUMULATORS.into_iter().zip(&mut is_begun).take(self.weights.len())
            {
                code.mov(accumulator, Low::R3);
                *is_begun = true;
            }
            for pair in 0..self.inputs() / 2 {
                self.pair(code, &mut cursor, 2 * pair);
            }
        }
        let singles = if self.is_paired { self.inputs() / 2 * 2..self.inputs() } else { 0..self.inputs() };
        for input in singles {
            self.single(code, &mut cursor, input, &mut is_begun);
        }
        for (accumulator, _) in
            ACCUMULATORS.into_iter().zip(is_begun).take(self.weights.len()).filter(|(_, begun)| !begun)
        {
            code.movs(Low::R3, 0);
            code.mov(accumulator, Low::R3);
        }
    }

    /// Two products of each output.
    fn pair(&self, code: &mut Assembler, cursor: &mut Cursor, input: usize) {
        use Low::{R1, R2, R3};
        cursor.load(code, R1, input);
        cursor.load(code, R2, input + 1);
        let mut added = [0i32; 2];
        for (accumulator, weights) in ACCUMULATORS.into_iter().zip(self.weights) {
            // `r1` holds the first input and the second weight.
            let wanted = [weights[input + 1], weights[input]].map(i32::from);
            for (register, (wanted, added)) in [R1, R2].into_iter().zip(wanted.into_iter().zip(&mut added)) {
                code.advance(register, wanted - *added, R3);
                *added = wanted;
            }
            code.mov(R3, R1);
            code.muls(R3, R2);
            code.accumulate(accumulator, R3);
        }
    }

    /// A product of each output.
    fn single(&self, code: &mut Assembler, cursor: &mut Cursor, input: usize, is_begun: &mut [bool]) {
        use Low::{R1, R2, R3};
        let of_input = || self.weights.iter().map(|weights| weights[input]);
        if of_input().all(|weight| weight == 0) {
            return;
        }
        cursor.load(code, R1, input);
        let terms = ACCUMULATORS.into_iter().zip(of_input()).zip(is_begun);
        let terms: Vec<Term> = terms
            .map(|((accumulator, weight), is_begun)| {
                let term = Term { accumulator, weight, is_begun: *is_begun };
                *is_begun |= weight != 0;
                term
            })
            .collect();
        multiples::accumulate(code, R1, &[R2, R3], &terms, self.multiplier);
    }

    /// Requantises and stores, counted from the layer's output `first`; says in which order.
    fn requantize(&self, layer: &Convolution<'_>, first: usize, code: &mut Assembler) -> Vec<usize> {
        use Low::{R0, R1, R4, R5, R6, R7};
        let outputs = self.weights.len();
        let low: Vec<(usize, Low)> =
            [(6, R4), (7, R5), (8, R7)].into_iter().filter(|low| low.0 < outputs).collect();
        for (place, &(_, register)) in low.iter().enumerate() {
            code.store_local(register, local::SPILLED + place);
        }
        code.load_local(R0, local::NUMBERS);
        code.load_local(R1, local::OUTPUT);
        // The one in the register that requantising begins with goes first.
        let order: Vec<usize> =
            if outputs == 10 { [9].into_iter().chain(0..9).collect() } else { (0..outputs).collect() };
        for &output in &order {
            match low.iter().position(|low| low.0 == output) {
                Some(place) => code.load_local(R6, local::SPILLED + place),
                None if output == 9 => {}
                None => code.mov(R6, ACCUMULATORS[output]),
            }
            layer.requantizer().write(code, first + output);
            code.strb(R6, R1, output);
        }
        code.adds_immediate(R1, outputs as u8);
        code.store_local(R1, local::OUTPUT);
        code.store_local(R0, local::NUMBERS);
        order
    }
}

/// Where `r0` points, counted from the first input.
struct Cursor {
    at: usize,
}

impl Cursor {
    /// Loads an input that is not before those that were loaded.
    fn load(&mut self, code: &mut Assembler, to: Low, input: usize) {
        while input - self.at > 255 {
            code.adds_immediate(Low::R0, 255);
            self.at += 255;
        }
        code.movs(to, (input - self.at) as u8);
        code.ldrsb(to, Low::R0, to);
    }
}
