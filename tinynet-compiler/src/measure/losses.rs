//! Where the loss comes from, layer by layer.

use super::{float_score, quantized, real, wide};
use crate::float_evaluator;
use crate::graph::{FloatGraph, Graph, TensorId};
use crate::kernel_parameters::{KernelParameters, kernel_parameters};
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use crate::reference::run_node;
use crate::settings::Samples;
use crate::test_set::{Answers, Inputs};
use std::collections::HashMap;

/// What a network loses by one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerLoss {
    /// The layer's label.
    pub label: String,
    /// Name of its kind: `Conv2d + Relu`.
    pub kind: String,
    /// What the network in real numbers achieves with the error of this layer alone: with what the layer in integers makes
    /// of its inputs' integers more than it would make of the same inputs in real numbers.
    pub value: f64,
    /// By how much the layer's output outweighs that error, in decibels of power.
    pub signal_to_noise: f64,
}

/// A layer of the quantised network among layers of real numbers.
struct Probe<'g> {
    label: &'g str,
    kind: &'g str,
    /// What computes the layer; the network's input is only rounded.
    node: Option<(&'g crate::graph::Node<QuantizedOperator>, KernelParameters)>,
    /// The same tensors in real numbers and in integers.
    inputs: Vec<[TensorId; 2]>,
    output: [TensorId; 2],
    /// Indices of the nodes of real numbers that it consists of, in their order.
    real: Vec<usize>,
}

/// The loss by each layer that loses anything on some samples, the network's input first. `graph` is what `float` was
/// quantised to, no layer optimised away.
///
/// # Panics
///
/// Where a sample has another length than the network's input.
pub fn losses(
    float: &FloatGraph,
    graph: &QuantizedGraph,
    inputs: &Samples,
    answers: &Answers,
    samples: &[usize],
) -> Vec<LayerLoss> {
    let probes = probes(float, graph);
    let mut scores: Vec<_> = probes.iter().map(|_| (float_score(float, answers), 0.0, 0.0)).collect();
    let Some(&output) = float.outputs.first() else { return Vec::new() };
    for &index in samples {
        let sample = wide(inputs.sample(index));
        let tensors = float_evaluator::run(float, inputs.sample(index));
        for (probe, (score, signal, noise)) in probes.iter().zip(&mut scores) {
            let place = probe.output[0].0;
            let errors = probe.errors(float, graph, &tensors);
            let power = |values: &[f32]| values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
            *signal += power(&tensors[place]);
            *noise += power(&errors);
            if power(&errors) > 0.0 {
                let mut tensors = tensors.clone();
                for (value, error) in tensors[place].iter_mut().zip(errors) {
                    *value += error;
                }
                let next = probe.real.last().map_or(0, |&last| last + 1);
                float_evaluator::run_nodes(float, next..float.nodes.len(), &mut tensors);
                score.add(index, &sample, &wide(&tensors[output.0]));
            } else {
                score.add(index, &sample, &wide(&tensors[output.0]));
            }
        }
    }
    let loss = |(probe, (score, signal, noise)): (Probe<'_>, (super::Score<'_>, f64, f64))| LayerLoss {
        label: probe.label.into(),
        kind: probe.kind.into(),
        value: score.value(),
        signal_to_noise: 10.0 * libm::log10(signal / noise),
    };
    let loses = |(_, (_, _, noise)): &(Probe<'_>, (super::Score<'_>, f64, f64))| *noise > 0.0;
    probes.into_iter().zip(scores).filter(loses).map(loss).collect()
}

