//! Removes what nobody reads: nodes, then tensors.

use crate::graph::{Graph, TensorId};

/// The graph without what leads to no output, now or in a later inference. The input stays, read or not: callers fill it.
pub(crate) fn remove_dead<T, O>(mut graph: Graph<T, O>) -> Graph<T, O> {
    let mut is_read = vec![false; graph.tensors.len()];
    for id in &graph.outputs {
        is_read[id.0] = true;
    }
    let mut keep = vec![false; graph.nodes.len()];
    // Once more where a node was found to read what another, before it or behind, leaves for the next inference.
    while read_by_more(&graph, &mut is_read, &mut keep) {}
    for id in &graph.inputs {
        is_read[id.0] = true;
    }
    let mut keep = keep.into_iter();
    graph.nodes.retain(|_| keep.next().unwrap_or(true));
    renumber(graph, &is_read)
}

/// Marks the nodes of which something is read, and what these read; whether there is a node more.
fn read_by_more<T, O>(graph: &Graph<T, O>, is_read: &mut [bool], keep: &mut [bool]) -> bool {
    let mut has_changed = false;
    for (node, keep) in graph.nodes.iter().zip(keep).rev() {
        let is_wanted = is_read[node.output.0] || node.states.iter().any(|state| is_read[state.0]);
        if is_wanted && !*keep {
            *keep = true;
            has_changed = true;
            for id in node.inputs.iter().chain(&node.states).chain([&node.output]) {
                is_read[id.0] = true;
            }
        }
    }
    has_changed
}

/// The graph with the tensors that are to stay.
fn renumber<T, O>(mut graph: Graph<T, O>, stays: &[bool]) -> Graph<T, O> {
    // Each stands behind those before it that stay.
    let places =
        stays.iter().scan(0, |next, &stays| Some(std::mem::replace(next, *next + usize::from(stays))));
    let places: Vec<usize> = places.collect();
    let place = |id: &TensorId| TensorId(places[id.0]);
    for node in &mut graph.nodes {
        node.output = place(&node.output);
        for id in node.inputs.iter_mut().chain(&mut node.states) {
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
