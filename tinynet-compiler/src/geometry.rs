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

impl Window {
    /// One pixel at a time: each becomes one of `channels`.
    pub fn of_pixels(input: [usize; 3], channels: usize) -> Self {
        Self {
            input,
            output: [input[0], input[1], channels],
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            padding: Padding::default(),
        }
    }
}
