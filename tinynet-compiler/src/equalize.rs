//! Channels of a tensor brought to similar ranges.
//!
//! All channels of a tensor share one quantisation, so that a channel with small values gets few steps. Where a layer with
//! weights reads what another makes, with only operators between that commute with a positive factor, channel `c` may be
//! made `s[c]` times as large by the first and taken `1 / s[c]` times by the second: the network means the same. (Nagel et
//! al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, section 4.1, there for ranges of
//! weights; here weights have a scale for each channel, and what counts is the range of the values, measured on the
//! calibration samples.)

use crate::filter_layout::FilterLayout;
use crate::float_evaluator;
use crate::function::Function;
use crate::graph::{FloatGraph, FloatOperator, TensorId};
use crate::settings::{Samples, Settings};

/// No channel becomes larger than by this.
const LARGEST_FACTOR: f32 = 4.0;

/// The ranges need no more samples than this, evenly spread.
const MOST_SAMPLES: usize = 256;

/// Equalises all tensors between layers with weights. Without calibration samples nothing is known of them, and nothing
/// changes; nor do weights that were given as integers, nor tensors whose range is stated.
pub fn equalize(mut graph: FloatGraph, settings: &Settings) -> FloatGraph {
    let Some(samples) = &settings.calibration else { return graph };
    let chains: Vec<Chain> = (0..graph.nodes.len()).filter_map(|node| chain(&graph, node)).collect();
    let elements: usize = graph.inputs.iter().map(|&id| graph.tensor(id).elements()).sum();
    if chains.is_empty() || elements != samples.shape.iter().product::<usize>() {
        return graph;
    }
    for (chain, ranges) in chains.iter().zip(ranges(&graph, &chains, samples)) {
        if let Some(factors) = factors(&ranges) {
            apply(&mut graph, chain, &factors);
        }
    }
    graph
}

/// Two layers with weights, and nothing between them but what commutes with a positive factor for each channel.
struct Chain {
    /// The node that makes the tensor.
    from: usize,
    /// The node that reads it.
    to: usize,
    /// Where the values are seen whose range counts.
    seen: TensorId,
    /// Output channels of the first.
    channels: usize,
}

fn chain(graph: &FloatGraph, from: usize) -> Option<Chain> {
    let channels = graph.nodes[from].operator.free_filter()?.bias.len();
    let mut id = graph.nodes[from].output;
    let mut seen = None;
    loop {
        let to = graph.only_consumer(id).filter(|_| !graph.is_stated(id))?;
        let operator = &graph.nodes[to].operator;
        if let FloatOperator::AveragePool { .. } = operator {
            // A mean has a smaller range than what it is taken of, and the same quantisation.
            seen = seen.or(Some(id));
        }
        // Once the last axis holds parts of several channels, only layers that see every value alone tell them apart.
        let has_channels = graph.tensor(id).shape.last().is_some_and(|axis| axis.is_multiple_of(channels));
        let is_separable =
            has_channels || matches!(operator, FloatOperator::Dense(_) | FloatOperator::Reshape);
        if !is_separable {
            return None;
        }
        if operator.free_filter().is_some() {
            return Some(Chain { from, to, seen: seen.unwrap_or(id), channels });
        }
        if !commutes(operator) {
            return None;
        }
        id = graph.nodes[to].output;
    }
}

/// Whether `f(s · x) = s · f(x)` with a positive `s` for each channel.
fn commutes(operator: &FloatOperator) -> bool {
    match operator {
        FloatOperator::Activation(Function::Relu | Function::LeakyRelu { .. })
        | FloatOperator::PRelu { .. }
        | FloatOperator::MaxPool(_)
        | FloatOperator::AveragePool { .. }
        | FloatOperator::Reshape => true,
        FloatOperator::Pad { value, .. } => *value == 0.0,
        _ => false,
    }
}

/// The largest magnitude in each channel of each chain.
fn ranges(graph: &FloatGraph, chains: &[Chain], samples: &Samples) -> Vec<Vec<f32>> {
    let mut ranges: Vec<Vec<f32>> = chains.iter().map(|chain| vec![0.0; chain.channels]).collect();
    let step = samples.count().div_ceil(MOST_SAMPLES).max(1);
    let ends: Vec<_> = (0..graph.tensors.len()).map(|index| graph.stated_range(TensorId(index))).collect();
    for sample in (0..samples.count()).step_by(step) {
        let tensors = float_evaluator::run_saturated(graph, samples.sample(sample), &ends);
        for (chain, ranges) in chains.iter().zip(&mut ranges) {
            widen(ranges, &tensors[chain.seen.0]);
        }
    }
    ranges
}

