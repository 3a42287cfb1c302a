//! Every kind of layer: the name in the language, and the function that checks it and makes its operator.

use super::dimensions::Dimensions::{Image, Sequence};
use super::layer::{Layer, Output};
use super::pooling::Statistic::{Largest, Mean};
use super::{Reported, activation, batch_norm, branch, convolution, dense, head, input, pooling, shape};
use crate::function::Function;

/// Checks a layer and makes its operator.
pub(super) type Build = fn(&mut Layer<'_, '_>) -> Result<Output, Reported>;

/// How to build the operator called `name`; `None` if there is none.
#[rustfmt::skip] // A table.
pub(super) fn kind(name: &str) -> Option<Build> {
    Some(match name {
        "Input" => input::input,
        "Dense" => dense::dense,
        "Conv1d" => |layer| convolution::convolution(layer, Sequence),
        "Conv2d" => |layer| convolution::convolution(layer, Image),
        "DepthwiseConv2d" => convolution::depthwise,
        "MaxPool1d" => |layer| pooling::pool(layer, Sequence, Largest),
        "MaxPool2d" => |layer| pooling::pool(layer, Image, Largest),
        "AvgPool1d" => |layer| pooling::pool(layer, Sequence, Mean),
        "AvgPool2d" => |layer| pooling::pool(layer, Image, Mean),
        "GlobalMaxPool1d" => |layer| pooling::global(layer, Sequence, Largest),
        "GlobalMaxPool2d" => |layer| pooling::global(layer, Image, Largest),
        "GlobalAvgPool1d" => |layer| pooling::global(layer, Sequence, Mean),
        "GlobalAvgPool2d" => |layer| pooling::global(layer, Image, Mean),
        "Flatten" => shape::flatten,
        "Reshape" => shape::reshape,
        "Pad" => shape::pad,
        "Add" => branch::add,
        "Mul" => branch::multiply,
        "Concat" => branch::concat,
        "BatchNorm" => batch_norm::batch_norm,
        "Softmax" => head::softmax,
        "ArgMax" => head::arg_max,
        "Relu" => |layer| activation::fixed(layer, Function::Relu),
        "Relu6" => |layer| activation::fixed(layer, Function::Relu6),
        "LeakyRelu" => activation::leaky_relu,
        "PRelu" => activation::p_relu,
        "HardTanh" => activation::hard_tanh,
        "Tanh" => |layer| activation::fixed(layer, Function::Tanh),
        "Sigmoid" => |layer| activation::fixed(layer, Function::Sigmoid),
        "HardSigmoid" => |layer| activation::fixed(layer, Function::HardSigmoid),
        "HardSwish" => |layer| activation::fixed(layer, Function::HardSwish),
        "Silu" => |layer| activation::fixed(layer, Function::Silu),
        "Gelu" => activation::gelu,
        "Elu" => activation::elu,
        "Selu" => |layer| activation::fixed(layer, Function::Selu),
        "Softplus" => activation::softplus,
        "Softsign" => |layer| activation::fixed(layer, Function::Softsign),
        "Mish" => |layer| activation::fixed(layer, Function::Mish),
        "Activation" => activation::expression,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::OPERATORS;

    #[test]
    fn every_operator_of_the_language_is_built() {
        for operator in OPERATORS {
            assert!(super::kind(operator.name).is_some(), "{}", operator.name);
        }
        assert!(super::kind("Lstm").is_none());
    }
}
