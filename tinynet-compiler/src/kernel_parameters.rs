//! From the meaning of a quantised operator to the parameters of its kernel.
//!
//! A [`QuantizedOperator`] states its arithmetic plainly. The kernels of `tinynet-core` want part of it worked in
//! beforehand: the half that a shift rounds by and the input's zero point belong to the bias, the softmax wants its
//! exponentials as a table. That happens here and nowhere else; the host ([`reference`](mod@crate::reference)) and the
//! emitted code take their parameters from here.

use crate::formula;
use crate::geometry;
use crate::graph::{Node, TensorId};
use crate::quantized::{
    Add, Along, Asymmetric, Element, Gather, GemmlowpSoftmax, Linear, LogSoftmax, Lookup, Lstm, LstmGate,
    Multiply, PRelu, PairOperation, QuantizedGraph, QuantizedOperator, Rearrange, Requantize, Softmax,
    Softmax16, Sum, Svdf, Table, Wide,
};
use tinynet_core::kernels;
use tinynet_core::requantize::{
    FractionPerChannel, FractionPerTensor, MultiplierPerChannel, MultiplierPerTensor, MultiplyShift,
    Requantize as _, ShiftPerChannel, ShiftPerTensor, ShortMultiplierPerChannel, ShortMultiplierPerTensor,
    half, unpack_fraction,
};

/// The parameters of one kernel, owned.
#[derive(Clone, Debug)]
pub enum KernelParameters {
    /// A layer with weights.
    Linear(LinearKernel, LinearParameters),
    /// [`kernels::MaxPool2d`]
    MaxPool2d(kernels::MaxPool2d),
    /// [`kernels::AveragePool2d`]
    AveragePool2d(kernels::AveragePool2d),
    /// [`kernels::Table`]
    Table(Table),
    /// [`kernels::Lookup`]
    Lookup(Lookup),
    /// [`kernels::Clamp`]
    Clamp(kernels::Clamp<i32>),
    /// [`kernels::PRelu`]
    PRelu(PRelu),
    /// [`kernels::AddShift`]
    AddShift(kernels::AddShift),
    /// [`kernels::AddMultiplier`]
    AddMultiplier(kernels::AddMultiplier),
    /// [`kernels::Multiply`]
    Multiply(MultiplyParameters),
    /// [`kernels::Concat`], once for each input, by a table where its quantisation is not the output's.
    Concat(Vec<(kernels::Concat, Option<Table>)>),
    /// [`kernels::Pad`]
    Pad(kernels::Pad<i16>),
    /// [`kernels::AsymmetricConv2d`]
    AsymmetricConv2d(AsymmetricParameters),
    /// [`kernels::WideConv2d`]: window and groups.
    WideConv2d(kernels::Window, usize, Wide),
    /// [`kernels::FlipSign`]
    FlipSign,
    /// [`kernels::Convert`]
    Convert(kernels::Convert),
    /// [`kernels::Rescale`]
    Rescale(kernels::Rescale),
    /// [`kernels::Logistic16`]
    Logistic16(kernels::Logistic16),
    /// [`kernels::Tanh16`]
    Tanh16(kernels::Tanh16),
    /// [`kernels::Interpolation`]
    Interpolation(Box<[i16; 513]>),
    /// [`kernels::Softmax16`], with the size of the last axis.
    Softmax16(usize, Softmax16),
    /// [`kernels::Softmax`]
    Softmax(SoftmaxParameters),
    /// [`kernels::GemmlowpSoftmax`]
    GemmlowpSoftmax {
        /// Size of the last axis.
        classes: usize,
        /// A table of exponentials, or how to calculate them.
        softmax: GemmlowpSoftmax,
    },
    /// [`kernels::arg_max`]
    ArgMax,
    /// [`kernels::Sum`]
    Sum {
        /// What is summed.
        along: Along,
        /// What sums start from.
        bias: i32,
        /// Sum to result.
        requantize: RequantizeParameters,
    },
    /// [`kernels::Extremum`]
    Extremum(kernels::Extremum),
    /// [`kernels::Rearrange`]
    Rearrange(kernels::Rearrange),
    /// [`kernels::Gather`]
    Gather(Gather),
    /// [`kernels::TransposeConv2d`]
    TransposeConv2d(kernels::Window, LinearParameters),
    /// [`kernels::ResizeBilinear`]
    ResizeBilinear(kernels::ResizeBilinear),
    /// [`kernels::ArgExtremum`]
    ArgExtremum(kernels::ArgExtremum),
    /// [`kernels::LogSoftmax`], with the size of the last axis.
    LogSoftmax(usize, LogSoftmax),
    /// [`kernels::Lstm`]
    Lstm(Box<LstmParameters>),
    /// [`kernels::Svdf`]
    Svdf(SvdfParameters),
    /// [`kernels::Variable::read`], with the first value; nothing where it is zeros.
    ReadVariable(Vec<i32>),
    /// [`kernels::Variable::assign`], likewise.
    AssignVariable(Vec<i32>),
    /// A kernel on two tensors, the second of which repeats; it may be a constant.
    Pair(PairKernel, Option<Vec<i16>>),
    /// The same memory in another shape: nothing to run.
    Reshape,
}

