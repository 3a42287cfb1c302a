//! Two clamps one behind the other are one: `min(max(x, a), b)` comes from some files as two operators.

use crate::function::Function;
use crate::graph::{FloatGraph, FloatOperator};

/// Lets the second of two clamps do the work of both.
pub(super) fn merge_clamps(mut graph: FloatGraph) -> FloatGraph {
    for index in 0..graph.nodes.len() {
        if let Some((before, ends)) = clamped_before(&graph, index) {
            let kind = format!("{} + {}", graph.nodes[before].kind, graph.nodes[index].kind);
            let inputs = graph.nodes[before].inputs.clone();
            let node = &mut graph.nodes[index];
            (node.kind, node.inputs) = (kind, inputs);
            node.operator = FloatOperator::Activation(clamp(ends));
        }
    }
    graph
}

/// The clamp that alone feeds the one at `index`, and the ends of both together.
fn clamped_before(graph: &FloatGraph, index: usize) -> Option<(usize, [f64; 2])> {
    let ends = |node: usize| match &graph.nodes[node].operator {
        FloatOperator::Activation(function) => function.as_clamp(),
        _ => None,
    };
    let [low, high] = ends(index)?;
    let input = graph.nodes[index].inputs[0];
    let before = graph.producer(input)?;
    let both = ends(before)?.map(|end| end.max(low).min(high));
    let is_private = graph.only_consumer(input) == Some(index) && !graph.is_stated(input);
    // Where nothing is left between them, the output is constant.
    (is_private && both[0] < both[1]).then_some((before, both))
}

fn clamp(ends: [f64; 2]) -> Function {
    match ends {
        [0.0, f64::INFINITY] => Function::Relu,
        [0.0, 6.0] => Function::Relu6,
        [min, max] => Function::HardTanh { min, max },
    }
}
