//! Every layer, every option and every word of the language, in a crate that tolerates no warning.
#![deny(
    warnings,
    missing_docs,
    unused,
    nonstandard_style,
    rust_2018_idioms,
    unreachable_pub,
    unused_qualifications
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

use tinynet::tinynet;

tinynet! {
    /// Layers over images.
    pub struct Images
    where
        flash <= 64 * KIB,
        ram <= LIMIT + 8 * KIB,
        macs <= 100_000,
        cycles(cortex_m0plus, wait_states: 1, multiplier: 32) <= 1_000_000,
    {
        image: Input { shape: [6, 6, 2], range: [-1, 1], scheme: FixedPoint, activations: Int8 },
        /// Four filters that see two channels in two groups.
        conv1: Conv2d {
            filters: 4,
            kernel: [3, 3],
            stride: 1,
            padding: Same,
            dilation: [1, 1],
            groups: 2,
            weights: [
                [[[0, 0, 0], [0, 1, 0], [0, 0, 0]]],
                [[[0, 0.5, 0], [0, 1, 0], [0, 0, 0]]],
                [[[0, 0, 0], [-1, 1, 0], [0, 0, 0]]],
                [[[0, 0, 0], [0, 1, 0], [0, 0, -0.25]]],
            ],
            bias: [0, 0.1, 1.0 / 3.0, -0.1],
            use_bias: true,
            layout: PyTorch,
            precision: Int8,
            unroll: Auto,
            range: [-2, 2],
            input: image,
        },
        norm: BatchNorm {
            epsilon: 1e-3,
            scale: [1, 1, 1, 0.5],
            offset: [0, 0, 0.5, 0],
            mean: [0, 0, 0, 0.25],
            variance: [1, 1, 2, 1],
            input: conv1,
        },
        Relu { input: norm },
        depthwise: DepthwiseConv2d {
            multiplier: 1,
            kernel: 3,
            stride: [1, 1],
            padding: [1, 1],
            dilation: 1,
            weights: [
                [[[-1], [0], [1], [0]], [[0], [1], [0], [0]], [[0], [1], [0], [0]]],
                [[[0], [1], [0], [0]], [[127], [1], [0], [127]], [[0], [1], [0], [0]]],
                [[[0], [1], [0], [0]], [[0], [1], [127], [0]], [[0], [1], [0], [0]]],
            ],
            weight_scale: [0.0078125, 0.125, 0.0078125, 0.0078125],
            use_bias: false,
            layout: Keras,
            unroll: Loop,
        },
        relu6: Relu6 { input: depthwise },
        sum: Add { inputs: [relu6, norm] },
        product: Mul { inputs: [sum, relu6], activations: Int8 },
        both: Concat { inputs: [product, sum], axis: 2 },
        pad: Pad { padding: [0, 1, 0, 1], value: 0.5, input: both },
        MaxPool2d { size: [2, 2], stride: 1, padding: Valid, input: pad },
        AvgPool2d { size: 2, stride: [2, 2], padding: 1, include_padding: true },
        pooled: HardTanh { min: -1, max: 1 },
        mean: GlobalAvgPool2d { input: pooled },
        max: GlobalMaxPool2d { input: pooled },
        features: Concat { inputs: [mean, max] },
        fc: Dense {
            units: 2,
            weights: [
                [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1],
            ],
            bias: [0, 0],
            layout: PyTorch,
            unroll: Full,
        },
        Softmax,
        ArgMax,
    }
}

/// What the board leaves.
const LIMIT: usize = 1024;

tinynet! {
    struct Sequences {
        samples: Input { shape: [16], scale: 1.0 / 32.0, zero_point: -3, scheme: Affine },
        Reshape { shape: [8, 2], order: ChannelsLast },
        conv: Conv1d {
            filters: 3,
            kernel: 2,
            stride: 1,
            padding: [1, 0],
            dilation: 1,
            groups: 1,
            weights: [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0.5, 0], [0, 0.5]]],
            use_bias: false,
            layout: PyTorch,
        },
        MaxPool1d { size: 2, stride: 1, padding: Same },
        pooled: AvgPool1d { size: 2, stride: 2, padding: 0, include_padding: false },
        Flatten { order: ChannelsFirst, input: pooled },
        fc: Dense {
            units: 3,
            weights: [
                [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ],
            bias: [0, 0, 0],
        },
        mean: GlobalAvgPool1d { input: pooled },
        max: GlobalMaxPool1d { input: pooled },
        sum: Add { inputs: [mean, max], activations: Int4 },
        all: Add { inputs: [sum, fc] },
        Softmax { input: all },
    }
}

