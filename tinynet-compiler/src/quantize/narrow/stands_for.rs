//! What the integers of a model's weights stand for.

use super::is_narrowable;
use crate::filter_layout::FilterLayout;
use crate::graph::{Filter, FloatGraph, FloatOperator, FloatTensor, Graph, Node, Tensor};
use crate::quantized::{Linear, QuantizedGraph, QuantizedOperator, QuantizedTensor};

/// What the weights of a model stand for, and who reads whom; that weights cannot change is as if they were given as
/// integers.
pub(super) fn in_real_numbers(graph: &QuantizedGraph) -> FloatGraph {
    let node = |node: &Node<QuantizedOperator>| {
        let mut operator = real_operator(graph, node);
        if let (false, Some(filter)) = (is_narrowable(graph, node), operator.filter_mut()) {
            filter.given_scales = Some(Vec::new());
        }
        Node {
            label: node.label.clone(),
            kind: node.kind.clone(),
            operator,
            inputs: node.inputs.clone(),
            output: node.output,
            states: node.states.clone(),
            span: node.span,
            wishes: node.wishes,
        }
    };
    let tensor = |tensor: &Tensor<QuantizedTensor>| Tensor {
        name: tensor.name.clone(),
        shape: tensor.shape.clone(),
        info: FloatTensor::default(),
    };
    Graph {
        tensors: graph.tensors.iter().map(tensor).collect(),
        nodes: graph.nodes.iter().map(node).collect(),
        inputs: graph.inputs.clone(),
        outputs: graph.outputs.clone(),
    }
}

/// What the integers of the layer stand for.
pub(super) fn real_operator(graph: &QuantizedGraph, node: &Node<QuantizedOperator>) -> FloatOperator {
    let filter = |linear: &Linear| Filter {
        shape: linear.shape.clone(),
        weights: linear.weights.iter().map(|&weight| f32::from(weight)).collect(),
        bias: linear.bias.iter().map(|&bias| bias as f32).collect(),
        given_scales: None,
    };
    let mut operator = match &node.operator {
        QuantizedOperator::Dense(linear) => FloatOperator::Dense(filter(linear)),
        &QuantizedOperator::Conv2d { window, groups, ref linear } => {
            FloatOperator::Conv2d { window, groups, filter: filter(linear) }
        }
        &QuantizedOperator::DepthwiseConv2d { window, multiplier, ref linear } => {
            FloatOperator::DepthwiseConv2d { window, multiplier, filter: filter(linear) }
        }
        &QuantizedOperator::TransposeConv2d { window, ref linear } => {
            FloatOperator::TransposeConv2d { window, filter: filter(linear) }
        }
        // Without weights, which nobody asks for.
        _ => FloatOperator::Reshape,
    };
    let layout = FilterLayout::new(&operator);
    // What reads a variable has no input, and no weights.
    let Some(&input) = node.inputs.first() else { return operator };
    let input = graph.tensor(input).info.quantization.scale();
    if let (Some(filter), Some(linear)) = (operator.filter_mut(), node.operator.linear()) {
        for (channel, &scale) in linear.weight_scales.iter().enumerate() {
            filter.bias[channel] = (f64::from(linear.bias[channel]) * scale * input) as f32;
            for tap in 0..layout.taps {
                let weight = layout.weight(channel, tap);
                filter.weights[weight] = (f64::from(linear.weights[weight]) * scale) as f32;
            }
        }
    }
    operator
}
