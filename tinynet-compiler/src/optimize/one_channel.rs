//! A depthwise convolution of one channel is a convolution: all its filters see all there is.
//!
//! As such it keeps each sum in a register through all products, where a depthwise convolution goes through the filters
//! tap by tap; and it shares its code with the network's dense layers.

use crate::graph::Node;
use crate::quantized::{Linear, QuantizedGraph, QuantizedOperator};

/// Rewrites a graph.
pub(super) fn rewrite(mut graph: QuantizedGraph) -> QuantizedGraph {
    graph.nodes.iter_mut().for_each(rewrite_node);
    graph
}

fn rewrite_node(node: &mut Node<QuantizedOperator>) {
    let QuantizedOperator::DepthwiseConv2d { window, linear, .. } = &node.operator else { return };
    let (window, filters) = (*window, linear.bias.len());
    if window.input[2] != 1 || filters == 0 {
        return;
    }
    // From one tap after the other to one filter after the other.
    let weights = (0..filters).flat_map(|filter| linear.weights.iter().skip(filter).step_by(filters));
    let weights: Vec<i8> = weights.copied().collect();
    let [height, width] = window.kernel;
    let linear = Linear { weights, shape: vec![filters, height, width, 1], ..linear.clone() };
    node.operator = QuantizedOperator::Conv2d { window, groups: 1, linear };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Padding, Window};
    use crate::graph::{Graph, Wishes};
    use crate::precision::Precision;
    use crate::quantized::{Element, Quantization, QuantizedTensor, Requantize};
    use crate::reference::Reference;
    use proc_macro2::Span;

    /// A kernel of 2 × 3 at stride 2 with a border below and to the right; three filters.
    fn graph(channels: usize) -> QuantizedGraph {
        let filters = 3 * channels;
        let mut graph = Graph { tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![] };
        let info = QuantizedTensor {
            element: Element::Int8,
            quantization: Quantization::Affine { scale: 0.5, zero_point: 3 },
            bounds: [-128, 127],
        };
        let input = graph.add_tensor("input", vec![4, 4, channels], info.clone());
        let output = graph.add_tensor("output", vec![2, 2, filters], info);
        let window = Window {
            input: [4, 4, channels],
            output: [2, 2, filters],
            kernel: [2, 3],
            stride: [2, 2],
            dilation: [1, 1],
            padding: Padding { top: 0, bottom: 0, left: 0, right: 1 },
        };
        let linear = Linear {
            precision: Precision::Int8,
            shape: vec![2, 3, filters],
            weights: (0..6 * filters).map(|index| (index * 29 % 251) as i8).collect(),
            weight_scales: vec![1.0; filters],
            bias: (0..filters).map(|filter| filter as i32 * 100).collect(),
            input_zero_point: 3,
            requantize: Requantize::Multiplier {
                multipliers: vec![1_500_000_000; filters],
                shifts: vec![-7; filters],
            },
            output_zero_point: -5,
            clamp: [-128, 127],
            table: None,
            accumulator_bounds: vec![[-200_000, 200_000]; filters],
        };
        graph.nodes.push(Node {
            label: "depthwise".into(),
            kind: "DepthwiseConv2d".into(),
            operator: QuantizedOperator::DepthwiseConv2d { window, multiplier: 3, linear },
            inputs: vec![input],
            output,
            states: vec![],
            span: Span::call_site(),
            wishes: Wishes::default(),
        });
        graph.inputs.push(input);
        graph.outputs.push(output);
        graph
    }

    #[test]
    fn filters_of_one_channel_become_a_convolution() {
        let before = graph(1);
        let after = rewrite(before.clone());
        assert!(matches!(after.nodes[0].operator, QuantizedOperator::Conv2d { groups: 1, .. }));
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..50 {
            let input: Vec<i8> = (0..16).map(|_| random.i8(..)).collect();
            assert_eq!(Reference::new(&after).output(&input), Reference::new(&before).output(&input));
        }
    }

    #[test]
    fn filters_of_more_channels_stay() {
        assert_eq!(rewrite(graph(2)).nodes[0].operator, graph(2).nodes[0].operator);
    }
}
