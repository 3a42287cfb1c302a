//! The quantised graph: what the firmware computes, every number an integer.

use crate::geometry::{Padding, Window};
use crate::graph::{AnyOperator, Graph, Tensor};
use crate::precision::Precision;
use tinynet_core::kernels::{
    Convert, GemmlowpExponential, Larger, Logistic16, PReluMultiplier, Rescale, ResizeBilinear, SignedSum,
    Tanh16,
};

/// A graph of integer operators on tensors of integers.
pub type QuantizedGraph = Graph<QuantizedTensor, QuantizedOperator>;

/// What a tensor of integers holds and stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedTensor {
    /// Type of the integers.
    pub element: Element,
    /// The real numbers behind the integers.
    pub quantization: Quantization,
    /// Smallest and largest integer that can occur, proven (an activation behind Relu: `[0, 127]`).
    pub bounds: [i32; 2],
}

impl QuantizedTensor {
    /// The nearest integer, halves away from zero, saturated.
    pub fn quantize(&self, real: f64) -> i32 {
        self.quantization.quantize_to(self.element, real)
    }

    /// The same in float32, as `quantize_input` computes it of an `f32`, and TensorFlow Lite: next to a half, the division
    /// rounds to it.
    pub fn quantize_f32(&self, real: f32) -> i32 {
        let steps = (real / self.quantization.scale() as f32).round();
        self.element.saturate(f64::from(steps) + f64::from(self.quantization.zero_point()))
    }
}

impl Tensor<QuantizedTensor> {
    /// Bytes of memory that it takes.
    pub fn bytes(&self) -> usize {
        self.elements() * self.info.element.bytes()
    }
}

/// A type of integers that tensors have. A new network's tensors are of int8; a model may have others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Element {
    /// 8 bits, signed.
    #[default]
    Int8,
    /// 8 bits, unsigned: what a model may take or give. It calculates with the int8s that are 128 less.
    UInt8,
    /// 16 bits, signed.
    Int16,
    /// 32 bits, signed: what a model may take or give, and nothing but a rescaling calculates with.
    Int32,
}

/// Most values among which an index tells one.
pub const MOST_INDEXED: usize = 1 << 16;

impl Element {
    /// Bytes of one; tensors lie at multiples of it.
    pub const fn bytes(self) -> usize {
        match self {
            Element::Int8 | Element::UInt8 => 1,
            Element::Int16 => 2,
            Element::Int32 => 4,
        }
    }

    /// The type of an index among some values: int8 where that holds the last one. `None` where nobody has so many.
    pub const fn of_index(values: usize) -> Option<Self> {
        match values {
            1..=128 => Some(Element::Int8),
            129..=MOST_INDEXED => Some(Element::Int32),
            _ => None,
        }
    }

    /// Smallest and largest.
    pub const fn range(self) -> [i32; 2] {
        match self {
            Element::Int8 => [-128, 127],
            Element::UInt8 => [0, 255],
            Element::Int16 => [-32_768, 32_767],
            Element::Int32 => [i32::MIN, i32::MAX],
        }
    }

    /// The integer nearest to a number; NaN counts as 0.
    fn saturate(self, number: f64) -> i32 {
        let [low, high] = self.range().map(f64::from);
        number.clamp(low, high) as i32
    }
}

impl std::fmt::Display for Element {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Element::Int8 => "int8",
            Element::UInt8 => "uint8",
            Element::Int16 => "int16",
            Element::Int32 => "int32",
        })
    }
}

/// Real value of an integer `q`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantization {
    /// Qm.n: `q · 2^-fraction_bits`; `fraction_bits` may be negative or above 7.
    FixedPoint {
        /// Binary places behind the point.
        fraction_bits: i32,
    },
    /// `(q - zero_point) · scale`. Also in the fixed-point scheme, for tensors inside the network that are never
    /// negative: the scale a power of two, the zero point -128.
    Affine {
        /// Real value of one step.
        scale: f64,
        /// The integer that stands for 0.
        zero_point: i32,
    },
}

impl Quantization {
    /// Real value of one step.
    pub fn scale(self) -> f64 {
        match self {
            Quantization::FixedPoint { fraction_bits } => f64::powi(2.0, -fraction_bits),
            Quantization::Affine { scale, .. } => scale,
        }
    }

