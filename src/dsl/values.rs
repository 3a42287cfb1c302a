//! What options take.

/// A positive integer: `3`, `4 * 8`, `1_000`.
#[derive(Debug, Default)]
pub struct Count;

/// An integer: `-128`.
#[derive(Debug, Default)]
pub struct Integer;

/// A number, with or without a fraction: `0.1`, `1.0 / 255.0`, `1e-3`, `core::f64::consts::PI`.
#[derive(Debug, Default)]
pub struct Real;

/// A positive integer for both axes of an image, or one each, vertical first: `3`, `[3, 1]`.
#[derive(Debug, Default)]
pub struct Extent;

/// The extent of each axis, without the batch: `[64]`, `[128, 3]`, `[8, 8, 1]`.
#[derive(Debug, Default)]
pub struct Shape;

/// Two real numbers, the smaller first: `[-1.0, 1.0]`.
#[derive(Debug, Default)]
pub struct Range;

/// The name of a file, looked for beside the source file and then in the package's folder: `"data/samples.npy"`.
#[derive(Debug, Default)]
pub struct File;

/// Numbers: the name of a `.npy` file, or nested lists: `"weights.npy"`, `[[1, -1], [0.5, 2]]`.
#[derive(Debug, Default)]
pub struct Array;

/// One number, or a list with one for each output channel: `0.01`, `[0.01, 0.02]`.
#[derive(Debug, Default)]
pub struct Scales;

/// Pixels on each side. Around an image: `1` for all sides, `[vertical, horizontal]` or `[top, bottom, left, right]`;
/// around a sequence: `1` for both ends or `[before, after]`.
#[derive(Debug, Default)]
pub struct Margin;

/// The label of an earlier layer: `conv1`.
#[derive(Debug, Default)]
pub struct Label;

/// Labels of earlier layers: `[conv2, shortcut]`.
#[derive(Debug, Default)]
pub struct Labels;

/// A function of one real number: `|x| x / (1.0 + abs(x))`.
///
/// It may use `+ - * /`, parentheses, `if a < b { … } else { … }` with `<`, `<=`, `>` and `>=`, the functions `abs`,
/// `exp`, `ln`, `sqrt`, `sin`, `cos`, `tanh`, `sigmoid`, `erf`, `floor`, `min`, `max`, `clamp` and `pow` (as calls or
/// as methods: `max(x, 0.0)`, `x.max(0.0)`; `powi` and `powf` mean `pow`), and the constants `PI`, `TAU`, `E`,
/// `SQRT_2`, `FRAC_1_SQRT_2`, `FRAC_2_SQRT_PI`, `FRAC_1_PI`, `FRAC_2_PI`, `FRAC_PI_2`, `LN_2` and `LN_10` (alone or as
/// `core::f64::consts::PI`). Every number in it is real: `1 / 2` is 0.5.
#[derive(Debug, Default)]
pub struct Function;

/// What a window sees beyond the edge. Output extent of an axis of extent `n`, with `k = (kernel - 1) · dilation + 1`:
#[derive(Debug, Default)]
pub enum Padding {
    /// The window stays inside: `floor((n - k) / stride) + 1`.
    #[default]
    Valid,
    /// As many zeros as make the output `ceil(n / stride)`, by TensorFlow's rule: `total = max((ceil(n / stride) - 1) ·
    /// stride + k - n, 0)` of them, `total / 2` (rounded down) before the axis and the rest behind it.
    ///
    /// With a stride above 1 this is not PyTorch's symmetric padding, which is given by numbers.
    Same,
    /// That many zeros on each side: `padding: 1`, `padding: [1, 2]`, `padding: [0, 1, 0, 1]`: `floor((n + before +
    /// behind - k) / stride) + 1`.
    Explicit(Margin),
}

/// The framework that weights come from, and with it the order of their axes.
///
/// The names of entries say it (`weight` or `kernel`), and so does the shape of a `.npy` file where it fits one framework
/// only; else it is an error not to state it. Lists in the source are PyTorch's unless stated.
#[derive(Debug, Default)]
pub enum Layout {
    /// Outputs first: `[units, inputs]`, `[filters, channels, length]`, `[filters, channels, height, width]`, depthwise
    /// `[channels · multiplier, 1, height, width]`.
    #[default]
    PyTorch,
    /// Outputs last: `[inputs, units]`, `[length, channels, filters]`, `[height, width, channels, filters]`, depthwise
    /// `[height, width, channels, multiplier]`.
    Keras,
}

