//! Which activation functions become part of the operator before them.

use crate::function::Function;
use crate::graph::{Filter, FloatGraph, FloatOperator, Node, TensorId};

/// An operator of the quantised graph: a node, with the activation function behind it where that can be fused.
pub(super) struct Layer<'g> {
    /// The node.
    pub(super) node: &'g Node<FloatOperator>,
    /// The function that is fused into it.
    pub(super) fused: Option<Fused<'g>>,
}

/// A fused activation function.
#[derive(Clone, Copy)]
pub(super) struct Fused<'g> {
    /// The function's own node.
    pub(super) node: &'g Node<FloatOperator>,
    /// The function.
    pub(super) function: &'g Function,
    /// Its ends, if it is no more than a clamp.
    pub(super) clamp: Option<[f64; 2]>,
}

impl<'g> Layer<'g> {
    /// The tensor that it makes.
    pub(super) fn output(&self) -> TensorId {
        self.fused.map_or(self.node.output, |fused| fused.node.output)
    }

    /// The tensor whose quantisation its arithmetic rounds to: the output, or what a fused table reads.
    pub(super) fn target(&self) -> TensorId {
        if self.table().is_some() { self.node.output } else { self.output() }
    }

    /// The function that is fused as a table.
    pub(super) fn table(&self) -> Option<&'g Function> {
        self.fused.filter(|fused| fused.clamp.is_none()).map(|fused| fused.function)
    }

    /// The ends of the function that is fused as a clamp.
    pub(super) fn clamp(&self) -> Option<[f64; 2]> {
        self.fused.and_then(|fused| fused.clamp)
    }

    /// Weights and bias, if it has any.
    pub(super) fn filter(&self) -> Option<&'g Filter> {
        self.node.operator.filter()
    }

    /// Name of its kind for reports: `Conv2d + Relu`.
    pub(super) fn kind(&self) -> String {
        match &self.fused {
            Some(fused) => format!("{} + {}", self.node.kind, fused.node.kind),
            None => self.node.kind.clone(),
        }
    }
}

/// The operators in execution order, functions fused.
///
/// Layers with weights take any function: as a clamp of what they make, which costs nothing, or as a table behind the
/// requantisation. Sums and products take clamps.
pub(super) fn fuse(graph: &FloatGraph) -> Vec<Layer<'_>> {
    let mut layers: Vec<Layer<'_>> = Vec::new();
    for node in &graph.nodes {
        let is_fused =
            layers.iter().any(|layer| layer.fused.is_some_and(|fused| fused.node.output == node.output));
        if !is_fused {
            layers.push(Layer { node, fused: fusible(graph, node) });
        }
    }
    layers
}

fn fusible<'g>(graph: &'g FloatGraph, node: &'g Node<FloatOperator>) -> Option<Fused<'g>> {
    let has_weights = node.operator.filter().is_some();
    let takes_clamps = matches!(node.operator, FloatOperator::Add | FloatOperator::Multiply);
    let consumer = &graph.nodes[graph.only_consumer(node.output)?];
    let FloatOperator::Activation(function) = &consumer.operator else { return None };
    let clamp = function.as_clamp();
    let takes_it = has_weights || (takes_clamps && clamp.is_some());
    takes_it.then_some(Fused { node: consumer, function, clamp })
}
