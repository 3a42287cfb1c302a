//! The operators on real numbers that can be imported: the one place that lists them.

use super::Real;
use super::constants::mixed;
use super::elementwise::{ceiling, named, reciprocal_square_root, sign, square};
use super::pairs::Operation;
use crate::from_tflite::operators::foreign_options;
use crate::from_tflite::reduce::Reduction;
use crate::from_tflite::{Conversion, Converted, Step};
use crate::function::{Function, NamedFunction};
use crate::graph::FloatOperator;
use crate::import::tflite::{Activation, BuiltinOperator as Builtin, Options};

/// Whether there is a conversion for an operator.
pub(super) fn is_known(operator: Builtin) -> bool {
    matches!(
        operator,
        Builtin::Abs
            | Builtin::Add
            | Builtin::ArgMax
            | Builtin::ArgMin
            | Builtin::AveragePool2d
            | Builtin::BatchToSpaceNd
            | Builtin::Ceil
            | Builtin::Concatenation
            | Builtin::Conv2d
            | Builtin::Cos
            | Builtin::DepthToSpace
            | Builtin::DepthwiseConv2d
            | Builtin::Dequantize
            | Builtin::Div
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
            | Builtin::ReduceMax
            | Builtin::ReduceMin
            | Builtin::Relu
            | Builtin::Relu0To1
            | Builtin::Relu6
            | Builtin::ReluN1To1
            | Builtin::Reshape
            | Builtin::ResizeBilinear
            | Builtin::ResizeNearestNeighbor
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
            | Builtin::Tanh
            | Builtin::Transpose
            | Builtin::TransposeConv
            | Builtin::UnidirectionalSequenceLstm
            | Builtin::Unpack
    )
}

/// What can be done without an operator.
pub(super) fn nearest(operator: Builtin) -> &'static str {
    if crate::from_tflite::operators::is_known(operator) {
        return "this version has it for int8, not for real numbers: convert the model with full integer quantisation";
    }
    crate::from_tflite::nearest::nearest(operator)
}

/// Converts one operator.
pub(super) fn convert<'m>(conversion: &mut Conversion<'m, Real>, step: Step<'m>) -> Converted<()> {
    if let Some(moves) = conversion.moves(step) {
        return conversion.add_moves(step, &moves?);
    }
    match (step.operator.operator, &step.operator.options) {
        (Builtin::FullyConnected, Options::FullyConnected(options)) => {
            conversion.fully_connected(step, options)
        }
        (Builtin::Conv2d, Options::Conv2d(options)) => conversion.conv_2d(step, options),
        (Builtin::DepthwiseConv2d, Options::DepthwiseConv2d(options)) => {
            conversion.depthwise_conv_2d(step, options)
        }
        (Builtin::TransposeConv, Options::TransposeConv(options)) => conversion.transpose_conv(step, options),
        (Builtin::ResizeBilinear, Options::ResizeBilinear(options)) => {
            conversion.resize_bilinear(step, options)
        }
        (Builtin::ResizeNearestNeighbor, Options::ResizeNearestNeighbor(options)) => {
            conversion.resize_nearest_neighbor(step, options)
        }
        (Builtin::MaxPool2d, Options::Pool2d(options)) => {
            conversion.pool(step, options, FloatOperator::MaxPool)
        }
        (Builtin::AveragePool2d, Options::Pool2d(options)) => conversion
            .pool(step, options, |window| FloatOperator::AveragePool { window, include_padding: false }),
        (Builtin::Mean, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Mean),
        (Builtin::Sum, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Sum),
        (Builtin::ReduceMax, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Max),
        (Builtin::ReduceMin, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Min),
        (Builtin::Pad, Options::Pad | Options::Absent) => conversion.pad(step, 0.0),
        (Builtin::PadV2, Options::PadV2 | Options::Absent) => {
            let value = conversion.padding_value(step)?;
            conversion.pad(step, value)
        }
        (Builtin::Add, Options::Add(options)) => {
            conversion.pair(step, Operation::Add, options.fused_activation)
        }
        (Builtin::Sub, Options::Sub(options)) => {
            conversion.pair(step, Operation::Subtract, options.fused_activation)
        }
        (Builtin::Mul, Options::Mul(options)) => {
            conversion.pair(step, Operation::Multiply, options.fused_activation)
        }
        (Builtin::Div, Options::Div(options)) => {
            conversion.pair(step, Operation::Divide, options.fused_activation)
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
        (Builtin::Prelu, Options::Absent) => conversion.p_relu(step),
        (Builtin::Neg, Options::Neg | Options::Absent) => conversion.negate(step),
        (Builtin::Softmax, Options::Softmax(options)) => conversion.softmax(step, options),
        (Builtin::LogSoftmax, Options::LogSoftmax | Options::Absent) => conversion.log_softmax(step),
        (Builtin::ArgMax, Options::ArgMax(_)) => conversion.arg_extremum(step, true),
        (Builtin::ArgMin, Options::ArgMin(_)) => conversion.arg_extremum(step, false),
        (Builtin::UnidirectionalSequenceLstm, Options::UnidirectionalSequenceLstm(options)) => {
            conversion.lstm(step, options)
        }
        (Builtin::Gather, Options::Gather(options)) => conversion.gather(step, options),
        (Builtin::MirrorPad, Options::MirrorPad(options)) => conversion.mirror_pad(step, options.mode),
        (Builtin::SpaceToBatchNd, Options::SpaceToBatchNd | Options::Absent) => {
            conversion.space_to_batch(step)
        }
        (Builtin::BatchToSpaceNd, Options::BatchToSpaceNd | Options::Absent) => {
            conversion.batch_to_space(step)
        }
        (Builtin::Concatenation, Options::Concatenation(options)) => conversion.concatenation(step, options),
        (Builtin::Reshape, Options::Reshape(_) | Options::Absent)
        | (Builtin::Squeeze, Options::Squeeze(_) | Options::Absent)
        | (Builtin::ExpandDims, Options::ExpandDims | Options::Absent) => conversion.reshape(step),
        (Builtin::Shape, Options::Shape(_) | Options::Absent) => conversion.shape(step),
        (Builtin::Pack, Options::Pack(options)) => conversion.pack(step, options),
        (Builtin::StridedSlice, Options::StridedSlice(options)) => conversion.slice_of_shape(step, options),
        (Builtin::Dequantize, Options::Dequantize | Options::Absent) => conversion.dequantize(step),
        (Builtin::Quantize, _) => Err(mixed("it makes integers of real numbers")),
        (operator, options) => match function(operator, options) {
            Some(function) => conversion.function(step, function),
            None => Err(foreign_options(options)),
        },
    }
}

