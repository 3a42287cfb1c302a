//! What the network's output loses where one layer alone has weights of few bits.

use super::LEVELS;
use super::held_out::{compared, power};
use crate::float_evaluator;
use crate::graph::FloatGraph;
use crate::quantize::narrowed;
use crate::settings::{Samples, Settings};

/// Samples that sensitivities are measured on: they need not be exact, they only say which layer to narrow first.
const MOST_SAMPLES: usize = 32;

/// Most numbers of tensors that are held.
const MOST_NUMBERS: usize = 1 << 23;

/// The noise in the network's output, as part of its power, with the weights of node `layer` rounded to each of
/// [`LEVELS`]; infinite where they cannot be. Biases make up for the mean error, as they will.
pub(super) struct Sensitivity<'a> {
    graph: &'a FloatGraph,
    settings: &'a Settings,
    /// All tensors, sample by sample.
    tensors: Vec<Vec<Vec<f32>>>,
    power: f64,
}

impl<'a> Sensitivity<'a> {
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
            noise += super::held_out::squared_difference(&tensors[output.0], &right[output.0]);
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
