//! Fully connected layers.

use super::product;
use super::rows::{NoOffset, Rows};
use super::weights::{Bytes, Weights};
use crate::element::Element;
use crate::requantize::Requantize;

/// `output[o] = requantize(o, bias[o] + Σ_i weights[o][i] · input[i])`.
///
/// Zero points and rounding are the bias's matter: `bias[o]` holds `- input_zero_point · Σ_i weights[o][i]`,
/// and the half that a [`ShiftPerTensor`](crate::requantize::ShiftPerTensor) rounds by.
///
/// ```
/// use tinynet_core::kernels::Dense;
/// use tinynet_core::requantize::ShiftPerTensor;
///
/// let layer = Dense {
///     inputs: 3,
///     outputs: 2,
///     weights: b"\x01\x02\xff\x00\x00\x04", // [[1, 2, -1], [0, 0, 4]]
///     bias: &[10, -1],
///     requantize: ShiftPerTensor { shift: 0, min: -128, max: 127 },
/// };
/// let mut output = [0i8; 2];
/// layer.run(&[1, 2, 3], &mut output);
/// assert_eq!(output, [12, 11]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a, R> {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// int8 bit patterns `[outputs][inputs]`.
    pub weights: &'a [u8],
    /// One an output, in accumulator units, with rounding and zero point folded in.
    pub bias: &'a [i32],
    /// Accumulator to activation.
    pub requantize: R,
}

impl<R: Requantize> Dense<'_, R> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        self.run_with(input, output, Bytes);
    }

    /// The same with weights of other bits.
    #[inline(always)]
    pub(super) fn run_with<T: Element>(&self, input: &[T], output: &mut [T], packing: impl Weights) {
        assert!(input.len() == self.inputs && output.len() == self.outputs);
        assert!(packing.fits(self.inputs));
        assert!(self.weights.len() == product(self.outputs, packing.row_bytes(self.inputs)));
        assert!(self.bias.len() == self.outputs && self.requantize.channels() >= self.outputs);
        let rows = Rows {
            length: self.inputs,
            weights: self.weights.as_ptr(),
            packing,
            bias: self.bias.as_ptr(),
            requantize: &self.requantize,
            offset: NoOffset,
        };
        // SAFETY: the lengths are asserted: `inputs` elements to read, `outputs` to write, as many rows; the packing
        // fits them.
        unsafe { rows.multiply(input.as_ptr(), 0, self.outputs, output.as_mut_ptr()) };
    }
}
