//! Calibration samples run through the quantised graph while it is built, so that each layer can make up for the mean
//! error of all before it.
//!
//! Tensors are held as they lie in the firmware's memory.

use crate::graph::{Node, TensorId};
use crate::kernel_parameters::kernel_parameters;
use crate::measure;
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use crate::reference::{self, run_node};
use crate::settings::Samples;

/// The mean needs no more samples than this.
const MOST_SAMPLES: usize = 256;

/// Most bytes of tensors that are held.
const MOST_BYTES: usize = 1 << 26;

/// The tensors of some samples, as far as the graph is built.
pub(super) struct Rehearsal {
    /// By tensor, then by sample.
    tensors: Vec<Vec<Vec<i8>>>,
}

/// How far apart samples are of which enough, and not too many, are held at a time; each takes so many bytes. The first is
/// sample 0.
pub(super) fn step(samples: &Samples, bytes: usize) -> usize {
    let most = (MOST_BYTES / bytes.max(1)).clamp(1, MOST_SAMPLES);
    samples.count().div_ceil(most).max(1)
}

impl Rehearsal {
    /// Begins with the graph's inputs.
    pub(super) fn new(graph: &QuantizedGraph, samples: &Samples, step: usize) -> Self {
        let mut rehearsal = Self { tensors: Vec::new() };
        let mut first = 0;
        for &id in &graph.inputs {
            let (tensor, part) = (graph.tensor(id), first..first + graph.tensor(id).elements());
            first = part.end;
            let of_sample = |index| {
                let values = &samples.sample(index)[part.clone()];
                let integers: Vec<i32> =
                    values.iter().map(|&value| tensor.info.quantize_f32(value)).collect();
                let mut bytes = vec![0; tensor.bytes()];
                reference::to_bytes(tensor.info.element, &integers, &mut bytes);
                bytes
            };
            let samples = (0..samples.count()).step_by(step).map(of_sample).collect();
            rehearsal.keep(id, samples);
        }
        rehearsal
    }

    /// Runs the node that was added last.
    pub(super) fn run(&mut self, graph: &QuantizedGraph, node: &Node<QuantizedOperator>) {
        let parameters = kernel_parameters(graph, node);
        let bytes = |&id: &TensorId| vec![0; graph.tensor(id).bytes()];
        let output = |sample: usize| {
            let mut output = bytes(&node.output);
            // Each sample is the first.
            let mut states: Vec<Vec<i8>> = node.states.iter().map(bytes).collect();
            let inputs: Vec<&[i8]> =
                node.inputs.iter().map(|id| self.tensors[id.0][sample].as_slice()).collect();
            run_node(graph, node, &parameters, &inputs, &mut states, &mut output);
            output
        };
        let samples = graph.inputs.first().map_or(0, |id| self.tensors[id.0].len());
        let outputs = (0..samples).map(output).collect();
        self.keep(node.output, outputs);
    }

    fn keep(&mut self, id: TensorId, samples: Vec<Vec<i8>>) {
        let count = self.tensors.len().max(id.0 + 1);
        // States are tensors, too; of a first sample they are not asked for.
        self.tensors.resize_with(count, Vec::new);
        self.tensors[id.0] = samples;
    }

    /// A tensor of each sample, in real numbers.
    pub(super) fn real(&self, graph: &QuantizedGraph, id: TensorId) -> Vec<Vec<f32>> {
        let real = |bytes: &Vec<i8>| measure::real(graph.tensor(id), bytes);
        let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
        self.tensors[id.0].iter().map(real).map(narrow).collect()
    }

    /// A tensor of each sample.
    pub(super) fn samples(&self, graph: &QuantizedGraph, id: TensorId) -> Vec<Vec<i32>> {
        self.tensors[id.0].iter().map(|bytes| reference::integers(graph.tensor(id), bytes)).collect()
    }

    /// The mean of each element of a tensor, in real numbers.
    pub(super) fn mean(&self, graph: &QuantizedGraph, id: TensorId) -> Vec<f64> {
        let samples = &self.tensors[id.0];
        let mut sums = vec![0i64; graph.tensor(id).elements()];
        for sample in samples {
            let integers = reference::integers(graph.tensor(id), sample);
            let mut index = 0;
            while index < sums.len() {
                sums[index] += integers[index] as i64;
                index += 1;
            }
        }
        let quantization = graph.tensor(id).info.quantization;
        let (scale, zero_point) = (quantization.scale(), f64::from(quantization.zero_point()));
        sums.into_iter().map(|sum| (sum as f64 / samples.len() as f64 - zero_point) * scale).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantized::{Element, Quantization, QuantizedTensor};

    /// What the caller's `quantize_input` makes of an `f32`, next to a half too.
    #[test]
    fn inputs_are_rounded_as_the_network_rounds_them() {
        let quantization = Quantization::Affine { scale: f64::from(0.1_f32), zero_point: 0 };
        let (element, bounds) = (Element::Int8, Element::Int8.range());
        let mut graph = QuantizedGraph::default();
        let info = QuantizedTensor { element, quantization, bounds };
        let input = graph.add_tensor("input", vec![2], info.clone());
        graph.inputs.push(input);
        let values = vec![0.25, -0.25];
        let rounded: Vec<i32> = values.iter().map(|&value| info.quantize_f32(value)).collect();
        assert_ne!(rounded[0], info.quantize(0.25));
        let rehearsal = Rehearsal::new(&graph, &Samples { shape: vec![2], values }, 1);
        assert_eq!(rehearsal.samples(&graph, input), [rounded]);
    }
}
