//! A factor and a summand a channel that no neighbour takes in are a convolution with filters of one weight.
//!
//! It costs six bytes a channel, where tables would cost 256, and takes an activation function like any other.

use crate::geometry::{Padding, Window};
use crate::graph::{Filter, FloatGraph, FloatOperator};
use crate::kernel_parameters::image_shape;

/// Replaces every `ChannelAffine`.
pub(super) fn lone_batch_norm(mut graph: FloatGraph) -> FloatGraph {
    for index in 0..graph.nodes.len() {
        let node = &graph.nodes[index];
        let FloatOperator::ChannelAffine { scale, offset } = &node.operator else { continue };
        let shape = image_shape(&graph.tensor(node.output).shape);
        let window = Window {
            input: shape,
            output: shape,
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            padding: Padding::default(),
        };
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
