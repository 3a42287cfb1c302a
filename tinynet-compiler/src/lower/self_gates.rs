//! A tensor times its own sigmoid is one function of it, which files write as two operators: one table in place of a table
//! and a product, and one rounding in place of two.

use crate::function::Function;
use crate::graph::{FloatGraph, FloatOperator, TensorId};

/// Replaces `x · sigmoid(x)` and `x · hard_sigmoid(x)`.
pub(super) fn self_gates(mut graph: FloatGraph) -> FloatGraph {
    for index in 0..graph.nodes.len() {
        let node = &graph.nodes[index];
        let (FloatOperator::Multiply, &[a, b]) = (&node.operator, &node.inputs[..]) else { continue };
        let found = gate(&graph, index, a, b).or_else(|| gate(&graph, index, b, a));
        if let Some((input, function)) = found {
            let node = &mut graph.nodes[index];
            (node.operator, node.inputs) = (FloatOperator::Activation(function), vec![input]);
        }
    }
    graph
}

/// The function of `input` that the product at `index` is, if `gate` is made for it alone.
fn gate(graph: &FloatGraph, index: usize, input: TensorId, gate: TensorId) -> Option<(TensorId, Function)> {
    let maker = &graph.nodes[graph.producer(gate)?];
    let function = match &maker.operator {
        FloatOperator::Activation(Function::Sigmoid) => Function::Silu,
        FloatOperator::Activation(Function::HardSigmoid) => Function::HardSwish,
        _ => return None,
    };
    let is_own = maker.inputs == [input];
    (is_own && graph.only_consumer(gate) == Some(index) && !graph.is_stated(gate))
        .then_some((input, function))
}