impl KernelParameters {
    /// Gives a kernel whose weights can be [packed](crate::row_packing) the bytes of those in their place; `None` where
    /// they cannot.
    pub fn replace_weights(&mut self, bytes: Vec<u8>) -> Option<()> {
        match self {
            Self::Linear(_, linear) | Self::TransposeConv2d(_, linear) => linear.weights = bytes,
            Self::WideConv2d(_, _, wide) => wide.weights = bytes.into_iter().map(|byte| byte as i8).collect(),
            _ => return None,
        }
        Some(())
    }
}

/// The kernels on two tensors the second of which may be a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairKernel {
    /// [`kernels::SignedSum`]
    SignedSum(kernels::SignedSum),
    /// [`kernels::Larger`]
    Larger(kernels::Larger),
    /// [`kernels::Multiply`]
    Multiply(MultiplyParameters),
    /// [`kernels::PReluMultiplier`]
    PRelu(kernels::PReluMultiplier),
}

/// Parameters of [`kernels::Lstm`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the struct")]
pub struct LstmParameters {
    pub steps: usize,
    pub inputs: usize,
    pub cells: usize,
    pub gates: [LstmGateParameters; 4],
    pub cell_integer_bits: u8,
    pub cell_limits: [i16; 2],
    pub output_multiplier: (i32, i8),
    pub output_zero_point: i32,
    pub first_hidden: i8,
}

/// Parameters of [`kernels::LstmGate`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the struct")]
pub struct LstmGateParameters {
    pub input_weights: Vec<u8>,
    pub input_bias: Vec<i32>,
    pub input_multiplier: (i32, i8),
    pub recurrent_weights: Vec<u8>,
    pub recurrent_bias: Vec<i32>,
    pub recurrent_multiplier: (i32, i8),
}

impl LstmParameters {
    /// The kernel that borrows them.
    pub fn kernel(&self) -> kernels::Lstm<'_> {
        kernels::Lstm {
            steps: self.steps,
            inputs: self.inputs,
            cells: self.cells,
            gates: self.gates.each_ref().map(LstmGateParameters::kernel),
            cell_integer_bits: self.cell_integer_bits,
            cell_limits: self.cell_limits,
            output_multiplier: self.output_multiplier,
            output_zero_point: self.output_zero_point,
            first_hidden: self.first_hidden,
        }
    }
}

impl LstmGateParameters {
    fn kernel(&self) -> kernels::LstmGate<'_> {
        kernels::LstmGate {
            input_weights: &self.input_weights,
            input_bias: &self.input_bias,
            input_multiplier: self.input_multiplier,
            recurrent_weights: &self.recurrent_weights,
            recurrent_bias: &self.recurrent_bias,
            recurrent_multiplier: self.recurrent_multiplier,
        }
    }
}

/// Parameters of [`kernels::Svdf`]; the weights of features over time are int8 where the state is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the struct")]
pub struct SvdfParameters {
    pub inputs: usize,
    pub filters: usize,
    pub rank: usize,
    pub memory: usize,
    pub feature_weights: Vec<u8>,
    pub feature_bias: Vec<i32>,
    pub to_state: MultiplierPerTensor,
    pub state: Element,
    pub state_zero_point: i32,
    pub time_weights: Vec<i16>,
    pub bias: Vec<i32>,
    pub to_output: MultiplierPerTensor,
}

impl SvdfParameters {
    /// The kernel that borrows them, with the weights of features over time, of whatever type.
    pub fn kernel<'a, S>(&'a self, time_weights: &'a [S]) -> kernels::Svdf<'a, S> {
        kernels::Svdf {
            inputs: self.inputs,
            filters: self.filters,
            rank: self.rank,
            memory: self.memory,
            feature_weights: &self.feature_weights,
            feature_bias: &self.feature_bias,
            to_state: self.to_state,
            state_zero_point: self.state_zero_point,
            time_weights,
            bias: &self.bias,
            to_output: self.to_output,
        }
    }
}

/// Parameters of [`kernels::Multiply`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the struct")]
pub struct MultiplyParameters {
    pub zero_points: [i32; 2],
    pub rounding: i32,
    pub requantize: RequantizeParameters,
}

/// The kernels that have weights, with what tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the structs")]
pub enum LinearKernel {
    /// [`kernels::Dense`]
    Dense { inputs: usize, outputs: usize },
    /// [`kernels::Conv2d`]
    Conv2d { window: kernels::Window, groups: usize },
    /// [`kernels::DepthwiseConv2d`]
    DepthwiseConv2d { window: kernels::Window, multiplier: usize },
}

