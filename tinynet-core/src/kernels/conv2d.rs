//! Convolutions whose filters see all channels, or all of a group.

use super::tight::{for_each_pair, opaque};
use super::{Window, product, rows::Rows, volume};
use crate::element::Element;
use crate::requantize::Requantize;

/// A sliding window: `output[y][x][o] = requantize(o, bias[o] + Σ weights[o][v][h][c] · input[row][column][c])` with
/// `row = y · stride + v · dilation - padding`, and `column` likewise.
///
/// `c` runs over the channels of the group that `o` belongs to. A tap outside the input reads `input_zero_point`, so that
/// the bias may hold `- input_zero_point · Σ weights[o]` for all positions alike; it also holds the half that
/// [`ShiftPerTensor`](crate::requantize::ShiftPerTensor) rounds by.
///
/// A sequence `[length, channels]` is an image of height 1.
///
/// The values under the window are gathered into the scratch, one patch a position, and multiplied by all filters as a
/// [`Dense`](super::Dense) layer's input would be. A patch that lies in the input in one piece is used where it lies:
/// kernels of height 1, undilated, without groups (pointwise layers and most [sequences](crate::kernels)).
///
/// ```
/// use tinynet_core::kernels::{Conv2d, Window};
/// use tinynet_core::requantize::ShiftPerTensor;
///
/// // Differences of neighbours in a sequence of five.
/// let layer = Conv2d {
///     window: Window {
///         input: [1, 5, 1],
///         output: [1, 4, 1],
///         kernel: [1, 2],
///         stride: [1, 1],
///         dilation: [1, 1],
///         padding: [0, 0],
///     },
///     groups: 1,
///     weights: b"\xff\x01", // [-1, 1]
///     bias: &[0],
///     input_zero_point: 0,
///     requantize: ShiftPerTensor { shift: 0, min: -128, max: 127 },
/// };
/// let mut output = [0i8; 4];
/// assert_eq!(layer.scratch(), 0);
/// layer.run(&[1, 4, 9, 16, 25], &mut output, &mut []);
/// assert_eq!(output, [3, 5, 7, 9]);
/// ```
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
    /// Where a length differs from what the sizes say, or the groups do not divide the channels.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T], scratch: &mut [T]) {
        let Window { input: [_, _, channels], output: [_, _, filters], kernel, .. } = self.window;
        assert!(self.groups > 0 && channels % self.groups == 0 && filters % self.groups == 0);
        let (group_channels, group_filters) = (channels / self.groups, filters / self.groups);
        let length = volume([kernel[0], kernel[1], group_channels]);
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        assert!(self.weights.len() == product(filters, length));
        assert!(self.bias.len() == filters && self.requantize.channels() >= filters);
        assert!(scratch.len() >= self.scratch());
        // SAFETY: lengths and divisibility are asserted.
        unsafe {
            let (input, output, scratch) = (input.as_ptr(), output.as_mut_ptr(), scratch.as_mut_ptr());
            self.convolve(input, output, scratch, group_channels, group_filters);
        }
    }

    /// All positions, one after the other.
    ///
    /// The channels a group are arguments because a Cortex-M0 cannot divide; where `self` is a constant, so are they.
    ///
    /// # Safety
    ///
    /// `input` is readable and `output` writable for the window's sizes; `scratch` is writable for
    /// [`scratch`](Conv2d::scratch) elements; `weights`, `bias` and `requantize` fit the filters and the kernel;
    /// `groups · group_channels` are the input's channels, `groups · group_filters` the output's.
    #[inline(never)]
    unsafe fn convolve<T: Element>(
        &self,
        input: *const T,
        output: *mut T,
        scratch: *mut T,
        group_channels: usize,
        group_filters: usize,
    ) {
        let Window { input: [height, width, channels], output: [rows, columns, _], kernel, stride, .. } =
            self.window;
        let patches =
            Patches { window: &self.window, group_channels, border: T::narrow(self.input_zero_point) };
        let filters = Rows {
            length: kernel[0] * kernel[1] * group_channels,
            weights: self.weights,
            bias: self.bias,
            requantize: &self.requantize,
        };
        let one_piece = self.window.one_piece(self.groups);
        let mut output = output;
        let mut top = self.window.padding[0].wrapping_neg();
        for _ in 0..rows {
            let mut left = self.window.padding[1].wrapping_neg();
            for _ in 0..columns {
                let inside = top < height && left < width && kernel[1] <= width - left;
                for group in 0..self.groups {
                    // SAFETY: a patch in one piece inside the image is `kernel[1]` pixels from `left` on, all of them
                    // before the end of the row. Any other is gathered into `scratch`, which has room: `Window::scratch`
                    // is 0 only where all patches are of the first sort. Filters and outputs go on by groups, of
                    // which there are as many as fit.
                    unsafe {
                        let patch = if one_piece && inside {
                            input.add((top * width + left) * channels)
                        } else {
                            patches.gather(input, top, left, group * group_channels, scratch);
                            scratch.cast_const()
                        };
                        let first = group * group_filters;
                        output = filters.multiply(patch, first, first + group_filters, output);
                    }
                }
                left = left.wrapping_add(stride[1]);
            }
            top = top.wrapping_add(stride[0]);
        }
    }
}

