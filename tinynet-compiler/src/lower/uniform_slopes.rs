//! A PRelu with one slope for all channels is a LeakyRelu, which needs one table and can be fused.

use crate::function::Function;
use crate::graph::{FloatGraph, FloatOperator};

/// Replaces PRelus whose slopes are all the same.
pub(super) fn uniform_slopes(mut graph: FloatGraph) -> FloatGraph {
    for node in &mut graph.nodes {
        if let FloatOperator::PRelu { slopes } = &node.operator
            && let [slope, others @ ..] = slopes.as_slice()
            && others.iter().all(|other| other == slope)
        {
            let slope = f64::from(*slope);
            node.operator = FloatOperator::Activation(Function::LeakyRelu { slope });
        }
    }
    graph
}
