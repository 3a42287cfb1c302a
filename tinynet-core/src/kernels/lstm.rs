//! A layer that remembers: long short-term memory.

use super::batch::{Batch, CAPACITY};
use super::fixed_point16::{hyperbolic_tangent, logistic, saturate};
use super::product;
use super::rows::accumulate;
use super::tight::{opaque, opaque_reference};
use crate::overlap::{Overlap, Overlapping};
use crate::requantize::{clamp, multiply_by_call, rounding_divide_by_power_of_two};
use core::mem::MaybeUninit;

/// Long short-term memory: TensorFlow Lite's integer UNIDIRECTIONAL_SEQUENCE_LSTM, bit for bit.
///
/// Of each vector `x` of a sequence, of the vector `h` that it made of the one before and of its cells' state `c` it
/// makes a vector (Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997, with the forget gate of Gers et al., 2000):
///
/// ```text
/// i, f, o = logistic(W x + b + R h)    each with weights of its own
/// g       = tanh(W x + b + R h)
/// c       = f · c + i · g
/// h       = o · tanh(c)
/// ```
///
/// Gates are calculated in Q3.12, what becomes of them is in Q0.15, by gemmlowp's 16-bit functions (`EvalInteger8x8_16` of
/// `tensorflow/lite/kernels/lstm_eval.cc`, TensorFlow 2.19; TensorFlow Lite Micro calculates otherwise).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lstm<'a> {
    /// Vectors of a sequence.
    pub steps: usize,
    /// Length of the input's vectors.
    pub inputs: usize,
    /// Number of cells: length of the output's vectors.
    pub cells: usize,
    /// The input gate, the forget gate, the cells' new values, the output gate.
    pub gates: [LstmGate<'a>; 4],
    /// Integer bits of the cells' state, 0 to 6.
    pub cell_integer_bits: u8,
    /// The ends of what a cell's state can be, in its steps.
    pub cell_limits: [i16; 2],
    /// Q31 multiplier and power of two from products of two Q0.15 to steps of the output.
    pub output_multiplier: (i32, i8),
    /// The integer that stands for 0 in the output.
    pub output_zero_point: i32,
    /// The integer that a vector before the first has in all places.
    pub first_hidden: i8,
}

impl<const LEAD: isize> Overlapping<Lstm<'_>, LEAD> {
    /// Computes the output from the input, which is lost as far as they overlap, and from the states.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run_with_states<const INPUT: usize, const OUTPUT: usize>(
        &self,
        tensors: Overlap<'_, i8, INPUT, OUTPUT, LEAD>,
        hidden: &mut [i8],
        cell: &mut [i16],
    ) {
        self.kernel().check(INPUT, OUTPUT, hidden, cell);
        let (input, output) = tensors.pointers();
        // SAFETY: the lengths are asserted. The tensors and the states are borrowed, so that the states overlap neither. The
        // tensors lie `LEAD` apart, which is enough: `Overlapping::new` has asserted it.
        unsafe { self.kernel().start(input, output, hidden, cell) };
    }
}

/// Weights of a gate, and what brings products with them to Q3.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LstmGate<'a> {
    /// int8 bit patterns `[cells][inputs]`.
    pub input_weights: &'a [u8],
    /// One a cell, with the input's zero point folded in.
    pub input_bias: &'a [i32],
    /// Q31 multiplier and power of two.
    pub input_multiplier: (i32, i8),
    /// int8 bit patterns `[cells][cells]`.
    pub recurrent_weights: &'a [u8],
    /// One a cell: the zero point of the output, folded; none where it is 0.
    pub recurrent_bias: &'a [i32],
    /// Q31 multiplier and power of two.
    pub recurrent_multiplier: (i32, i8),
}

/// Values of a gate for a few cells.
type Values = [MaybeUninit<i16>; CAPACITY];

