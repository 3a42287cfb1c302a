//! A function of one value moves into the layer before it: one table in place of two, or looked up as soon as a value of a
//! layer with weights is made. A layer that the user gave a label stays: reports name it.

use crate::graph::TensorId;
use crate::quantized::{Element, Linear, QuantizedGraph, QuantizedOperator, Table};

/// Rewrites a graph; tensors between merged layers are left without readers.
pub(super) fn merge(mut graph: QuantizedGraph) -> QuantizedGraph {
    let mut index = 0;
    while index < graph.nodes.len() {
        match merged(&graph, index) {
            Some((producer, operator)) => {
                let function = graph.nodes.remove(index);
                let node = &mut graph.nodes[producer];
                node.operator = operator;
                node.output = function.output;
                node.kind = format!("{} + {}", node.kind, function.kind);
            }
            None => index += 1,
        }
    }
    graph
}

/// The node before a function, with that function in its operator.
fn merged(graph: &QuantizedGraph, index: usize) -> Option<(usize, QuantizedOperator)> {
    let node = &graph.nodes[index];
    let (QuantizedOperator::Table(table), &[input]) = (&node.operator, &node.inputs[..]) else { return None };
    let is_int8 = |id: TensorId| graph.tensor(id).info.element == Element::Int8;
    let is_read_elsewhere = graph.outputs.contains(&input)
        || graph.states().contains(&input)
        || graph.consumers(input) != [index];
    if node.wishes.is_labeled || is_read_elsewhere || !is_int8(input) || !is_int8(node.output) {
        return None;
    }
    let producer = graph.producer(input).filter(|&producer| producer < index)?;
    Some((producer, with_function(&graph.nodes[producer].operator, table)?))
}

/// An operator whose results a function takes.
fn with_function(operator: &QuantizedOperator, function: &Table) -> Option<QuantizedOperator> {
    let mut operator = operator.clone();
    match &mut operator {
        QuantizedOperator::Table(table) => *table = composed(function, table),
        QuantizedOperator::Dense(linear)
        | QuantizedOperator::Conv2d { linear, .. }
        | QuantizedOperator::DepthwiseConv2d { linear, .. }
        | QuantizedOperator::TransposeConv2d { linear, .. } => add_function(linear, function),
        _ => return None,
    }
    Some(operator)
}

fn add_function(linear: &mut Linear, function: &Table) {
    linear.table = Some(match &linear.table {
        Some(table) => composed(function, table),
        None => function.clone(),
    });
}

/// `outer` of what `inner` makes.
fn composed(outer: &Table, inner: &Table) -> Table {
    Table::new(|x| outer.at(inner.at(x)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Window;
    use crate::graph::{Graph, Node, Wishes};
    use crate::precision::Precision;
    use crate::quantized::{Quantization, QuantizedTensor, Requantize};
    use crate::reference::Reference;
    use proc_macro2::Span;

    fn dense() -> QuantizedOperator {
        QuantizedOperator::Dense(linear())
    }

    fn linear() -> Linear {
        Linear {
            precision: Precision::Int8,
            shape: vec![3, 4],
            weights: (0..12).map(|index| (index * 23 % 61) as i8 - 30).collect(),
            weight_scales: vec![0.5; 3],
            bias: vec![100, -200, 300],
            input_zero_point: 3,
            requantize: Requantize::Shift(vec![5; 3]),
            output_zero_point: -7,
            clamp: [-128, 127],
            table: None,
            accumulator_bounds: vec![[-1 << 20, 1 << 20]; 3],
        }
    }

    /// All layers with weights, each from 4 values to 3.
    fn layers_with_weights() -> [QuantizedOperator; 3] {
        let window = Window::of_pixels([1, 1, 4], 3);
        let linear = || Linear { shape: vec![3, 1, 1, 4], ..linear() };
        [
            dense(),
            QuantizedOperator::Conv2d { window, groups: 1, linear: linear() },
            QuantizedOperator::TransposeConv2d { window, linear: linear() },
        ]
    }

    fn function(factor: i8) -> QuantizedOperator {
        QuantizedOperator::Table(Table::new(|x| x.wrapping_mul(factor).wrapping_add(1)))
    }

    /// Layers one after the other; the outputs of those in `read` are outputs of the graph, too.
    fn chain(operators: Vec<QuantizedOperator>, read: &[usize]) -> QuantizedGraph {
        let mut graph = Graph { tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![] };
        let info = QuantizedTensor {
            element: Element::Int8,
            quantization: Quantization::Affine { scale: 0.5, zero_point: 3 },
            bounds: [-128, 127],
        };
        let mut last = graph.add_tensor("input", vec![4], info.clone());
        graph.inputs.push(last);
        let mut shape = vec![4];
        let count = operators.len();
        for (index, operator) in operators.into_iter().enumerate() {
            if !matches!(operator, QuantizedOperator::Table(_)) {
                shape = vec![3];
            }
            let output = graph.add_tensor(format!("tensor{index}"), shape.clone(), info.clone());
            graph.nodes.push(Node {
                label: format!("layer{index}"),
                kind: "Layer".into(),
                operator,
                inputs: vec![last],
                output,
                states: vec![],
                span: Span::call_site(),
                wishes: Wishes::default(),
            });
            if index + 1 == count || read.contains(&index) {
                graph.outputs.push(output);
            }
            last = output;
        }
        graph
    }

    fn assert_same(graph: &QuantizedGraph, merged: &QuantizedGraph) {
        let (before, after) = (Reference::new(graph), Reference::new(merged));
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..100 {
            let input: Vec<i8> = (0..4).map(|_| random.i8(..)).collect();
            assert_eq!(before.output(&input), after.output(&input));
        }
    }

    #[test]
    fn functions_move_into_the_layer_before_them() {
        for layer in layers_with_weights() {
            let graph = chain(vec![function(5), function(3), layer, function(7), function(-9)], &[]);
            let merged = merge(graph.clone());
            assert_eq!(merged.nodes.len(), 2);
            assert_same(&graph, &merged);
        }
    }

    #[test]
    fn labels_stay() {
        let mut graph = chain(vec![dense(), function(7), function(-9)], &[]);
        graph.nodes[1].wishes.is_labeled = true;
        let merged = merge(graph.clone());
        assert_eq!(merged.nodes.len(), 2);
        assert_same(&graph, &merged);
    }

    #[test]
    fn what_others_read_stays() {
        let graph = chain(vec![dense(), function(7), function(-9)], &[0]);
        let merged = merge(graph.clone());
        assert_eq!(merged.nodes.len(), 2);
        assert_same(&graph, &merged);
    }
}
