//! Rewrites a float graph into one that means the same and costs less.
//!
//! A pass a file, each from graph to graph. What a pass leaves without a reader, `remove_dead` takes away.

mod fold_batch_norm;
mod fold_pad;
mod hoist_activations;
mod lone_batch_norm;
mod merge_clamps;
mod remove_identities;
mod rewrite;
mod self_gates;
#[cfg(test)]
mod tests;
mod uniform_slopes;

use crate::graph::FloatGraph;
use crate::remove_dead::remove_dead;

/// Runs all passes.
pub fn lower(graph: FloatGraph) -> FloatGraph {
    let graph = remove_identities::remove_identities(graph);
    let graph = uniform_slopes::uniform_slopes(graph);
    let graph = merge_clamps::merge_clamps(graph);
    let graph = self_gates::self_gates(graph);
    let graph = fold_pad::fold_pad(graph);
    let graph = fold_batch_norm::fold_batch_norm(graph);
    let graph = lone_batch_norm::lone_batch_norm(graph);
    let graph = hoist_activations::hoist_activations(graph);
    remove_dead(graph)
}
