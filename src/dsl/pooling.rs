//! Pools: one value for each window, or for each channel.

use super::{Count, Extent, Label, Padding};

/// Largest value in each window, channel by channel.
///
/// `[length, channels]` to `[output length, channels]`; [`Padding`] has the formula of the length.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 2], range: [-1, 1] },
/// MaxPool1d { size: 2 },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct MaxPool1d {
    /// Length of the window. Required.
    pub size: Count,
    /// Step of the window. By default `size`.
    pub stride: Count,
    /// Places around the sequence, which never are the largest. By default [`Padding::Valid`].
    pub padding: Padding,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Mean of each window, channel by channel, rounded to the nearest integer, halves away from zero.
///
/// `[length, channels]` to `[output length, channels]`; [`Padding`] has the formula of the length.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 2], range: [-1, 1] },
/// AvgPool1d { size: 8, stride: 4 },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct AvgPool1d {
    /// Length of the window. Required.
    pub size: Count,
    /// Step of the window. By default `size`.
    pub stride: Count,
    /// Places around the sequence, which count by `include_padding`. By default [`Padding::Valid`].
    pub padding: Padding,
    /// Whether padding counts as zeros (PyTorch's default) or not at all (Keras). By default `false`: not at all.
    pub include_padding: bool,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Largest value of each channel: `[length, channels]` to `[channels]`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 2], range: [-1, 1] },
/// GlobalMaxPool1d,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct GlobalMaxPool1d {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Mean of each channel, rounded to the nearest integer, halves away from zero: `[length, channels]` to `[channels]`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 2], range: [-1, 1] },
/// GlobalAvgPool1d,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct GlobalAvgPool1d {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Largest value in each window, channel by channel.
///
/// `[height, width, channels]` to `[output height, output width, channels]`; [`Padding`] has the formula of the
/// extents.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 16, 2], range: [-1, 1] },
/// MaxPool2d { size: 2 },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct MaxPool2d {
    /// Height and width of the window. Required.
    pub size: Extent,
    /// Steps of the window, vertical and horizontal. By default `size`.
    pub stride: Extent,
    /// Pixels around the image, which never are the largest. By default [`Padding::Valid`].
    pub padding: Padding,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Mean of each window, channel by channel, rounded to the nearest integer, halves away from zero.
///
/// `[height, width, channels]` to `[output height, output width, channels]`; [`Padding`] has the formula of the
/// extents.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 16, 2], range: [-1, 1] },
/// AvgPool2d { size: [2, 2] },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct AvgPool2d {
    /// Height and width of the window. Required.
    pub size: Extent,
    /// Steps of the window, vertical and horizontal. By default `size`.
    pub stride: Extent,
    /// Pixels around the image, which count by `include_padding`. By default [`Padding::Valid`].
    pub padding: Padding,
    /// Whether padding counts as zeros (PyTorch's default) or not at all (Keras). By default `false`: not at all.
    pub include_padding: bool,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Largest value of each channel: `[height, width, channels]` to `[channels]`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 16, 2], range: [-1, 1] },
/// GlobalMaxPool2d,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct GlobalMaxPool2d {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Mean of each channel, rounded to the nearest integer, halves away from zero: `[height, width, channels]` to
/// `[channels]`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 16, 2], range: [-1, 1] },
/// GlobalAvgPool2d,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct GlobalAvgPool2d {
    /// The layer it reads. By default the one before.
    pub input: Label,
}