impl Probe<'_> {
    /// What the layer in integers makes more than the layer in real numbers, of the same inputs: of `tensors`, rounded.
    fn errors(&self, float: &FloatGraph, graph: &QuantizedGraph, tensors: &[Vec<f32>]) -> Vec<f32> {
        let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect::<Vec<f32>>();
        let output = graph.tensor(self.output[1]);
        let mut rounded = tensors.to_vec();
        let made = match &self.node {
            Some((node, kernel)) => {
                let inputs: Vec<Vec<i8>> =
                    self.inputs.iter().map(|ids| integers(graph, *ids, tensors)).collect();
                for ([float, quantized], bytes) in self.inputs.iter().zip(&inputs) {
                    rounded[float.0] = narrow(real(graph.tensor(*quantized), bytes));
                }
                let inputs: Vec<&[i8]> = inputs.iter().map(Vec::as_slice).collect();
                let mut made = vec![0; output.bytes()];
                // As after a reset.
                let mut states: Vec<Vec<i8>> =
                    node.states.iter().map(|&id| vec![0; graph.tensor(id).bytes()]).collect();
                run_node(graph, node, kernel, &inputs, &mut states, &mut made);
                made
            }
            None => integers(graph, self.output, tensors),
        };
        float_evaluator::run_nodes(float, self.real.iter().copied(), &mut rounded);
        let right = &rounded[self.output[0].0];
        narrow(real(output, &made)).iter().zip(right).map(|(made, right)| made - right).collect()
    }
}

/// A tensor of real numbers as its integers in memory.
fn integers(graph: &QuantizedGraph, [float, quantized_id]: [TensorId; 2], tensors: &[Vec<f32>]) -> Vec<i8> {
    let values = tensors[float.0].clone();
    let sample = Inputs::Real(Samples { shape: vec![values.len()], values });
    quantized(graph.tensor(quantized_id), &sample, 0)
}

/// The network's input, and every layer whose tensors both networks have, but for the choice of a class.
fn probes<'g>(float: &'g FloatGraph, graph: &'g QuantizedGraph) -> Vec<Probe<'g>> {
    let names = names(float);
    let both = |id: TensorId| {
        let tensor = graph.tensor(id);
        let found = names.get(tensor.name.as_str()).copied().flatten()?;
        (float.tensor(found).elements() == tensor.elements()).then_some([found, id])
    };
    let input = graph.inputs.iter().filter_map(|&id| {
        let output = both(id)?;
        let label = &graph.tensor(id).name;
        Some(Probe { label, kind: "Input", node: None, inputs: Vec::new(), output, real: Vec::new() })
    });
    let layers = graph.nodes.iter().filter_map(|node| {
        let output = both(node.output).filter(|_| !matches!(node.operator, QuantizedOperator::ArgMax))?;
        let inputs: Vec<[TensorId; 2]> = node.inputs.iter().map(|&id| both(id)).collect::<Option<_>>()?;
        Some(Probe {
            label: &node.label,
            kind: &node.kind,
            node: Some((node, kernel_parameters(graph, node))),
            real: between(float, &inputs, output[0])?,
            inputs,
            output,
        })
    });
    input.chain(layers).collect()
}

/// The nodes that make `output` of the inputs; `None` if they need more than these.
fn between(float: &FloatGraph, inputs: &[[TensorId; 2]], output: TensorId) -> Option<Vec<usize>> {
    let mut nodes = Vec::new();
    let mut wanted = vec![output];
    while let Some(id) = wanted.pop() {
        if inputs.iter().any(|[input, _]| *input == id) {
            continue;
        }
        let node = float.producer(id)?;
        if !nodes.contains(&node) {
            nodes.push(node);
            wanted.extend(&float.nodes[node].inputs);
        }
    }
    nodes.sort_unstable();
    Some(nodes)
}

/// The tensors by name: those that made one from the other have the same. `None` where a name says nothing.
fn names<T, O>(graph: &Graph<T, O>) -> HashMap<&str, Option<TensorId>> {
    let mut names = HashMap::new();
    for (index, tensor) in graph.tensors.iter().enumerate() {
        let is_new = !names.contains_key(tensor.name.as_str());
        names.insert(tensor.name.as_str(), is_new.then_some(TensorId(index)));
    }
    names
}
