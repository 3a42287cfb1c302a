//! What a random network consists of.

/// A network.
#[derive(Clone, Debug)]
pub struct Network {
    /// Name of the type.
    pub name: String,
    /// Shape of the input: `[features]`, `[length, channels]` or `[height, width, channels]`.
    pub input: Vec<usize>,
    /// `FixedPoint` or `Affine`.
    pub scheme: &'static str,
    /// How ranges are chosen.
    pub ranges: &'static str,
    /// Number format of the weights, where the `Input` states one.
    pub precision: Option<&'static str>,
    /// `activations:` of the `Input`.
    pub activations: Option<&'static str>,
    /// `prune:` of the `Input`.
    pub prune: Option<&'static str>,
    /// The layers.
    pub layers: Vec<Layer>,
    /// Whether the weight file has PyTorch's names and layouts, or Keras's.
    pub pytorch: bool,
    /// Samples to calibrate on.
    pub calibration: Vec<Vec<f32>>,
    /// Samples to compare on; some lie far outside the calibrated range.
    pub samples: Vec<Vec<f32>>,
}

/// A layer: what it computes and where its input comes from.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its label.
    pub label: String,
    /// What it computes.
    pub operation: Operation,
    /// Labels of what it reads; empty: the layer before.
    pub inputs: Vec<String>,
    /// Shape of its output.
    pub shape: Vec<usize>,
    /// `unroll:` as written.
    pub unroll: Option<&'static str>,
    /// `precision:` as written.
    pub precision: Option<&'static str>,
    /// `activations:` as written.
    pub activations: Option<&'static str>,
    /// Options that prune, as written.
    pub pruning: Vec<&'static str>,
}

/// Weights and bias in f32, as they stand in the file, but in the layout the field says.
#[derive(Clone, Debug)]
pub struct Weights {
    /// `[outputs][height][width][inputs a group]`; height and width 1 for Dense. Depthwise: `[height][width][outputs]`.
    pub values: Vec<f32>,
    /// One an output; `None`: the layer has no bias.
    pub bias: Option<Vec<f32>>,
}

/// A window; sequences have height 1.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Height and width.
    pub kernel: [usize; 2],
    /// Steps.
    pub stride: [usize; 2],
    /// Distance of taps.
    pub dilation: [usize; 2],
    /// Top, bottom, left, right.
    pub padding: [usize; 4],
    /// Written as `Same` (then `padding` is what that means), otherwise as numbers.
    pub same: bool,
}

/// What a layer computes.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Fully connected.
    Dense(Weights),
    /// Convolution of a sequence or an image.
    Convolution {
        /// Sizes and steps.
        window: Window,
        /// Groups.
        groups: usize,
        /// Weights.
        weights: Weights,
    },
    /// One filter a channel.
    Depthwise {
        /// Sizes and steps.
        window: Window,
        /// Outputs an input channel.
        multiplier: usize,
        /// Weights.
        weights: Weights,
    },
    /// Largest value.
    MaxPool(Window),
    /// Mean.
    AveragePool(Window, bool),
    /// Largest value of each channel.
    GlobalMaxPool {
        /// 1 for a sequence, 2 for an image.
        axes: usize,
    },
    /// Mean of each channel.
    GlobalAveragePool {
        /// 1 for a sequence, 2 for an image.
        axes: usize,
    },
    /// Scale and offset of each channel: gamma, beta, mean, variance.
    BatchNorm([Vec<f32>; 4]),
    /// Slopes below 0, one a channel.
    PRelu(Vec<f32>),
    /// A function of each element: its name and options as written, and its meaning.
    Activation(String, fn(f64) -> f64),
    /// Sum of two.
    Add,
    /// Product of two.
    Multiply,
    /// Along the last axis.
    Concat,
    /// Zeros around an image: top, bottom, left, right.
    Pad([usize; 4]),
    /// To a vector, channels last.
    Flatten,
    /// At the end.
    Softmax,
}
