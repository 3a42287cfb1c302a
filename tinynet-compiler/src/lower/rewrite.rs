//! What the passes have in common.

use crate::graph::{FloatGraph, FloatTensor, TensorId};

/// Index of the one node that reads a tensor, if there is exactly one and the caller does not read it too.
pub(super) fn only_consumer(graph: &FloatGraph, id: TensorId) -> Option<usize> {
    match graph.consumers(id).as_slice() {
        &[index] if !graph.outputs.contains(&id) => Some(index),
        _ => None,
    }
}

/// Whether the user states what the tensor's integers mean: then it must stay.
pub(super) fn is_stated(graph: &FloatGraph, id: TensorId) -> bool {
    graph.tensor(id).info != FloatTensor::default()
        || graph.producer(id).is_some_and(|node| graph.nodes[node].wishes.range.is_some())
}

/// Lets everybody who reads `from` read `to`.
pub(super) fn redirect(graph: &mut FloatGraph, from: TensorId, to: TensorId) {
    let readers = graph.nodes.iter_mut().flat_map(|node| &mut node.inputs).chain(&mut graph.outputs);
    for id in readers.filter(|id| **id == from) {
        *id = to;
    }
}
