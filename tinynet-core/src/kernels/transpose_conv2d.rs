//! Convolutions that enlarge.

use super::tight::opaque_reference;
use super::weights::{Bytes, Weights};
use super::{Window, product, volume};
use crate::element::Element;
use crate::requantize::Requantize;

/// A convolution backwards: each pixel of the input is added to a window of the output, times the filter.
///
/// ```text
/// output[y][x][o] = requantize(o, bias[o] + Σ_vhc weights[o][v][h][c] · (input[row][column][c] - input_zero_point))
///    y + padding[0] = row · stride[0] + v
///    x + padding[1] = column · stride[1] + h
/// ```
///
/// over all rows and columns inside the input that solve the equations. The bias holds the half that
/// [`ShiftPerTensor`](crate::requantize::ShiftPerTensor) rounds by, and no zero point.
///
/// ```
/// use tinynet_core::kernels::{TransposeConv2d, Window};
/// use tinynet_core::requantize::ShiftPerTensor;
///
/// // Each pixel becomes two, the second half as large again.
/// let layer = TransposeConv2d {
///     window: Window {
///         input: [1, 2, 1],
///         output: [1, 4, 1],
///         kernel: [1, 2],
///         stride: [1, 2],
///         dilation: [1, 1],
///         padding: [0, 0],
///     },
///     weights: &[2, 3],
///     bias: &[0],
///     input_zero_point: 0,
///     requantize: ShiftPerTensor { shift: 1, min: -128, max: 127 },
/// };
/// let mut output = [0i8; 4];
/// layer.run(&[10, 20], &mut output);
/// assert_eq!(output, [10, 15, 20, 30]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TransposeConv2d<'a, R> {
    /// Sizes; the strides are steps in the output, the padding is what is cut off it. Dilation counts as 1.
    pub window: Window,
    /// int8 bit patterns `[output channels][kernel height][kernel width][input channels]`.
    pub weights: &'a [u8],
    /// One an output channel, in accumulator units, with rounding folded in.
    pub bias: &'a [i32],
    /// What stands for 0 in the input.
    pub input_zero_point: i32,
    /// Accumulator to activation.
    pub requantize: R,
}

/// The taps of a kernel that meet the input along one axis: taps `first`, `first + stride` … meet places `place`,
/// `place - 1` …
#[derive(Clone, Copy)]
struct Meeting {
    /// First tap, less than the stride.
    first: usize,
    /// Its place in the input, which may be beyond the end.
    place: usize,
}

impl Meeting {
    /// At the first position of the output: where `first + place · stride` is the padding.
    fn new(padding: usize, stride: usize) -> Self {
        let (mut first, mut place) = (padding, 0);
        while first >= stride {
            first -= stride;
            place += 1;
        }
        Self { first, place }
    }

    /// At the next position.
    fn next(self, stride: usize) -> Self {
        if self.first + 1 == stride {
            Self { first: 0, place: self.place + 1 }
        } else {
            Self { first: self.first + 1, ..self }
        }
    }
}

impl<R: Requantize> TransposeConv2d<'_, R> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or a stride is 0.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        self.run_with(input, output, Bytes);
    }

    /// The same with weights of other bits.
    #[inline(always)]
    pub(super) fn run_with<T: Element>(&self, input: &[T], output: &mut [T], packing: impl Weights) {
        let Window { input: [_, _, channels], output: [_, _, filters], kernel, stride, .. } = self.window;
        assert!(stride[0] > 0 && stride[1] > 0);
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        let line = product(kernel[1], packing.row_bytes(channels));
        assert!(packing.fits(channels) && self.weights.len() == volume([filters, kernel[0], line]));
        assert!(self.bias.len() == filters && self.requantize.channels() >= filters);
        // SAFETY: the lengths are asserted, and strides are positive.
        unsafe { opaque_reference(self).convolve(input.as_ptr(), output.as_mut_ptr(), packing) };
    }

    /// # Safety
    ///
    /// `input` is readable and `output` writable for the window's sizes and do not overlap; `packing`, `weights`,
    /// `bias` and `requantize` fit the channels and the kernel; strides are positive.
    #[inline(never)]
    unsafe fn convolve<T: Element>(&self, input: *const T, output: *mut T, packing: impl Weights) {
        let Window { output: [height, width, filters], stride, padding, .. } = self.window;
        let mut output = output;
        let mut vertical = Meeting::new(padding[0], stride[0]);
        for _ in 0..height {
            let mut horizontal = Meeting::new(padding[1], stride[1]);
            for _ in 0..width {
                for filter in 0..filters {
                    // SAFETY: the caller's; `filter` is an output channel, and there is one output for each.
                    unsafe {
                        let sum = self.sum(input, filter, vertical, horizontal, packing);
                        *output = T::narrow(self.requantize.apply_unchecked(filter, sum));
                        output = output.add(1);
                    }
                }
                horizontal = horizontal.next(stride[1]);
            }
            vertical = vertical.next(stride[0]);
        }
    }

    /// # Safety
    ///
    /// As [`convolve`](Self::convolve); `filter` is an output channel.
    #[inline(always)]
    unsafe fn sum<T: Element>(
        &self,
        input: *const T,
        filter: usize,
        vertical: Meeting,
        horizontal: Meeting,
        packing: impl Weights,
    ) -> i32 {
        let Window { input: [rows, columns, channels], kernel, stride, .. } = self.window;
        // SAFETY: there is a bias for each output channel.
        let mut sum = unsafe { *self.bias.get_unchecked(filter) };
        let (mut v, mut row) = (vertical.first, vertical.place);
        while v < kernel[0] {
            if row < rows {
                let (mut h, mut column) = (horizontal.first, horizontal.place);
                while h < kernel[1] {
                    if column < columns {
                        // SAFETY: the tap is inside the kernel and the place inside the input, so that `channels` weights
                        // and values follow.
                        unsafe {
                            let tap = (filter * kernel[0] + v) * kernel[1] + h;
                            let weights = self.weights.as_ptr().add(tap * packing.row_bytes(channels));
                            let values = input.add((row * columns + column) * channels);
                            (sum, _) = packing.sum(weights, values, channels, self.input_zero_point, sum);
                        }
                    }
                    // Below the first place is beyond the end, too.
                    column = column.wrapping_sub(1);
                    h += stride[1];
                }
            }
            row = row.wrapping_sub(1);
            v += stride[0];
        }
        sum
    }
}
