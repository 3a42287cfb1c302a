//! Layers that change the shape alone.

use super::{Label, Margin, Order, Real, Shape};

/// All values in one axis: `[height, width, channels]` to `[height · width · channels]`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4, 2, 2], range: [-1, 1] },
/// # MaxPool2d { size: 2 },
/// Flatten,
/// # fc1: Dense { units: 1, weights: [[1, 2, 3, 4]], bias: [0], layout: PyTorch },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Flatten {
    /// Order in which the values are counted. By default that of the framework which the weights of the next
    /// [`Dense`](super::Dense) come from. Nothing is moved at run time: the weights are reordered by the compiler.
    pub order: Order,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// The same values in another shape, of one to three axes.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [64], range: [-1, 1] },
/// Reshape { shape: [16, 4], order: ChannelsLast },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Reshape {
    /// Extent of each axis, without the batch. Required.
    pub shape: Shape,
    /// Order in which the values are counted. Needed where PyTorch and Keras mean different ones; only
    /// [`Order::ChannelsLast`] is supported there.
    pub order: Order,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Values around an image or a sequence: `[height, width, channels]` to `[top + height + bottom, left + width + right,
/// channels]`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 16, 2], range: [-1, 1] },
/// Pad { padding: [0, 1, 0, 1] },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Pad {
    /// Pixels added on each side. Required.
    pub padding: Margin,
    /// Their value. By default 0.
    pub value: Real,
    /// The layer it reads. By default the one before.
    pub input: Label,
}