/// The function of single elements that an operator is.
fn function(operator: Builtin, options: &Options) -> Option<Function> {
    Some(match (operator, options) {
        (Builtin::Relu, Options::Absent) => Function::Relu,
        (Builtin::Relu6, Options::Absent) => Function::Relu6,
        (Builtin::ReluN1To1, Options::Absent) => Function::HardTanh { min: -1.0, max: 1.0 },
        (Builtin::Relu0To1, Options::Absent) => Function::HardTanh { min: 0.0, max: 1.0 },
        (Builtin::LeakyRelu, Options::LeakyRelu(options)) if options.alpha.is_finite() => {
            Function::LeakyRelu { slope: options.alpha.into() }
        }
        (Builtin::Elu, Options::Absent) => Function::Elu { alpha: 1.0 },
        (Builtin::Gelu, Options::Gelu(options)) => Function::Gelu { approximate: options.approximate },
        (Builtin::Tanh, Options::Absent) => Function::Tanh,
        (Builtin::Logistic, Options::Absent) => Function::Sigmoid,
        (Builtin::HardSwish, Options::HardSwish | Options::Absent) => Function::HardSwish,
        (Builtin::Abs, Options::Abs | Options::Absent) => named(NamedFunction::Abs),
        (Builtin::Exp, Options::Exp | Options::Absent) => named(NamedFunction::Exp),
        (Builtin::Log, Options::Absent) => named(NamedFunction::Ln),
        (Builtin::Sqrt, Options::Absent) => named(NamedFunction::Sqrt),
        (Builtin::Rsqrt, Options::Absent) => reciprocal_square_root(),
        (Builtin::Square, Options::Square | Options::Absent) => square(),
        (Builtin::Sin, Options::Absent) => named(NamedFunction::Sin),
        (Builtin::Cos, Options::Absent) => named(NamedFunction::Cos),
        (Builtin::Floor, Options::Absent) => named(NamedFunction::Floor),
        (Builtin::Ceil, Options::Absent) => ceiling(),
        (Builtin::Sign, _) => sign(),
        _ => return None,
    })
}
