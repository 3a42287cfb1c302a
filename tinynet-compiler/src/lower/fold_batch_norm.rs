//! A factor and a summand a channel disappear into the weights of a neighbour.
//!
//! Behind a layer with weights, `s · (W x + b) + t = (s W) x + (s b + t)`. In front of one without padding,
//! `W (s x + t) + b = (W s) x + (b + W t)`; with padding the border would have to hold `-t / s` instead of zeros.
//! (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018,
//! section 3.2.)
//!
//! Weights that were given as integers stay as they are.

use super::rewrite::redirect;
use crate::filter_layout::FilterLayout;
use crate::geometry::Padding;
use crate::graph::{FloatGraph, FloatOperator, TensorId};

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
    if graph.only_consumer(input) != Some(index) || graph.is_stated(input) {
        return None;
    }
    let filter = graph.nodes[before].operator.free_filter()?;
    let layout = FilterLayout::new(&graph.nodes[before].operator);
    if scale.len() != layout.channels {
        return None;
    }
    let mut weights = filter.weights.clone();
    let mut bias = filter.bias.clone();
    for channel in 0..layout.channels {
        for tap in 0..layout.taps {
            let weight = &mut weights[layout.weight(channel, tap)];
            *weight = finite(f64::from(*weight) * scale[channel])?;
        }
        bias[channel] = finite(f64::from(bias[channel]) * scale[channel] + offset[channel])?;
    }
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
    let operator = &graph.nodes[behind].operator;
    let filter = operator.free_filter()?;
    let layout = FilterLayout::new(operator);
    if !reads_channels(operator, scale.len()) {
        return None;
    }
    let mut weights = filter.weights.clone();
    let mut bias = filter.bias.clone();
    for channel in 0..layout.channels {
        let mut sum = f64::from(bias[channel]);
        for tap in 0..layout.taps {
            // The last axis is the channels, however they were reshaped.
            let read = layout.input(channel, tap) % scale.len();
            let weight = &mut weights[layout.weight(channel, tap)];
            sum += f64::from(*weight) * offset[read];
            *weight = finite(f64::from(*weight) * scale[read])?;
        }
        bias[channel] = finite(sum)?;
    }
    let kind = format!("{} + {}", graph.nodes[index].kind, graph.nodes[behind].kind);
    replace(graph, behind, weights, bias, kind);
    redirect(graph, output, input);
    Some(())
}

/// The node behind a tensor that only it reads, reshaped or not.
fn reader_past_reshapes(graph: &FloatGraph, id: TensorId) -> Option<usize> {
    let mut id = id;
    loop {
        let index = graph.only_consumer(id).filter(|_| !graph.is_stated(id))?;
        match graph.nodes[index].operator {
            FloatOperator::Reshape => id = graph.nodes[index].output,
            _ => return Some(index),
        }
    }
}

/// Whether every weight multiplies one of `channels` channels: there is no border, and they are still the last axis.
fn reads_channels(operator: &FloatOperator, channels: usize) -> bool {
    match operator {
        FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } => {
            window.padding == Padding::default() && window.input[2] == channels
        }
        // Not every output has a product with every weight.
        FloatOperator::TransposeConv2d { .. } => false,
        _ => true,
    }
}

/// The value in f32, if it is finite there.
fn finite(value: f64) -> Option<f32> {
    Some(value as f32).filter(|value| value.is_finite())
}

fn replace(graph: &mut FloatGraph, index: usize, weights: Vec<f32>, bias: Vec<f32>, kind: String) {
    let node = &mut graph.nodes[index];
    if let Some(filter) = node.operator.filter_mut() {
        (filter.weights, filter.bias) = (weights, bias);
    }
    node.kind = kind;
}
