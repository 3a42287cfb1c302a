//! What lies under a window: one patch of the input a position.

use super::tight::{for_each_pair, opaque};
use super::window::Order;
use super::{Window, product, volume};
use crate::element::Element;
use crate::overlap::{Overlap, Overlapping};

/// Hands what lies under a window to a function, position by position: for filters that are straight-line
/// code.
///
/// A tap outside the input reads `border`. A patch that lies in the input in one piece is handed over where
/// it lies; any other is gathered into the scratch first.
///
/// ```
/// use tinynet_core::kernels::{EachPatch, Window};
///
/// // Sums of neighbours in a sequence of four.
/// let window = Window {
///     input: [1, 4, 1],
///     output: [1, 3, 1],
///     kernel: [1, 2],
///     stride: [1, 1],
///     dilation: [1, 1],
///     padding: [0, 0],
/// };
/// let mut output = [0i8; 3];
/// EachPatch { window, groups: 1, border: 0 }.run(
///     &[1, 2, 3, 4],
///     &mut output,
///     &mut [],
///     |_, patch: &[i8; 2], output: &mut [i8; 1]| output[0] = patch[0] + patch[1],
/// );
/// assert_eq!(output, [3, 5, 7]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EachPatch {
    /// Sizes and steps.
    pub window: Window,
    /// Input and output channels fall into this many groups that do not mix: as many patches a position.
    pub groups: usize,
    /// What is read outside the input.
    pub border: i32,
}

impl EachPatch {
    /// Number of elements of scratch that [`run`](EachPatch::run) wants: one patch, or none where every patch
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

    /// Number of elements of scratch that it wants where input and output overlap: one patch.
    #[inline(always)]
    pub const fn overlapping_scratch(&self) -> usize {
        let Window { input: [_, _, channels], kernel, .. } = self.window;
        volume([kernel[0], kernel[1], channels / self.groups])
    }

    /// The same for an input and an output that overlap.
    ///
    /// # Panics
    ///
    /// Where [`lead`](EachPatch::lead) is larger than `LEAD`.
    #[inline(always)]
    pub const fn overlapping<const LEAD: isize>(self) -> Overlapping<Self, LEAD> {
        Overlapping::new(self, self.lead())
    }

    /// Calls `filters` with the number of the group, its patch, and the outputs to compute, for every
    /// position and group.
    ///
    /// `PATCH` is kernel height · kernel width · input channels a group, `FILTERS` the output channels a
    /// group.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run<T: Element, const PATCH: usize, const FILTERS: usize>(
        &self,
        input: &[T],
        output: &mut [T],
        scratch: &mut [T],
        filters: impl FnMut(usize, &[T; PATCH], &mut [T; FILTERS]),
    ) {
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        assert!(scratch.len() >= self.scratch());
        let one_piece = self.window.one_piece(self.groups);
        // SAFETY: the lengths are asserted; borrows of which one may be written do not overlap.
        unsafe { self.visit(input.as_ptr(), output.as_mut_ptr(), scratch.as_mut_ptr(), one_piece, filters) };
    }

    /// Goes through all positions. With `one_piece`, a patch that lies in the input in one piece is handed over where
    /// it lies.
    ///
    /// # Safety
    ///
    /// `input` is readable and `output` writable for the window's sizes; `scratch` is writable for one patch, or,
    /// with `one_piece`, for [`scratch`](EachPatch::scratch) elements, and overlaps neither. Input and output overlap at
    /// most as [`lead`](EachPatch::lead) says, with `one_piece` not at all. `one_piece` only where the window's patches
    /// are.
    #[inline(always)]
    unsafe fn visit<T: Element, const PATCH: usize, const FILTERS: usize>(
        &self,
        input: *const T,
        output: *mut T,
        scratch: *mut T,
        one_piece: bool,
        mut filters: impl FnMut(usize, &[T; PATCH], &mut [T; FILTERS]),
    ) {
        let Window {
            input: [height, width, channels],
            output: [rows, columns, outputs],
            kernel,
            stride,
            padding,
            ..
        } = self.window;
        assert!(self.groups > 0 && channels % self.groups == 0);
        let group_channels = channels / self.groups;
        assert!(PATCH == volume([kernel[0], kernel[1], group_channels]));
        assert!(outputs == product(FILTERS, self.groups));
        let patches = Patches { window: &self.window, group_channels, border: T::narrow(self.border) };
        let mut output = output;
        let mut top = padding[0].wrapping_neg();
        for _ in 0..rows {
            let mut left = padding[1].wrapping_neg();
            for _ in 0..columns {
                let inside = top < height && left < width && kernel[1] <= width - left;
                for group in 0..self.groups {
                    // SAFETY: as in `Conv2d`: a patch in one piece inside the image is `kernel[1]` pixels
                    // from `left` on, all of them before the end of the row, which are PATCH elements; any
                    // other is gathered into `scratch`, which has room for PATCH elements: `Window::scratch`
                    // is 0 only where all patches are of the first sort. The output goes on by FILTERS
                    // elements rows · columns · groups times, which is its length; nobody else refers to it
                    // or to the scratch meanwhile: where it overlaps the input, the patch is in the scratch, and
                    // later patches begin behind what is written.
                    unsafe {
                        let patch = if one_piece && inside {
                            input.add((top * width + left) * channels)
                        } else {
                            patches.gather(input, top, left, group * group_channels, scratch);
                            scratch.cast_const()
                        };
                        filters(group, &*patch.cast(), &mut *output.cast());
                        output = output.add(FILTERS);
                    }
                }
                left = left.wrapping_add(stride[1]);
            }
            top = top.wrapping_add(stride[0]);
        }
    }
}

