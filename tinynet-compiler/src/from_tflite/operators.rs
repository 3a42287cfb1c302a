//! The operators that can be imported: the one place that lists them.

use super::behind::real_function;
use super::functions::RealFunction;
use super::pairs::Operation;
use super::pooling::Pool;
use super::reduce::Reduction;
use super::{Conversion, Converted, Problem, Step, Stop};
use crate::import::tflite::{Activation, BuiltinOperator as Builtin, Model, Options, Subgraph};

/// Whether there is a conversion for an operator.
pub(super) fn is_known(operator: Builtin) -> bool {
    matches!(
        operator,
        Builtin::Abs
            | Builtin::Add
            | Builtin::ArgMax
            | Builtin::ArgMin
            | Builtin::AssignVariable
            | Builtin::AveragePool2d
            | Builtin::BatchToSpaceNd
            | Builtin::CallOnce
            | Builtin::Ceil
            | Builtin::Concatenation
            | Builtin::Conv2d
            | Builtin::Cos
            | Builtin::DepthToSpace
            | Builtin::DepthwiseConv2d
            | Builtin::Dequantize
            | Builtin::Elu
            | Builtin::Exp
            | Builtin::ExpandDims
            | Builtin::Floor
            | Builtin::FullyConnected
            | Builtin::Gather
            | Builtin::Gelu
            | Builtin::HardSwish
            | Builtin::LeakyRelu
            | Builtin::Log
            | Builtin::LogSoftmax
            | Builtin::Logistic
            | Builtin::MaxPool2d
            | Builtin::Maximum
            | Builtin::Mean
            | Builtin::Minimum
            | Builtin::MirrorPad
            | Builtin::Mul
            | Builtin::Neg
            | Builtin::Pack
            | Builtin::Pad
            | Builtin::PadV2
            | Builtin::Prelu
            | Builtin::Quantize
            | Builtin::ReadVariable
            | Builtin::ReduceMax
            | Builtin::ReduceMin
            | Builtin::Relu
            | Builtin::Relu0To1
            | Builtin::Relu6
            | Builtin::ReluN1To1
            | Builtin::Reshape
            | Builtin::ResizeBilinear
            | Builtin::ResizeNearestNeighbor
            | Builtin::Round
            | Builtin::Rsqrt
            | Builtin::Shape
            | Builtin::Sign
            | Builtin::Sin
            | Builtin::Slice
            | Builtin::Softmax
            | Builtin::SpaceToBatchNd
            | Builtin::SpaceToDepth
            | Builtin::Split
            | Builtin::SplitV
            | Builtin::Sqrt
            | Builtin::Square
            | Builtin::SquaredDifference
            | Builtin::Squeeze
            | Builtin::StridedSlice
            | Builtin::Sub
            | Builtin::Sum
            | Builtin::Svdf
            | Builtin::Tanh
            | Builtin::Transpose
            | Builtin::TransposeConv
            | Builtin::UnidirectionalSequenceLstm
            | Builtin::Unpack
            | Builtin::VarHandle
    )
}

/// Reports all operators for which there is no conversion, together, and what can be done without each.
pub(super) fn check_all(
    model: &Model,
    subgraph: &Subgraph,
    is_known: fn(Builtin) -> bool,
    nearest: fn(Builtin) -> &'static str,
) -> Result<(), Vec<Problem>> {
    let unknown: Vec<Problem> = subgraph
        .operators
        .iter()
        .enumerate()
        .filter(|(_, operator)| !is_known(operator.operator))
        .map(|(index, operator)| {
            let place = super::place(model, subgraph, index);
            let options = match &operator.options {
                Options::Absent => String::new(),
                Options::Other { table } => format!(" (its options are table {table} of the format)"),
                Options::Second { table } => format!(" (its options are table {table} of the second kind)"),
                options => format!(" ({options:?})"),
            };
            Problem::new(format!("{place} is not supported{options}"), nearest(operator.operator))
        })
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(unknown) }
}

