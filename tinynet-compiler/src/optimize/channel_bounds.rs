//! Bounds of each channel of each tensor, from the weights.
//!
//! A channel whose bounds are one number is that number at every position, whatever the input.

use super::weights::Weighted;
use crate::geometry::{Padding, Window};
use crate::graph::Node;
use crate::quantize::arithmetic;
use crate::quantized::{Linear, QuantizedGraph, QuantizedOperator, Requantize, Table};

/// Smallest and largest integer of each channel (last axis), one list a tensor.
pub(super) type ChannelBounds = Vec<Vec<[i32; 2]>>;

/// Number of channels of a shape.
pub(super) fn channels(shape: &[usize]) -> usize {
    shape.last().copied().unwrap_or(1)
}

/// The bounds of all tensors.
pub(super) fn channel_bounds(graph: &QuantizedGraph) -> ChannelBounds {
    let all = |id: usize| vec![graph.tensors[id].info.bounds; channels(&graph.tensors[id].shape)];
    let mut bounds: ChannelBounds = (0..graph.tensors.len()).map(all).collect();
    for node in &graph.nodes {
        let known = of_node(graph, node, &bounds);
        let output = &mut bounds[node.output.0];
        if let Some(known) = known.filter(|known| known.len() == output.len()) {
            for (bounds, known) in output.iter_mut().zip(known) {
                // Both hold.
                let both = [bounds[0].max(known[0]), bounds[1].min(known[1])];
                if both[0] <= both[1] {
                    *bounds = both;
                }
            }
        }
    }
    bounds
}

/// The bounds of what a node makes; `None` where nothing is known beyond those of the whole tensor.
fn of_node(
    graph: &QuantizedGraph,
    node: &Node<QuantizedOperator>,
    bounds: &ChannelBounds,
) -> Option<Vec<[i32; 2]>> {
    let inputs: Vec<&Vec<[i32; 2]>> = node.inputs.iter().map(|id| &bounds[id.0]).collect();
    let first = *inputs.first()?;
    Some(match &node.operator {
        QuantizedOperator::Dense(_)
        | QuantizedOperator::Conv2d { .. }
        | QuantizedOperator::DepthwiseConv2d { .. } => {
            linear(Weighted::new(&node.operator, first.len())?, first)
        }
        QuantizedOperator::MaxPool(window) if always_inside(window) => first.clone(),
        QuantizedOperator::AveragePool { window, include_padding: false } if always_inside(window) => {
            first.clone()
        }
        QuantizedOperator::Table(table) => first.iter().map(|&bounds| image(table, bounds)).collect(),
        QuantizedOperator::Clamp(range) => {
            let [low, high] = *range;
            first.iter().map(|bounds| bounds.map(|bound| bound.clamp(low, high))).collect()
        }
        QuantizedOperator::Convert(convert) => {
            let [low, high] = graph.tensor(node.output).info.element.range();
            // What the type does not hold wraps.
            let made =
                |bound: i32| bound.checked_add(convert.difference).filter(|made| (low..=high).contains(made));
            first.iter().map(|&[low, high]| Some([made(low)?, made(high)?])).collect::<Option<_>>()?
        }
        QuantizedOperator::Add(add) => {
            let sums = first.iter().zip(inputs.get(1)?.iter());
            // It rises with both.
            sums.map(|(a, b)| [arithmetic::sum(add, a[0], b[0]), arithmetic::sum(add, a[1], b[1])]).collect()
        }
        QuantizedOperator::Reshape => {
            let (from, to) = (&graph.tensor(node.inputs[0]).shape, &graph.tensor(node.output).shape);
            (0..channels(to))
                .map(|channel| Some(first[reshaped(from, to, channel)?]))
                .collect::<Option<_>>()?
        }
        _ => return None,
    })
}

/// Which channel of a reshaped tensor a channel of the result is: the same, or that of a flattened one.
pub(super) fn reshaped(from: &[usize], to: &[usize], channel: usize) -> Option<usize> {
    let (before, after) = (channels(from), channels(to));
    let is_flattened = to.iter().rev().skip(1).all(|&length| length == 1);
    match before == after {
        true => Some(channel),
        false if is_flattened && before > 0 && after.is_multiple_of(before) => Some(channel % before),
        false => None,
    }
}

/// Whether no window lies wholly outside the image.
fn always_inside(window: &Window) -> bool {
    let Padding { top, bottom, left, right } = window.padding;
    let reach = |axis: usize| (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    window.dilation == [1, 1] && top.max(bottom) < reach(0) && left.max(right) < reach(1)
}

fn image(table: &Table, [low, high]: [i32; 2]) -> [i32; 2] {
    let values = (low..=high).map(|x| i32::from(table.at(x as i8)));
    values.fold([i32::MAX, i32::MIN], |[low, high], value| [low.min(value), high.max(value)])
}

fn linear(weighted: Weighted<'_>, inputs: &[[i32; 2]]) -> Vec<[i32; 2]> {
    let linear = weighted.linear;
    let mut sums: Vec<[i64; 2]> = linear.bias.iter().map(|&bias| [i64::from(bias); 2]).collect();
    for connection in weighted.connections() {
        let [mut low, mut high] =
            inputs[connection.input].map(|bound| i64::from(bound - linear.input_zero_point));
        if weighted.has_border() {
            (low, high) = (low.min(0), high.max(0));
        }
        let (a, b) = (i64::from(connection.weight) * low, i64::from(connection.weight) * high);
        let sum = &mut sums[connection.output];
        *sum = [sum[0] + a.min(b), sum[1] + a.max(b)];
    }
    sums.into_iter().enumerate().map(|(channel, sum)| requantized(linear, channel, sum)).collect()
}

/// Bounds behind the requantisation, which rises with the sum, and the table.
fn requantized(linear: &Linear, channel: usize, sum: [i64; 2]) -> [i32; 2] {
    let [min, max] = linear.clamp;
    // A shift to the left must not leave 32 bits: there the result would not rise.
    let shift = match &linear.requantize {
        Requantize::Shift(_) => 0,
        Requantize::Multiplier { shifts, .. } | Requantize::ShortMultiplier { shifts, .. } => {
            shifts[channel].max(0)
        }
    };
    let limit = 1i64 << (31 - shift);
    let bounds = match sum.iter().all(|&bound| -limit <= bound && bound < limit) {
        true => sum.map(|bound| {
            let steps = arithmetic::requantized(&linear.requantize, channel, bound as i32);
            steps.saturating_add(linear.output_zero_point).clamp(min, max)
        }),
        false => [min, max],
    };
    match &linear.table {
        Some(table) => image(table, bounds),
        None => bounds,
    }
}