    /// The integer that stands for 0.
    pub fn zero_point(self) -> i32 {
        match self {
            Quantization::FixedPoint { .. } => 0,
            Quantization::Affine { zero_point, .. } => zero_point,
        }
    }

    /// The same steps, counted from 0.
    #[must_use]
    pub fn without_zero_point(self) -> Self {
        match self {
            Self::FixedPoint { .. } => self,
            Self::Affine { scale, .. } => Self::Affine { scale, zero_point: 0 },
        }
    }

    /// The nearest int8, halves away from zero, saturated.
    pub fn quantize(self, real: f64) -> i8 {
        Element::Int8.saturate(self.steps(real)) as i8
    }

    /// The nearest integer of a type, halves away from zero, saturated.
    pub fn quantize_to(self, element: Element, real: f64) -> i32 {
        element.saturate(self.steps(real))
    }

    /// The nearest integer of any size, halves away from zero.
    fn steps(self, real: f64) -> f64 {
        (real / self.scale()).round() + f64::from(self.zero_point())
    }

    /// The real value of `q`.
    pub fn dequantize(self, q: i8) -> f64 {
        f64::from(i32::from(q) - self.zero_point()) * self.scale()
    }
}

/// An integer operator. Each is one kernel of `tinynet-core`; its module there defines the arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub enum QuantizedOperator {
    /// Fully connected; weights `[outputs, inputs]`.
    Dense(Linear),
    /// Sliding window; weights OHWI.
    Conv2d {
        /// Sizes and steps.
        window: Window,
        /// Groups of channels that do not mix.
        groups: usize,
        /// The integer arithmetic.
        linear: Linear,
    },
    /// Sliding window on int16s, with sums of 64 bits; weights OHWI.
    WideConv2d {
        /// Sizes and steps.
        window: Window,
        /// Groups of channels that do not mix.
        groups: usize,
        /// The integer arithmetic.
        wide: Wide,
    },
    /// Sliding window by weights that have a zero point; weights OHWI.
    AsymmetricConv2d {
        /// Sizes and steps.
        window: Window,
        /// Groups of channels that do not mix.
        groups: usize,
        /// The integer arithmetic.
        asymmetric: Asymmetric,
    },
    /// One filter a channel; weights `[height, width, channels · multiplier]`.
    DepthwiseConv2d {
        /// Sizes and steps.
        window: Window,
        /// Output channels an input channel.
        multiplier: usize,
        /// The integer arithmetic.
        linear: Linear,
    },
    /// Largest value; input and output share one quantisation.
    MaxPool(Window),
    /// Mean, halves away from zero; input and output share one quantisation.
    AveragePool {
        /// Sizes and steps.
        window: Window,
        /// Whether padding counts as zeros.
        include_padding: bool,
    },
    /// `table[x]`, indexed by the int8's bit pattern as u8.
    Table(Table),
    /// A row of a table, by the bit pattern of the only byte of the input.
    Lookup(Lookup),
    /// `min(max(x, range[0]), range[1])`; input and output share one quantisation.
    Clamp([i32; 2]),
    /// Values below 0 times a factor of their channel, others times one for all.
    PRelu(PRelu),
    /// Sum of two tensors.
    Add(Add),
    /// Product of two tensors; the second may hold one value a channel.
    Multiply(Multiply),
    /// Tensors behind one another; every input is first brought to the output's quantisation.
    Concat {
        /// The axis.
        axis: usize,
        /// A table for each input; `None` where the quantisation is the output's already.
        tables: Vec<Option<Table>>,
    },
    /// Values around an image.
    Pad {
        /// Amounts.
        padding: Padding,
        /// The value.
        value: i16,
    },
    /// The same memory in another shape: no code.
    Reshape,
    /// uint8s as int8s that are 128 less, or the reverse.
    FlipSign,
    /// The same steps as integers of another type, each greater by the difference of the zero points.
    Convert(Convert),
    /// Steps of another scale, of the input's type or another.
    Rescale(Rescale),
    /// The logistic function of int16s: TensorFlow Lite's, bit for bit.
    Logistic16(Logistic16),
    /// The hyperbolic tangent of int16s: TensorFlow Lite's, bit for bit.
    Tanh16(Tanh16),
    /// A function of one int16, interpolated in a table: TensorFlow Lite's, bit for bit.
    Interpolation(Box<[i16; 513]>),
    /// Softmax along the last axis of int16s: TensorFlow Lite's, bit for bit.
    Softmax16(Softmax16),
    /// Softmax along the last axis.
    Softmax(Softmax),
    /// Softmax along the last axis: TensorFlow Lite's, bit for bit.
    GemmlowpSoftmax(GemmlowpSoftmax),
    /// Index of the largest value, of the type [`Element::of_index`].
    ArgMax,
    /// Sums along an axis.
    Sum(Sum),
    /// Largest or smallest values along an axis.
    Extremum {
        /// What is compared.
        along: Along,
        /// Whether the largest or the smallest counts.
        largest: bool,
    },
    /// The same values in another order.
    Rearrange(Rearrange),
    /// Rows and columns by their numbers.
    Gather(Gather),
    /// An operation on each two values.
    Pair(Pair),
    /// A convolution backwards; weights OHWI.
    TransposeConv2d {
        /// Sizes and steps: strides in the output, padding cut off it.
        window: Window,
        /// The integer arithmetic.
        linear: Linear,
    },
    /// Bilinear interpolation between pixels: TensorFlow Lite's, bit for bit.
    ResizeBilinear(ResizeBilinear),
    /// Index of the largest or smallest value along an axis, of the type [`Element::of_index`].
    ArgExtremum {
        /// What is compared.
        along: Along,
        /// Whether the largest or the smallest counts.
        largest: bool,
    },
    /// Logarithm of the softmax along the last axis: TensorFlow Lite's, bit for bit.
    LogSoftmax(LogSoftmax),
    /// Long short-term memory over a sequence `[steps, inputs]`; its states are the last output, `[cells]`, as differences
    /// to the first, and what the cells hold, int16 `[cells]`.
    Lstm(Lstm),
    /// Sums over the last few inputs; its state is `[filters, memory - 1]`.
    Svdf(Svdf),
    /// The value of a variable, which is its state.
    ReadVariable {
        /// The first value.
        first: Vec<i32>,
    },
    /// Another value for a variable, which is its state; the output has no element.
    AssignVariable {
        /// The first value.
        first: Vec<i32>,
    },
}

