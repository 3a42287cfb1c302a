//! Zeros around an image become padding of the convolution that reads it.

use crate::geometry::Padding;
use crate::graph::{FloatGraph, FloatOperator, TensorId};
use crate::kernel_parameters::image_shape;

/// Lets convolutions read in front of a `Pad` of zeros.
pub(super) fn fold_pad(mut graph: FloatGraph) -> FloatGraph {
    for index in 0..graph.nodes.len() {
        while let Some((padding, input)) = zeros_before(&graph, index) {
            let shape = image_shape(&graph.tensor(input).shape);
            let node = &mut graph.nodes[index];
            if let FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } =
                &mut node.operator
            {
                window.input = shape;
                window.padding = sum(window.padding, padding);
            }
            node.inputs[0] = input;
        }
    }
    graph
}

/// The padding in front of a convolution, and what is padded.
fn zeros_before(graph: &FloatGraph, index: usize) -> Option<(Padding, TensorId)> {
    let node = &graph.nodes[index];
    let (FloatOperator::Conv2d { .. } | FloatOperator::DepthwiseConv2d { .. }) = node.operator else {
        return None;
    };
    let before = &graph.nodes[graph.producer(node.inputs[0])?];
    match before.operator {
        FloatOperator::Pad { padding, value: 0.0 } => Some((padding, before.inputs[0])),
        _ => None,
    }
}

fn sum(a: Padding, b: Padding) -> Padding {
    Padding {
        top: a.top + b.top,
        bottom: a.bottom + b.bottom,
        left: a.left + b.left,
        right: a.right + b.right,
    }
}
