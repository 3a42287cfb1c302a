//! Windows that slide over images.

use super::tight::opaque;

/// Sizes and steps of a window over an image.
///
/// At position `y` of the output, tap `v` of the kernel reads line `y · stride + v · dilation - padding` of the
/// input, and likewise for columns; there may be no such line. How many positions there are is the caller's
/// matter; with `before` and `after` pixels of padding, as many as fit are
/// `(input + before + after - (kernel - 1) · dilation - 1) / stride + 1`, rounded down.
///
/// Sequences are images of height 1.
///
/// ```
/// use tinynet_core::kernels::Window;
///
/// // A 3 x 3 kernel over an 8 x 8 image of 4 channels, stride 2. TensorFlow pads that by 0 above and 1 below.
/// let window = Window {
///     input: [8, 8, 4],
///     output: [4, 4, 16],
///     kernel: [3, 3],
///     stride: [2, 2],
///     dilation: [1, 1],
///     padding: [0, 0],
/// };
/// assert_eq!(window.scratch(1), 3 * 3 * 4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Shape of the input: height, width, channels.
    pub input: [usize; 3],
    /// Shape of the output: height, width, channels.
    pub output: [usize; 3],
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Vertical and horizontal step.
    pub stride: [usize; 2],
    /// Distance between the taps of the kernel, vertical and horizontal; 1 = next to each other.
    pub dilation: [usize; 2],
    /// Pixels added above and to the left. What is added below and to the right follows from the sizes.
    pub padding: [usize; 2],
}

impl Window {
    /// Number of elements of scratch that a [`Conv2d`](super::Conv2d) with this window wants: one patch, or
    /// none where every patch lies in the input in one piece.
    ///
    /// # Panics
    ///
    /// For 0 groups, and where the sizes overflow.
    #[inline(always)]
    pub const fn scratch(&self, groups: usize) -> usize {
        if self.one_piece(groups) && self.never_leaves() {
            0
        } else {
            super::volume([self.kernel[0], self.kernel[1], self.input[2] / groups])
        }
    }

    /// Whether a patch inside the image is one run of memory.
    #[inline(always)]
    pub(super) const fn one_piece(&self, groups: usize) -> bool {
        groups == 1 && self.kernel[0] == 1 && (self.kernel[1] == 1 || self.dilation[1] == 1)
    }

    /// Whether all taps of all positions lie inside the image.
    #[inline(always)]
    const fn never_leaves(&self) -> bool {
        self.axis_never_leaves(0) && self.axis_never_leaves(1)
    }

    #[inline(always)]
    const fn axis_never_leaves(&self, axis: usize) -> bool {
        if self.padding[axis] > 0 {
            return false;
        }
        if self.output[axis] == 0 || self.kernel[axis] == 0 {
            return true;
        }
        // Checked, since the scratch must not be left out on account of sizes that wrap.
        let first_tap = super::product(self.output[axis] - 1, self.stride[axis]);
        let last_tap = super::product(self.kernel[axis] - 1, self.dilation[axis]);
        match first_tap.checked_add(last_tap) {
            Some(last) => last < self.input[axis],
            None => false,
        }
    }

    /// The least number of elements by which an output must begin before the input that it shares memory with,
    /// so that nothing is overwritten that a position still has to read; negative where it may begin behind.
    ///
    /// Positions are visited line by line. With `writes` the end of what is written when a position has been
    /// visited, and `needs` the lowest element of the input that is read after that, it is the largest
    /// `writes - needs` of all positions: what lies below `needs` may be overwritten, and only that is.
    ///
    /// # Panics
    ///
    /// Where the sizes overflow.
    pub(super) const fn lead(&self, order: Order) -> isize {
        assert!(super::volume(self.input) <= isize::MAX as usize, "size overflows");
        assert!(super::volume(self.output) <= isize::MAX as usize, "size overflows");
        let [rows, columns] = [self.turns(0), self.turns(1)];
        let mut lead = -(super::volume(self.input) as isize);
        let mut index = 0;
        while index < rows.len() * columns.len() {
            let (row, column) = (rows[index / columns.len()], columns[index % columns.len()]);
            if row < self.output[0] && column < self.output[1] {
                let here = self.lead_at(row, column, order);
                lead = if here > lead { here } else { lead };
            }
            index += 1;
        }
        lead
    }

    /// Positions along an axis of which one has the largest `writes - needs`.
    ///
    /// What a position reads first is at 0 to begin with, then goes on by the stride, and stays at the end of the
    /// image: both terms are linear between where that changes, for this position or for the next.
    const fn turns(&self, axis: usize) -> [usize; 9] {
        let (size, stride, padding) = (self.input[axis], self.stride[axis], self.padding[axis]);
        let step = if stride == 0 { 1 } else { stride };
        let begin = padding / step;
        let end = size.saturating_add(padding).div_ceil(step);
        let last = self.output[axis].saturating_sub(1);
        [
            0,
            begin.saturating_sub(1),
            begin,
            begin.saturating_add(1),
            end.saturating_sub(2),
            end.saturating_sub(1),
            end,
            last.saturating_sub(1),
            last,
        ]
    }