impl QuantizedOperator {
    /// The arithmetic of a layer with weights of int8 or fewer bits on int8s.
    pub fn linear(&self) -> Option<&Linear> {
        match self {
            Self::Dense(linear)
            | Self::Conv2d { linear, .. }
            | Self::DepthwiseConv2d { linear, .. }
            | Self::TransposeConv2d { linear, .. } => Some(linear),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn linear_mut(&mut self) -> Option<&mut Linear> {
        match self {
            Self::Dense(linear)
            | Self::Conv2d { linear, .. }
            | Self::DepthwiseConv2d { linear, .. }
            | Self::TransposeConv2d { linear, .. } => Some(linear),
            _ => None,
        }
    }
}

impl AnyOperator for QuantizedOperator {
    fn has_weights(&self) -> bool {
        self.linear().is_some() || matches!(self, Self::Lstm(_))
    }

    fn is_arg_max(&self) -> bool {
        matches!(self, Self::ArgMax)
    }
}

/// Parameters of a long short-term memory; arithmetic in `tinynet_core::kernels::Lstm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lstm {
    /// Vectors of a sequence.
    pub steps: usize,
    /// Length of the input's vectors.
    pub inputs: usize,
    /// Number of cells: length of the output's vectors.
    pub cells: usize,
    /// The integer that stands for 0 in the input.
    pub input_zero_point: i32,
    /// The input gate, the forget gate, the cells' new values, the output gate.
    pub gates: [LstmGate; 4],
    /// Integer bits of the cells' state, 0 to 6.
    pub cell_integer_bits: u8,
    /// The ends of what a cell's state can be, in its steps.
    pub cell_limits: [i16; 2],
    /// Q31 multiplier and power of two from Q0.30 to steps of the output.
    pub output_multiplier: (i32, i8),
    /// The integer that stands for 0 in the output.
    pub output_zero_point: i32,
    /// The integer that stands for 0 where the output is read again, and that the first vector reads.
    pub hidden_zero_point: i8,
}

/// Weights of a gate, and what brings products with them to Q3.12.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LstmGate {
    /// `[cells, inputs]`
    pub input_weights: Vec<i8>,
    /// One a cell; the zero point of the input is not folded in.
    pub bias: Vec<i32>,
    /// Q31 multiplier and power of two.
    pub input_multiplier: (i32, i8),
    /// `[cells, cells]`
    pub recurrent_weights: Vec<i8>,
    /// Q31 multiplier and power of two.
    pub recurrent_multiplier: (i32, i8),
}

