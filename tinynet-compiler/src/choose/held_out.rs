//! Calibration samples that a choice is judged on: others than those it was quantised by.

use crate::graph::{AnyOperator, Graph, TensorId};
use crate::measure::{quantized, real};
use crate::quantized::QuantizedGraph;
use crate::reference::Reference;
use crate::settings::Samples;
use crate::test_set::Inputs;

/// Every second sample, and what the network makes of it in real numbers, or as its file has it.
pub(super) struct HeldOut {
    samples: Samples,
    expected: Vec<Vec<f32>>,
    power: f64,
}

/// At most so many samples to quantise by and to judge on, evenly spread, by turns. Where there is one alone, it is both.
pub(super) fn halves(samples: &Samples, most: usize) -> [Samples; 2] {
    let count = samples.count();
    let wanted = count.min(2 * most);
    let chosen: Vec<usize> = (0..wanted).map(|index| index * count / wanted).collect();
    [0, 1].map(|turn| {
        let first = if wanted < 2 { 0 } else { turn };
        let values = chosen.iter().skip(first).step_by(2).flat_map(|&index| samples.sample(index));
        Samples { shape: samples.shape.clone(), values: values.copied().collect() }
    })
}

impl HeldOut {
    /// Samples, and the right output for each.
    pub(super) fn new(expected: Vec<Vec<f32>>, samples: Samples) -> Self {
        let power = expected.iter().map(|values| power(values)).sum();
        Self { samples, expected, power }
    }

    /// The squared error of the outputs of a quantised network, as part of the power of the right ones.
    pub(super) fn noise(&self, graph: &QuantizedGraph) -> f64 {
        let output = compared(graph);
        let reference = Reference::new(graph);
        let mut noise = 0.0;
        for (index, expected) in self.expected.iter().enumerate() {
            let tensors = reference.run(&integers(graph, self.samples.sample(index)));
            let made = real(graph.tensor(output), &tensors[output.0]);
            noise += made
                .iter()
                .zip(expected)
                .map(|(made, &right)| (made - f64::from(right)).powi(2))
                .sum::<f64>();
        }
        if self.power > 0.0 { noise / self.power } else { noise }
    }
}

/// A sample as the graph's inputs hold it, one input after another.
pub(super) fn integers(graph: &QuantizedGraph, sample: &[f32]) -> Vec<i8> {
    let mut left = sample;
    let of_input = |&id: &TensorId| {
        let tensor = graph.tensor(id);
        let (values, others) = left.split_at(tensor.elements().min(left.len()));
        left = others;
        let part = Samples { shape: vec![values.len()], values: values.to_vec() };
        quantized(tensor, &Inputs::Real(part), 0)
    };
    graph.inputs.iter().flat_map(of_input).collect()
}

/// The tensor that is compared: the first output, or what it is the largest of. The number of a class says nothing of how
/// near it was.
pub(super) fn compared<T, O: AnyOperator>(graph: &Graph<T, O>) -> TensorId {
    graph.compared().or(graph.outputs.first().copied()).unwrap_or(TensorId(0))
}

pub(super) fn power(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum()
}

pub(super) fn squared_difference(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_dealt_by_turns() {
        let samples = |count: u8| Samples { shape: vec![1], values: (0..count).map(f32::from).collect() };
        let [fit, judge] = halves(&samples(6), 100);
        assert_eq!((fit.values, judge.values), (vec![0.0, 2.0, 4.0], vec![1.0, 3.0, 5.0]));
        let [fit, judge] = halves(&samples(8), 2);
        assert_eq!((fit.values, judge.values), (vec![0.0, 4.0], vec![2.0, 6.0]));
        let [fit, judge] = halves(&samples(1), 2);
        assert_eq!((fit.values, judge.values), (vec![0.0], vec![0.0]));
    }
}
