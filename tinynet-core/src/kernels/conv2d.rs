//! Convolutions whose filters see all channels, or all of a group.

use super::{Window, product};
use crate::element::Element;
use crate::requantize::Requantize;

/// `output[y][x][o] = requantize(o, bias[o] + Σ weights[o][ky][kx][c] · input[y·stride + ky·dilation - padding][..][c])`.
///
/// `c` runs over the channels of the group that `o` belongs to. A tap outside the input reads `input_zero_point`, so that
/// the bias may hold `- input_zero_point · Σ weights[o]` for every output alike; it also holds the half that
/// [`ShiftPerTensor`](crate::requantize::ShiftPerTensor) rounds by.
///
/// A sequence `[length, channels]` is an image of height 1.
#[derive(Clone, Copy, Debug)]
pub struct Conv2d<'a, R> {
    /// Sizes and steps.
    pub window: Window,
    /// Input and output channels fall into this many groups that do not mix.
    pub groups: usize,
    /// int8 bit patterns `[output channels][kernel height][kernel width][input channels / groups]`.
    pub weights: &'a [u8],
    /// One an output channel, in accumulator units, with rounding and zero point folded in.
    pub bias: &'a [i32],
    /// What stands for 0 in the input.
    pub input_zero_point: i32,
    /// Accumulator to activation.
    pub requantize: R,
}

impl<R: Requantize> Conv2d<'_, R> {
    /// Number of elements of scratch that [`run`](Conv2d::run) wants: one patch, or none where every patch lies in the
    /// input in one piece.
    #[inline(always)]
    pub const fn scratch(&self) -> usize {
        self.window.scratch(self.groups)
    }

    /// Computes `output` from `input`; `scratch` has [`scratch`](Conv2d::scratch) elements, whose values do not matter.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T], scratch: &mut [T]) {
        let Window { input: [height, width, channels], output: [_, output_width, filters], .. } = self.window;
        let Window { kernel: [kernel_height, kernel_width], stride, dilation, padding, .. } = self.window;
        assert!(self.groups > 0 && channels % self.groups == 0 && filters % self.groups == 0);
        let (group_channels, group_filters) = (channels / self.groups, filters / self.groups);
        assert!(input.len() == product(self.window.input) && output.len() == product(self.window.output));
        assert!(self.weights.len() == product([filters, kernel_height, kernel_width, group_channels]));
        assert!(self.bias.len() == filters && self.requantize.channels() >= filters);
        assert!(scratch.len() >= self.scratch());
        for (index, output) in output.iter_mut().enumerate() {
            let (pixel, filter) = (index / filters, index % filters);
            let (y, x) = (pixel / output_width, pixel % output_width);
            let mut accumulator = self.bias[filter];
            for ky in 0..kernel_height {
                for kx in 0..kernel_width {
                    let row = (y * stride[0] + ky * dilation[0]).wrapping_sub(padding[0]);
                    let column = (x * stride[1] + kx * dilation[1]).wrapping_sub(padding[1]);
                    for channel in 0..group_channels {
                        let weight =
                            ((filter * kernel_height + ky) * kernel_width + kx) * group_channels + channel;
                        let value = if row < height && column < width {
                            let channel = filter / group_filters * group_channels + channel;
                            input[(row * width + column) * channels + channel].widen()
                        } else {
                            self.input_zero_point
                        };
                        let weight = i32::from(self.weights[weight] as i8);
                        accumulator = accumulator.wrapping_add(value.wrapping_mul(weight));
                    }
                }
            }
            *output = T::narrow(self.requantize.apply(filter, accumulator));
        }
    }
}
