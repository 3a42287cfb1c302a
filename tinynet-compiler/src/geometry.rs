//! Sizes and steps of windows that slide over images, resolved: no `Same`, no defaults.
//!
//! Sequences are images of height 1: `[length, channels]` is `[1, length, channels]`.

/// Pixels added around an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Padding {
    pub top: usize,
    pub bottom: usize,
    pub left: usize,
    pub right: usize,
}

/// A window over an image of shape `[height, width, channels]` (NHWC without the batch).
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
    /// Distance between the taps of the kernel, vertical and horizontal; 1 = dense.
    pub dilation: [usize; 2],
    /// Padding before and after each axis.
    pub padding: Padding,
}