impl<const LEAD: isize> Overlapping<EachPatch, LEAD> {
    /// Calls `filters` as [`EachPatch::run`] does; `scratch` has
    /// [`overlapping_scratch`](EachPatch::overlapping_scratch) elements, whose values do not matter.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn for_each<
        T: Element,
        const INPUT: usize,
        const OUTPUT: usize,
        const PATCH: usize,
        const FILTERS: usize,
    >(
        &self,
        tensors: Overlap<'_, T, INPUT, OUTPUT, LEAD>,
        scratch: &mut [T],
        filters: impl FnMut(usize, &[T; PATCH], &mut [T; FILTERS]),
    ) {
        let each = self.kernel();
        assert!(INPUT == volume(each.window.input) && OUTPUT == volume(each.window.output));
        assert!(scratch.len() >= each.overlapping_scratch());
        let (input, output) = tensors.pointers();
        // SAFETY: the lengths are asserted. The tensors are borrowed, and the scratch as well, so that it overlaps
        // neither. The tensors lie `LEAD` apart, which is enough: `Overlapping::new` has asserted it.
        unsafe { each.visit(input, output, scratch.as_mut_ptr(), false, filters) };
    }
}

/// Copies what lies under a window to one place.
pub(super) struct Patches<'a, T> {
    pub(super) window: &'a Window,
    pub(super) group_channels: usize,
    /// What is read outside the image.
    pub(super) border: T,
}

impl<T: Element> Patches<'_, T> {
    /// The channels from `first_channel` on, of the patch whose first tap is at `top`, `left` (before the
    /// image where they are negative, as wrapped integers).
    ///
    /// # Safety
    ///
    /// `input` is readable for the window's sizes; `first_channel + group_channels` channels exist; `scratch`
    /// is writable for `kernel height · kernel width · group_channels` elements.
    #[inline(never)]
    pub(super) unsafe fn gather(
        &self,
        input: *const T,
        top: usize,
        left: usize,
        first_channel: usize,
        scratch: *mut T,
    ) {
        let Window { input: [height, width, channels], kernel, dilation, .. } = *self.window;
        // Neighbours in a row are one run where no channel is left out between them.
        let taps = if self.group_channels == channels && dilation[1] == 1 { kernel[1] } else { 1 };
        let mut scratch = scratch;
        let mut row = top;
        let mut rows = opaque(kernel[0]);
        while rows != 0 {
            let width = if row < height { width } else { 0 };
            let start_of_row = row.wrapping_mul(width);
            let mut column = left;
            let mut remaining = opaque(kernel[1]);
            while remaining != 0 {
                let [before, inside] = clip(column, width, taps);
                let source = start_of_row.wrapping_add(column).wrapping_add(before);
                let source = source.wrapping_mul(channels).wrapping_add(first_channel);
                let length = taps * self.group_channels;
                // SAFETY: the runs of all rows make up the patch, and `before + inside <= taps`. The pixels from
                // `column + before` on, `inside` of them, exist: more than one with all their channels and one with
                // channels that exist.
                scratch = unsafe {
                    if inside != taps {
                        fill(self.border, length, scratch);
                    }
                    let destination = scratch.add(before * self.group_channels);
                    copy(input.wrapping_add(source), inside * self.group_channels, destination);
                    scratch.add(length)
                };
                column = column.wrapping_add(taps.wrapping_mul(dilation[1]));
                remaining -= taps;
            }
            row = row.wrapping_add(dilation[0]);
            rows = opaque(rows - 1);
        }
    }
}

/// Of `taps` neighbours that begin at `column` of a row of `width` pixels: how many lie before it, and how many in it.
#[inline(always)]
fn clip(column: usize, width: usize, taps: usize) -> [usize; 2] {
    if column < width {
        return [0, taps.min(width - column)];
    }
    let before = if (column as isize) < 0 { column.wrapping_neg().min(taps) } else { 0 };
    // From the first pixel on where there are some before it; else all lie behind.
    let inside = if before > 0 { width.min(taps - before) } else { 0 };
    [before, inside]
}

/// Copies `count` elements.
///
/// Runs are short, a few pixels of a few channels: a call of `memcpy` would cost more than it saves.
///
/// # Safety
///
/// `source` is readable and `destination` writable for `count` elements; they do not overlap.
#[inline(always)]
unsafe fn copy<T: Element>(source: *const T, count: usize, destination: *mut T) {
    // SAFETY: the caller's, for each element.
    unsafe { for_each_pair(source, destination, count, |source, destination| *destination = *source) };
}

/// Writes `count` times `value`.
///
/// # Safety
///
/// `destination` is writable for `count` elements.
#[inline(always)]
unsafe fn fill<T: Element>(value: T, count: usize, destination: *mut T) {
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
}
