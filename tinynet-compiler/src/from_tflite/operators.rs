//! The operators that can be imported: the one place that lists them.

use super::functions::RealFunction;
use super::pooling::Pool;
use super::reduce::Reduction;
use super::{Conversion, Converted, Problem, Step, Stop};
use crate::import::tflite::{Activation, BuiltinOperator as Builtin, Model, Options, Subgraph};

/// Whether there is a conversion for an operator.
fn is_known(operator: Builtin) -> bool {
    matches!(
        operator,
        Builtin::Abs
            | Builtin::Add
            | Builtin::AveragePool2d
            | Builtin::Conv2d
            | Builtin::DepthwiseConv2d
            | Builtin::Dequantize
            | Builtin::Elu
            | Builtin::Exp
            | Builtin::ExpandDims
            | Builtin::FullyConnected
            | Builtin::Gelu
            | Builtin::HardSwish
            | Builtin::LeakyRelu
            | Builtin::Logistic
            | Builtin::MaxPool2d
            | Builtin::Mean
            | Builtin::Pack
            | Builtin::Quantize
            | Builtin::ReduceMax
            | Builtin::ReduceMin
            | Builtin::Relu
            | Builtin::Relu0To1
            | Builtin::Relu6
            | Builtin::ReluN1To1
            | Builtin::Reshape
            | Builtin::Rsqrt
            | Builtin::Shape
            | Builtin::Softmax
            | Builtin::Squeeze
            | Builtin::StridedSlice
            | Builtin::Sum
            | Builtin::Tanh
    )
}

/// Reports all operators for which there is no conversion, together.
pub(super) fn check_all_known(model: &Model, subgraph: &Subgraph) -> Result<(), Vec<Problem>> {
    let unknown: Vec<Problem> = subgraph
        .operators
        .iter()
        .enumerate()
        .filter(|(_, operator)| !is_known(operator.operator))
        .map(|(index, operator)| {
            let place = super::place(model, subgraph, index);
            Problem::new(
                format!("{place} is not supported ({:?})", operator.options),
                nearest(operator.operator),
            )
        })
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(unknown) }
}

/// What can be done without an operator.
fn nearest(operator: Builtin) -> &'static str {
    match operator {
        Builtin::Custom => {
            "this version imports builtin operators; do in firmware what the custom operator does"
        }
        Builtin::Neg | Builtin::Sqrt | Builtin::Square | Builtin::Sin | Builtin::Cos | Builtin::Log => {
            "TensorFlow Lite has no int8 kernel of it: convert with full integer quantisation"
        }
        _ => {
            "this version imports fully connected layers, convolutions, pools, sums, reshapes and softmax of int8 \
             models"
        }
    }
}

/// Converts one operator.
pub(super) fn convert<'m>(conversion: &mut Conversion<'m>, step: Step<'m>) -> Converted<()> {
    if !step.operator.unknown_options.is_empty() {
        return Err(Problem::new(
            format!("it has options that are unknown here: fields {:?}", step.operator.unknown_options),
            "convert the model with an older version of the converter",
        )
        .into());
    }
    match (step.operator.operator, &step.operator.options) {
        (Builtin::Add, Options::Add(options)) => conversion.sum(step, options),
        (Builtin::AveragePool2d, Options::Pool2d(options)) => conversion.pool(step, options, Pool::Average),
        (Builtin::MaxPool2d, Options::Pool2d(options)) => conversion.pool(step, options, Pool::Max),
        (Builtin::Conv2d, Options::Conv2d(options)) => conversion.conv_2d(step, options),
        (Builtin::DepthwiseConv2d, Options::DepthwiseConv2d(options)) => {
            conversion.depthwise_conv_2d(step, options)
        }
        (Builtin::FullyConnected, Options::FullyConnected(options)) => {
            conversion.fully_connected(step, options)
        }
        (Builtin::Softmax, Options::Softmax(options)) => conversion.softmax(step, options),
        (Builtin::Mean, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Mean),
        (Builtin::Sum, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Sum),
        (Builtin::ReduceMax, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Max),
        (Builtin::ReduceMin, Options::Reducer(options)) => conversion.reduce(step, options, Reduction::Min),
        (Builtin::StridedSlice, Options::StridedSlice(options)) => conversion.slice_of_shape(step, options),
        (Builtin::Pack, Options::Pack(_)) => conversion.pack(step),
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
        (_, options) => Err(Stop::Problem(Problem::new(
            format!("its options are those of another operator: {options:?}"),
            "the file is damaged; convert it again",
        ))),
    }
}