/// Weights, bias and requantisation of a layer with weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinearParameters {
    /// int8 bit patterns, in the layout of the kernel, which is that of [`Linear`].
    pub weights: Vec<u8>,
    /// One an output channel, rounding and zero point folded in as the kernel wants.
    pub bias: Vec<i32>,
    /// What stands for 0 in the input.
    pub input_zero_point: i32,
    /// Largest magnitude of the integers that are read, the zero point outside the input included.
    pub largest_input: u32,
    /// Accumulator to int8.
    pub requantize: RequantizeParameters,
    /// Applied last: [`tinynet_core::requantize::ThenTable`].
    pub table: Option<Table>,
    /// Smallest and largest accumulator of the kernel that can occur, one pair an output channel: what its bias has of rounding
    /// and of the output's zero point included.
    pub accumulator_bounds: Vec<[i64; 2]>,
}

/// Parameters of [`kernels::AsymmetricConv2d`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the struct")]
pub struct AsymmetricParameters {
    pub window: kernels::Window,
    pub groups: usize,
    pub weights: Vec<u8>,
    pub weights_zero_point: i32,
    pub bias: Vec<i32>,
    pub input_zero_point: i32,
    pub requantize: RequantizeParameters,
}

impl AsymmetricParameters {
    /// The kernel that borrows them.
    pub fn kernel<R>(&self, requantize: R) -> kernels::AsymmetricConv2d<'_, R> {
        let &Self { window, groups, ref weights, weights_zero_point, ref bias, input_zero_point, .. } = self;
        let convolution = kernels::Conv2d { window, groups, weights, bias, input_zero_point, requantize };
        kernels::AsymmetricConv2d { convolution, weights_zero_point }
    }
}

/// Parameters of an implementation of [`tinynet_core::requantize::Requantize`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the structs")]
pub enum RequantizeParameters {
    /// [`tinynet_core::requantize::ShiftPerTensor`]
    ShiftPerTensor { shift: u8, min: i32, max: i32 },
    /// [`tinynet_core::requantize::ShiftPerChannel`]
    ShiftPerChannel { shifts: Vec<u8>, min: i32, max: i32 },
    /// [`tinynet_core::requantize::MultiplierPerTensor`]
    MultiplierPerTensor { multiplier: i32, shift: i8, zero_point: i32, min: i32, max: i32 },
    /// [`tinynet_core::requantize::MultiplierPerChannel`]
    MultiplierPerChannel { multipliers: Vec<i32>, shifts: Vec<i8>, zero_point: i32, min: i32, max: i32 },
    /// [`tinynet_core::requantize::ShortMultiplierPerTensor`]
    ShortMultiplierPerTensor { multiplier: i16, shift: i8, min: i32, max: i32 },
    /// [`tinynet_core::requantize::ShortMultiplierPerChannel`]
    ShortMultiplierPerChannel { multipliers: Vec<i16>, shifts: Vec<i8>, min: i32, max: i32 },
    /// [`tinynet_core::requantize::FractionPerTensor`]
    FractionPerTensor(FractionPerTensor),
    /// [`tinynet_core::requantize::FractionPerChannel`]
    FractionPerChannel {
        fractions: Vec<u32>,
        spread: Spread,
        halvings: u8,
        zero_point: i32,
        min: i32,
        max: i32,
    },
    /// [`tinynet_core::requantize::MultiplyShift`]
    MultiplyShift(MultiplyShift),
}

/// Bits of a fraction that are not its multiplier's: channels of one layer may be as different as they can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the numbers")]
pub enum Spread {
    Two = 2,
    Four = 4,
}

impl Spread {
    /// Number of bits.
    pub fn bits(self) -> u32 {
        self as u32
    }
}

impl RequantizeParameters {
    /// Whether a quotient of scales is multiplied by, in 64 bits.
    pub fn is_multiplier(&self) -> bool {
        !matches!(self, Self::ShiftPerTensor { .. } | Self::ShiftPerChannel { .. } | Self::MultiplyShift(_))
    }

    /// What an accumulator of a channel becomes.
    pub(crate) fn apply(&self, channel: usize, accumulator: i32) -> i32 {
        match *self {
            Self::ShiftPerTensor { shift, min, max } => {
                ShiftPerTensor { shift, min, max }.apply(channel, accumulator)
            }
            Self::ShiftPerChannel { ref shifts, min, max } => {
                ShiftPerChannel { shifts, min, max }.apply(channel, accumulator)
            }
            Self::MultiplierPerTensor { multiplier, shift, zero_point, min, max } => {
                MultiplierPerTensor { multiplier, shift, zero_point, min, max }.apply(channel, accumulator)
            }
            Self::MultiplierPerChannel { ref multipliers, ref shifts, zero_point, min, max } => {
                MultiplierPerChannel { multipliers, shifts, zero_point, min, max }.apply(channel, accumulator)
            }
            Self::ShortMultiplierPerTensor { multiplier, shift, min, max } => {
                ShortMultiplierPerTensor { multiplier, shift, min, max }.apply(channel, accumulator)
            }
            Self::ShortMultiplierPerChannel { ref multipliers, ref shifts, min, max } => {
                ShortMultiplierPerChannel { multipliers, shifts, min, max }.apply(channel, accumulator)
            }
            Self::FractionPerTensor(fraction) => fraction.apply(channel, accumulator),
            Self::FractionPerChannel { ref fractions, spread, halvings, zero_point, min, max } => {
                match spread {
                    Spread::Two => FractionPerChannel::<2> { fractions, halvings, zero_point, min, max }
                        .apply(channel, accumulator),
                    Spread::Four => FractionPerChannel::<4> { fractions, halvings, zero_point, min, max }
                        .apply(channel, accumulator),
                }
            }
            Self::MultiplyShift(formula) => formula.apply(channel, accumulator),
        }
    }

