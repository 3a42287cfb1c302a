//! Weights of fewer bits for models that are quantised already.
//!
//! What the integers of tensors stand for stays as the file says: they are what the caller gives and reads, and were
//! calibrated by whoever made it. Only weights are rounded again, from the real numbers that those of the file stand for,
//! with the error feedback of declared networks: what a layer is to make is what it makes in the model as it was. Biases and
//! requantisation follow from the new scales of the weights.

use super::bias_correction::{self, Means};
use super::error_feedback::{self, ErrorFeedback};
use super::rehearsal::{self, Rehearsal};
use super::{Problem, linear};
use crate::diagnostics::Errors;
use crate::filter_layout::FilterLayout;
use crate::geometry::Padding;
use crate::graph::{Filter, FloatOperator, Node, TensorId};
use crate::precision::Precision;
use crate::quantized::{Element, Linear, QuantizedGraph, QuantizedOperator};
use crate::settings::{Samples, Scheme};
use proc_macro2::Span;

/// What becomes of the weights of a model of integers.
#[derive(Clone, Debug)]
pub struct Narrowing {
    /// Number format of the weights.
    pub precision: Precision,
    /// Whether the mean error that rounded weights cause is taken out of the biases.
    pub bias_correction: bool,
    /// Inputs, in real numbers, on which errors are measured; without them each weight goes to the nearest integer.
    pub calibration: Option<Samples>,
    /// Where errors point.
    pub span: Span,
}

/// The model with weights of a number format.
///
/// `None` where there are errors.
pub fn narrow(
    mut graph: QuantizedGraph,
    narrowing: &Narrowing,
    errors: &mut Errors,
) -> Option<QuantizedGraph> {
    if narrowing.precision == Precision::Int8 {
        return Some(graph);
    }
    let Some(last) = graph.nodes.iter().rposition(|node| is_narrowable(&graph, node)) else {
        errors.help(
            narrowing.span,
            "no layer has weights that can have fewer bits",
            "those of fully connected layers and convolutions can, of int8 between tensors of int8: end the declaration \
             with `;` in place of the braces",
        );
        return None;
    };
    let original = graph.clone();
    let mut rehearsals = narrowing.calibration.as_ref().map(|samples| {
        let step = step(&original, samples);
        [&original, &graph].map(|graph| Rehearsal::new(graph, samples, step))
    });
    let narrowable = original.nodes.iter().filter(|node| is_narrowable(&original, node));
    let layouts: Vec<_> =
        narrowable.map(|node| FilterLayout::new(&in_real_numbers(&original, node))).collect();
    let together = error_feedback::most_together(&layouts);
    for index in 0..=last {
        if is_narrowable(&graph, &graph.nodes[index]) {
            let layer = Layer {
                original: &original,
                graph: &graph,
                node: &original.nodes[index],
                narrowing,
                rehearsals: rehearsals.as_ref(),
                together,
            };
            match layer.narrowed() {
                Ok((linear, bounds)) => replace(&mut graph, index, linear, bounds),
                Err(problem) => {
                    problem.report(&graph.nodes[index], errors);
                    return None;
                }
            }
        }
        if let Some([as_it_was, narrowed]) = &mut rehearsals {
            as_it_was.run(&original, &original.nodes[index]);
            narrowed.run(&graph, &graph.nodes[index]);
        }
    }
    Some(graph)
}

/// Most steps of inferences on samples: some seconds of a compiler that is compiled without optimisation.
const MOST_STEPS: usize = 2_000_000_000;

/// Every so many samples are run, in the model as it was and in the model with other weights.
fn step(graph: &QuantizedGraph, samples: &Samples) -> usize {
    let bytes: usize = graph.tensors.iter().map(|tensor| tensor.bytes()).sum();
    let steps = |node: &Node<QuantizedOperator>| {
        let weights =
            node.operator.linear().map_or(1, |linear| linear.weights.len() / linear.bias.len().max(1));
        graph.tensor(node.output).elements().saturating_mul(weights)
    };
    let steps = graph.nodes.iter().map(steps).fold(1, usize::saturating_add);
    let affordable = (MOST_STEPS / 2 / steps).max(1);
    rehearsal::step(samples, 2 * bytes).max(samples.count().div_ceil(affordable))
}

