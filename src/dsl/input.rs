//! What the caller gives.

use super::{Activations, File, Integer, Precision, Prune, Range, RangeChoice, Real, Scheme, Shape};

/// What the caller gives: the first layer of every network, and only the first. It also says how the network is
/// quantised.
///
/// ```text
/// image: Input { shape: [8, 8, 1], calibration: "calibration.npy" },
/// ```
///
/// With `calibration`, ranges of all tensors are measured on samples. Without it they follow by interval arithmetic
/// from the range of the input (`range`, `fraction_bits` or `scale`), as the worst case that the weights allow: nothing
/// can saturate, at the cost of precision.
///
/// Samples also bring the channels of a tensor between two layers with weights to similar ranges, where only what
/// commutes with a positive factor stands between the layers (cross-layer equalisation, M. Nagel et al., *Data-Free
/// Quantization Through Weight Equalization and Bias Correction*, 2019,
/// [arXiv:1906.04721](https://arxiv.org/abs/1906.04721), section 4.1): a small channel becomes up to four times as
/// large, the weights that read it as much smaller, so that it has more of the tensor's steps. Weights that are given
/// as integers, and tensors whose `range` is stated, stay as they are.
///
/// Of a whole model that is quantised already, it can ask for weights of fewer bits or that are 0 (`precision`, `prune`,
/// `calibration` and `bias_correction`) and for a table of answers (`lookup_table`), and say the `shape` once more; what
/// integers stand for is in the file.
#[derive(Debug, Default)]
pub struct Input {
    /// Extent of each axis, without the batch. Required. (Of a whole model the file says it, and it may be left out.)
    pub shape: Shape,
    /// A `.npy` of samples as the network was trained on, some hundred of them: the first axis counts them, the others
    /// are `shape`.
    pub calibration: File,
    /// How integers stand for real numbers. By default [`Scheme::FixedPoint`].
    pub scheme: Scheme,
    /// Number format of the weights of all layers that state none of their own. By default [`Precision::Int8`].
    pub precision: Precision,
    /// Type of the integers between layers, and for `Int16` of the input and of the output. By default [`Activations::Int8`].
    pub activations: Activations,
    /// Share of all weights that become 0, layers that state their own left out; or how many of how many stay, in layers whose
    /// inputs divide by it. By default none.
    pub prune: Prune,
    /// How the range of a tensor is chosen from its samples; needs `calibration`. By default
    /// [`RangeChoice::MeanSquaredError`].
    pub ranges: RangeChoice,
    /// Whether biases make up for the mean error that the rounding of weights causes, measured on `calibration`. By
    /// default `true`.
    pub bias_correction: bool,
    /// Whether the network is a table of its answers to all 256 inputs, computed when it is compiled: only where its input is a
    /// single value. By default it is one where that meets the limits better or is faster, unless a layer states `unroll`.
    ///
    /// ```
    /// use tinynet::tinynet;
    ///
    /// tinynet! {
    ///     struct Layers {
    ///         angle: Input { shape: [1], range: [-1, 1], lookup_table: false },
    ///         Dense { units: 2, weights: [[0.5], [-0.75]], use_bias: false, layout: PyTorch },
    ///         Tanh,
    ///     }
    ///
    ///     struct Table {
    ///         angle: Input { shape: [1], range: [-1, 1], lookup_table: true },
    ///         Dense { units: 2, weights: [[0.5], [-0.75]], use_bias: false, layout: PyTorch },
    ///         Tanh,
    ///     }
    /// }
    ///
    /// assert_eq!(Table::LAYERS[0].kind, "LookupTable");
    /// for angle in i8::MIN..=i8::MAX {
    ///     assert_eq!(Table::new().infer(&[angle]), Layers::new().infer(&[angle]));
    /// }
    /// ```
    pub lookup_table: bool,
    /// Range of the input in real numbers, in place of the samples' own: `[-1.0, 1.0]`.
    pub range: Range,
    /// With [`Scheme::FixedPoint`]: binary places of the input behind the point, in place of a range. 7 means -1 to
    /// 0.992 in steps of 1/128.
    pub fraction_bits: Integer,
    /// With [`Scheme::Affine`]: real value of one step of the input, in place of a range.
    pub scale: Real,
    /// With `scale`: the integer that stands for 0, from -128 to 127. By default 0.
    pub zero_point: Integer,
}