    /// Steps of the output to one of a channel's accumulator.
    pub(crate) fn slope(&self, channel: usize) -> f64 {
        let scaled = |multiplier: f64, shift: i32| multiplier * 2f64.powi(shift);
        match *self {
            Self::ShiftPerTensor { shift, .. } => scaled(1.0, -i32::from(shift)),
            Self::ShiftPerChannel { ref shifts, .. } => scaled(1.0, -i32::from(shifts[channel])),
            Self::MultiplierPerTensor { multiplier, shift, .. } => {
                scaled(f64::from(multiplier), i32::from(shift) - 31)
            }
            Self::MultiplierPerChannel { ref multipliers, ref shifts, .. } => {
                scaled(f64::from(multipliers[channel]), i32::from(shifts[channel]) - 31)
            }
            Self::ShortMultiplierPerTensor { multiplier, shift, .. } => {
                scaled(f64::from(multiplier), i32::from(shift) - 15)
            }
            Self::ShortMultiplierPerChannel { ref multipliers, ref shifts, .. } => {
                scaled(f64::from(multipliers[channel]), i32::from(shifts[channel]) - 15)
            }
            Self::FractionPerTensor(FractionPerTensor { multiplier, halvings, .. }) => {
                scaled(f64::from(multiplier), -32 - i32::from(halvings))
            }
            Self::FractionPerChannel { ref fractions, spread, halvings, .. } => {
                let (multiplier, further) = unpack_fraction(fractions[channel], spread.bits());
                scaled(f64::from(multiplier), -32 - i32::from(halvings) - further as i32)
            }
            Self::MultiplyShift(MultiplyShift { multiplier, shift, .. }) => {
                scaled(f64::from(multiplier), -i32::from(shift))
            }
        }
    }

    /// By how many bits a channel's output is shifted right, halves away from zero, after it has been rounded once:
    /// TensorFlow Lite rounds twice. `None` where it does not.
    pub(crate) fn second_rounding(&self, channel: usize) -> Option<u32> {
        let right = |shift: i8| (shift < 0).then(|| u32::from(shift.unsigned_abs()));
        match *self {
            Self::MultiplierPerTensor { shift, .. } => right(shift),
            Self::MultiplierPerChannel { ref shifts, .. } => right(shifts[channel]),
            Self::FractionPerTensor(FractionPerTensor { halvings, .. }) => Some(u32::from(halvings) + 1),
            Self::FractionPerChannel { ref fractions, spread, halvings, .. } => {
                let (_, further) = unpack_fraction(fractions[channel], spread.bits());
                Some(u32::from(halvings) + further + 1)
            }
            Self::ShiftPerTensor { .. }
            | Self::ShiftPerChannel { .. }
            | Self::ShortMultiplierPerTensor { .. }
            | Self::ShortMultiplierPerChannel { .. }
            | Self::MultiplyShift(_) => None,
        }
    }
}

/// Parameters of [`kernels::Softmax`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the struct")]
pub struct SoftmaxParameters {
    pub classes: usize,
    pub exponentials: Vec<u16>,
    pub output_steps: u32,
    pub output_zero_point: i32,
}