/// Whether the weights of an operator can have fewer bits: there are kernels for them between tensors of int8.
fn is_narrowable(graph: &QuantizedGraph, node: &Node<QuantizedOperator>) -> bool {
    let mut tensors = node.inputs.iter().chain([&node.output]);
    node.operator.linear().is_some() && tensors.all(|&id| graph.tensor(id).info.element == Element::Int8)
}

fn replace(graph: &mut QuantizedGraph, index: usize, narrowed: Linear, bounds: [i32; 2]) {
    let node = &mut graph.nodes[index];
    if let Some(linear) = node.operator.linear_mut() {
        *linear = narrowed;
    }
    graph.tensors[node.output.0].info.bounds = bounds;
}

/// A layer with weights of a model.
struct Layer<'a> {
    /// The model as it was.
    original: &'a QuantizedGraph,
    /// The model so far.
    graph: &'a QuantizedGraph,
    node: &'a Node<QuantizedOperator>,
    narrowing: &'a Narrowing,
    /// The samples in the model as it was, and in the model so far.
    rehearsals: Option<&'a [Rehearsal; 2]>,
    /// How many weights take errors of rounding back from one another at most.
    together: usize,
}

impl Layer<'_> {
    /// The layer with weights of fewer bits, and the integers that it can make.
    fn narrowed(&self) -> Result<(Linear, [i32; 2]), Problem> {
        let operator = in_real_numbers(self.original, self.node);
        let (Some(filter), Some(linear)) = (operator.filter(), self.node.operator.linear()) else {
            return Err(Problem::new("it has no weights", "this is a bug in tinynet, please report it"));
        };
        let layout = FilterLayout::new(&operator);
        let precision = self.narrowing.precision;
        let weight_scales = linear::weight_scales(Scheme::Affine, precision, filter, &layout)?;
        let output = &self.original.tensor(self.node.output).info;
        let [low, high] = output.bounds;
        linear::Request {
            scheme: Scheme::Affine,
            precision,
            filter,
            layout,
            weight_scales: &weight_scales,
            input: &self.graph.tensor(self.input()).info,
            has_border: has_border(&operator),
            target: output.quantization,
            // What follows was proven for what the layer could make before.
            clamp: [linear.clamp[0].max(low), linear.clamp[1].min(high)],
            means: self.means(&operator).as_ref(),
            feedback: self.error_feedback(&operator).as_ref(),
            mask: None,
        }
        .quantize()
    }

    fn input(&self) -> TensorId {
        self.node.inputs[0]
    }

    /// What the weights multiply in the mean, where the bias is to be corrected by it.
    fn means(&self, operator: &FloatOperator) -> Option<Means> {
        let [as_it_was, narrowed] = self.rehearsals.filter(|_| self.narrowing.bias_correction)?;
        let pixels = pixels(operator);
        let under_taps = |mean: &[f64]| bias_correction::mean_under_taps(operator, mean, &pixels);
        Some(Means {
            real: under_taps(&as_it_was.mean(self.original, self.input())),
            quantized: under_taps(&narrowed.mean(self.graph, self.input())),
        })
    }

    /// How weights are rounded, if not to the nearest integer.
    fn error_feedback(&self, operator: &FloatOperator) -> Option<ErrorFeedback> {
        let [as_it_was, narrowed] = self.rehearsals?;
        let samples = error_feedback::Inputs {
            real: &as_it_was.real(self.original, self.input()),
            integers: &narrowed.samples(self.graph, self.input()),
            pixels: &pixels(operator),
            quantization: self.graph.tensor(self.input()).info.quantization,
            is_mean_corrected: self.narrowing.bias_correction,
        };
        ErrorFeedback::new(operator, &samples, self.together)
    }
}

/// What the integers of the layer stand for.
fn in_real_numbers(graph: &QuantizedGraph, node: &Node<QuantizedOperator>) -> FloatOperator {
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
    let input = graph.tensor(node.inputs[0]).info.quantization.scale();
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

/// The pixels of what a window makes; none of an operator without a window.
fn pixels(operator: &FloatOperator) -> Vec<usize> {
    match operator {
        FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } => {
            (0..window.output[0] * window.output[1]).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether zeros surround what an operator reads.
fn has_border(operator: &FloatOperator) -> bool {
    match operator {
        FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } => {
            window.padding != Padding::default()
        }
        // Every pixel of the output has its own taps.
        FloatOperator::TransposeConv2d { .. } => true,
        _ => false,
    }
}
