//! Runs a float graph on the host: for calibration, and to know the accuracy that quantisation starts from.
//!
//! Tensors are f32, sums f64. The compiler runs inside `rustc` without optimisation, so that the loops that do most of
//! the work are written for that: `while` over plain slices, without iterators.

mod dot;
pub(crate) mod lstm;
mod resize;
pub(crate) mod windows;

use crate::graph::{Filter, FloatGraph, FloatOperator, Node, TensorId};
use crate::kernel_parameters::image_shape;
use crate::quantized::{Along, Gather, Rearrange};
use dot::dot;

/// Every tensor of `graph` for one input; [`TensorId`] indexes. Of a graph with several inputs, `input` is one after
/// another.
///
/// # Panics
///
/// Where `input` has another length than the graph's inputs together.
pub fn run(graph: &FloatGraph, input: &[f32]) -> Vec<Vec<f32>> {
    run_saturated(graph, input, &[])
}

/// The same with tensors that end where their integers will; [`TensorId`] indexes their ends, as far as there are any.
///
/// # Panics
///
/// Where `input` has another length than the graph's inputs together.
pub(crate) fn run_saturated(graph: &FloatGraph, input: &[f32], ends: &[Option<[f64; 2]>]) -> Vec<Vec<f32>> {
    let mut tensors: Vec<Vec<f32>> = vec![Vec::new(); graph.tensors.len()];
    let saturated = |id: TensorId, mut values: Vec<f32>| {
        if let Some(&Some(ends)) = ends.get(id.0) {
            saturate(&mut values, ends.map(|end| end as f32));
        }
        values
    };
    let mut rest = input;
    for &id in &graph.inputs {
        let (values, others) = rest.split_at(graph.tensor(id).elements());
        tensors[id.0] = saturated(id, values.to_vec());
        rest = others;
    }
    assert!(rest.is_empty(), "an input of another shape");
    for node in &graph.nodes {
        let inputs: Vec<&[f32]> = node.inputs.iter().map(|id| tensors[id.0].as_slice()).collect();
        let output = run_node(graph, node, &inputs);
        tensors[node.output.0] = saturated(node.output, output);
    }
    tensors
}

/// Runs some nodes, by their indices, on tensors that may be others than those of [`run`].
pub(crate) fn run_nodes(
    graph: &FloatGraph,
    nodes: impl IntoIterator<Item = usize>,
    tensors: &mut [Vec<f32>],
) {
    for node in nodes.into_iter().map(|index| &graph.nodes[index]) {
        let inputs: Vec<&[f32]> = node.inputs.iter().map(|id| tensors[id.0].as_slice()).collect();
        tensors[node.output.0] = run_node(graph, node, &inputs);
    }
}

/// NaN stays what it is: whoever reads it reports it.
fn saturate(values: &mut [f32], [low, high]: [f32; 2]) {
    let mut index = 0;
    while index < values.len() {
        if values[index] < low {
            values[index] = low;
        } else if values[index] > high {
            values[index] = high;
        }
        index += 1;
    }
}

/// The graph's first output for one input.
///
/// # Panics
///
/// Where `input` has another length than the graph's inputs together.
pub fn output(graph: &FloatGraph, input: &[f32]) -> Vec<f32> {
    let mut tensors = run(graph, input);
    graph.outputs.first().map_or(Vec::new(), |id| std::mem::take(&mut tensors[id.0]))
}

fn run_node(graph: &FloatGraph, node: &Node<FloatOperator>, inputs: &[&[f32]]) -> Vec<f32> {
    let input = inputs[0];
    match &node.operator {
        FloatOperator::Dense(filter) => dense(filter, input),
        FloatOperator::Conv2d { window, groups, filter } => {
            windows::convolution(window, *groups, filter, input)
        }
        FloatOperator::DepthwiseConv2d { window, multiplier, filter } => {
            windows::depthwise_convolution(window, *multiplier, filter, input)
        }
        FloatOperator::TransposeConv2d { window, filter } => {
            windows::transposed_convolution(window, filter, input)
        }
        FloatOperator::MaxPool(window) => windows::max_pool(window, input),
        FloatOperator::AveragePool { window, include_padding } => {
            windows::average_pool(window, *include_padding, input)
        }
        FloatOperator::Activation(function) => {
            input.iter().map(|&x| function.evaluate(f64::from(x)) as f32).collect()
        }
        FloatOperator::PRelu { slopes } => {
            by_channel(input, slopes.len(), |channel, x| if x < 0.0 { slopes[channel] * x } else { x })
        }
        FloatOperator::ChannelAffine { scale, offset } => by_channel(input, scale.len(), |channel, x| {
            (f64::from(scale[channel]) * f64::from(x) + f64::from(offset[channel])) as f32
        }),
        FloatOperator::Add => input.iter().zip(inputs[1]).map(|(a, b)| a + b).collect(),
        FloatOperator::Multiply => input.iter().zip(inputs[1].iter().cycle()).map(|(a, b)| a * b).collect(),
        FloatOperator::Concat { axis } => concat(graph, node, *axis, inputs),
        FloatOperator::Pad { padding, value } => {
            let shape = |id: TensorId| image_shape(&graph.tensor(id).shape);
            windows::pad(shape(node.inputs[0]), shape(node.output), *padding, *value as f32, input)
        }
        FloatOperator::Reshape => input.to_vec(),
        FloatOperator::Rearrange(rearrange) => rearranged(rearrange, input),
        FloatOperator::Gather(gather) => gathered(gather, input),
        FloatOperator::ResizeBilinear(resize) => resize::bilinear(resize, input),
        FloatOperator::Softmax => {
            let classes = graph.tensor(node.output).shape.last().copied().unwrap_or(1).max(1);
            input.chunks(classes).flat_map(softmax).collect()
        }
        FloatOperator::LogSoftmax => {
            let classes = graph.tensor(node.output).shape.last().copied().unwrap_or(1).max(1);
            input.chunks(classes).flat_map(log_softmax).collect()
        }
        FloatOperator::ArgMax => vec![arg_max(input) as f32; graph.tensor(node.output).elements()],
        FloatOperator::Lstm(lstm) => lstm::run(lstm, input).output,
        &FloatOperator::Sum(along) => sums(along, input),
        &FloatOperator::Extremum { along, largest } => extrema(along, largest, input, |value, _| value),
        &FloatOperator::ArgExtremum { along, largest } => {
            extrema(along, largest, input, |_, place| place as f32)
        }
        FloatOperator::Pair { operation, constant } => {
            let second = constant.as_deref().unwrap_or_else(|| inputs[1]);
            let made = |(&a, &b): (&f32, &f32)| operation.evaluate(f64::from(a), f64::from(b)) as f32;
            input.iter().zip(second.iter().cycle()).map(made).collect()
        }
    }
}