/// The parameters of a node's kernel.
pub fn kernel_parameters(graph: &QuantizedGraph, node: &Node<QuantizedOperator>) -> KernelParameters {
    let zero_point = |id: TensorId| graph.tensor(id).info.quantization.zero_point();
    let input = node.inputs.first().copied();
    let linear_parameters = |linear: &Linear, zero_point: ZeroPoint| {
        let bounds = input.map_or(Element::Int8.range(), |id| graph.tensor(id).info.bounds);
        linear_parameters(linear, zero_point, bounds)
    };
    match &node.operator {
        QuantizedOperator::Dense(linear) => {
            let [outputs, inputs] = [0, 1].map(|axis| linear.shape.get(axis).copied().unwrap_or(0));
            let parameters = linear_parameters(linear, ZeroPoint::InBias);
            KernelParameters::Linear(LinearKernel::Dense { inputs, outputs }, parameters)
        }
        &QuantizedOperator::Conv2d { ref window, groups, ref linear } => {
            let parameters = linear_parameters(linear, ZeroPoint::InBias);
            KernelParameters::Linear(
                LinearKernel::Conv2d { window: kernel_window(window), groups },
                parameters,
            )
        }
        &QuantizedOperator::DepthwiseConv2d { ref window, multiplier, ref linear } => {
            let kernel = LinearKernel::DepthwiseConv2d { window: kernel_window(window), multiplier };
            KernelParameters::Linear(kernel, linear_parameters(linear, ZeroPoint::InKernel))
        }
        QuantizedOperator::MaxPool(window) => {
            KernelParameters::MaxPool2d(kernels::MaxPool2d { window: kernel_window(window) })
        }
        QuantizedOperator::AveragePool { window, include_padding } => {
            let bounds = input.map_or([-128, 127], |id| graph.tensor(id).info.bounds);
            let is_int8 = graph.tensor(node.output).info.element == Element::Int8;
            let mean = is_int8.then(|| global_mean(window, bounds)).flatten();
            mean.unwrap_or_else(|| {
                KernelParameters::AveragePool2d(kernels::AveragePool2d {
                    window: kernel_window(window),
                    include_padding: *include_padding,
                    zero_point: input.map_or(0, zero_point),
                })
            })
        }
        QuantizedOperator::Table(table) => KernelParameters::Table(table.clone()),
        QuantizedOperator::Lookup(lookup) => KernelParameters::Lookup(lookup.clone()),
        &QuantizedOperator::Clamp([min, max]) => KernelParameters::Clamp(kernels::Clamp { min, max }),
        QuantizedOperator::PRelu(prelu) => KernelParameters::PRelu(prelu.clone()),
        QuantizedOperator::Add(add) => add_parameters(add),
        QuantizedOperator::Multiply(multiply) => KernelParameters::Multiply(multiply_parameters(multiply)),
        QuantizedOperator::Concat { axis, tables } => {
            KernelParameters::Concat(concat_parameters(graph, node, *axis, tables))
        }
        QuantizedOperator::Pad { padding, value } => KernelParameters::Pad(kernels::Pad {
            input: input.map_or([0; 3], |id| image_shape(&graph.tensor(id).shape)),
            output: image_shape(&graph.tensor(node.output).shape),
            before: [padding.top, padding.left],
            value: *value,
        }),
        QuantizedOperator::AsymmetricConv2d { window, groups, asymmetric } => {
            KernelParameters::AsymmetricConv2d(asymmetric_parameters(window, *groups, asymmetric))
        }
        QuantizedOperator::WideConv2d { window, groups, wide } => {
            KernelParameters::WideConv2d(kernel_window(window), *groups, wide.clone())
        }
        QuantizedOperator::FlipSign => KernelParameters::FlipSign,
        &QuantizedOperator::Convert(convert) => KernelParameters::Convert(convert),
        &QuantizedOperator::Rescale(rescale) => KernelParameters::Rescale(rescale),
        &QuantizedOperator::Logistic16(logistic) => KernelParameters::Logistic16(logistic),
        &QuantizedOperator::Tanh16(tanh) => KernelParameters::Tanh16(tanh),
        QuantizedOperator::Interpolation(table) => KernelParameters::Interpolation(table.clone()),
        QuantizedOperator::Softmax16(softmax) => {
            let classes = graph.tensor(node.output).shape.last().copied().unwrap_or(1);
            KernelParameters::Softmax16(classes, softmax.clone())
        }
        QuantizedOperator::GemmlowpSoftmax(softmax) => KernelParameters::GemmlowpSoftmax {
            classes: graph.tensor(node.output).shape.last().copied().unwrap_or(1),
            softmax: softmax.clone(),
        },
        QuantizedOperator::Softmax(softmax) => {
            let classes = graph.tensor(node.output).shape.last().copied().unwrap_or(1);
            KernelParameters::Softmax(softmax_parameters(softmax, classes))
        }
        QuantizedOperator::ArgMax => KernelParameters::ArgMax,
        QuantizedOperator::Sum(sum) => {
            let bounds = input.map_or([-128, 127], |id| graph.tensor(id).info.bounds);
            sum_parameters(sum, bounds)
        }
        &QuantizedOperator::Extremum { along: Along { rows, length, columns }, largest } => {
            let mirror = if largest { kernels::Extremum::LARGEST } else { kernels::Extremum::SMALLEST };
            KernelParameters::Extremum(kernels::Extremum { rows, length, columns, mirror })
        }
        &QuantizedOperator::Rearrange(Rearrange { shape, steps, first }) => {
            KernelParameters::Rearrange(kernels::Rearrange { shape, steps, first })
        }
        QuantizedOperator::Gather(gather) => KernelParameters::Gather(gather.clone()),
        QuantizedOperator::TransposeConv2d { window, linear } => KernelParameters::TransposeConv2d(
            kernel_window(window),
            linear_parameters(linear, ZeroPoint::InKernel),
        ),
        QuantizedOperator::ResizeBilinear(resize) => KernelParameters::ResizeBilinear(*resize),
        &QuantizedOperator::ArgExtremum { along: Along { rows, length, columns }, largest } => {
            let mirror = if largest { kernels::Extremum::LARGEST } else { kernels::Extremum::SMALLEST };
            KernelParameters::ArgExtremum(kernels::ArgExtremum { rows, length, columns, mirror })
        }
        QuantizedOperator::LogSoftmax(softmax) => {
            let classes = graph.tensor(node.output).shape.last().copied().unwrap_or(1);
            KernelParameters::LogSoftmax(classes, softmax.clone())
        }
        QuantizedOperator::Pair(pair) => {
            KernelParameters::Pair(pair_kernel(&pair.operation), pair.constant.clone())
        }
        QuantizedOperator::Lstm(lstm) => KernelParameters::Lstm(Box::new(lstm_parameters(lstm))),
        QuantizedOperator::Svdf(svdf) => KernelParameters::Svdf(svdf_parameters(svdf)),
        QuantizedOperator::ReadVariable { first } => KernelParameters::ReadVariable(unless_zeros(first)),
        QuantizedOperator::AssignVariable { first } => KernelParameters::AssignVariable(unless_zeros(first)),
        QuantizedOperator::Reshape => KernelParameters::Reshape,
    }
}