/// Copies what lies under a window to one place.
struct Patches<'a, T> {
    window: &'a Window,
    group_channels: usize,
    /// What is read outside the image.
    border: T,
}

impl<T: Element> Patches<'_, T> {
    /// The channels from `first_channel` on, of the patch whose first tap is at `top`, `left` (before the image where
    /// they are negative, as wrapped integers).
    ///
    /// # Safety
    ///
    /// `input` is readable for the window's sizes; `first_channel + group_channels` channels exist; `scratch` is writable for
    /// `kernel height · kernel width · group_channels` elements.
    #[inline(never)]
    unsafe fn gather(&self, input: *const T, top: usize, left: usize, first_channel: usize, scratch: *mut T) {
        let Window { input: [height, width, channels], kernel, dilation, .. } = *self.window;
        // Neighbours in a row are one run where no channel is left out between them.
        let taps = if self.group_channels == channels && dilation[1] == 1 { kernel[1] } else { 1 };
        let mut scratch = scratch;
        let mut row = top;
        for _ in 0..kernel[0] {
            let width = if row < height { width } else { 0 };
            let start_of_row = row.wrapping_mul(width);
            let mut column = left;
            let mut remaining = kernel[1];
            while remaining != 0 {
                let source =
                    start_of_row.wrapping_add(column).wrapping_mul(channels).wrapping_add(first_channel);
                // SAFETY: the runs of all rows make up the patch. A run in the row is read from pixels that exist, more
                // than one with all their channels and one with channels that exist; any other goes to `clipped_run`.
                scratch = unsafe {
                    if column < width && taps <= width - column {
                        copy(input.wrapping_add(source), taps * self.group_channels, scratch)
                    } else {
                        self.clipped_run(input.wrapping_add(source), column, width, taps, scratch)
                    }
                };
                column = column.wrapping_add(taps.wrapping_mul(dilation[1]));
                remaining -= taps;
            }
            row = row.wrapping_add(dilation[0]);
        }
    }

    /// A run of `taps` neighbours that begins at `column` of a row of `width` pixels, some of them outside; `source`
    /// points to where the first would be.
    ///
    /// # Safety
    ///
    /// `scratch` is writable for `taps · group_channels` elements; the pixels of the row are readable, if `taps > 1` with as
    /// many channels as a group has.
    #[inline(always)]
    unsafe fn clipped_run(
        &self,
        source: *const T,
        column: usize,
        width: usize,
        taps: usize,
        scratch: *mut T,
    ) -> *mut T {
        let before = if (column as isize) < 0 { column.wrapping_neg().min(taps) } else { 0 };
        let start = column.wrapping_add(before);
        let inside = if start < width { (width - start).min(taps - before) } else { 0 };
        let source = source.wrapping_add(before * self.group_channels);
        // SAFETY: `before + inside + after = taps`; the pixels from `start` to `start + inside` lie in the row.
        unsafe {
            let scratch = fill(self.border, before * self.group_channels, scratch);
            let scratch = copy(source, inside * self.group_channels, scratch);
            fill(self.border, (taps - before - inside) * self.group_channels, scratch)
        }
    }
}

/// Copies `count` elements and returns the end of the destination.
///
/// Runs are short, a few pixels of a few channels: a call of `memcpy` would cost more than it saves.
///
/// # Safety
///
/// `source` is readable and `destination` writable for `count` elements; they do not overlap.
#[inline(always)]
unsafe fn copy<T: Element>(source: *const T, count: usize, destination: *mut T) -> *mut T {
    // SAFETY: the caller's, for each element.
    unsafe { for_each_pair(source, destination, count, |source, destination| *destination = *source) }
}

/// Writes `count` times `value` and returns the end of the destination.
///
/// # Safety
///
/// `destination` is writable for `count` elements.
#[inline(always)]
unsafe fn fill<T: Element>(value: T, count: usize, destination: *mut T) -> *mut T {
    let mut destination = destination;
    let mut remaining = count;
    while remaining != 0 {
        // SAFETY: `remaining` elements are still ahead.
        unsafe {
            *destination = value;
            destination = destination.add(1);
        }
        remaining = opaque(remaining - 1);
    }
    destination
}
