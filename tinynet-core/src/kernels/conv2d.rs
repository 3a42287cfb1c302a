//! Convolutions whose filters see all channels, or all of a group.

use super::batch::CAPACITY;
use super::patches::Patches;
use super::rows::{NoOffset, Offset, Rows};
use super::tight::{opaque, opaque_reference};
use super::weights::{Bytes, Weights};
use super::window::Order;
use super::{Window, product, volume};
use crate::element::Element;
use crate::overlap::unproven::Unproven;
use crate::overlap::{Overlapping, Sliding};
use crate::requantize::Requantize;

/// A sliding window.
///
/// ```text
/// output[y][x][o] = requantize(o, bias[o] + Σ_vhc weights[o][v][h][c] · input[row][column][c])
///             row = y · stride[0] + v · dilation[0] - padding[0]
///          column = x · stride[1] + h · dilation[1] - padding[1]
/// ```
///
/// `c` runs over the channels of the group that `o` belongs to. A tap outside the input reads
/// `input_zero_point`, so that the bias may hold `- input_zero_point · Σ weights[o]` for all positions alike; it
/// also holds the half that [`ShiftPerTensor`](crate::requantize::ShiftPerTensor) rounds by.
///
/// A sequence `[length, channels]` is an image of height 1.
///
/// The values under the window are gathered into the scratch, one patch a position, and multiplied by all
/// filters as a [`Dense`](super::Dense) layer's input would be. A patch that lies in the input in one piece
/// is used where it lies: kernels of height 1, undilated, without groups (pointwise layers and most
/// [sequences](crate::kernels)).
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
    /// Number of elements of scratch that [`run`](Conv2d::run) wants: one patch, or none where every patch
    /// lies in the input in one piece.
    #[inline(always)]
    pub const fn scratch(&self) -> usize {
        self.window.scratch(self.groups)
    }

    /// The least number of elements by which the output must begin before the input where the two
    /// [overlap](crate::overlap); negative where it may begin behind.
    #[inline(always)]
    pub const fn lead(&self) -> isize {
        self.window.lead(if self.groups == 1 { Order::PatchFirst } else { Order::Mixed })
    }

    /// Number of elements of scratch that [`Overlapping::run`](crate::overlap::Overlapping::run) wants: one patch,
    /// which must not lie in the input while its outputs are written, or none where they are written all at once.
    #[inline(always)]
    pub const fn overlapping_scratch(&self) -> usize {
        let Window { input: [_, _, channels], kernel, .. } = self.window;
        if self.is_read_where_it_lies() {
            self.scratch()
        } else {
            volume([kernel[0], kernel[1], channels / self.groups])
        }
    }

    /// Whether patches may be read where they lie even though outputs overwrite them: the filters of one batch read
    /// all before the first is written.
    #[inline(always)]
    const fn is_read_where_it_lies(&self) -> bool {
        self.window.one_piece(self.groups) && self.window.output[2] <= CAPACITY
    }

    /// This layer for an input and an output that overlap.
    ///
    /// # Panics
    ///
    /// Where [`lead`](Conv2d::lead) is larger than `LEAD`.
    #[inline(always)]
    pub const fn overlapping<const LEAD: isize>(self) -> Overlapping<Self, LEAD> {
        Overlapping::new(self, self.lead())
    }

    /// Computes `output` from `input`; `scratch` has [`scratch`](Conv2d::scratch) elements, whose values do
    /// not matter.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the groups do not divide the channels.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T], scratch: &mut [T]) {
        self.run_with(input, output, scratch, Bytes, NoOffset);
    }

    /// The same with weights of other bits, and with something added to all sums of a patch.
    #[inline(always)]
    pub(super) fn run_with<T: Element>(
        &self,
        input: &[T],
        output: &mut [T],
        scratch: &mut [T],
        packing: impl Weights,
        offset: impl Offset,
    ) {
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        assert!(scratch.len() >= self.scratch());
        let one_piece = self.window.one_piece(self.groups);
        // SAFETY: the lengths are asserted; borrows that may be written overlap no other.
        unsafe {
            self.start(input.as_ptr(), output.as_mut_ptr(), scratch.as_mut_ptr(), one_piece, packing, offset)
        };
    }

    /// [`run_unproven`](Unproven::run_unproven) with weights of other bits, and with something added to all sums of a patch.
    ///
    /// # Safety
    ///
    /// As there.
    #[inline(always)]
    pub(super) unsafe fn run_unproven_with<T: Element>(
        &self,
        input: *const T,
        output: *mut T,
        scratch: *mut T,
        packing: impl Weights,
        offset: impl Offset,
    ) {
        // SAFETY: the caller's; a patch has room in the scratch where it is not read where it lies.
        unsafe { self.start(input, output, scratch, self.is_read_where_it_lies(), packing, offset) };
    }

    /// Asserts that weights and sizes fit, and convolves.
    ///
    /// # Safety
    ///
    /// As [`convolve`](Conv2d::convolve) wants, but for the sizes of weights and groups.
    #[inline(always)]
    unsafe fn start<T: Element>(
        &self,
        input: *const T,
        output: *mut T,
        scratch: *mut T,
        one_piece: bool,
        packing: impl Weights,
        offset: impl Offset,
    ) {
        let Window { input: [_, _, channels], output: [_, _, filters], kernel, .. } = self.window;
        assert!(self.groups > 0 && channels % self.groups == 0 && filters % self.groups == 0);
        let (group_channels, group_filters) = (channels / self.groups, filters / self.groups);
        let length = volume([kernel[0], kernel[1], group_channels]);
        assert!(packing.fits(length) && self.weights.len() == product(filters, packing.row_bytes(length)));
        assert!(self.bias.len() == filters && self.requantize.channels() >= filters);
        // SAFETY: the caller's; the rest is asserted.
        unsafe {
            let layer = opaque_reference(self);
            layer.convolve(input, output, scratch, one_piece, group_channels, group_filters, packing, offset);
        }
    }

    /// All positions, one after the other.
    ///
    /// With `one_piece`, a patch that lies in the input in one piece is used where it lies.
    ///
    /// The channels a group are arguments because a Cortex-M0 cannot divide; where `self` is a constant, so
    /// are they.
    ///
    /// # Safety
    ///
    /// `input` is readable and `output` writable for the window's sizes; `scratch` is writable for one patch, or,
    /// with `one_piece`, for [`scratch`](Conv2d::scratch) elements; `packing`, `weights`, `bias` and `requantize` fit
    /// the filters and the kernel; `groups · group_channels` are the input's channels, `groups · group_filters` the
    /// output's. `one_piece` only where the window's patches are.
    ///
    /// `scratch` overlaps neither input nor output. These two overlap each other at most as
    /// [`lead`](Conv2d::lead) says, and then `one_piece` only for the filters of one batch.
    #[inline(never)]
    #[allow(
        clippy::too_many_arguments,
        reason = "what a Cortex-M0 would have to divide for, and the three tensors"
    )]
    unsafe fn convolve<T: Element>(
        &self,
        input: *const T,
        output: *mut T,
        scratch: *mut T,
        one_piece: bool,
        group_channels: usize,
        group_filters: usize,
        packing: impl Weights,
        offset: impl Offset,
    ) {
        let Window { input: [height, width, channels], output: [rows, columns, _], kernel, stride, .. } =
            self.window;
        let patches =
            Patches { window: &self.window, group_channels, border: T::narrow(self.input_zero_point) };
        let filters = Rows {
            length: kernel[0] * kernel[1] * group_channels,
            weights: self.weights.as_ptr(),
            packing,
            bias: self.bias.as_ptr(),
            requantize: &self.requantize,
            offset,
        };
        let mut output = output;
        let mut top = self.window.padding[0].wrapping_neg();
        let mut rows = opaque(rows);
        while rows != 0 {
            let mut left = self.window.padding[1].wrapping_neg();
            let mut columns = opaque(columns);
            while columns != 0 {
                // Opaque: else there is a loop for each answer.
                let inside = opaque(top) < height && left < width && kernel[1] <= width - left;
                let in_place = opaque(usize::from(one_piece && inside));
                let (mut group, groups) = (0, opaque(self.groups));
                while group != groups {
                    // SAFETY: a patch in one piece inside the image is `kernel[1]` pixels from `left` on, all
                    // of them before the end of the row. Any other is gathered into `scratch`, which has
                    // room: `Window::scratch` is 0 only where all patches are of the first sort. Filters and
                    // outputs go on by groups, of which there are as many as fit.
                    //
                    // What is written here may be part of the input, but of nothing that is read afterwards:
                    // without groups the patch is in the scratch, or is read by one batch of filters, before the
                    // first output is written, and later patches begin behind the last (`Order::PatchFirst`);
                    // with groups all patches from this position on do (`Order::Mixed`).
                    unsafe {
                        let patch = if opaque(in_place) != 0 {
                            input.add((top * width + left) * channels)
                        } else {
                            patches.gather(input, top, left, group * group_channels, scratch);
                            scratch.cast_const()
                        };
                        let first = group * group_filters;
                        output = filters.multiply(patch, first, first + group_filters, output);
                    }
                    group = opaque(group + 1);
                }
                left = left.wrapping_add(stride[1]);
                columns = opaque(columns - 1);
            }
            top = top.wrapping_add(stride[0]);
            rows = opaque(rows - 1);
        }
    }
}

impl<R: Requantize> Sliding for Conv2d<'_, R> {
    fn lead(&self) -> isize {
        Conv2d::lead(self)
    }
}

impl<R: Requantize> Unproven for Conv2d<'_, R> {
    #[inline(always)]
    fn sizes(&self) -> [usize; 3] {
        [volume(self.window.input), volume(self.window.output), self.overlapping_scratch()]
    }

    #[inline(always)]
    unsafe fn run_unproven<T: Element>(&self, input: *const T, output: *mut T, scratch: *mut T) {
        // SAFETY: the caller's.
        unsafe { self.run_unproven_with(input, output, scratch, Bytes, NoOffset) };
    }
}
