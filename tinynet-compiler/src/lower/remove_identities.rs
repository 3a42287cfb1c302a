//! Removes operators that change nothing.

use super::rewrite::redirect;
use crate::function::{Expression, Function};
use crate::geometry::{Padding, Window};
use crate::graph::{FloatGraph, FloatOperator, Node, TensorId};

/// Readers of what an identity makes read what it reads; one that changes the shape becomes a reshape, and a reshape of a
/// reshape reads what that one reads.
pub(super) fn remove_identities(mut graph: FloatGraph) -> FloatGraph {
    for index in 0..graph.nodes.len() {
        let node = &graph.nodes[index];
        if !is_identity(node) {
            continue;
        }
        let (input, output) = (node.inputs[0], node.output);
        let is_between_ends = graph.outputs.contains(&output) && graph.inputs.contains(&input);
        if graph.tensor(input).shape != graph.tensor(output).shape {
            graph.nodes[index].operator = FloatOperator::Reshape;
            graph.nodes[index].inputs = vec![behind_reshapes(&graph, index)];
        } else if !graph.is_stated(output) && !is_between_ends {
            redirect(&mut graph, output, input);
        }
    }
    graph
}

/// Whether the output is the input, in any shape.
fn is_identity(node: &Node<FloatOperator>) -> bool {
    match &node.operator {
        FloatOperator::Reshape => true,
        FloatOperator::MaxPool(window) | FloatOperator::AveragePool { window, .. } => is_single_tap(window),
        FloatOperator::Pad { padding, .. } => *padding == Padding::default(),
        FloatOperator::Concat { .. } => node.inputs.len() == 1,
        FloatOperator::Activation(function) => *function == Function::Expression(Expression::Variable),
        FloatOperator::ChannelAffine { scale, offset } => {
            scale.iter().all(|&scale| scale == 1.0) && offset.iter().all(|&offset| offset == 0.0)
        }
        _ => false,
    }
}

fn is_single_tap(window: &Window) -> bool {
    window.kernel == [1, 1] && window.stride == [1, 1] && window.padding == Padding::default()
}

/// What a chain of reshapes that ends at `node` begins with.
fn behind_reshapes(graph: &FloatGraph, node: usize) -> TensorId {
    let mut id = graph.nodes[node].inputs[0];
    while let Some(producer) = graph.producer(id)
        && graph.nodes[producer].operator == FloatOperator::Reshape
        && !graph.is_stated(id)
    {
        id = graph.nodes[producer].inputs[0];
    }
    id
}
