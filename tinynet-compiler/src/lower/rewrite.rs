//! What passes have in common.

use crate::graph::{FloatGraph, TensorId};

/// Lets everybody who reads `from` read `to`.
pub(super) fn redirect(graph: &mut FloatGraph, from: TensorId, to: TensorId) {
    let readers = graph.nodes.iter_mut().flat_map(|node| &mut node.inputs).chain(&mut graph.outputs);
    for id in readers.filter(|id| **id == from) {
        *id = to;
    }
}
