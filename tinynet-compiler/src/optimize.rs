//! From a quantised graph to one that computes the same bits with less.
//!
//! Everything here follows from the weights, which are known, and is exact: an input can not tell the two graphs apart.

mod channel_bounds;
mod channels;
mod one_channel;
mod weights;

use crate::quantized::QuantizedGraph;
use crate::remove_dead::remove_dead;

/// Rewrites a graph.
pub fn optimize(graph: QuantizedGraph) -> QuantizedGraph {
    one_channel::rewrite(channels::remove(remove_dead(graph)))
}
