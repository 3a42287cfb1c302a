//! Convolutions with filters of one channel.

use super::{Window, product};
use crate::element::Element;
use crate::requantize::Requantize;

/// `output[y][x][c · multiplier + m] = requantize(.., bias[..] + Σ weights[ky][kx][..] · (input[..][..][c] - input_zero_point))`.
///
/// Taps outside the input count nothing. The bias holds the half that
/// [`ShiftPerTensor`](crate::requantize::ShiftPerTensor) rounds by, and no zero point.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseConv2d<'a, R> {
    /// Sizes and steps. Output channels are `multiplier` times the input channels.
    pub window: Window,
    /// Output channels an input channel.
    pub multiplier: usize,
    /// int8 bit patterns `[kernel height][kernel width][output channels]`.
    pub weights: &'a [u8],
    /// One an output channel, in accumulator units, with rounding folded in.
    pub bias: &'a [i32],
    /// What stands for 0 in the input.
    pub input_zero_point: i32,
    /// Accumulator to activation.
    pub requantize: R,
}

impl<R: Requantize> DepthwiseConv2d<'_, R> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        let Window { input: [height, width, channels], output: [_, output_width, filters], .. } = self.window;
        let Window { kernel: [kernel_height, kernel_width], stride, dilation, padding, .. } = self.window;
        assert!(product([channels, self.multiplier]) == filters);
        assert!(input.len() == product(self.window.input) && output.len() == product(self.window.output));
        assert!(self.weights.len() == product([kernel_height, kernel_width, filters]));
        assert!(self.bias.len() == filters && self.requantize.channels() >= filters);
        for (index, output) in output.iter_mut().enumerate() {
            let (pixel, filter) = (index / filters, index % filters);
            let (y, x) = (pixel / output_width, pixel % output_width);
            let mut accumulator = self.bias[filter];
            for ky in 0..kernel_height {
                for kx in 0..kernel_width {
                    let row = (y * stride[0] + ky * dilation[0]).wrapping_sub(padding[0]);
                    let column = (x * stride[1] + kx * dilation[1]).wrapping_sub(padding[1]);
                    if row < height && column < width {
                        let value =
                            input[(row * width + column) * channels + filter / self.multiplier].widen();
                        let weight =
                            i32::from(self.weights[(ky * kernel_width + kx) * filters + filter] as i8);
                        let value = value.wrapping_sub(self.input_zero_point);
                        accumulator = accumulator.wrapping_add(value.wrapping_mul(weight));
                    }
                }
            }
            *output = T::narrow(self.requantize.apply(filter, accumulator));
        }
    }
}