/// The operators of a model for which there is no conversion, each once, in the order of their first use.
pub fn unsupported_operators(model: &Model) -> Vec<Builtin> {
    let operators = model.subgraphs.first().map_or(&[][..], |subgraph| &subgraph.operators);
    let mut unsupported = Vec::new();
    for operator in operators.iter().map(|operator| operator.operator) {
        if !is_known(operator) && !unsupported.contains(&operator) {
            unsupported.push(operator);
        }
    }
    unsupported
}

/// Converts one operator.
pub(super) fn convert<'m>(conversion: &mut Conversion<'m>, step: Step<'m>) -> Converted<()> {
    if conversion.note_function(step)? {
        return Ok(());
    }
    conversion.choose_int8s(step)?;
    conversion.check_types_of(step)?;
    if let Some(moves) = conversion.moves(step) {
        return conversion.add_moves(step, &moves?);
    }
    match (step.operator.operator, &step.operator.options) {
        (Builtin::Add, Options::Add(options)) => {
            let shifts = conversion.shifts_of_sum(step, options.pot_scale_int16)?;
            conversion.sum(step, Operation::Add, options.fused_activation, shifts)
        }
        (Builtin::Sub, Options::Sub(options)) => {
            let shifts = conversion.shifts_of_sum(step, options.pot_scale_int16)?;
            conversion.sum(step, Operation::Subtract, options.fused_activation, shifts)
        }
        (Builtin::Mul, Options::Mul(options)) => {
            conversion.pair(step, Operation::Multiply, options.fused_activation)
        }
        (Builtin::Maximum, Options::MaximumMinimum | Options::Absent) => {
            conversion.pair(step, Operation::Maximum, Activation::None)
        }
        (Builtin::Minimum, Options::MaximumMinimum | Options::Absent) => {
            conversion.pair(step, Operation::Minimum, Activation::None)
        }
        (Builtin::SquaredDifference, Options::SquaredDifference | Options::Absent) => {
            conversion.pair(step, Operation::SquaredDifference, Activation::None)
        }
        (Builtin::Prelu, Options::Absent) => conversion.pair(step, Operation::PRelu, Activation::None),
        (Builtin::AveragePool2d, Options::Pool2d(options)) => conversion.pool(step, options, Pool::Average),
        (Builtin::MaxPool2d, Options::Pool2d(options)) => conversion.pool(step, options, Pool::Max),
        (Builtin::Conv2d, Options::Conv2d(options)) => conversion.conv_2d(step, options),
        (Builtin::DepthwiseConv2d, Options::DepthwiseConv2d(options)) => {
            conversion.depthwise_conv_2d(step, options)
        }
        (Builtin::FullyConnected, Options::FullyConnected(options)) => {
            conversion.fully_connected(step, options)
        }
        (Builtin::ArgMax, Options::ArgMax(_)) => conversion.arg_extremum(step, true),
        (Builtin::ArgMin, Options::ArgMin(_)) => conversion.arg_extremum(step, false),
        (Builtin::LogSoftmax, Options::LogSoftmax | Options::Absent) => conversion.log_softmax(step),
        (Builtin::ResizeBilinear, Options::ResizeBilinear(options)) => {
            conversion.resize_bilinear(step, options)
        }
        (Builtin::TransposeConv, Options::TransposeConv(options)) => conversion.transpose_conv(step, options),
        (Builtin::Softmax, Options::Softmax(options)) => conversion.softmax(step, options),
        (Builtin::Mean, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Mean),
        (Builtin::Sum, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Sum),
        (Builtin::ReduceMax, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Max),
        (Builtin::ReduceMin, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Min),
        (Builtin::StridedSlice, Options::StridedSlice(options)) => conversion.slice_of_shape(step, options),
        (Builtin::BatchToSpaceNd, Options::BatchToSpaceNd | Options::Absent) => {
            conversion.batch_to_space(step)
        }
        (Builtin::Concatenation, Options::Concatenation(options)) => conversion.concatenation(step, options),
        (Builtin::Gather, Options::Gather(options)) => conversion.gather(step, options),
        (Builtin::MirrorPad, Options::MirrorPad(options)) => conversion.mirror_pad(step, options.mode),
        (Builtin::Pad, Options::Pad | Options::Absent) => conversion.pad(step),
        (Builtin::PadV2, Options::PadV2 | Options::Absent) => conversion.pad_v2(step),
        (Builtin::ResizeNearestNeighbor, Options::ResizeNearestNeighbor(options)) => {
            conversion.resize_nearest_neighbor(step, options)
        }
        (Builtin::SpaceToBatchNd, Options::SpaceToBatchNd | Options::Absent) => {
            conversion.space_to_batch(step)
        }
        (Builtin::VarHandle, Options::VarHandle(options)) => conversion.var_handle(step, options),
        (Builtin::ReadVariable, Options::ReadVariable | Options::Absent) => conversion.read_variable(step),
        (Builtin::AssignVariable, Options::AssignVariable | Options::Absent) => {
            conversion.assign_variable(step)
        }
        (Builtin::CallOnce, Options::CallOnce(options)) => {
            conversion.call_once(step, options.init_subgraph_index)
        }
        (Builtin::Svdf, Options::Svdf(options)) => conversion.svdf(step, options),
        (Builtin::UnidirectionalSequenceLstm, Options::UnidirectionalSequenceLstm(options)) => {
            conversion.lstm(step, options)
        }
        (Builtin::Pack, Options::Pack(options)) => conversion.pack(step, options),
        (Builtin::Shape, Options::Shape(_) | Options::Absent) => conversion.shape(step),
        (Builtin::Reshape, Options::Reshape(_) | Options::Absent)
        | (Builtin::Squeeze, Options::Squeeze(_) | Options::Absent)
        | (Builtin::ExpandDims, Options::ExpandDims | Options::Absent) => conversion.reshape(step),
        (Builtin::Quantize, Options::Quantize | Options::Absent) => conversion.quantize(step),
        (Builtin::Dequantize, Options::Dequantize | Options::Absent) => conversion.dequantize(step),
        (Builtin::Abs, Options::Abs | Options::Absent) => conversion.absolute(step),
        (Builtin::Elu, Options::Absent) => conversion.real_function(step, RealFunction::Elu),
        (Builtin::Exp, Options::Exp | Options::Absent) => conversion.real_function(step, RealFunction::Exp),
        (Builtin::Gelu, Options::Gelu(options)) => conversion.real_function(
            step,
            if options.approximate { RealFunction::ApproximateGelu } else { RealFunction::Gelu },
        ),
        (Builtin::HardSwish, Options::HardSwish | Options::Absent) => conversion.hard_swish(step),
        (Builtin::LeakyRelu, Options::LeakyRelu(options)) => conversion.leaky_relu(step, options.alpha),
        (Builtin::Logistic, Options::Absent) => conversion.real_function(step, RealFunction::Logistic),
        (Builtin::Relu0To1, Options::Absent) => conversion.relu_0_to_1(step),
        (Builtin::Rsqrt, Options::Absent) => conversion.reciprocal_square_root(step),
        (Builtin::Tanh, Options::Absent) => conversion.real_function(step, RealFunction::Tanh),
        (Builtin::Relu, Options::Absent) => conversion.relu(step, Activation::Relu),
        (Builtin::Relu6, Options::Absent) => conversion.relu(step, Activation::Relu6),
        (Builtin::ReluN1To1, Options::Absent) => conversion.relu(step, Activation::ReluN1To1),
        (Builtin::Log, Options::Absent) => conversion.logarithm(step),
        (operator, _) if real_function(operator).is_some() => Err(Problem::new(
            "it is calculated of integers",
            "TensorFlow Lite has it for real numbers, between a DEQUANTIZE and a QUANTIZE: convert the model again",
        )
        .into()),
        (_, options) => Err(foreign_options(options)),
    }
}

/// Reports options that belong to another operator.
pub(super) fn foreign_options(options: &Options) -> Stop {
    Problem::new(
        format!("its options are those of another operator: {options:?}"),
        "the file is damaged; convert it again",
    )
    .into()
}