    /// `writes - needs` at one position.
    const fn lead_at(&self, row: usize, column: usize, order: Order) -> isize {
        let Window { input, output: [rows, columns, filters], .. } = *self;
        let pixel = row * columns + column;
        // What the next position reads first, or the next line: no later one reads anything below both.
        let mut needs = super::volume(input);
        if row + 1 < rows {
            needs = least(needs, self.first_read(row + 1, 0));
        }
        if column + 1 < columns {
            needs = least(needs, self.first_read(row, column + 1));
        }
        let later = self.distance((pixel + 1) * filters, needs);
        let here = self.first_read(row, column);
        let meanwhile = match order {
            Order::PatchFirst => later,
            // When channels up to `c` are written, those from `c` on are still to be read, in output and input
            // alike so many.
            Order::ByChannels => self.distance(pixel * filters, here),
            Order::Mixed => self.distance((pixel + 1) * filters, here),
        };
        if meanwhile > later { meanwhile } else { later }
    }

    /// `writes - needs`; nothing less matters where no element is needed any more.
    const fn distance(&self, writes: usize, needs: usize) -> isize {
        if needs < super::volume(self.input) { writes as isize - needs as isize } else { isize::MIN }
    }

    /// No element below this is read at a position: the first channel of the first pixel under the window, that
    /// of the border put to the nearest in the image.
    const fn first_read(&self, row: usize, column: usize) -> usize {
        let Window { input: [height, width, channels], stride, padding, .. } = *self;
        let row = least(super::product(row, stride[0]).saturating_sub(padding[0]), height);
        let column = least(super::product(column, stride[1]).saturating_sub(padding[1]), width);
        least((row * width + column) * channels, super::volume(self.input))
    }

    /// Calls `visit` for each position, line by line, with the taps inside the image, vertical and
    /// horizontal.
    #[inline(always)]
    pub(super) fn for_each_position(&self, mut visit: impl FnMut(Taps, Taps)) {
        let mut top = self.padding[0].wrapping_neg();
        let mut rows = opaque(self.output[0]);
        while rows != 0 {
            let vertical = Taps::inside(top, self.kernel[0], self.dilation[0], self.input[0]);
            let mut left = self.padding[1].wrapping_neg();
            let mut columns = opaque(self.output[1]);
            while columns != 0 {
                visit(vertical, Taps::inside(left, self.kernel[1], self.dilation[1], self.input[1]));
                left = left.wrapping_add(self.stride[1]);
                columns = opaque(columns - 1);
            }
            top = top.wrapping_add(self.stride[0]);
            rows = opaque(rows - 1);
        }
    }

    /// Calls `visit` for each tap inside the image with the index of the pixel's first channel.
    ///
    /// The pixels exist where `vertical` and `horizontal` are [`Taps::inside`] of this window's image.
    #[inline(always)]
    pub(super) fn for_each_tap(&self, vertical: Taps, horizontal: Taps, mut visit: impl FnMut(usize)) {
        let Window { input: [_, width, channels], dilation, .. } = *self;
        let step = dilation[1].wrapping_mul(channels);
        let mut row = vertical.position;
        for _ in 0..vertical.count {
            let mut pixel = row.wrapping_mul(width).wrapping_add(horizontal.position).wrapping_mul(channels);
            for _ in 0..horizontal.count {
                visit(pixel);
                pixel = pixel.wrapping_add(step);
            }
            row = row.wrapping_add(dilation[0]);
        }
    }
}

/// How a kernel's reads and writes follow each other at one position of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// All reads come before the first write.
    PatchFirst,
    /// All reads of some channels, all writes of the same channels, then the next channels; there are as many out
    /// as in.
    ByChannels,
    /// Any.
    Mixed,
}

const fn least(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

/// The taps of a kernel, along one axis, that lie inside the image.
#[derive(Clone, Copy)]
pub(super) struct Taps {
    /// Number of taps before them.
    pub(super) first: usize,
    /// How many there are.
    pub(super) count: usize,
    /// Where in the image the first of them is; no place where there is none.
    pub(super) position: usize,
}

impl Taps {
    /// Tap `k` lies at `start + k · dilation`; a `start` before the image is a wrapped negative.
    ///
    /// `count` positions, `dilation` apart from `position` on, are all below `size`, whatever the arguments.
    /// A loop, since a Cortex-M0 cannot divide. One function, since either axis needs it.
    #[inline(never)]
    pub(super) fn inside(start: usize, kernel: usize, dilation: usize, size: usize) -> Taps {
        let mut first = 0;
        let mut position = start;
        while first != kernel && position >= size {
            first = opaque(first + 1);
            position = position.wrapping_add(dilation);
        }
        let mut count = 0;
        let mut next = position;
        while first + count != kernel && next < size {
            count = opaque(count + 1);
            next = next.wrapping_add(dilation);
        }
        Taps { first, count, position }
    }
}