/// Who subtracts the input's zero point.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ZeroPoint {
    /// The bias: the kernel sums plain products, `Σ w · (x - z) = Σ w · x - z · Σ w`. Wants a border of zero points.
    InBias,
    /// The kernel, at each tap that lies in the image.
    InKernel,
}

fn linear_parameters(linear: &Linear, zero_point: ZeroPoint, [low, high]: [i32; 2]) -> LinearParameters {
    let channels = linear.bias.len();
    let mut bias = linear.bias.clone();
    let mut accumulator_bounds = linear.accumulator_bounds.clone();
    for (channel, bias) in bias.iter_mut().enumerate() {
        if zero_point == ZeroPoint::InBias && linear.input_zero_point != 0 {
            let taps = linear.weights.len() / channels;
            let weights = &linear.weights[channel * taps..][..taps];
            let sum: i64 = weights.iter().map(|&weight| i64::from(weight)).sum();
            // The quantiser has proven that it fits; kernels add modulo 2^32 in any case.
            *bias = (i64::from(*bias) - sum * i64::from(linear.input_zero_point)) as i32;
        }
        if let Requantize::Shift(shifts) = &linear.requantize {
            // The zero point, too: what is added before a shift to the right is added behind it.
            let zero_point = linear.output_zero_point.wrapping_shl(u32::from(shifts[channel]));
            *bias = bias.wrapping_add(half(shifts[channel])).wrapping_add(zero_point);
            // Accumulators are those of the kernel.
            for bound in accumulator_bounds.get_mut(channel).into_iter().flatten() {
                *bound += i64::from(half(shifts[channel])) + i64::from(zero_point);
            }
        }
    }
    LinearParameters {
        weights: linear.weights.iter().map(|&weight| weight as u8).collect(),
        bias,
        input_zero_point: linear.input_zero_point,
        largest_input: [low, high, linear.input_zero_point]
            .map(i32::unsigned_abs)
            .into_iter()
            .fold(0, u32::max),
        requantize: requantize_parameters(&linear.requantize, linear.output_zero_point, linear.clamp),
        table: linear.table.clone(),
        accumulator_bounds,
    }
}

fn lstm_parameters(lstm: &Lstm) -> LstmParameters {
    let bits = |weights: &[i8]| weights.iter().map(|&weight| weight as u8).collect();
    let gate = |gate: &LstmGate| LstmGateParameters {
        input_weights: bits(&gate.input_weights),
        input_bias: folded(&gate.bias, &gate.input_weights, lstm.input_zero_point),
        input_multiplier: gate.input_multiplier,
        recurrent_weights: bits(&gate.recurrent_weights),
        recurrent_bias: match lstm.hidden_zero_point {
            0 => Vec::new(),
            zero_point => folded(&vec![0; lstm.cells], &gate.recurrent_weights, zero_point.into()),
        },
        recurrent_multiplier: gate.recurrent_multiplier,
    };
    LstmParameters {
        steps: lstm.steps,
        inputs: lstm.inputs,
        cells: lstm.cells,
        gates: lstm.gates.each_ref().map(gate),
        cell_integer_bits: lstm.cell_integer_bits,
        cell_limits: lstm.cell_limits,
        output_multiplier: lstm.output_multiplier,
        output_zero_point: lstm.output_zero_point,
        first_hidden: lstm.hidden_zero_point,
    }
}

fn svdf_parameters(svdf: &Svdf) -> SvdfParameters {
    let to = |(multiplier, shift): (i32, i8), zero_point: i32, [min, max]: [i32; 2]| MultiplierPerTensor {
        multiplier,
        shift,
        zero_point,
        min,
        max,
    };
    SvdfParameters {
        inputs: svdf.inputs,
        filters: svdf.filters,
        rank: svdf.rank,
        memory: svdf.memory,
        feature_weights: svdf.feature_weights.iter().map(|&weight| weight as u8).collect(),
        feature_bias: folded(&vec![0; svdf.filters], &svdf.feature_weights, svdf.input_zero_point),
        to_state: to(svdf.feature_multiplier, 0, svdf.state.range()),
        state: svdf.state,
        state_zero_point: svdf.state_zero_point,
        time_weights: svdf.time_weights.clone(),
        bias: svdf.bias.clone(),
        to_output: to(svdf.output_multiplier, svdf.output_zero_point, [-128, 127]),
    }
}

