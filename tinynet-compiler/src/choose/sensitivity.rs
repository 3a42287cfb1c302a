//! What the network's output loses where one layer alone has weights of few bits.

use super::LEVELS;
use super::held_out::{compared, integers, power, squared_difference};
use crate::float_evaluator;
use crate::graph::{FloatGraph, TensorId};
use crate::kernel_parameters::{KernelParameters, kernel_parameters};
use crate::measure::real;
use crate::quantize::{Narrowing, narrowed, narrowed_alone};
use crate::quantized::QuantizedGraph;
use crate::reference::{Reference, run_node};
use crate::settings::{Samples, Settings};

/// Samples that sensitivities are measured on: they need not be exact, they only say which layer to narrow first.
const MOST_SAMPLES: usize = 32;

/// Most numbers of tensors that are held.
const MOST_NUMBERS: usize = 1 << 23;

/// The noise in the network's output, as part of its power, with the weights of node `layer` rounded to each of
/// [`LEVELS`]; infinite where they cannot be. Biases make up for the mean error, as they will.
pub(super) struct OfRealNumbers<'a> {
    graph: &'a FloatGraph,
    settings: &'a Settings,
    /// All tensors, sample by sample.
    tensors: Vec<Vec<Vec<f32>>>,
    power: f64,
}

impl<'a> OfRealNumbers<'a> {
    /// On the first of some samples, as many as `most` of them.
    pub(super) fn new(graph: &'a FloatGraph, settings: &'a Settings, samples: &Samples, most: usize) -> Self {
        let numbers: usize = graph.tensors.iter().map(|tensor| tensor.elements()).sum();
        let most = (MOST_NUMBERS / numbers.max(1)).clamp(1, MOST_SAMPLES).min(most).min(samples.count());
        let run = |index: usize| float_evaluator::run(graph, samples.sample(index));
        let tensors: Vec<_> = (0..most).map(run).collect();
        let output = compared(graph);
        let power = tensors.iter().map(|tensors| power(&tensors[output.0])).sum();
        Self { graph, settings, tensors, power }
    }

    /// The noise of one layer at every level.
    pub(super) fn of(&self, layer: usize) -> [f64; LEVELS.len()] {
        let mut changed = self.graph.clone();
        LEVELS.map(|precision| {
            let operator = &self.graph.nodes[layer].operator;
            let weights = narrowed(operator, self.settings.scheme, precision);
            match (weights, changed.nodes[layer].operator.filter_mut()) {
                (Some(weights), Some(filter)) => filter.weights = weights,
                _ => return f64::INFINITY,
            }
            self.noise(&changed, layer)
        })
    }

    fn noise(&self, changed: &FloatGraph, layer: usize) -> f64 {
        let (made, output) = (changed.nodes[layer].output, compared(changed));
        let mut tensors = self.tensors.clone();
        for tensors in &mut tensors {
            float_evaluator::run_nodes(changed, [layer], tensors);
        }
        if self.settings.bias_correction {
            self.correct_means(&mut tensors, made.0);
        }
        let mut noise = 0.0;
        for (tensors, right) in tensors.iter_mut().zip(&self.tensors) {
            float_evaluator::run_nodes(changed, layer + 1..changed.nodes.len(), tensors);
            noise += squared_difference(&tensors[output.0], &right[output.0]);
        }
        if self.power > 0.0 { noise / self.power } else { noise }
    }

    /// Takes the mean error off each element of a tensor.
    fn correct_means(&self, tensors: &mut [Vec<Vec<f32>>], tensor: usize) {
        let count = tensors.len() as f32;
        for element in 0..self.tensors.first().map_or(0, |tensors| tensors[tensor].len()) {
            let pairs = tensors.iter().zip(&self.tensors);
            let error: f32 = pairs.map(|(made, right)| made[tensor][element] - right[tensor][element]).sum();
            for made in &mut *tensors {
                made[tensor][element] -= error / count;
            }
        }
    }
}

/// The same of a model of integers: what it computes as its file has it is right.
pub(super) struct OfIntegers<'a> {
    graph: &'a QuantizedGraph,
    narrowing: &'a Narrowing,
    /// All tensors as they lie in memory, sample by sample.
    tensors: Vec<Vec<Vec<i8>>>,
    power: f64,
}

impl<'a> OfIntegers<'a> {
    /// On the first of some samples, as many as `most` of them.
    pub(super) fn new(
        graph: &'a QuantizedGraph,
        narrowing: &'a Narrowing,
        samples: &Samples,
        most: usize,
    ) -> Self {
        let bytes: usize = graph.tensors.iter().map(|tensor| tensor.bytes()).sum();
        let most = (MOST_NUMBERS / bytes.max(1)).clamp(1, MOST_SAMPLES).min(most).min(samples.count());
        let reference = Reference::new(graph);
        let run = |index: usize| reference.run(&integers(graph, samples.sample(index)));
        let tensors: Vec<_> = (0..most).map(run).collect();
        let mut sensitivity = Self { graph, narrowing, tensors, power: 0.0 };
        sensitivity.power =
            sensitivity.tensors.iter().map(|tensors| power(&sensitivity.output(tensors))).sum();
        sensitivity
    }

    /// The noise of one layer at every level.
    pub(super) fn of(&self, layer: usize) -> [f64; LEVELS.len()] {
        let mean = self.narrowing.bias_correction.then(|| self.mean(self.graph.nodes[layer].inputs[0]));
        LEVELS.map(|precision| {
            let changed = narrowed_alone(self.graph, layer, precision, mean.as_deref());
            changed.map_or(f64::INFINITY, |changed| self.noise(&changed, layer))
        })
    }

    fn noise(&self, changed: &QuantizedGraph, layer: usize) -> f64 {
        let parameters: Vec<KernelParameters> =
            changed.nodes[layer..].iter().map(|node| kernel_parameters(changed, node)).collect();
        let mut noise = 0.0;
        for right in &self.tensors {
            let mut tensors = right.clone();
            for (node, parameters) in changed.nodes[layer..].iter().zip(&parameters) {
                let bytes = |&id: &TensorId| vec![0; changed.tensor(id).bytes()];
                let (mut output, mut states) =
                    (bytes(&node.output), node.states.iter().map(bytes).collect::<Vec<_>>());
                let inputs: Vec<&[i8]> = node.inputs.iter().map(|id| tensors[id.0].as_slice()).collect();
                run_node(changed, node, parameters, &inputs, &mut states, &mut output);
                tensors[node.output.0] = output;
            }
            noise += squared_difference(&self.output(&tensors), &self.output(right));
        }
        if self.power > 0.0 { noise / self.power } else { noise }
    }

    /// What is compared, in real numbers.
    fn output(&self, tensors: &[Vec<i8>]) -> Vec<f32> {
        let output = compared(self.graph);
        real(self.graph.tensor(output), &tensors[output.0]).into_iter().map(|value| value as f32).collect()
    }

    /// The mean of each element of a tensor, in real numbers.
    fn mean(&self, id: TensorId) -> Vec<f64> {
        let mut sums = vec![0.0; self.graph.tensor(id).elements()];
        for tensors in &self.tensors {
            for (sum, value) in sums.iter_mut().zip(real(self.graph.tensor(id), &tensors[id.0])) {
                *sum += value;
            }
        }
        sums.into_iter().map(|sum| sum / self.tensors.len().max(1) as f64).collect()
    }
}