/// Parameters of sums over the last few inputs; arithmetic in `tinynet_core::kernels::Svdf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svdf {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of filters: `rank` for each output.
    pub filters: usize,
    /// Filters of an output.
    pub rank: usize,
    /// How many features of a filter count, the newest included.
    pub memory: usize,
    /// The integer that stands for 0 in the input.
    pub input_zero_point: i32,
    /// `[filters, inputs]`
    pub feature_weights: Vec<i8>,
    /// Q31 multiplier and power of two from products to features.
    pub feature_multiplier: (i32, i8),
    /// Type of the features and of the weights for them.
    pub state: Element,
    /// The integer that stands for 0 in the features.
    pub state_zero_point: i32,
    /// `[filters, memory]`
    pub time_weights: Vec<i16>,
    /// One an output.
    pub bias: Vec<i32>,
    /// Q31 multiplier and power of two from sums to outputs.
    pub output_multiplier: (i32, i8),
    /// The integer that stands for 0 in the output.
    pub output_zero_point: i32,
}

/// Parameters of a softmax of int16s; arithmetic in `tinynet_core::kernels::Softmax16`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Softmax16 {
    /// Q31 multiplier and power of two from steps of the input to those of the table.
    pub multiplier: (i32, i8),
    /// `e^x` from -10 to 0 in Q0.15: 512 intervals.
    pub exponentials: Box<[i16; 513]>,
    /// `1 / (1 + x)` from 0 to 1 in Q0.15.
    pub reciprocals: Box<[i16; 513]>,
}

/// Parameters of TensorFlow Lite's softmax; arithmetic in `tinynet_core::kernels::GemmlowpSoftmax`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GemmlowpSoftmax {
    /// `e^(-input scale · beta · d)` for the differences `d` to the largest input.
    pub exponential: GemmlowpExponential,
    /// The same as a table, in Q0.31; 0 behind the end.
    pub exponentials: Vec<i32>,
}

/// Parameters of the logarithm of a softmax; arithmetic in `tinynet_core::kernels::LogSoftmax`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSoftmax {
    /// `e^(-input scale · d)` in Q12.19 for the differences `d` to the largest input; 0 behind the end.
    pub exponentials: Vec<i32>,
    /// Q31 multiplier and power of two from steps of the input to Q5.26.
    pub multiplier: (i32, i8),
    /// The reverse.
    pub reverse_multiplier: (i32, i8),
    /// What lies further below the largest input gives the smallest output.
    pub least_difference: i32,
}

/// An operation on each value of a tensor and one of a second, which repeats where it is shorter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What is made of two values.
    pub operation: PairOperation,
    /// The second tensor, where it is a constant; else it is the second input.
    pub constant: Option<Vec<i16>>,
}

/// What is made of two values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairOperation {
    /// Their sum, difference or squared difference.
    SignedSum(SignedSum),
    /// The larger or the smaller.
    Larger(Larger),
    /// Their product.
    Multiply(Multiply),
    /// The first, times the second where it is negative.
    PRelu(PReluMultiplier),
}

/// The output for each byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// 256 rows of it, one behind another.
    pub values: Vec<i32>,
    /// Type of its integers.
    pub element: Element,
}

impl Lookup {
    /// The rows.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, i32> {
        self.values.chunks_exact(self.length().max(1))
    }

    /// Values of a row.
    pub fn length(&self) -> usize {
        self.values.len() / 256
    }

    /// Whether a row is so short that its kernel copies it without a loop.
    pub fn is_written_out(&self) -> bool {
        self.length() * self.element.bytes() <= 8
    }
}

/// Which rows and columns of images: `output[image][r][c] = input[image][rows[r]][columns[c]]`, each a block of elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    /// Number of images.
    pub images: usize,
    /// Rows, columns and elements of a block in an image of the input.
    pub input: [usize; 3],
    /// The row of the input for each row of the output.
    pub rows: Vec<u16>,
    /// The column of the input for each column of the output.
    pub columns: Vec<u16>,
}