fn widen(ranges: &mut [f32], values: &[f32]) {
    let (channels, length) = (ranges.len(), values.len());
    let (mut index, mut channel) = (0, 0);
    // A plain loop: this runs without optimisation.
    while index < length {
        let value = values[index].abs();
        if value > ranges[channel] {
            ranges[channel] = value;
        }
        index += 1;
        channel += 1;
        if channel == channels {
            channel = 0;
        }
    }
}

/// How many times larger each channel becomes; `None` where that changes nothing or cannot be computed.
///
/// Half the way to the largest range (on a logarithmic scale): the layer behind has one scale for its weights on all
/// channels, which become unlike by as much, and a small channel keeps room for values that calibration did not see.
fn factors(ranges: &[f32]) -> Option<Vec<f32>> {
    let largest = ranges.iter().copied().fold(0.0, f32::max);
    let factor = |&range: &f32| if range > 0.0 { (largest / range).sqrt().min(LARGEST_FACTOR) } else { 1.0 };
    let factors: Vec<f32> = ranges.iter().map(factor).collect();
    (largest.is_finite() && factors.iter().any(|&factor| factor != 1.0)).then_some(factors)
}

/// Scales the weights on both sides, if all stay finite.
fn apply(graph: &mut FloatGraph, chain: &Chain, factors: &[f32]) {
    let [from, to] = [chain.from, chain.to].map(|node| FilterLayout::new(&graph.nodes[node].operator));
    let [Some(first), Some(second)] = [chain.from, chain.to].map(|node| graph.nodes[node].operator.filter())
    else {
        return;
    };
    let (mut first, mut second) = (first.clone(), second.clone());
    for (channel, factor) in factors.iter().enumerate() {
        for tap in 0..from.taps {
            first.weights[from.weight(channel, tap)] *= factor;
        }
        first.bias[channel] *= factor;
    }
    for channel in 0..to.channels {
        for tap in 0..to.taps {
            second.weights[to.weight(channel, tap)] /= factors[to.input(channel, tap) % chain.channels];
        }
    }
    if first.weights.iter().chain(&first.bias).all(|value| value.is_finite()) {
        for (node, new) in [(chain.from, first), (chain.to, second)] {
            if let Some(filter) = graph.nodes[node].operator.filter_mut() {
                *filter = new;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Padding, Window};
    use crate::graph::{Filter, Graph, Node, Wishes};
    use proc_macro2::Span;

    fn push(graph: &mut FloatGraph, operator: FloatOperator, shape: &[usize]) {
        let input = TensorId(graph.tensors.len() - 1);
        let output = graph.add_tensor(format!("node{}", input.0), shape.to_vec(), Default::default());
        graph.nodes.push(Node {
            label: format!("node{}", input.0),
            kind: String::new(),
            operator,
            inputs: vec![input],
            output,
            states: Vec::new(),
            span: Span::call_site(),
            wishes: Wishes::default(),
        });
    }

    fn window(input: [usize; 3], channels: usize, kernel: usize, by: usize) -> Window {
        let output = |size: usize| size + 2 * by - kernel + 1;
        Window {
            input,
            output: [output(input[0]), output(input[1]), channels],
            kernel: [kernel; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: Padding { top: by, bottom: by, left: by, right: by },
        }
    }

    fn filter(random: &mut fastrand::Rng, shape: &[usize], channels: usize) -> Filter {
        let mut value = || random.f32() * 2.0 - 1.0;
        let count = shape.iter().product();
        let weights = (0..count).map(|_| value() * value() * value()).collect();
        Filter {
            shape: shape.to_vec(),
            weights,
            bias: (0..channels).map(|_| value()).collect(),
            given_scales: None,
        }
    }

    /// Convolution, Relu, depthwise, LeakyRelu, pools, Flatten, Dense on an image of 4 x 4 x 2.
    fn network(random: &mut fastrand::Rng) -> FloatGraph {
        let mut graph = Graph::default();
        let input = graph.add_tensor("input", vec![4, 4, 2], Default::default());
        graph.inputs.push(input);
        let first = FloatOperator::Conv2d {
            window: window([4, 4, 2], 6, 3, 1),
            groups: 2,
            filter: filter(random, &[6, 3, 3, 1], 6),
        };
        push(&mut graph, first, &[4, 4, 6]);
        push(&mut graph, FloatOperator::Activation(Function::Relu), &[4, 4, 6]);
        let second = FloatOperator::DepthwiseConv2d {
            window: window([4, 4, 6], 12, 3, 1),
            multiplier: 2,
            filter: filter(random, &[3, 3, 12], 12),
        };
        push(&mut graph, second, &[4, 4, 12]);
        push(&mut graph, FloatOperator::Activation(Function::LeakyRelu { slope: 0.1 }), &[4, 4, 12]);
        push(&mut graph, FloatOperator::MaxPool(window([4, 4, 12], 12, 2, 0)), &[3, 3, 12]);
        let mean =
            FloatOperator::AveragePool { window: window([3, 3, 12], 12, 2, 0), include_padding: false };
        push(&mut graph, mean, &[2, 2, 12]);
        let third = FloatOperator::Conv2d {
            window: window([2, 2, 12], 4, 2, 1),
            groups: 4,
            filter: filter(random, &[4, 2, 2, 3], 4),
        };
        push(&mut graph, third, &[3, 3, 4]);
        push(&mut graph, FloatOperator::Reshape, &[36]);
        push(&mut graph, FloatOperator::Dense(filter(random, &[5, 36], 5)), &[5]);
        graph.outputs.push(TensorId(graph.tensors.len() - 1));
        graph
    }

    fn settings(random: &mut fastrand::Rng) -> Settings {
        let values = (0..20 * 32).map(|_| random.f32() * 2.0 - 1.0).collect();
        Settings { calibration: Some(Samples { shape: vec![4, 4, 2], values }), ..Settings::default() }
    }

    fn ranges_of(graph: &FloatGraph, samples: &Samples, tensor: usize, channels: usize) -> Vec<f32> {
        let chain = Chain { from: 0, to: 0, seen: TensorId(tensor), channels };
        ranges(graph, &[chain], samples).remove(0)
    }

    #[test]
    fn ranges_become_alike_and_the_meaning_stays() {
        let mut random = fastrand::Rng::with_seed(3);
        let graph = network(&mut random);
        let settings = settings(&mut random);
        let equalized = equalize(graph.clone(), &settings);
        let samples = settings.calibration.unwrap();
        for index in 0..samples.count() {
            let expected = float_evaluator::output(&graph, samples.sample(index));
            let found = float_evaluator::output(&equalized, samples.sample(index));
            for (expected, found) in expected.iter().zip(&found) {
                assert!((expected - found).abs() < 1e-5, "{expected} became {found}");
            }
        }
        // Behind the first Relu, and behind the maximum.
        for (tensor, channels) in [(2, 6), (5, 12)] {
            let before = ranges_of(&graph, &samples, tensor, channels);
            let after = ranges_of(&equalized, &samples, tensor, channels);
            let largest = before.iter().copied().fold(0.0, f32::max);
            for (before, after) in before.iter().zip(&after) {
                let expected = (largest * before).sqrt().min(4.0 * before);
                assert!((after - expected).abs() < 1e-4, "{before} became {after} of {largest}");
            }
            assert!(before.iter().any(|&range| range < 0.9 * largest));
        }
    }

    #[test]
    fn what_must_not_change_does_not() {
        let mut random = fastrand::Rng::with_seed(4);
        let graph = network(&mut random);
        let settings = settings(&mut random);
        let operators = |graph: &FloatGraph| format!("{:?}", graph.nodes);
        let same = |graph: FloatGraph, settings: &Settings| {
            operators(&equalize(graph.clone(), settings)) == operators(&graph)
        };
        assert!(!same(graph.clone(), &settings));
        assert!(same(graph.clone(), &Settings { calibration: None, ..settings.clone() }));

        let mut stated = graph.clone();
        for tensor in [2, 4, 7] {
            stated.tensors[tensor].info.range = Some([-1.0, 1.0]);
        }
        assert!(same(stated, &settings));

        let mut integers = graph.clone();
        for node in [2, 8] {
            let filter = integers.nodes[node].operator.filter_mut().unwrap();
            filter.given_scales = Some(vec![1.0]);
        }
        assert!(same(integers, &settings));

        let mut curved = graph;
        for (node, function) in [(1, Function::Tanh), (3, Function::Relu6)] {
            curved.nodes[node].operator = FloatOperator::Activation(function);
        }
        let last = curved.nodes.len() - 2;
        curved.outputs.push(curved.nodes[last].output);
        assert!(same(curved, &settings));
    }
}