tinynet! {
    /// Layers that are functions of one number.
    pub(crate) struct Functions {
        input: Input {
            shape: [3],
            calibration: "ui/data/calibration.npy",
            fraction_bits: 4 + 1,
            ranges: Percentile(99.9),
        },
        LeakyRelu { slope: 0.1 },
        PRelu { slopes: [0.25] },
        Tanh,
        Sigmoid,
        HardSigmoid,
        HardSwish,
        Silu,
        Gelu { approximate: true },
        Elu { alpha: 0.5 },
        Selu,
        Softplus { beta: 2 },
        Softsign,
        Mish,
        Activation { function: |x| if x < 0.5 { x * x.abs() } else { max(x, core::f64::consts::PI / 4.0) } },
        last: Flatten { order: ChannelsLast },
    }
}

tinynet! {
    /// Some weights become 0.
    pub struct Pruned {
        input: Input { shape: [3], range: [-1, 1], prune: [1, 3], activations: Int16 },
        Dense {
            units: 3,
            weights: [[1, -0.5, 0.25], [-1, 0.5, 1], [0.5, 1, -1]],
            bias: [0, 0, 0.5],
            layout: PyTorch,
            prune: 0.5,
            prune_channels: 0.4,
            prune_inputs: 0.3,
        },
        Dense {
            units: 3,
            weights: [[1, -0.5, 0.25], [-1, 0.5, 1], [0.5, 1, -1]],
            bias: [0, 0, 0.5],
            layout: PyTorch,
            precision: Binary,
            prune: 0,
        },
        Dense {
            units: 3,
            weights: [[1, -0.5, 0.25], [-1, 0.5, 1], [0.5, 1, -1]],
            bias: [0, 0, 0.5],
            layout: PyTorch,
        },
    }
}

tinynet! {
    /// A linear regression and a logistic one, in one invocation.
    pub struct Linear {
        input: Input { shape: [3], calibration: "ui/data/calibration.npy", ranges: MinMax, precision: Auto },
        fc: Dense { units: 1, weights: [[0.5, -0.25, 1]], bias: [0.125], layout: PyTorch },
    }

    /// The same with a bend.
    pub struct Logistic {
        input: Input {
            shape: [3],
            calibration: "ui/data/calibration.npy",
            ranges: MeanSquaredError,
            bias_correction: false,
            lookup_table: false,
        },
        fc: Dense { units: 1, weights: [[0.5, -0.25, 1]], bias: [0.125], layout: PyTorch },
        Sigmoid,
    }
}

tinynet! {
    /// A layer of each precision, of real numbers and of integers.
    pub struct Precisions {
        input: Input { shape: [2], range: [-1, 1], scheme: Affine, precision: Int4, activations: Int4 },
        four: Dense { units: 2, weights: [[0.5, -0.25], [1, 0.125]], use_bias: false, layout: PyTorch },
        eight: Dense { units: 2, precision: Int8, activations: Int8, weights: [[0.5, -0.25], [1, 1]], use_bias: false, layout: PyTorch },
        six: Dense { units: 2, precision: Int6, activations: Int16, weights: [[0.5, -0.25], [1, 1]], use_bias: false, layout: PyTorch },
        five: Dense { units: 2, precision: Int5, weights: [[0.5, -0.25], [1, 1]], use_bias: false, layout: PyTorch },
        given: Dense {
            units: 2,
            precision: Int4,
            weights: [[7, -8], [1, 0]],
            weight_scale: [0.125, 0.5],
            use_bias: false,
            layout: PyTorch,
        },
        three: Dense { units: 2, precision: Int3, weights: [[0.5, -0.25], [1, 1]], use_bias: false, layout: PyTorch },
        two: Dense { units: 2, precision: Int2, weights: [[0.5, -0.25], [1, 1]], use_bias: false, layout: PyTorch },
        ternary: Dense { units: 2, precision: Ternary, weights: [[0.5, 0], [1, 1]], use_bias: false, layout: PyTorch },
        binary: Dense { units: 2, precision: Binary, weights: [[0.5, -0.5], [1, 1]], use_bias: false, layout: PyTorch },
        power: Dense { units: 2, precision: PowerOfTwo, weights: [[0.5, 3], [1, 1]], use_bias: false, layout: PyTorch },
    }
}

#[cfg(feature = "tflite")]
tinynet! {
    /// A model that is quantised already, with layers of which something else is asked.
    pub struct Model = "ui/data/branches.tflite" {
        image: Input { precision: Int4, prune: 0.25 },
        conv_2d_0: Conv2d { precision: Int8, prune_channels: 0.5 },
        depthwise_conv_2d_1: DepthwiseConv2d { precision: Auto, prune: 0.5 },
        fully_connected_6: Dense { precision: Int5, prune_inputs: 0.25, unroll: Loop },
    }

    /// One of real numbers.
    pub struct RealModel = "ui/data/float.tflite" {
        input: Input { calibration: "ui/data/calibration.npy" },
        fully_connected_0: Dense { precision: Int6, range: [-4, 4] },
    }
}

#[test]
fn limits_see_constants() {
    let board = 16 * tinynet::KIB;
    assert!(LIMIT + 8 * tinynet::KIB < board);
}