/// One axis of a tensor: those before it and those behind it count as one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Along {
    /// Product of the axes before it.
    pub rows: usize,
    /// Its length.
    pub length: usize,
    /// Product of the axes behind it.
    pub columns: usize,
}

/// Parameters of a sum: `clamp(requantize(Σ (x - input_zero_point)) + output_zero_point)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// What is summed.
    pub along: Along,
    /// The integer that stands for 0 in the input.
    pub input_zero_point: i32,
    /// One entry.
    pub requantize: Requantize,
    /// The integer that stands for 0 in the output.
    pub output_zero_point: i32,
    /// Smallest and largest result; of what lies beyond the output's type its low bits are left.
    pub clamp: [i32; 2],
}

/// Steps along the axes of the output: `output[i] = input[first + Σ_k i_k · steps[k]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rearrange {
    /// Shape of the output, with ones in front where it has fewer axes.
    pub shape: [usize; 5],
    /// Distance in the input between neighbours along each axis of the output.
    pub steps: [isize; 5],
    /// Place in the input of the output's first element.
    pub first: usize,
}

/// A function of one int8, indexed by the bit pattern as u8. One 256-byte table in flash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Table(pub Box<[i8; 256]>);

impl Table {
    /// `function` of each int8.
    pub fn new(function: impl Fn(i8) -> i8) -> Self {
        let mut table = Box::new([0; 256]);
        for x in i8::MIN..=i8::MAX {
            table[usize::from(x as u8)] = function(x);
        }
        Table(table)
    }

    /// The function's value at `x`.
    pub fn at(&self, x: i8) -> i8 {
        self.0[usize::from(x as u8)]
    }

    /// The values as int8 bit patterns: what kernels read.
    pub fn to_bytes(&self) -> [u8; 256] {
        self.0.map(|value| value as u8)
    }
}

/// The integer arithmetic of a layer with weights:
/// `y = table[clamp(requantize(bias[o] + Σ weights · (x - input_zero_point)))]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Number format of the weights.
    pub precision: Precision,
    /// Shape of `weights`.
    pub shape: Vec<usize>,
    /// The weights, one element an entry whatever the precision.
    pub weights: Vec<i8>,
    /// Real value of a weight of 1, one an output channel.
    pub weight_scales: Vec<f64>,
    /// Bias in accumulator units, one an output channel, as it means: neither rounding nor zero points are folded in.
    pub bias: Vec<i32>,
    /// The integer that stands for 0 in the input.
    pub input_zero_point: i32,
    /// Accumulator to an element.
    pub requantize: Requantize,
    /// The integer that stands for 0 in what the requantise makes.
    pub output_zero_point: i32,
    /// Smallest and largest element (a fused Relu, Relu6 or HardTanh narrows them).
    pub clamp: [i32; 2],
    /// Fused activation function, applied last.
    pub table: Option<Table>,
    /// Smallest and largest accumulator (bias included) that can occur, one pair an output channel, proven from
    /// the weights and the input's bounds.
    pub accumulator_bounds: Vec<[i64; 2]>,
}

/// The integer arithmetic of a layer of int16 whose sums do not fit 32 bits; in `tinynet_core::kernels::WideConv2d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wide {
    /// The weights.
    pub weights: Vec<i8>,
    /// One an output channel.
    pub bias: Vec<i64>,
    /// Q15 multipliers, one an output channel.
    pub multipliers: Vec<i16>,
    /// Powers of two, up to 7, one an output channel.
    pub shifts: Vec<i8>,
    /// Smallest and largest int16.
    pub clamp: [i32; 2],
}

/// The integer arithmetic of a layer of which not the weight 0 stands for 0; in `tinynet_core::kernels::AsymmetricConv2d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asymmetric {
    /// The weights.
    pub weights: Vec<u8>,
    /// The weight that stands for 0.
    pub weights_zero_point: i32,
    /// One an output channel.
    pub bias: Vec<i32>,
    /// The integer that stands for 0 in the input.
    pub input_zero_point: i32,
    /// One entry an output channel.
    pub requantize: Requantize,
    /// The integer that stands for 0 in the output.
    pub output_zero_point: i32,
    /// Smallest and largest element.
    pub clamp: [i32; 2],
}

