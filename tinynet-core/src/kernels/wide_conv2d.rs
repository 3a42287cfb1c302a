//! Convolutions of int16 whose sums do not fit 32 bits.

use super::tight::opaque_reference;
use super::weights::{Bytes, InEights};
use super::{Window, product, volume};
use crate::requantize::{clamp, short_multiply_wide};

/// A sliding window with sums of 64 bits: [`Conv2d`](super::Conv2d) for int16 inputs that may be large, and so many, that
/// 32 bits are not enough. With as many groups as channels it is a depthwise convolution, with a window of one pixel a fully
/// connected layer.
///
/// ```text
/// output[y][x][o] = clamp(short_multiply_wide(bias[o] + Σ_vhc weights[o][v][h][c] · input[row][column][c], multipliers[o], shifts[o]))
/// ```
///
/// over the taps inside the input; 0 stands for 0.
///
/// ```
/// use tinynet_core::kernels::{WideConv2d, Window};
///
/// let layer = WideConv2d {
///     window: Window {
///         input: [1, 1, 2],
///         output: [1, 1, 1],
///         kernel: [1, 1],
///         stride: [1, 1],
///         dilation: [1, 1],
///         padding: [0, 0],
///     },
///     groups: 1,
///     weights: &[100, 100],
///     bias: &[1 << 33],
///     multipliers: &[1 << 14],
///     shifts: &[-20],
///     min: -32768,
///     max: 32767,
/// };
/// let mut output = [0i16];
/// layer.run(&[30_000, 30_000], &mut output);
/// assert_eq!(output, [((1i64 << 33) + 6_000_000 + (1 << 20) >> 21) as i16]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WideConv2d<'a> {
    /// Sizes and steps.
    pub window: Window,
    /// Input and output channels fall into this many groups that do not mix.
    pub groups: usize,
    /// int8 bit patterns `[output channels][kernel height][kernel width][input channels / groups]`.
    pub weights: &'a [u8],
    /// One an output channel.
    pub bias: &'a [i64],
    /// Q15 multipliers, one an output channel.
    pub multipliers: &'a [i16],
    /// Powers of two, `-31..=7`, one an output channel; positive to the left.
    pub shifts: &'a [i8],
    /// Smallest activation.
    pub min: i32,
    /// Largest activation.
    pub max: i32,
}

impl WideConv2d<'_> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the groups do not divide the channels.
    #[inline(always)]
    pub fn run(&self, input: &[i16], output: &mut [i16]) {
        self.run_with(input, output, Bytes);
    }

    /// The same with weights of other bits.
    #[inline(always)]
    pub(super) fn run_with(&self, input: &[i16], output: &mut [i16], packing: impl InEights) {
        let Window { input: [_, _, channels], output: [_, _, filters], kernel, .. } = self.window;
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        assert!(self.groups > 0 && channels % self.groups == 0 && filters % self.groups == 0);
        // A Cortex-M0 cannot divide; where `self` is a constant this is, too.
        let (group_channels, group_filters) = (channels / self.groups, filters / self.groups);
        let taps = volume([kernel[0], kernel[1], packing.row_bytes(group_channels)]);
        assert!(self.weights.len() == product(filters, taps));
        assert!(
            self.bias.len() == filters && self.multipliers.len() == filters && self.shifts.len() == filters
        );
        // SAFETY: the lengths are asserted.
        unsafe {
            opaque_reference(self).convolve(
                input.as_ptr(),
                output.as_mut_ptr(),
                group_channels,
                group_filters,
                packing,
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
        input: *const i16,
        output: *mut i16,
        group_channels: usize,
        group_filters: usize,
        packing: impl InEights,
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
                            let sum = self.sum(first, filter, top, left, group_channels, packing);
                            let (multiplier, shift) =
                                (*self.multipliers.get_unchecked(filter), *self.shifts.get_unchecked(filter));
                            let value = short_multiply_wide(sum, multiplier, shift);
                            *output = clamp(value, self.min, self.max) as i16;
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
        input: *const i16,
        filter: usize,
        top: usize,
        left: usize,
        group_channels: usize,
        packing: impl InEights,
    ) -> i64 {
        let Window { input: [height, width, channels], kernel, dilation, .. } = self.window;
        // SAFETY: there is a bias for each output channel.
        let mut sum = unsafe { *self.bias.get_unchecked(filter) };
        let mut row = top;
        for v in 0..kernel[0] {
            let mut column = left;
            for h in 0..kernel[1] {
                // Before the first is beyond the end, too.
                if row < height && column < width {
                    let tap = ((filter * kernel[0] + v) * kernel[1] + h) * packing.row_bytes(group_channels);
                    // SAFETY: the tap is inside the kernel and the pixel inside the image, so that a group's channels of
                    // weights and values follow.
                    unsafe {
                        let weights = self.weights.as_ptr().add(tap);
                        let values = input.add((row * width + column) * channels);
                        sum = sum.wrapping_add(product_sum(packing, weights, values, group_channels));
                    }
                }
                column = column.wrapping_add(dilation[1]);
            }
            row = row.wrapping_add(dilation[0]);
        }
        sum
    }
}

/// `Σ_i weights[i] · values[i]`
///
/// # Safety
///
/// `weights` is readable for a row of `length` weights, `values` for as many elements.
#[inline(always)]
unsafe fn product_sum(packing: impl InEights, weights: *const u8, values: *const i16, length: usize) -> i64 {
    /// So many products of 22 bits fit 32.
    const CHUNK: usize = 256;
    // Else a chunk might begin within a byte.
    const _: () = assert!(CHUNK.is_multiple_of(8));
    let (mut weights, mut values, mut remaining) = (weights, values, length);
    let mut sum = 0;
    while remaining != 0 {
        let chunk = if remaining < CHUNK { remaining } else { CHUNK };
        // SAFETY: the chunk is still ahead of both pointers; it begins at a multiple of eight.
        unsafe {
            let (part, end) = packing.sum(weights, values, chunk, 0, 0);
            sum += i64::from(part);
            (weights, values) = (end, values.add(chunk));
        }
        remaining -= chunk;
    }
    sum
}
