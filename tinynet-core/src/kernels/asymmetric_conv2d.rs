//! Convolutions by weights of which not 0 stands for 0.

use super::rows::Offset;
use super::weights::Bytes;
use super::{Conv2d, volume};
use crate::element::Element;
use crate::overlap::unproven::Unproven;
use crate::overlap::{Overlapping, Sliding};
use crate::requantize::Requantize;

/// A sliding window with weights that have a zero point: the convolutions, depthwise convolutions (as many groups as
/// channels) and fully connected layers (a window of one pixel) of TensorFlow Lite's uint8 models.
///
/// ```text
/// output[y][x][o] = requantize(o, bias[o] + Σ_vhc (weights[o][v][h][c] - weights_zero_point) · input[row][column][c])
/// ```
///
/// as [`Conv2d`] in all else. The sum of a patch is the same for all filters: it is subtracted from their sums, times the
/// zero point.
///
/// ```
/// use tinynet_core::kernels::{AsymmetricConv2d, Conv2d, Window};
/// use tinynet_core::requantize::ShiftPerTensor;
///
/// let convolution = Conv2d {
///     window: Window {
///         input: [1, 1, 2],
///         output: [1, 1, 1],
///         kernel: [1, 1],
///         stride: [1, 1],
///         dilation: [1, 1],
///         padding: [0, 0],
///     },
///     groups: 1,
///     weights: b"\x80\x7f", // [-128, 127]
///     bias: &[7],
///     input_zero_point: 0,
///     requantize: ShiftPerTensor { shift: 0, min: -128, max: 127 },
/// };
/// let mut output = [0i8];
/// AsymmetricConv2d { convolution, weights_zero_point: -28 }.run(&[1, 0], &mut output, &mut []);
/// assert_eq!(output, [-93]); // 7 - 128 + 28
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AsymmetricConv2d<'a, R> {
    /// The convolution, but for the weights' zero point, which its bias takes into account.
    pub convolution: Conv2d<'a, R>,
    /// The weight that stands for 0.
    pub weights_zero_point: i32,
}

impl<R: Requantize> AsymmetricConv2d<'_, R> {
    /// The least number of elements by which the output must begin before the input where the two
    /// [overlap](crate::overlap); negative where it may begin behind.
    #[inline(always)]
    pub const fn lead(&self) -> isize {
        self.convolution.lead()
    }

    /// This layer for an input and an output that overlap.
    ///
    /// # Panics
    ///
    /// Where [`lead`](AsymmetricConv2d::lead) is larger than `LEAD`.
    #[inline(always)]
    pub const fn overlapping<const LEAD: isize>(self) -> Overlapping<Self, LEAD> {
        Overlapping::new(self, self.lead())
    }

    /// Computes `output` from `input`; `scratch` has [`Conv2d::scratch`] elements, whose values do not matter.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the groups do not divide the channels.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T], scratch: &mut [T]) {
        let offset = WeightsZeroPoint(self.weights_zero_point);
        self.convolution.run_with(input, output, scratch, Bytes, offset);
    }
}

/// What a patch adds to all sums.
#[derive(Clone, Copy)]
struct WeightsZeroPoint(i32);

impl Offset for WeightsZeroPoint {
    #[inline(always)]
    unsafe fn of<T: Element>(self, patch: *const T, length: usize) -> Option<i32> {
        // SAFETY: the caller's.
        let sum = unsafe { super::rows::sum(patch, length) };
        Some(sum.wrapping_mul(self.0).wrapping_neg())
    }
}

impl<R: Requantize> Sliding for AsymmetricConv2d<'_, R> {
    fn lead(&self) -> isize {
        AsymmetricConv2d::lead(self)
    }
}

impl<R: Requantize> Unproven for AsymmetricConv2d<'_, R> {
    #[inline(always)]
    fn sizes(&self) -> [usize; 3] {
        let Conv2d { window, .. } = self.convolution;
        [volume(window.input), volume(window.output), self.convolution.overlapping_scratch()]
    }

    #[inline(always)]
    unsafe fn run_unproven<T: Element>(&self, input: *const T, output: *mut T, scratch: *mut T) {
        let offset = WeightsZeroPoint(self.weights_zero_point);
        // SAFETY: the caller's.
        unsafe { self.convolution.run_unproven_with(input, output, scratch, Bytes, offset) };
    }
}