impl Lstm<'_> {
    /// Computes `output`, `[steps, cells]`, from `input`, `[steps, inputs]`, and from what `hidden` and `cell` have been
    /// left at, one element a cell; zeros are the beginning. In `hidden` are the differences to
    /// [`first_hidden`](Lstm::first_hidden).
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run(&self, input: &[i8], output: &mut [i8], hidden: &mut [i8], cell: &mut [i16]) {
        self.check(input.len(), output.len(), hidden, cell);
        // SAFETY: all lengths are asserted; borrows that may be written overlap no other.
        unsafe { self.start(input.as_ptr(), output.as_mut_ptr(), hidden, cell) };
    }

    /// The least number of elements by which the output must begin before the input where the two
    /// [overlap](crate::overlap).
    #[inline(always)]
    pub const fn lead(&self) -> isize {
        // While vector `t` of the output is made, which ends at `(t + 1) · cells`, that of the input is still read, which
        // begins at `t · inputs`, and those behind it. Of what lies between the two the ends are the extremes.
        let (first, last) = (self.cells as isize, self.steps.saturating_sub(1) as isize);
        let at_last = (last + 1) * self.cells as isize - last * self.inputs as isize;
        if first > at_last { first } else { at_last }
    }

    /// This layer for an input and an output that overlap.
    ///
    /// # Panics
    ///
    /// Where [`lead`](Lstm::lead) is larger than `LEAD`.
    #[inline(always)]
    pub const fn overlapping<const LEAD: isize>(self) -> Overlapping<Self, LEAD> {
        Overlapping::new(self, self.lead())
    }

    /// Computes `memory[output..]` from `memory[input..]`, by the same steps as [`Overlapping::run_with_states`]. For those
    /// who know only at run time where things lie.
    ///
    /// # Panics
    ///
    /// Where a tensor leaves the memory or has another length than the sizes say, or the tensors overlap each other by
    /// more than they may.
    pub fn run_within(
        &self,
        memory: &mut [i8],
        input: usize,
        output: usize,
        hidden: &mut [i8],
        cell: &mut [i16],
    ) {
        let [inputs, outputs] = [self.inputs, self.cells].map(|length| product(self.steps, length));
        self.check(inputs, outputs, hidden, cell);
        assert!(input + inputs <= memory.len() && output + outputs <= memory.len());
        let are_apart = input + inputs <= output || output + outputs <= input;
        assert!(are_apart || input as isize - output as isize >= self.lead());
        let memory = memory.as_mut_ptr();
        // SAFETY: both lie in `memory`, at least `lead` from each other, or apart; the states are other memory.
        unsafe { self.start(memory.add(input), memory.add(output), hidden, cell) };
    }

    /// Asserts that all is as long as the sizes say.
    #[inline(always)]
    fn check(&self, input: usize, output: usize, hidden: &[i8], cell: &[i16]) {
        assert!(input == product(self.steps, self.inputs) && output == product(self.steps, self.cells));
        assert!(hidden.len() == self.cells && cell.len() == self.cells);
        for gate in &self.gates {
            assert!(gate.input_weights.len() == product(self.cells, self.inputs));
            assert!(gate.recurrent_weights.len() == product(self.cells, self.cells));
            assert!(gate.input_bias.len() == self.cells);
            assert!(gate.recurrent_bias.is_empty() || gate.recurrent_bias.len() == self.cells);
        }
    }

    /// # Safety
    ///
    /// As of [`sequence`](Self::sequence); all has been [checked](Self::check).
    #[inline(always)]
    unsafe fn start(&self, input: *const i8, output: *mut i8, hidden: &mut [i8], cell: &mut [i16]) {
        // SAFETY: the caller's.
        unsafe { opaque_reference(self).sequence(input, output, hidden.as_mut_ptr(), cell.as_mut_ptr()) };
    }

    /// # Safety
    ///
    /// `input` is readable for `steps · inputs` elements, `output` writable for `steps · cells`, `hidden` and `cell` for
    /// `cells`; none overlap, but for input and output as [`lead`](Self::lead) says. The gates are as long as the sizes say.
    #[inline(never)]
    unsafe fn sequence(&self, input: *const i8, output: *mut i8, hidden: *mut i8, cell: *mut i16) {
        let (mut input, mut output) = (input, output);
        let mut previous = hidden.cast_const();
        // SAFETY: `cells` elements of each, `inputs` and `cells` a step; between the two moves `hidden` is what it stands for.
        // A vector of the output is written where the input is that has been read (`lead`), and the one before it stays as
        // it is as long as it is read.
        unsafe {
            self.move_hidden(hidden, hidden, self.first_hidden);
            for _ in 0..self.steps {
                self.step(input, previous, cell, output);
                previous = output;
                input = input.add(self.inputs);
                output = output.add(self.cells);
            }
            self.move_hidden(previous, hidden, self.first_hidden.wrapping_neg());
        }
    }

    /// `destination[k] = source[k] + by`, modulo 256: what goes one way comes back the other.
    ///
    /// # Safety
    ///
    /// `source` is readable and `destination` writable for `cells` elements.
    #[inline(never)]
    unsafe fn move_hidden(&self, source: *const i8, destination: *mut i8, by: i8) {
        let (mut source, mut destination) = (source, destination);
        let mut remaining = self.cells;
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of both.
            unsafe {
                *destination = (*source).wrapping_add(by);
                source = opaque(source.add(1));
                destination = destination.add(1);
            }
            remaining -= 1;
        }
    }

    /// One vector.
    ///
    /// # Safety
    ///
    /// `input` is readable for `inputs` elements, `hidden` for `cells`, `cell` and `output` writable for `cells`; `output`
    /// overlaps none of them.
    #[inline(never)]
    unsafe fn step(&self, input: *const i8, hidden: *const i8, cell: *mut i16, output: *mut i8) {
        let (mut cell, mut output) = (cell, output);
        let mut first = 0;
        while first != self.cells {
            let mut values = [[const { MaybeUninit::uninit() }; CAPACITY]; 4];
            let mut batch = Batch::new(first, self.cells);
            for (gate, values) in self.gates.iter().zip(&mut values) {
                // SAFETY: the batch's cells are below `cells`.
                unsafe { self.gate(gate, input, hidden, &mut batch, values) };
            }
            let [i, f, g, o] = &values;
            for (((i, f), g), o) in i.iter().zip(f).zip(g).zip(o).take(batch.count()) {
                // SAFETY: all gates have written `count` values; as many cells are left.
                unsafe {
                    let values = [i, f, g, o].map(|value| i32::from(value.assume_init()));
                    *output = self.cell(values, cell);
                    (cell, output) = (cell.add(1), output.add(1));
                }
            }
            first += batch.count();
        }
    }

    /// The output of a cell, whose gates are given; changes its state.
    ///
    /// # Safety
    ///
    /// `cell` may be read and written.
    #[inline(always)]
    unsafe fn cell(&self, [i, f, g, o]: [i32; 4], cell: *mut i16) -> i8 {
        let bits = u32::from(self.cell_integer_bits);
        let [low, high] = self.cell_limits.map(i32::from);
        // SAFETY: the caller's.
        let before = i32::from(unsafe { *cell });
        let kept = rounding_divide_by_power_of_two(logistic(f).wrapping_mul(before), 15);
        // Q0.30 to the state's format, which has 15 - bits places.
        let new = logistic(i).wrapping_mul(hyperbolic_tangent(g, 3));
        let new = rounding_divide_by_power_of_two(new, bits.wrapping_add(15));
        let state = clamp(kept.wrapping_add(new), low, high);
        // SAFETY: the caller's.
        unsafe { *cell = state as i16 };
        let hidden = logistic(o).wrapping_mul(hyperbolic_tangent(state, bits));
        let (multiplier, shift) = self.output_multiplier;
        let steps = multiply_by_call(hidden, multiplier, shift).wrapping_add(self.output_zero_point);
        clamp(steps, -128, 127) as i8
    }

    /// A gate of the batch's cells.
    ///
    /// # Safety
    ///
    /// As of [`step`](Self::step).
    #[inline(never)]
    unsafe fn gate(
        &self,
        gate: &LstmGate<'_>,
        input: *const i8,
        hidden: *const i8,
        batch: &mut Batch,
        values: &mut Values,
    ) {
        static ZEROS: [i32; CAPACITY] = [0; CAPACITY];
        let (first, count) = (batch.first(), batch.count());
        // SAFETY: the cells `first..first + count` are below `cells`, for which there are rows of weights and biases; there
        // are as many zeros as a batch has cells at the most.
        unsafe {
            let weights = gate.input_weights.as_ptr().add(first * self.inputs);
            accumulate(input, self.inputs, weights, gate.input_bias.as_ptr().add(first), batch);
            values.iter_mut().take(count).for_each(|value| {
                value.write(0);
            });
            add(batch, gate.input_multiplier, values);
            let weights = gate.recurrent_weights.as_ptr().add(first * self.cells);
            let bias = match gate.recurrent_bias {
                [] => ZEROS.as_ptr(),
                bias => bias.as_ptr().add(first),
            };
            accumulate(hidden, self.cells, weights, bias, batch);
            add(batch, gate.recurrent_multiplier, values);
        }
    }
}

/// Adds accumulators, brought to the steps of `values`, to these.
///
/// # Safety
///
/// All accumulators and as many values are written.
#[inline(never)]
unsafe fn add(batch: &mut Batch, (multiplier, shift): (i32, i8), values: &mut Values) {
    let mut accumulator = batch.accumulators().cast_const();
    for value in values.iter_mut().take(batch.count()) {
        // SAFETY: `count` of both.
        unsafe {
            let sum = multiply_by_call(*accumulator, multiplier, shift);
            let sum = sum.wrapping_add(i32::from(value.assume_init()));
            value.write(saturate(sum) as i16);
            accumulator = opaque(accumulator.add(1));
        }
    }
}