/// How a 32-bit accumulator becomes an element, one entry an output channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requantize {
    /// `(accumulator + 2^(shift - 1)) >> shift`: round half up. `0 <= shift <= 30`.
    Shift(Vec<u8>),
    /// TensorFlow Lite's reference arithmetic: saturating rounding doubling high multiply by a Q31 multiplier, then a
    /// rounding right shift, halves away from zero (double rounding). A positive shift is to the left.
    Multiplier {
        /// Q31 multipliers.
        multipliers: Vec<i32>,
        /// Powers of two.
        shifts: Vec<i8>,
    },
    /// TensorFlow Lite's reference arithmetic of 64-bit sums, those of int16 layers: times a Q15 multiplier, then a right
    /// shift, halves up. A positive shift is to the left. There is no zero point.
    ShortMultiplier {
        /// Q15 multipliers.
        multipliers: Vec<i16>,
        /// Powers of two, up to 7.
        shifts: Vec<i8>,
    },
}

/// Parameters of a PRelu with a slope a channel; arithmetic in `tinynet_core::kernels::PRelu`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PRelu {
    /// Zero points of input and output.
    pub zero_points: [i32; 2],
    /// Factor of what is not below 0.
    pub positive: i16,
    /// Factors of what is, one a channel (last axis).
    pub slopes: Vec<i16>,
    /// Right shift of the product, rounding halves up.
    pub shift: u8,
    /// Fused clamp.
    pub clamp: [i32; 2],
}

/// Parameters of an addition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Add {
    /// `clamp(((a << left[0]) + (b << left[1]) + half) >> right)`, fixed point.
    Shift {
        /// Left shifts that align the binary points.
        left: [u8; 2],
        /// Rounding right shift to the output's binary point.
        right: u8,
        /// Fused clamp.
        clamp: [i32; 2],
    },
    /// TensorFlow Lite's ADD: both inputs shifted left, rescaled, added, rescaled.
    Multiplier {
        /// [`Add::LEFT_SHIFT`], or less for longer integers.
        left_shift: u8,
        /// Zero points of the inputs and of the output.
        zero_points: [i32; 3],
        /// Q31 multipliers of the inputs and of the output.
        multipliers: [i32; 3],
        /// Powers of two that go with them.
        shifts: [i8; 3],
        /// Fused clamp.
        clamp: [i32; 2],
    },
}

impl Add {
    /// TensorFlow Lite's left shift of int8 inputs before they are rescaled.
    pub const LEFT_SHIFT: u8 = 20;
    /// The same of int16 inputs.
    pub const LEFT_SHIFT_16: u8 = 15;
}

/// Parameters of a multiplication: `clamp(requantize((a - zero_points[0]) · (b - zero_points[1])) + zero_points[2])`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiply {
    /// Zero points of the inputs and of the output.
    pub zero_points: [i32; 3],
    /// One entry.
    pub requantize: Requantize,
    /// Fused clamp.
    pub clamp: [i32; 2],
}

/// Parameters of a softmax; arithmetic in `tinynet_core::kernels::softmax`.
#[derive(Clone, Debug, PartialEq)]
pub struct Softmax {
    /// Real value of one input step.
    pub input_scale: f64,
    /// The integer that stands for 0 in the output.
    pub output_zero_point: i32,
    /// Output steps a real 1.0: 128 (Q0.7) or 256.
    pub output_steps: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float32_rounds_to_halves() {
        let scale = f64::from(0.1_f32);
        let tensor = QuantizedTensor {
            element: Element::Int8,
            quantization: Quantization::Affine { scale, zero_point: -1 },
            bounds: [-128, 127],
        };
        // A little less than 2.5 steps, and the half next to it.
        assert_eq!((tensor.quantize(0.25), tensor.quantize_f32(0.25)), (1, 2));
        assert_eq!((tensor.quantize(-0.25), tensor.quantize_f32(-0.25)), (-3, -4));
        for value in [1e30, f32::MAX, f32::INFINITY] {
            assert_eq!((tensor.quantize_f32(value), tensor.quantize_f32(-value)), (127, -128));
        }
        let element = Element::Int32;
        assert_eq!(QuantizedTensor { element, ..tensor }.quantize_f32(f32::MAX), i32::MAX);
    }
}
