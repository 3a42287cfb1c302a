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
    /// What the network achieves with this layer in integers, and all others in real numbers.
    pub value: f64,
    /// By how much the layer's output outweighs its error then, in decibels of power.
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
    /// Index of the first node of real numbers behind it.
    next: usize,
}

/// The loss by each layer that loses anything on some samples, the network's input first. `graph` is what `float` was
/// quantised to, no layer optimised away. What a layer makes exactly of what it reads is not in the list.
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
            let made = probe.run(graph, &tensors);
            let right = &tensors[probe.output[0].0];
            let square = |value: f64| value * value;
            *signal += right.iter().map(|&right| square(right.into())).sum::<f64>();
            let errors = made.iter().zip(right).map(|(&made, &right)| f64::from(made) - f64::from(right));
            let error: f64 = errors.map(square).sum();
            *noise += error;
            if error > 0.0 {
                let mut tensors = tensors.clone();
                tensors[probe.output[0].0] = made;
                float_evaluator::run_from(float, probe.next, &mut tensors);
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
    /// What the layer makes of tensors of real numbers, in real numbers.
    fn run(&self, graph: &QuantizedGraph, tensors: &[Vec<f32>]) -> Vec<f32> {
        let inputs: Vec<Vec<i8>> = self.inputs.iter().map(|ids| integers(graph, *ids, tensors)).collect();
        let output = graph.tensor(self.output[1]);
        let made = match &self.node {
            Some((node, kernel)) => {
                let inputs: Vec<&[i8]> = inputs.iter().map(Vec::as_slice).collect();
                let mut made = vec![0; output.bytes()];
                run_node(graph, node, kernel, &inputs, &mut [], &mut made);
                made
            }
            None => integers(graph, self.output, tensors),
        };
        real(output, &made).into_iter().map(|value| value as f32).collect()
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
        Some(Probe { label, kind: "Input", node: None, inputs: Vec::new(), output, next: 0 })
    });
    let layers = graph.nodes.iter().filter_map(|node| {
        let output = both(node.output).filter(|_| !matches!(node.operator, QuantizedOperator::ArgMax))?;
        Some(Probe {
            label: &node.label,
            kind: &node.kind,
            node: Some((node, kernel_parameters(graph, node))),
            inputs: node.inputs.iter().map(|&id| both(id)).collect::<Option<_>>()?,
            output,
            next: float.producer(output[0])? + 1,
        })
    });
    input.chain(layers).collect()
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