/// Nothing where there are only zeros.
fn unless_zeros(values: &[i32]) -> Vec<i32> {
    if values.iter().all(|&value| value == 0) { Vec::new() } else { values.to_vec() }
}

/// Biases that hold `- zero_point · Σ weights` of their rows.
fn folded(bias: &[i32], weights: &[i8], zero_point: i32) -> Vec<i32> {
    let length = weights.len() / bias.len().max(1);
    let of_row = |(row, &bias): (usize, &i32)| {
        let sum: i64 = weights[row * length..][..length].iter().map(|&weight| i64::from(weight)).sum();
        // Whoever made the operator has seen to it that it fits.
        (i64::from(bias) - sum * i64::from(zero_point)) as i32
    };
    bias.iter().enumerate().map(of_row).collect()
}

fn requantize_parameters(requantize: &Requantize, zero_point: i32, clamp: [i32; 2]) -> RequantizeParameters {
    let [min, max] = clamp;
    match requantize {
        Requantize::Shift(shifts) => match shifts.as_slice() {
            [shift, others @ ..] if others.iter().all(|other| other == shift) => {
                RequantizeParameters::ShiftPerTensor { shift: *shift, min, max }
            }
            _ => RequantizeParameters::ShiftPerChannel { shifts: shifts.clone(), min, max },
        },
        Requantize::Multiplier { multipliers, shifts } if are_equal(multipliers) && are_equal(shifts) => {
            let (multiplier, shift) = (multipliers[0], shifts[0]);
            RequantizeParameters::MultiplierPerTensor { multiplier, shift, zero_point, min, max }
        }
        Requantize::ShortMultiplier { multipliers, shifts }
            if are_equal(multipliers) && are_equal(shifts) =>
        {
            let (multiplier, shift) = (multipliers[0], shifts[0]);
            RequantizeParameters::ShortMultiplierPerTensor { multiplier, shift, min, max }
        }
        Requantize::ShortMultiplier { multipliers, shifts } => {
            let (multipliers, shifts) = (multipliers.clone(), shifts.clone());
            RequantizeParameters::ShortMultiplierPerChannel { multipliers, shifts, min, max }
        }
        Requantize::Multiplier { multipliers, shifts } => RequantizeParameters::MultiplierPerChannel {
            multipliers: multipliers.clone(),
            shifts: shifts.clone(),
            zero_point,
            min,
            max,
        },
    }
}

/// Whether there is a value, and no other.
fn are_equal<T: PartialEq>(values: &[T]) -> bool {
    values.first().is_some_and(|first| values.iter().all(|value| value == first))
}

fn add_parameters(add: &Add) -> KernelParameters {
    match *add {
        Add::Shift { left, right, clamp } => {
            let [min, max] = clamp;
            KernelParameters::AddShift(kernels::AddShift { left, right, min, max })
        }
        Add::Multiplier { left_shift, zero_points, multipliers, shifts, clamp } => {
            let [min, max] = clamp;
            KernelParameters::AddMultiplier(kernels::AddMultiplier {
                left_shift,
                zero_points,
                multipliers,
                shifts,
                min,
                max,
            })
        }
    }
}

pub(crate) fn pair_kernel(operation: &PairOperation) -> PairKernel {
    match operation {
        PairOperation::SignedSum(sum) => PairKernel::SignedSum(*sum),
        PairOperation::Larger(larger) => PairKernel::Larger(*larger),
        PairOperation::Multiply(multiply) => PairKernel::Multiply(multiply_parameters(multiply)),
        PairOperation::PRelu(prelu) => PairKernel::PRelu(*prelu),
    }
}

fn multiply_parameters(multiply: &Multiply) -> MultiplyParameters {
    let [a, b, output] = multiply.zero_points;
    MultiplyParameters {
        zero_points: [a, b],
        rounding: match &multiply.requantize {
            Requantize::Shift(shifts) => shifts.first().map_or(0, |&shift| half(shift)),
            Requantize::Multiplier { .. } | Requantize::ShortMultiplier { .. } => 0,
        },
        requantize: requantize_parameters(&multiply.requantize, output, multiply.clamp),
    }
}

