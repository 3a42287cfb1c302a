//! Layers with trained weights.

use super::{
    Activations, Array, Count, Extent, Label, Layout, Padding, Precision, Prune, Range, Real, Scales, Unroll,
};

/// Fully connected layer: `y[o] = bias[o] + Σ weights[o, i] · x[i]`.
///
/// `[inputs]` to `[units]`. Weights come from the entries `label.weight`, `[units, inputs]` (PyTorch's `Linear`), or
/// `label.kernel`, `[inputs, units]` (Keras's `Dense`), and `label.bias`, `[units]`.
///
/// ```text
/// fc1: Dense { units: 32 },
/// ```
///
/// Alone behind an [`Input`](super::Input) it is a linear regression; with a [`Sigmoid`](super::Sigmoid) or a
/// [`Softmax`](super::Softmax) behind it, a logistic one:
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// sensors: Input { shape: [3], range: [-1, 1] },
/// linear: Dense { units: 1, weights: [[0.5, -1.25, 2]], bias: [0.1], layout: PyTorch },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Dense {
    /// Number of outputs. Required.
    pub units: Count,
    /// The weights, where the network's file does not have them: `[units, inputs]`, or Keras's order with `layout:
    /// Keras`.
    pub weights: Array,
    /// The bias, where the network's file does not have it: one for each unit, real numbers.
    pub bias: Array,
    /// Real value of 1 where the weights are integers (-128 to 127, or as `precision` says), for all output channels or
    /// for each. By default the entry `label.weight_scale` of the network's file, if there is one. Such weights are used as
    /// they are.
    pub weight_scale: Scales,
    /// Whether there is a bias. By default `true`.
    pub use_bias: bool,
    /// Order of the weights' axes, where their name does not say it.
    pub layout: Layout,
    /// Number format of the weights. By default the `Input`'s, or else [`Precision::Int8`].
    pub precision: Precision,
    /// Type of the integers that it makes, with the function behind it. By default as the `Input` says.
    pub activations: Activations,
    /// Share of the weights that become 0, or how many of how many stay. By default as the `Input`'s says.
    pub prune: Prune,
    /// Share of the output channels that disappear, 0 to less than 1. By default 0.
    pub prune_channels: Real,
    /// Share of the inputs that no weight reads, 0 to less than 1: inputs of the network that nothing reads are listed
    /// in its documentation. By default 0.
    pub prune_inputs: Real,
    /// Shape of the code. By default [`Unroll::Auto`].
    pub unroll: Unroll,
    /// Range of the output in real numbers, in place of the calibrated one: what lies outside saturates, and what
    /// follows is calibrated on saturated values. (Integers hold at least this range; in fixed point, the powers of two
    /// around it.)
    pub range: Range,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Convolution along a sequence: `y[t, o] = bias[o] + Σ weights[o, c, k] · x[t · stride + k · dilation - before, c]`,
