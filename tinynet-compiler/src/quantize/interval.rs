//! Bounds of all tensors from bounds of the input: what can happen at worst.

use super::scheme;
use crate::filter_layout::FilterLayout;
use crate::function::Function;
use crate::geometry::Padding;
use crate::graph::{Filter, FloatGraph, FloatOperator, Node, PairOperation};
use crate::settings::Scheme;

/// Lower and upper bound.
pub(super) type Interval = [f64; 2];

/// Bounds of every tensor, from those of the inputs by interval arithmetic, and the ends where some of them saturate;
/// [`TensorId`](crate::graph::TensorId) indexes.
pub(super) fn propagate(
    graph: &FloatGraph,
    scheme: Scheme,
    inputs: &[Interval],
    ends: &[Option<Interval>],
) -> Vec<Interval> {
    let mut intervals = vec![[0.0; 2]; graph.tensors.len()];
    for (id, &interval) in graph.inputs.iter().zip(inputs) {
        intervals[id.0] = interval;
    }
    for node in &graph.nodes {
        let inputs: Vec<Interval> = node.inputs.iter().map(|id| intervals[id.0]).collect();
        let interval = of_node(graph, scheme, node, &inputs);
        intervals[node.output.0] = match ends[node.output.0] {
            Some([low, high]) => interval.map(|end| end.max(low).min(high)),
            None => interval,
        };
    }
    intervals
}

fn of_node(graph: &FloatGraph, scheme: Scheme, node: &Node<FloatOperator>, inputs: &[Interval]) -> Interval {
    let input = inputs[0];
    match &node.operator {
        FloatOperator::Dense(filter) => linear(filter, &FilterLayout::new(&node.operator), input),
        FloatOperator::Conv2d { window, filter, .. }
        | FloatOperator::DepthwiseConv2d { window, filter, .. } => {
            linear(filter, &FilterLayout::new(&node.operator), with_border(input, window.padding))
        }
        // Any of the products may be left out.
        FloatOperator::TransposeConv2d { filter, .. } => {
            let [low, high] = input;
            linear(filter, &FilterLayout::new(&node.operator), [low.min(0.0), high.max(0.0)])
        }
        FloatOperator::MaxPool(_)
        | FloatOperator::Reshape
        | FloatOperator::Rearrange(_)
        | FloatOperator::Gather(_)
        | FloatOperator::ResizeBilinear(_) => input,
        FloatOperator::AveragePool { window, include_padding } => match include_padding {
            true => with_border(input, window.padding),
            false => input,
        },
        FloatOperator::Activation(function) => activation(scheme, function, input),
        FloatOperator::PRelu { slopes } => {
            let branch = |&slope: &f32, x: f64| if x < 0.0 { f64::from(slope) * x } else { x };
            let ends = slopes.iter().flat_map(|slope| input.map(|end| branch(slope, end)));
            // At 0 both branches meet.
            hull(ends.chain((input[0] < 0.0 && input[1] > 0.0).then_some(0.0)))
        }
        FloatOperator::ChannelAffine { scale, offset } => {
            let ends = |(&scale, &offset)| input.map(|end| f64::from(scale) * end + f64::from(offset));
            hull(scale.iter().zip(offset).flat_map(ends))
        }
        FloatOperator::Add => [input[0] + inputs[1][0], input[1] + inputs[1][1]],
        FloatOperator::Multiply => hull(input.iter().flat_map(|a| inputs[1].map(|b| a * b))),
        FloatOperator::Concat { .. } => hull(inputs.iter().flatten().copied()),
        FloatOperator::Pad { value, .. } => hull(input.into_iter().chain([*value])),
        FloatOperator::Softmax => [0.0, 1.0],
        // The kernel's own steps end there.
        FloatOperator::LogSoftmax => [-16.0, 0.0],
        FloatOperator::ArgMax => [0.0, graph.tensor(node.inputs[0]).elements() as f64],
        // A product of a logistic function and a hyperbolic tangent.
        FloatOperator::Lstm(_) => [-1.0, 1.0],
        FloatOperator::Sum(along) => input.map(|end| end * along.length as f64),
        FloatOperator::Extremum { .. } => input,
        FloatOperator::ArgExtremum { along, .. } => [0.0, along.length as f64],
        FloatOperator::Pair { operation, constant } => {
            let second = match constant {
                Some(values) => hull(values.iter().map(|&value| f64::from(value))),
                None => inputs[1],
            };
            // Between their bends operations are linear in each of the two: the ends are at corners, or at 0.
            let of = |[low, high]: Interval| [low, high, 0.0_f64.clamp(low.min(high), high.max(low))];
            let corners = of(input).into_iter().flat_map(|a| of(second).map(|b| [a, b]));
            let values = hull(corners.map(|[a, b]| operation.evaluate(a, b)));
            match operation {
                PairOperation::SquaredDifference => [0.0, values[1]],
                _ => values,
            }
        }
    }
}

/// Bounds of `bias + Σ weight · x`, over all output channels.
fn linear(filter: &Filter, layout: &FilterLayout, [low, high]: Interval) -> Interval {
    let channel = |channel: usize| {
        let bias = f64::from(filter.bias[channel]);
        let (mut smallest, mut largest) = (bias, bias);
        for tap in 0..layout.taps {
            let weight = f64::from(filter.weights[layout.weight(channel, tap)]);
            let (a, b) = (weight * low, weight * high);
            smallest += a.min(b);
            largest += a.max(b);
        }
        [smallest, largest]
    };
    hull((0..layout.channels).flat_map(channel))
}

/// What a function makes of the int8s that can stand for its input.
fn activation(scheme: Scheme, function: &Function, input: Interval) -> Interval {
    if function.as_clamp().is_some() {
        return input.map(|end| function.evaluate(end));
    }
    let is_usable = input[0] < input[1] && input[0].is_finite() && input[1].is_finite();
    let input = if is_usable { [input[0].min(0.0), input[1].max(0.0)] } else { [-1.0, 1.0] };
    let quantization = scheme::cover(scheme.into(), input);
    let reachable = input.map(|end| quantization.quantize(end));
    let values = (reachable[0]..=reachable[1]).map(|q| function.evaluate(quantization.dequantize(q)));
    // Where it is undefined, the table is refused with the place.
    hull(values.filter(|value| value.is_finite()))
}

/// The interval with 0, where zeros surround the image.
fn with_border([low, high]: Interval, padding: Padding) -> Interval {
    if padding == Padding::default() { [low, high] } else { [low.min(0.0), high.max(0.0)] }
}

/// The smallest interval that holds all values; `[0, 0]` for none.
fn hull(values: impl Iterator<Item = f64>) -> Interval {
    values.map(|value| [value; 2]).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]).unwrap_or_default()
}