/// The number format of weights: which integers they may be. Each output channel has a scale of its own, the real value
/// of 1. What layers make has a type of its own, [`Activations`]; biases are int32 or wider, and sums are exact.
///
/// In formats other than [`Int8`](Precision::Int8) the largest weights are cut where that loses least. Without samples
/// the scale is the one with the least squared error of the weights; with samples, the one near it with which outputs
/// lose least. Of [`Scheme::FixedPoint`], whose scales are powers of two, only weights of three bits or fewer and
/// powers of two have that choice, of the same scale or of twice as much; so it loses more than [`Scheme::Affine`],
/// which takes any scale. Groups of weights have no scales of their own: what those would win is worth hardly more than
/// the bits that they take (`cargo bench --bench precision -- groups`). Weights that were quantised in training are
/// given as integers with their `weight_scale`, and used as they are.
///
/// Loops in assembly read weights of up to six bits packed, and those of [`PowerOfTwo`](Precision::PowerOfTwo) where
/// all of a layer fit six. So do loops in Rust, where that is smaller and a limit of `flash` leaves no room for a byte
/// each. Without a limit, loops that stand in for assembly on other targets, and all with the feature `portable`, are
/// packed; those beside assembly keep their bytes as long as the network takes no more than 96 KiB, or a quarter more
/// than its smallest code.
#[derive(Debug, Default)]
pub enum Precision {
    /// What the limits allow: of the formats from [`Int8`](Precision::Int8) to [`Ternary`](Precision::Ternary), layer
    /// by layer, those with which the network comes nearest to real numbers and meets its limits of `flash` and
    /// `cycles`. Of a model that was quantised before, those with which it comes nearest to what it computes as its
    /// file says. Without such a limit that is `Int8`; with one, `calibration` is needed, on which is measured what
    /// layers lose. A limit of `accuracy`, `error` or `auc` is held against the choice and has no part in it, with one
    /// exception: where the choice misses it, others near the limits are looked at, and one that meets all of them is
    /// taken. The documentation of the network says what else was possible. Of networks of more than some 300 000
    /// weights fewer choices are tried, and none of those of more than four million. What was chosen is [kept for the
    /// next build](super#what-is-kept-for-the-next-build), until the declaration or a file changes; limits that nothing
    /// meets are searched again. A network whose input is a single byte keeps eight bits where it meets the limits as a
    /// table of its answers.
    Auto,
    /// -127 to 127 (given as integers: from -128).
    #[default]
    Int8,
    /// -31 to 31 (given as integers: from -32).
    Int6,
    /// -15 to 15 (given as integers: from -16).
    Int5,
    /// -7 to 7 (given as integers: from -8).
    Int4,
    /// -3 to 3 (given as integers: from -4).
    Int3,
    /// -3, -1, 1 and 3 (given as integers: these, or -2 to 1).
    Int2,
    /// -1, 0 and 1.
    Ternary,
    /// -1 and 1.
    Binary,
    /// 0 and ±1, ±2, ±4 to ±64.
    PowerOfTwo,
}

/// Weights that become 0: a share of them, `0.6`, or all but 2 of every 4 neighbouring inputs (input channels) of each
/// output, `[2, 4]`.
///
/// With calibration samples, those go first that the outputs miss least, and the weights that stay make up for the
/// others as far as their inputs go together; without samples, the smallest go first. A share of a whole network is
/// distributed by magnitude, measured by what is left of each layer. What is 0 takes neither time nor flash in code
/// that is unrolled, nor in loops over the weights that stay, which dense layers and convolutions without padding may
/// have in the assembly of M-profile cores. Loops in Rust compute with zeros as with all other weights. Layers whose
/// weights are given as integers cannot be pruned. Groups that divide the inputs of no layer are an error. Layers of
/// int16s are loops over all weights: of them, `prune_channels` and `prune_inputs` take something away, single weights
/// that are 0 nothing.
#[derive(Debug, Default)]
pub struct Prune;