/// Sums of values within `bounds`, by the cheapest requantisation that gives the same results.
fn asymmetric_parameters(
    window: &geometry::Window,
    groups: usize,
    asymmetric: &Asymmetric,
) -> AsymmetricParameters {
    let Asymmetric { requantize, output_zero_point, clamp, .. } = asymmetric;
    let requantize = requantize_parameters(requantize, *output_zero_point, *clamp);
    let (window, input_zero_point) = (kernel_window(window), asymmetric.input_zero_point);
    // The kernel sums products with the input as it is: `Σ w · (x - z) = Σ w · x - z · Σ w`, modulo 2^32.
    let taps = asymmetric.weights.len() / asymmetric.bias.len().max(1);
    let rows = asymmetric.weights.chunks(taps.max(1));
    let difference = |&weight: &u8| i32::from(weight) - asymmetric.weights_zero_point;
    let sums = rows.map(|row| row.iter().map(difference).fold(0i32, i32::wrapping_add));
    let folded = |(bias, sum): (&i32, i32)| bias.wrapping_sub(sum.wrapping_mul(input_zero_point));
    let bias = asymmetric.bias.iter().zip(sums).map(folded).collect();
    // uint8s as the int8s that are 128 less.
    let weights = asymmetric.weights.iter().map(|weight| weight ^ 1 << 7).collect();
    let weights_zero_point = asymmetric.weights_zero_point - 128;
    AsymmetricParameters { window, groups, weights, weights_zero_point, bias, input_zero_point, requantize }
}

fn sum_parameters(sum: &Sum, bounds: [i32; 2]) -> KernelParameters {
    let requantize = requantize_parameters(&sum.requantize, sum.output_zero_point, sum.clamp);
    let zero_points = sum.along.length as i64 * i64::from(sum.input_zero_point);
    let bias = match &sum.requantize {
        Requantize::Shift(shifts) => shifts.first().map_or(0, |&shift| half(shift)),
        Requantize::Multiplier { .. } | Requantize::ShortMultiplier { .. } => 0,
    } as i64
        - zero_points;
    // It fits, as every sum does: whoever made the operator has seen to it.
    let bias = bias as i32;
    let range = bounds.map(|bound| i64::from(bound) * sum.along.length as i64 + i64::from(bias));
    let cheap = formula::multiply_shift(range, |sum| requantize.apply(0, sum as i32));
    let requantize = cheap.map_or(requantize, RequantizeParameters::MultiplyShift);
    KernelParameters::Sum { along: sum.along, bias, requantize }
}

/// The mean of a whole image as a sum and a multiplication: smaller and faster than a pool, whose windows may be of any
/// size. `None` where the pool is another, or no multiplication is its division.
fn global_mean(window: &geometry::Window, bounds: [i32; 2]) -> Option<KernelParameters> {
    let [height, width, channels] = window.input;
    let is_global = window.kernel == [height, width]
        && window.output == [1, 1, channels]
        && window.dilation == [1, 1]
        && window.padding == geometry::Padding::default();
    let length = height.checked_mul(width).filter(|_| is_global)?;
    let count = i64::try_from(length).ok()?;
    // Halves away from zero.
    let mean = |sum: i64| (sum.signum() * ((sum.abs() + count / 2) / count)) as i32;
    let range = [0, 1].map(|end| i64::from(bounds[end]).checked_mul(count));
    let requantize =
        RequantizeParameters::MultiplyShift(formula::multiply_shift([range[0]?, range[1]?], mean)?);
    Some(KernelParameters::Sum { along: Along { rows: 1, length, columns: channels }, bias: 0, requantize })
}

fn concat_parameters(
    graph: &QuantizedGraph,
    node: &Node<QuantizedOperator>,
    axis: usize,
    tables: &[Option<Table>],
) -> Vec<(kernels::Concat, Option<Table>)> {
    let output = &graph.tensor(node.output).shape;
    let rows = output[..axis].iter().product();
    let whole = output[axis..].iter().product();
    let mut offset = 0;
    let mut part = |(&input, table): (&TensorId, &Option<Table>)| {
        let part = graph.tensor(input).shape[axis..].iter().product();
        let parameters = kernels::Concat { rows, part, whole, offset };
        offset += part;
        (parameters, table.clone())
    };
    node.inputs.iter().zip(tables).map(&mut part).collect()
}

fn softmax_parameters(softmax: &Softmax, classes: usize) -> SoftmaxParameters {
    let exponential =
        |difference: u16| (65535.0 * libm::exp(-softmax.input_scale * f64::from(difference))).round() as u16;
    // They fall: behind the first zero there are only zeros, which the kernel takes for granted.
    let exponentials = (0..=255).map(exponential).take_while(|&exponential| exponential > 0).collect();
    SoftmaxParameters {
        classes,
        exponentials,
        output_steps: softmax.output_steps,
        output_zero_point: softmax.output_zero_point,
    }
}

/// The window as the kernels take it: what is added behind follows from the sizes.
pub fn kernel_window(window: &geometry::Window) -> kernels::Window {
    let geometry::Window { input, output, kernel, stride, dilation, padding } = *window;
    kernels::Window { input, output, kernel, stride, dilation, padding: [padding.top, padding.left] }
}

/// A shape as an image: a sequence has height 1, a vector is one pixel, and images lie below one another.
pub fn image_shape(shape: &[usize]) -> [usize; 3] {
    match *shape {
        [ref images @ .., width, channels] => [images.iter().product(), width, channels],
        [channels] => [1, 1, channels],
        [] => [1; 3],
    }
}
