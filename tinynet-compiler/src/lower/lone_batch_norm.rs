//! A factor and a summand a channel that no neighbour takes in are a convolution with filters of one weight.
//!
//! It costs six bytes a channel, where tables would cost 256, and takes an activation function like any other.

use crate::geometry::Window;
use crate::graph::{Filter, FloatGraph, FloatOperator};
use crate::kernel_parameters::image_shape;

/// Replaces every `ChannelAffine`.
pub(super) fn lone_batch_norm(mut graph: FloatGraph) -> FloatGraph {
    for index in 0..graph.nodes.len() {
        let node = &graph.nodes[index];
        let FloatOperator::ChannelAffine { scale, offset } = &node.operator else { continue };
        let shape = image_shape(&graph.tensor(node.output).shape);
        let window = Window::of_pixels(shape, shape[2]);
        let filter = Filter {
            shape: vec![1, 1, scale.len()],
            weights: scale.clone(),
            bias: offset.clone(),
            given_scales: None,
        };
        graph.nodes[index].operator = FloatOperator::DepthwiseConv2d { window, multiplier: 1, filter };
    }
    graph
}
