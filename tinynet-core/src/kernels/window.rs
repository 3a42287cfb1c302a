//! Windows that slide over images.

/// Sizes and steps of a window over an image.
///
/// Sequences are images of height 1.
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
    /// Number of elements of scratch that a [`Conv2d`](super::Conv2d) with this window wants: one patch, or none where
    /// every patch lies in the input in one piece.
    pub const fn scratch(&self, groups: usize) -> usize {
        if self.rows_in_one_piece(groups) && self.never_leaves() {
            0
        } else {
            self.kernel[0] * self.kernel[1] * (self.input[2] / groups)
        }
    }

    /// Whether a patch inside the image is one run of memory.
    pub(super) const fn rows_in_one_piece(&self, groups: usize) -> bool {
        let single_row = self.kernel[0] == 1 && (self.kernel[1] == 1 || self.dilation[1] == 1);
        groups == 1 && single_row
    }

    /// Whether all taps of all positions lie inside the image.
    pub(super) const fn never_leaves(&self) -> bool {
        self.axis_never_leaves(0) && self.axis_never_leaves(1)
    }

    const fn axis_never_leaves(&self, axis: usize) -> bool {
        if self.padding[axis] > 0 {
            return false;
        }
        if self.output[axis] == 0 || self.kernel[axis] == 0 {
            return true;
        }
        let last =
            (self.output[axis] - 1) * self.stride[axis] + (self.kernel[axis] - 1) * self.dilation[axis];
        last < self.input[axis]
    }
}
