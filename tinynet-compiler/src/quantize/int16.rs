//! Which layers have kernels for tensors of int16.

use super::Problem;
use super::fusion::Layer;
use super::quantizations::Quantizations;
use super::sharing::keeps_quantization;
use crate::graph::{FloatGraph, FloatOperator, Node, Unroll};
use crate::quantized::Element;
use crate::settings::Activations;

/// What is wrong with a layer that reads or makes int16s.
pub(super) fn check(
    graph: &FloatGraph,
    layer: &Layer<'_>,
    quantizations: &Quantizations<'_>,
    of_network: Activations,
) -> Result<(), Problem> {
    let node = layer.node;
    let leave_out = || match stated_by(graph, node).filter(|_| of_network != Activations::Int16) {
        Some(label) => format!("leave `activations: Int16` of `{label}` out"),
        None => "leave `activations: Int16` out".to_owned(),
    };
    if layer.table().is_some() {
        return Err(Problem {
            is_about_function: true,
            ..no_kernel("tables of functions have an entry for each int8", &leave_out())
        });
    }
    if node.wishes.unroll == Unroll::Full {
        return Err(unrolled(Element::Int16));
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
        FloatOperator::Activation(_) => {
            Err(no_kernel("tables of functions have an entry for each int8", &leave_out()))
        }
        FloatOperator::Concat { .. } => {
            let names: Vec<_> = node.inputs.iter().map(|&input| graph.tensor(input).name.as_str()).collect();
            let names = format!("`{}`", names.join("` and `"));
            let element = quantizations.element(layer.output());
            if node.inputs.iter().any(|&input| quantizations.element(input) != element) {
                return Err(Problem::new(
                    format!("{names} are joined as {element}s, and not all of them are"),
                    match element {
                        Element::Int16 => "leave `activations` out of the layers that are joined",
                        _ => {
                            "state `activations: Int16` in the `Input`, or leave it out of the layers that are joined"
                        }
                    },
                ));
            }
            let quantization = quantizations.of(layer.output());
            if node.inputs.iter().any(|&input| quantizations.of(input) != quantization) {
                return Err(Problem::new(
                    format!("{names} have different steps of int16"),
                    "state the same `range: [min, max]` for all, or leave `activations: Int16` out",
                ));
            }
            Ok(())
        }
        FloatOperator::Softmax | FloatOperator::LogSoftmax | FloatOperator::ArgMax => Err(Problem::new(
            "it has no kernel for int16s, which it reads",
            format!(
                "leave it out: `classify` chooses the largest of what the layer before it makes; or {}",
                leave_out()
            ),
        )),
        _ => Err(no_kernel("there is none for int16", &leave_out())),
    }
}

fn no_kernel(why: &str, leave_out: &str) -> Problem {
    Problem::new(
        format!("it has no kernel for int16s, which it reads or makes: {why}"),
        format!(
            "use layers that have one: dense layers, convolutions, pools, `Add`, and functions that are clamps, such \
             as `Relu` and `HardTanh`; or {leave_out}"
        ),
    )
}

/// Straight-line code is asked for beside tensors of another type than int8.
pub(super) fn unrolled(other: Element) -> Problem {
    Problem::new(
        format!("straight-line code is for tensors of int8, and it reads or makes {other}s"),
        "leave `unroll: Full` out",
    )
}

/// The layer that states the int16s which a node reads or makes; `None` where the network does.
fn stated_by<'g>(graph: &'g FloatGraph, node: &'g Node<FloatOperator>) -> Option<&'g str> {
    let states = |node: &Node<FloatOperator>| node.wishes.activations == Some(Activations::Int16);
    if states(node) {
        return Some(&node.label);
    }
    for &input in &node.inputs {
        let mut id = input;
        while let Some(maker) = graph.producer(id).map(|index| &graph.nodes[index]) {
            if states(maker) {
                return Some(&maker.label);
            }
            if !keeps_quantization(&maker.operator) {
                break;
            }
            id = maker.inputs[0];
        }
    }
    None
}
