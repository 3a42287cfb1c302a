//! From a quantised graph to one that computes the same bits with less.
//!
//! Everything here follows from the weights, which are known, and is exact: an input can not tell the two graphs apart.

mod channel_bounds;
mod channels;
mod one_channel;
mod tables;
mod weights;

use crate::quantized::QuantizedGraph;
use crate::remove_dead::remove_dead;

/// Rewrites a graph.
pub fn optimize(graph: QuantizedGraph) -> QuantizedGraph {
    let graph = tables::merge(channels::remove(remove_dead(graph)));
    one_channel::rewrite(remove_dead(graph))
}