fn dense(filter: &Filter, input: &[f32]) -> Vec<f32> {
    let row = |(output, &bias): (usize, &f32)| {
        let weights = &filter.weights[output * input.len()..][..input.len()];
        (f64::from(bias) + dot(weights, input)) as f32
    };
    filter.bias.iter().enumerate().map(row).collect()
}

/// `function` of each element and its channel, the last axis.
fn by_channel(input: &[f32], channels: usize, function: impl Fn(usize, f32) -> f32) -> Vec<f32> {
    input.iter().enumerate().map(|(index, &x)| function(index % channels, x)).collect()
}

fn concat(graph: &FloatGraph, node: &Node<FloatOperator>, axis: usize, inputs: &[&[f32]]) -> Vec<f32> {
    let rows: usize = graph.tensor(node.output).shape[..axis].iter().product();
    let mut output = Vec::with_capacity(graph.tensor(node.output).elements());
    for row in 0..rows {
        for input in inputs {
            let part = input.len() / rows;
            output.extend_from_slice(&input[row * part..][..part]);
        }
    }
    output
}

fn rearranged(rearrange: &Rearrange, input: &[f32]) -> Vec<f32> {
    let value = |index: usize| {
        let (mut rest, mut place) = (index, rearrange.first);
        for (&length, &step) in rearrange.shape.iter().zip(&rearrange.steps).rev() {
            place = place.wrapping_add_signed((rest % length) as isize * step);
            rest /= length;
        }
        input[place]
    };
    (0..rearrange.shape.iter().product()).map(value).collect()
}

fn gathered(gather: &Gather, input: &[f32]) -> Vec<f32> {
    let [rows, columns, block] = gather.input;
    let mut output = Vec::new();
    for image in 0..gather.images {
        for &row in &gather.rows {
            for &column in &gather.columns {
                let place = ((image * rows + usize::from(row)) * columns + usize::from(column)) * block;
                output.extend_from_slice(&input[place..][..block]);
            }
        }
    }
    output
}

fn sums(along: Along, input: &[f32]) -> Vec<f32> {
    let Along { rows, length, columns } = along;
    let at = |row: usize, place: usize, column: usize| input[(row * length + place) * columns + column];
    let sum = |row, column| (0..length).map(|place| f64::from(at(row, place, column))).sum::<f64>() as f32;
    (0..rows).flat_map(|row| (0..columns).map(move |column| sum(row, column))).collect()
}

/// What `answer` makes of the largest or smallest values along an axis and of their places.
fn extrema(along: Along, largest: bool, input: &[f32], answer: impl Fn(f32, usize) -> f32) -> Vec<f32> {
    let Along { rows, length, columns } = along;
    let mut output = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        for column in 0..columns {
            let at = |place: usize| input[(row * length + place) * columns + column];
            let mut best = 0;
            for place in 1..length {
                if (largest && at(place) > at(best)) || (!largest && at(place) < at(best)) {
                    best = place;
                }
            }
            output.push(answer(at(best), best));
        }
    }
    output
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials: Vec<f64> =
        logits.iter().map(|&x| libm::exp(f64::from(x) - f64::from(largest))).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.into_iter().map(|exponential| (exponential / sum) as f32).collect()
}

fn log_softmax(logits: &[f32]) -> Vec<f32> {
    let largest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|&x| libm::exp(f64::from(x) - largest)).sum();
    let logarithm = largest + libm::log(sum);
    logits.iter().map(|&x| (f64::from(x) - logarithm) as f32).collect()
}

/// Index of the largest value; the first of equals, 0 of none.
pub fn arg_max(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}
