//! A factor and a summand a channel disappear into the weights of a neighbour.
//!
//! Behind a layer with weights, `s · (W x + b) + t = (s W) x + (s b + t)`. In front of one without padding,
//! `W (s x + t) + b = (W s) x + (b + W t)`; with padding the border would have to hold `-t / s` instead of zeros.
//! (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018,
//! section 3.2.)
//!
//! Weights that were given as integers stay as they are.

use super::rewrite::{is_stated, only_consumer};
use crate::geometry::Padding;
use crate::graph::{Filter, FloatGraph, FloatOperator, TensorId};

/// Folds every `ChannelAffine` that has a neighbour for it.
pub(super) fn fold_batch_norm(mut graph: FloatGraph) -> FloatGraph {
    let mut index = 0;
    while index < graph.nodes.len() {
        // The node that takes it in stands for both.
        if fold_backward(&mut graph, index).or_else(|| fold_forward(&mut graph, index)).is_some() {
            graph.nodes.remove(index);
        } else {
            index += 1;
        }
    }
    graph
}

/// Factors and summands of a node that is nothing else.
fn affine(graph: &FloatGraph, index: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    match &graph.nodes[index].operator {
        FloatOperator::ChannelAffine { scale, offset } => {
            let exact = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect();
            Some((exact(scale), exact(offset)))
        }
        _ => None,
    }
}

/// Folds a node into the one before it, which then makes its output.
fn fold_backward(graph: &mut FloatGraph, index: usize) -> Option<()> {
    let (scale, offset) = affine(graph, index)?;
    let (input, output) = (graph.nodes[index].inputs[0], graph.nodes[index].output);
    let before = graph.producer(input)?;
    if only_consumer(graph, input) != Some(index) || is_stated(graph, input) {
        return None;
    }
    let filter = free_filter(&graph.nodes[before].operator)?;
    let channels = filter.bias.len();
    let is_channel_last = matches!(graph.nodes[before].operator, FloatOperator::DepthwiseConv2d { .. });
    let taps = filter.weights.len().checked_div(channels).filter(|_| scale.len() == channels)?;
    let channel = |weight: usize| if is_channel_last { weight % channels } else { weight / taps };
    let weights =
        (0..).zip(&filter.weights).map(|(index, &weight)| f64::from(weight) * scale[channel(index)]);
    let bias = (0..)
        .zip(&filter.bias)
        .map(|(index, &bias): (usize, _)| f64::from(bias) * scale[index] + offset[index]);
    let (weights, bias) = (finite(weights)?, finite(bias)?);
    let kind = format!("{} + {}", graph.nodes[before].kind, graph.nodes[index].kind);
    replace(graph, before, weights, bias, kind);
    graph.nodes[before].output = output;
    Some(())
}

/// Folds a node into the one behind it, past reshapes, which then reads its input.
fn fold_forward(graph: &mut FloatGraph, index: usize) -> Option<()> {
    let (scale, offset) = affine(graph, index)?;
    let (input, output) = (graph.nodes[index].inputs[0], graph.nodes[index].output);
    let behind = reader_past_reshapes(graph, output)?;
    let filter = free_filter(&graph.nodes[behind].operator)?;
    let channel = input_channel(&graph.nodes[behind].operator, scale.len())?;
    let is_channel_last = matches!(graph.nodes[behind].operator, FloatOperator::DepthwiseConv2d { .. });
    let channels = filter.bias.len();
    let taps = filter.weights.len().checked_div(channels)?;
    let mut bias: Vec<f64> = filter.bias.iter().map(|&bias| f64::from(bias)).collect();
    for (index, &weight) in filter.weights.iter().enumerate() {
        let filter = if is_channel_last { index % channels } else { index / taps };
        bias[filter] += f64::from(weight) * offset[channel(index)];
    }
    let weights =
        (0..).zip(&filter.weights).map(|(index, &weight)| f64::from(weight) * scale[channel(index)]);
    let (weights, bias) = (finite(weights)?, finite(bias.into_iter())?);
    let kind = format!("{} + {}", graph.nodes[index].kind, graph.nodes[behind].kind);
    replace(graph, behind, weights, bias, kind);
    super::rewrite::redirect(graph, output, input);
    Some(())
}

/// The node behind a tensor that only it reads, reshaped or not.
fn reader_past_reshapes(graph: &FloatGraph, id: TensorId) -> Option<usize> {
    let mut id = id;
    loop {
        let index = only_consumer(graph, id).filter(|_| !is_stated(graph, id))?;
        match graph.nodes[index].operator {
            FloatOperator::Reshape => id = graph.nodes[index].output,
            _ => return Some(index),
        }
    }
}

/// Weights that may change.
fn free_filter(operator: &FloatOperator) -> Option<&Filter> {
    match operator {
        FloatOperator::Dense(filter)
        | FloatOperator::Conv2d { filter, .. }
        | FloatOperator::DepthwiseConv2d { filter, .. } => {
            Some(filter).filter(|filter| filter.given_scales.is_none())
        }
        _ => None,
    }
}

/// The channel, of `channels`, of what each weight multiplies; `None` with padding.
fn input_channel(operator: &FloatOperator, channels: usize) -> Option<Box<dyn Fn(usize) -> usize>> {
    match *operator {
        // Channels are the last axis, however it was reshaped.
        FloatOperator::Dense(_) => Some(Box::new(move |weight| weight % channels)),
        FloatOperator::Conv2d { window, groups, .. } => {
            let is_plain = window.padding == Padding::default() && window.input[2] == channels;
            let [inputs, filters] = [window.input[2] / groups, window.output[2] / groups];
            let taps = window.kernel[0] * window.kernel[1] * inputs;
            is_plain.then(|| -> Box<dyn Fn(usize) -> usize> {
                Box::new(move |weight| weight / taps / filters * inputs + weight % inputs)
            })
        }
        FloatOperator::DepthwiseConv2d { window, multiplier, .. } => {
            let is_plain = window.padding == Padding::default() && window.input[2] == channels;
            is_plain.then(|| -> Box<dyn Fn(usize) -> usize> {
                Box::new(move |weight| weight % (channels * multiplier) / multiplier)
            })
        }
        _ => None,
    }
}

/// The values in f32, if all are finite there.
fn finite(values: impl Iterator<Item = f64>) -> Option<Vec<f32>> {
    values.map(|value| Some(value as f32).filter(|value| value.is_finite())).collect()
}

fn replace(graph: &mut FloatGraph, index: usize, new_weights: Vec<f32>, new_bias: Vec<f32>, kind: String) {
    let node = &mut graph.nodes[index];
    if let FloatOperator::Dense(filter)
    | FloatOperator::Conv2d { filter, .. }
    | FloatOperator::DepthwiseConv2d { filter, .. } = &mut node.operator
    {
        filter.weights = new_weights;
        filter.bias = new_bias;
    }
    node.kind = kind;
}
