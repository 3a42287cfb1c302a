//! Windows that slide over images.

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

    /// Calls `visit` for each position, line by line, with the taps inside the image, vertical and
    /// horizontal.
    #[inline(always)]
    pub(super) fn for_each_position(&self, mut visit: impl FnMut(Taps, Taps)) {
        let mut top = self.padding[0].wrapping_neg();
        for _ in 0..self.output[0] {
            let vertical = Taps::inside(top, self.kernel[0], self.dilation[0], self.input[0]);
            let mut left = self.padding[1].wrapping_neg();
            for _ in 0..self.output[1] {
                visit(vertical, Taps::inside(left, self.kernel[1], self.dilation[1], self.input[1]));
                left = left.wrapping_add(self.stride[1]);
            }
            top = top.wrapping_add(self.stride[0]);
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
    /// A loop, since a Cortex-M0 cannot divide.
    #[inline(always)]
    pub(super) fn inside(start: usize, kernel: usize, dilation: usize, size: usize) -> Taps {
        let mut first = 0;
        let mut position = start;
        while first != kernel && position >= size {
            first += 1;
            position = position.wrapping_add(dilation);
        }
        let mut count = 0;
        let mut next = position;
        while first + count != kernel && next < size {
            count += 1;
            next = next.wrapping_add(dilation);
        }
        Taps { first, count, position }
    }
}
