//! Which layers have kernels for tensors of int16.

use super::Problem;
use super::fusion::Layer;
use super::quantizations::Quantizations;
use crate::graph::{FloatGraph, FloatOperator, Unroll};

/// What is wrong with a layer that reads or makes int16s.
pub(super) fn check(
    graph: &FloatGraph,
    layer: &Layer<'_>,
    quantizations: &Quantizations<'_>,
) -> Result<(), Problem> {
    let node = layer.node;
    if layer.table().is_some() {
        return Err(Problem {
            is_about_function: true,
            ..no_kernel("tables of functions have an entry for each int8")
        });
    }
    if node.wishes.unroll == Unroll::Full {
        return Err(Problem::new(
            "straight-line code is for tensors of int8, and it reads or makes int16s",
            "leave `unroll: Full` out",
        ));
    }
    match &node.operator {
        FloatOperator::Dense(_)
        | FloatOperator::Conv2d { .. }
        | FloatOperator::DepthwiseConv2d { .. }
        | FloatOperator::TransposeConv2d { .. }
        | FloatOperator::MaxPool(_)
        | FloatOperator::AveragePool { .. }
        | FloatOperator::Add
        | FloatOperator::Pad { .. }
        | FloatOperator::Reshape
        | FloatOperator::Rearrange(_)
        | FloatOperator::Gather(_)
        | FloatOperator::Extremum { .. }
        // `quantize` says what it is.
        | FloatOperator::ChannelAffine { .. } => Ok(()),
        FloatOperator::Activation(function) if function.as_clamp().is_some() => Ok(()),
        FloatOperator::Activation(_) => Err(no_kernel("tables of functions have an entry for each int8")),
        FloatOperator::Concat { .. } => {
            let integers = |id| (quantizations.of(id), quantizations.element(id));
            let is_same = node.inputs.iter().all(|&input| integers(input) == integers(layer.output()));
            let names: Vec<_> = node.inputs.iter().map(|&input| graph.tensor(input).name.as_str()).collect();
            is_same.then_some(()).ok_or_else(|| {
                Problem::new(
                    format!("`{}` have different steps of int16", names.join("` and `")),
                    "state the same `range: [min, max]` for all, or leave `activations: Int16` out",
                )
            })
        }
        FloatOperator::Softmax | FloatOperator::LogSoftmax | FloatOperator::ArgMax => Err(Problem::new(
            "it has no kernel for int16s, which it reads",
            "leave it out: `classify` chooses the largest of what the layer before it makes; or leave `activations: Int16` out",
        )),
        _ => Err(no_kernel("there is none for int16")),
    }
}

fn no_kernel(why: &str) -> Problem {
    Problem::new(
        format!("it has no kernel for int16s, which it reads or makes: {why}"),
        "use layers that have one: dense layers, convolutions, pools, `Add`, and functions that are clamps, such as `Relu` \
         and `HardTanh`; or leave `activations: Int16` out",
    )
}
