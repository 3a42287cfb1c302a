//! How often a network is right, in integers and in real numbers.

use crate::float_evaluator;
use crate::graph::{FloatGraph, FloatOperator, Graph, TensorId};
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use crate::reference::Reference;
use crate::samples::TestSet;
use tinynet_core::kernels::arg_max;

/// Part of a test set, from 0 to 1, that the quantised network classifies rightly: the largest output counts, the first
/// of equals. 0 for an empty set.
///
/// # Panics
///
/// Where a sample has another length than the network's input.
pub fn evaluate(graph: &QuantizedGraph, test_set: &TestSet) -> f64 {
    let reference = Reference::new(graph);
    let answers = is_answer(graph, |operator| matches!(operator, QuantizedOperator::ArgMax));
    share(test_set, |sample| {
        let output = reference.output(&quantized(graph, sample));
        if answers { output.first().map_or(0, |&class| class as usize) } else { arg_max(&output) }
    })
}

/// The same for the network in real numbers.
///
/// # Panics
///
/// Where a sample has another length than the network's input.
pub fn evaluate_float(graph: &FloatGraph, test_set: &TestSet) -> f64 {
    let answers = is_answer(graph, |operator| matches!(operator, FloatOperator::ArgMax));
    share(test_set, |sample| {
        let output = float_evaluator::output(graph, sample);
        if answers {
            output.first().map_or(0, |&class| class as usize)
        } else {
            float_evaluator::arg_max(&output)
        }
    })
}

/// What quantisation does to one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerError {
    /// The layer's label.
    pub label: String,
    /// Mean of `|quantised - real|` over all elements and samples, in real numbers.
    pub mean_absolute_error: f64,
    /// The same, as part of the mean of `|real|`.
    pub relative_error: f64,
}

/// Where the loss comes from: how far each quantised tensor is from the real one, over at most `most` samples spread over
/// the test set.
///
/// # Panics
///
/// Where a sample has another length than the network's input.
pub fn layer_errors(
    float: &FloatGraph,
    graph: &QuantizedGraph,
    test_set: &TestSet,
    most: usize,
) -> Vec<LayerError> {
    let reference = Reference::new(graph);
    let pairs: Vec<(&str, TensorId, TensorId)> =
        graph.nodes.iter().filter_map(|node| same(float, graph, node)).collect();
    let mut sums = vec![(0.0, 0.0); pairs.len()];
    let step = test_set.samples.count().div_ceil(most.max(1)).max(1);
    for index in (0..test_set.samples.count()).step_by(step) {
        let sample = test_set.samples.sample(index);
        let real = float_evaluator::run(float, sample);
        let integers = reference.run(&quantized(graph, sample));
        for ((_, float, id), (error, magnitude)) in pairs.iter().zip(&mut sums) {
            let quantization = graph.tensor(*id).info.quantization;
            for (&real, &q) in real[float.0].iter().zip(&integers[id.0]) {
                *error += (quantization.dequantize(q) - f64::from(real)).abs();
                *magnitude += f64::from(real).abs();
            }
        }
    }
    let samples = test_set.samples.count().div_ceil(step) as f64;
    let layer_error =
        |((label, _, id), (error, magnitude)): (&(&str, TensorId, TensorId), (f64, f64))| LayerError {
            label: (*label).into(),
            mean_absolute_error: error / (samples * graph.tensor(*id).elements() as f64),
            relative_error: if magnitude > 0.0 { error / magnitude } else { 0.0 },
        };
    pairs.iter().zip(sums).map(layer_error).collect()
}

/// A node's label, and its output in real numbers and in integers. Tensors have the names of the layers that make them,
/// which are unique.
fn same<'g>(
    float: &FloatGraph,
    graph: &'g QuantizedGraph,
    node: &'g crate::graph::Node<QuantizedOperator>,
) -> Option<(&'g str, TensorId, TensorId)> {
    let name = &graph.tensor(node.output).name;
    let index = float.tensors.iter().position(|tensor| tensor.name == *name)?;
    Some((&node.label, TensorId(index), node.output))
}

/// A sample in the integers of the network's input.
fn quantized(graph: &QuantizedGraph, sample: &[f32]) -> Vec<i8> {
    let Some(&input) = graph.inputs.first() else { return Vec::new() };
    let quantization = graph.tensor(input).info.quantization;
    sample.iter().map(|&value| quantization.quantize(f64::from(value))).collect()
}

/// Whether the network's output is the answer itself rather than a value for each class.
fn is_answer<T, O>(graph: &Graph<T, O>, is_arg_max: impl Fn(&O) -> bool) -> bool {
    let maker = graph.outputs.first().and_then(|&output| graph.producer(output));
    maker.is_some_and(|node| is_arg_max(&graph.nodes[node].operator))
}

/// Part of the samples whose label `classify` finds.
fn share(test_set: &TestSet, classify: impl Fn(&[f32]) -> usize) -> f64 {
    let count = test_set.samples.count().min(test_set.labels.len());
    let is_right = |&index: &usize| classify(test_set.samples.sample(index)) == test_set.labels[index];
    let right = (0..count).filter(is_right).count();
    if count == 0 { 0.0 } else { right as f64 / count as f64 }
}
