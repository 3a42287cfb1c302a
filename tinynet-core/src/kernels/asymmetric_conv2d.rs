//! Convolutions by weights of which not 0 stands for 0.

use super::tight::{opaque, opaque_reference};
use super::{Window, product, volume};
use crate::requantize::Requantize;

/// A sliding window over int8s by uint8 weights that have a zero point: the convolutions, depthwise convolutions (as many
/// groups as channels) and fully connected layers (a window of one pixel) of TensorFlow Lite's uint8 models.
///
/// ```text
/// output[y][x][o] = requantize(o, bias[o] + Σ_vhc (weights[o][v][h][c] - weights_zero_point) · (input[row][column][c] - input_zero_point))
/// ```
///
/// over the taps inside the input.
///
/// ```
/// use tinynet_core::kernels::{AsymmetricConv2d, Window};
/// use tinynet_core::requantize::ShiftPerTensor;
///
/// let layer = AsymmetricConv2d {
///     window: Window {
///         input: [1, 1, 2],
///         output: [1, 1, 1],
///         kernel: [1, 1],
///         stride: [1, 1],
///         dilation: [1, 1],
///         padding: [0, 0],
///     },
///     groups: 1,
///     weights: &[0, 255],
///     weights_zero_point: 100,
///     bias: &[7],
///     input_zero_point: -1,
///     requantize: ShiftPerTensor { shift: 0, min: -128, max: 127 },
/// };
/// let mut output = [0];
/// layer.run(&[1, 0], &mut output);
/// // 7 - 100 · 2 + 155 · 1
/// assert_eq!(output, [-38]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AsymmetricConv2d<'a, R> {
    /// Sizes and steps.
    pub window: Window,
    /// Input and output channels fall into this many groups that do not mix.
    pub groups: usize,
    /// `[output channels][kernel height][kernel width][input channels / groups]`.
    pub weights: &'a [u8],
    /// The weight that stands for 0.
    pub weights_zero_point: i32,
    /// One an output channel.
    pub bias: &'a [i32],
    /// What stands for 0 in the input.
    pub input_zero_point: i32,
    /// Sum to output.
    pub requantize: R,
}

impl<R: Requantize> AsymmetricConv2d<'_, R> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the groups do not divide the channels.
    #[inline(always)]
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        let Window { input: [_, _, channels], output: [_, _, filters], kernel, .. } = self.window;
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        assert!(self.groups > 0 && channels % self.groups == 0 && filters % self.groups == 0);
        // A Cortex-M0 cannot divide; where `self` is a constant this is, too.
        let (group_channels, group_filters) = (channels / self.groups, filters / self.groups);
        assert!(self.weights.len() == product(filters, volume([kernel[0], kernel[1], group_channels])));
        assert!(self.bias.len() == filters && self.requantize.channels() >= filters);
        // SAFETY: the lengths are asserted.
        unsafe {
            opaque_reference(self).convolve(
                input.as_ptr(),
                output.as_mut_ptr(),
                group_channels,
                group_filters,
            );
        }
    }

    /// # Safety
    ///
    /// `input` is readable and `output` writable for the window's sizes and do not overlap. `groups · group_channels` are the
    /// input's channels, `groups · group_filters` the output's; the parameters fit them and the kernel.
    #[inline(never)]
    unsafe fn convolve(
        &self,
        input: *const i8,
        output: *mut i8,
        group_channels: usize,
        group_filters: usize,
    ) {
        let Window { output: [rows, columns, _], stride, padding, .. } = self.window;
        let mut output = output;
        let mut top = padding[0].wrapping_neg();
        for _ in 0..rows {
            let mut left = padding[1].wrapping_neg();
            for _ in 0..columns {
                for group in 0..self.groups {
                    for filter in group * group_filters..(group + 1) * group_filters {
                        // SAFETY: the caller's; `filter` is an output channel of the group, and there is one output for
                        // each.
                        unsafe {
                            let first = input.add(group * group_channels);
                            let sum = self.sum(first, filter, top, left, group_channels);
                            *output = self.requantize.apply_unchecked(filter, sum) as i8;
                            output = output.add(1);
                        }
                    }
                }
                left = left.wrapping_add(stride[1]);
            }
            top = top.wrapping_add(stride[0]);
        }
    }

    /// # Safety
    ///
    /// As [`convolve`](Self::convolve); `input` is the first channel of the group in the first pixel.
    #[inline(always)]
    unsafe fn sum(
        &self,
        input: *const i8,
        filter: usize,
        top: usize,
        left: usize,
        group_channels: usize,
    ) -> i32 {
        let Window { input: [height, width, channels], kernel, dilation, .. } = self.window;
        let zero_points = [self.weights_zero_point, self.input_zero_point];
        // SAFETY: there is a bias for each output channel.
        let mut sum = unsafe { *self.bias.get_unchecked(filter) };
        let mut row = top;
        for v in 0..kernel[0] {
            let mut column = left;
            for h in 0..kernel[1] {
                // Before the first is beyond the end, too.
                if row < height && column < width {
                    let tap = ((filter * kernel[0] + v) * kernel[1] + h) * group_channels;
                    // SAFETY: the tap is inside the kernel and the pixel inside the image, so that a group's channels of
                    // weights and values follow.
                    unsafe {
                        let weights = self.weights.as_ptr().add(tap);
                        let values = input.add((row * width + column) * channels);
                        let products = product_sum(weights, values, zero_points, group_channels);
                        sum = sum.wrapping_add(products);
                    }
                }
                column = column.wrapping_add(dilation[1]);
            }
            row = row.wrapping_add(dilation[0]);
        }
        sum
    }
}

/// `Σ_i (weights[i] - zero_points[0]) · (values[i] - zero_points[1])`
///
/// # Safety
///
/// `weights` and `values` are readable for `length` elements.
#[inline(always)]
unsafe fn product_sum(weights: *const u8, values: *const i8, zero_points: [i32; 2], length: usize) -> i32 {
    let (mut weights, mut values, mut left) = (weights, values, opaque(length));
    let mut sum = 0i32;
    while left != 0 {
        // SAFETY: `left` elements are still ahead of both pointers.
        unsafe {
            let weight = i32::from(*weights).wrapping_sub(zero_points[0]);
            let value = i32::from(*values).wrapping_sub(zero_points[1]);
            sum = sum.wrapping_add(weight.wrapping_mul(value));
            weights = opaque(weights.add(1));
            values = values.add(1);
        }
        left -= 1;
    }
    sum
}
