//! Removes what nobody reads: nodes, then tensors.

use crate::graph::{FloatGraph, TensorId};

/// The graph without what leads to no output. The input stays, read or not: callers fill it.
pub(super) fn remove_dead(mut graph: FloatGraph) -> FloatGraph {
    let mut is_read = vec![false; graph.tensors.len()];
    for id in &graph.outputs {
        is_read[id.0] = true;
    }
    let mut keep = vec![false; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        keep[index] = is_read[node.output.0];
        if keep[index] {
            for id in &node.inputs {
                is_read[id.0] = true;
            }
        }
    }
    for id in &graph.inputs {
        is_read[id.0] = true;
    }
    let mut keep = keep.into_iter();
    graph.nodes.retain(|_| keep.next().unwrap_or(true));
    renumber(graph, &is_read)
}

/// The graph with the tensors that are to stay.
fn renumber(mut graph: FloatGraph, stays: &[bool]) -> FloatGraph {
    // Each stands behind those before it that stay.
    let place = |id: &TensorId| TensorId(stays[..id.0].iter().filter(|&&stays| stays).count());
    for node in &mut graph.nodes {
        node.output = place(&node.output);
        for id in &mut node.inputs {
            *id = place(id);
        }
    }
    for id in graph.inputs.iter_mut().chain(&mut graph.outputs) {
        *id = place(id);
    }
    let mut stays = stays.iter();
    graph.tensors.retain(|_| *stays.next().unwrap_or(&true));
    graph
}
