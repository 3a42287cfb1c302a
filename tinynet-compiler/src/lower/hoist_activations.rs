//! Activation functions move in front of operators that only pick or move values, to the layer that can take them in.
//!
//! A clamp keeps order, so that the largest clamped value is the clamped largest value; fused, it costs nothing there. Any
//! function of single elements commutes with a reshape.

use crate::graph::{FloatGraph, FloatOperator};

/// Moves functions forward as far as they go.
pub(super) fn hoist_activations(mut graph: FloatGraph) -> FloatGraph {
    for index in 0..graph.nodes.len() {
        let mut index = index;
        while let Some(before) = commutes_with(&graph, index) {
            swap(&mut graph, before, index);
            index = before;
        }
    }
    graph
}

/// The node before the function at `index`, if the two may change places.
fn commutes_with(graph: &FloatGraph, index: usize) -> Option<usize> {
    let node = &graph.nodes[index];
    let FloatOperator::Activation(function) = &node.operator else { return None };
    let before = graph.producer(node.inputs[0])?;
    let commutes = match graph.nodes[before].operator {
        FloatOperator::MaxPool(_) => function.as_clamp().is_some(),
        FloatOperator::Reshape => true,
        _ => false,
    };
    let ids = [graph.nodes[before].inputs[0], node.inputs[0], node.output];
    let are_private =
        graph.only_consumer(ids[0]) == Some(before) && graph.only_consumer(ids[1]) == Some(index);
    let is_free = !ids.into_iter().any(|id| graph.is_stated(id));
    // In front of the first layer there is nothing to fuse with.
    (commutes && are_private && is_free && graph.producer(ids[0]).is_some()).then_some(before)
}

/// Lets the function at `function` run in place of the node at `before`, and that one behind it.
fn swap(graph: &mut FloatGraph, before: usize, function: usize) {
    let (between, last) = (graph.nodes[before].output, graph.nodes[function].output);
    let first = graph.nodes[before].inputs[0];
    graph.nodes.swap(before, function);
    // Now the function stands at `before`.
    graph.nodes[before].inputs = vec![first];
    graph.nodes[before].output = between;
    graph.nodes[function].inputs = vec![between];
    graph.nodes[function].output = last;
    graph.tensors[between.0].shape = graph.tensors[first.0].shape.clone();
    // Tensors are called after the layers that make them.
    graph.tensors[between.0].name = graph.nodes[before].label.clone();
    graph.tensors[last.0].name = graph.nodes[function].label.clone();
}