/// The shape of a layer's code.
#[derive(Debug, Default)]
pub enum Unroll {
    /// The fewest cycles of the network that meet the `flash` limit; without one, in 96 KiB or a quarter more than the
    /// smallest code takes, whichever is more. Where the limit is a constant whose value only rustc knows
    /// (`flash <= BOARD_FLASH`), the smallest. Where `cycles` are limited and `flash` is not, as much code as that takes.
    #[default]
    Auto,
    /// Straight-line code with the weights as immediates: zeros cost nothing, powers of two a shift.
    Full,
    /// A loop over weights in a table.
    Loop,
}

/// Type of the integers that layers make: of all, in the [`Input`](super::Input), or of one with weights, an `Add` or,
/// but for `Int16`, a `Mul`.
///
/// What a layer makes is what stands behind the function that follows it, and layers that only choose, move or average values
/// (pools, `Flatten`, …) pass it on. Where a layer reads other integers than it makes, the compiler converts between them:
/// a layer that reads or makes int16s computes in int16s, and nothing is rounded twice.
///
/// ```
/// # tinynet::tinynet! { pub struct Net {
/// sensors: Input { shape: [3], range: [-1, 1] },                          // int8s
/// fc1: Dense { units: 2, weights: [[0.5, -1.25, 2], [1, 0, 0.25]], use_bias: false, layout: PyTorch },
/// Relu,
/// // An estimate of 16 bits.
/// fc2: Dense { units: 1, activations: Int16, weights: [[0.75, 1]], use_bias: false, layout: PyTorch },
/// # } }
/// # let estimate: &[i16; 1] = Net::new().infer(&[1, 2, 3]);
/// ```
#[derive(Debug, Default)]
pub enum Activations {
    /// 8 bits.
    #[default]
    Int8,
    /// 4 bits, -8 to 7 in steps of a 15th of the range. In the `Input` it is for tensors between layers: what the network takes
    /// and gives stays int8, and so does what a softmax or an arg max compares, unless the layer that makes it asks for it. For
    /// networks that were trained with as few bits, or are robust.
    ///
    /// They take a byte each in memory. What they save is time and flash: convolutions that are written out make two positions
    /// at a time, and take their packed sums apart by what inputs and weights can add up to. A convolution of 3 x 3 over 8
    /// channels, weights of eight bits, takes 20 % fewer cycles, of four bits 1.5 %; the first layer of a network and dense
    /// layers take what they did.
    Int4,
    /// 16 bits, with zero at 0, beside weights of up to 8 bits: for networks that answer with numbers rather than classes,
    /// and lose too much by 255 steps. RAM doubles, and layers run as loops in Rust, without the assembly that int8s have.
    /// In the `Input`, the network's input is an array of `i16`, and so is its output; by default ranges hold all values of the
    /// samples ([`RangeChoice::MinMax`]).
    ///
    /// Dense layers, convolutions, pools, `Add`, `Concat` of equal ranges, layers that move values, and functions that are
    /// clamps ([`Relu`](super::Relu), [`HardTanh`](super::HardTanh)) have kernels for it, others are errors.
    Int16,
}

/// How 8-bit integers stand for real numbers.
#[derive(Debug, Default)]
pub enum Scheme {
    /// Q-format: `real = integer · 2^-n`, with one `n` a tensor and one an output channel of weights. Rescaling is a
    /// shift.
    #[default]
    FixedPoint,
    /// `real = (integer - zero point) · scale`, as in TensorFlow Lite. Rescaling is a multiplication and a shift.
    Affine,
}

/// How the range of a tensor is chosen from the values that the calibration samples give it.
#[derive(Debug, Default)]
pub enum RangeChoice {
    /// The range with the least mean squared error between the real values and their integers.
    #[default]
    MeanSquaredError,
    /// From the smallest value to the largest: no sample saturates.
    MinMax,
    /// As much as holds this percentage of the values, above 50 and at most 100: `Percentile(99.9)`.
    Percentile(Real),
}

/// The order in which an image or a sequence becomes a vector.
#[derive(Debug, Default)]
pub enum Order {
    /// All of the first channel, then all of the second: PyTorch's order.
    ChannelsFirst,
    /// All channels of the first pixel, then all of the second: Keras's order, and that of memory here.
    #[default]
    ChannelsLast,
}