/// zero beyond the ends.
///
/// `[length, channels]` to `[output length, filters]`; [`Padding`] has the formula of the length. Weights come from the
/// entries `label.weight`, `[filters, channels / groups, kernel]` (PyTorch), or `label.kernel`, `[kernel, channels /
/// groups, filters]` (Keras), and `label.bias`, `[filters]`.
///
/// ```text
/// conv1: Conv1d { filters: 8, kernel: 5, stride: 2 },
/// ```
#[derive(Debug, Default)]
pub struct Conv1d {
    /// Number of output channels. Required.
    pub filters: Count,
    /// Length of the window. Required.
    pub kernel: Count,
    /// Step of the window. By default 1.
    pub stride: Count,
    /// Zeros around the sequence. By default [`Padding::Valid`].
    pub padding: Padding,
    /// Distance between the taps of the window. By default 1.
    pub dilation: Count,
    /// Input and output channels fall into this many groups that do not mix. By default 1.
    pub groups: Count,
    /// The weights, where the network's file does not have them: `[filters, channels / groups, kernel]`, or Keras's
    /// order with `layout: Keras`.
    pub weights: Array,
    /// The bias, where the network's file does not have it: one for each filter, real numbers.
    pub bias: Array,
    /// Real value of 1 where the weights are integers (-128 to 127, or as `precision` says), for all output channels or
    /// for each. By default the entry `label.weight_scale` of the network's file, if there is one. Such weights are used as
    /// they are.
    pub weight_scale: Scales,
    /// Whether there is a bias. By default `true`.
    pub use_bias: bool,
    /// Order of the weights' axes, where their name does not say it.
    pub layout: Layout,
    /// Number format of the weights. By default the `Input`'s, or else [`Precision::Int8`].
    pub precision: Precision,
    /// Type of the integers that it makes, with the function behind it. By default as the `Input` says.
    pub activations: Activations,
    /// Share of the weights that become 0, or how many of how many stay. By default as the `Input`'s says.
    pub prune: Prune,
    /// Share of the output channels that disappear, 0 to less than 1. By default 0.
    pub prune_channels: Real,
    /// Share of the input channels that no weight reads, 0 to less than 1. By default 0.
    pub prune_inputs: Real,
    /// Shape of the code. By default [`Unroll::Auto`].
    pub unroll: Unroll,
    /// Range of the output in real numbers, in place of the calibrated one: what lies outside saturates, and what
    /// follows is calibrated on saturated values. (Integers hold at least this range; in fixed point, the powers of two
    /// around it.)
    pub range: Range,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Convolution over an image: `y[v, h, o] = bias[o] + Σ weights[o, c, i, j] · x[v · stride + i · dilation - top, h ·
/// stride + j · dilation - left, c]`, zero beyond the edges.
///
/// `[height, width, channels]` to `[output height, output width, filters]`; [`Padding`] has the formula of the extents.
/// Weights come from the entries `label.weight`, `[filters, channels / groups, height, width]` (PyTorch), or
/// `label.kernel`, `[height, width, channels / groups, filters]` (Keras), and `label.bias`, `[filters]`.
///
/// ```text
/// conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
/// ```
#[derive(Debug, Default)]
pub struct Conv2d {
    /// Number of output channels. Required.
    pub filters: Count,
    /// Height and width of the window. Required.
    pub kernel: Extent,
    /// Steps of the window, vertical and horizontal. By default 1.
    pub stride: Extent,
    /// Zeros around the image. By default [`Padding::Valid`].
    pub padding: Padding,
    /// Distance between the taps of the window, vertical and horizontal. By default 1.
    pub dilation: Extent,
    /// Input and output channels fall into this many groups that do not mix. By default 1.
    pub groups: Count,
    /// The weights, where the network's file does not have them: `[filters, channels / groups, height, width]`, or
    /// Keras's order with `layout: Keras`.
    pub weights: Array,
    /// The bias, where the network's file does not have it: one for each filter, real numbers.
    pub bias: Array,
    /// Real value of 1 where the weights are integers (-128 to 127, or as `precision` says), for all output channels or
    /// for each. By default the entry `label.weight_scale` of the network's file, if there is one. Such weights are used as
    /// they are.
    pub weight_scale: Scales,
    /// Whether there is a bias. By default `true`.
    pub use_bias: bool,
    /// Order of the weights' axes, where their name does not say it.
    pub layout: Layout,
    /// Number format of the weights. By default the `Input`'s, or else [`Precision::Int8`].
    pub precision: Precision,
    /// Type of the integers that it makes, with the function behind it. By default as the `Input` says.
    pub activations: Activations,
    /// Share of the weights that become 0, or how many of how many stay. By default as the `Input`'s says.
    pub prune: Prune,
    /// Share of the output channels that disappear, 0 to less than 1. By default 0.
    pub prune_channels: Real,
    /// Share of the input channels that no weight reads, 0 to less than 1. By default 0.
    pub prune_inputs: Real,
    /// Shape of the code. By default [`Unroll::Auto`].
    pub unroll: Unroll,
    /// Range of the output in real numbers, in place of the calibrated one: what lies outside saturates, and what
    /// follows is calibrated on saturated values. (Integers hold at least this range; in fixed point, the powers of two
    /// around it.)
    pub range: Range,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Convolution of each channel by itself: output channel `c · multiplier + m` sees input channel `c` only.
///
/// `[height, width, channels]` to `[output height, output width, channels · multiplier]`; [`Padding`] has the formula
/// of the extents. Weights come from the entries `label.weight`, `[channels · multiplier, 1, height, width]` (PyTorch's
/// `Conv2d` with `groups` = channels), or `label.depthwise_kernel`, `[height, width, channels, multiplier]` (Keras),
/// and `label.bias`.
///
/// ```text
/// depthwise: DepthwiseConv2d { kernel: 3, stride: 2, padding: 1 },
/// pointwise: Conv2d { filters: 16, kernel: 1 },
/// ```
#[derive(Debug, Default)]
pub struct DepthwiseConv2d {
    /// Output channels for each input channel. By default 1.
    pub multiplier: Count,
    /// Height and width of the window. Required.
    pub kernel: Extent,
    /// Steps of the window, vertical and horizontal. By default 1.
    pub stride: Extent,
    /// Zeros around the image. By default [`Padding::Valid`].
    pub padding: Padding,
    /// Distance between the taps of the window, vertical and horizontal. By default 1.
    pub dilation: Extent,
    /// The weights, where the network's file does not have them: `[channels · multiplier, 1, height, width]`, or
    /// Keras's order with `layout: Keras`.
    pub weights: Array,
    /// The bias, where the network's file does not have it: one for each output channel, real numbers.
    pub bias: Array,
    /// Real value of 1 where the weights are integers (-128 to 127, or as `precision` says), for all output channels or
    /// for each. By default the entry `label.weight_scale` of the network's file, if there is one. Such weights are used as
    /// they are.
    pub weight_scale: Scales,
    /// Whether there is a bias. By default `true`.
    pub use_bias: bool,
    /// Order of the weights' axes, where their name does not say it.
    pub layout: Layout,
    /// Number format of the weights. By default the `Input`'s, or else [`Precision::Int8`].
    pub precision: Precision,
    /// Type of the integers that it makes, with the function behind it. By default as the `Input` says.
    pub activations: Activations,
    /// Share of the weights that become 0, or how many of how many stay. By default as the `Input`'s says.
    pub prune: Prune,
    /// Share of the output channels that disappear, 0 to less than 1. By default 0.
    pub prune_channels: Real,
    /// Not here: each input channel has filters of its own, which `prune_channels` takes away.
    pub prune_inputs: Real,
    /// Shape of the code. By default [`Unroll::Auto`].
    pub unroll: Unroll,
    /// Range of the output in real numbers, in place of the calibrated one: what lies outside saturates, and what
    /// follows is calibrated on saturated values. (Integers hold at least this range; in fixed point, the powers of two
    /// around it.)
    pub range: Range,
    /// The layer it reads. By default the one before.
    pub input: Label,
}
