//! Channels that are always the same number move into the next bias; channels that nobody reads disappear.
//!
//! Channels of tensors that an operator can only treat together (a pool keeps those it is given) form a class: it stays
//! or goes as a whole. A class stays if any reader with weights needs one of its channels: one that has a weight for it
//! other than 0, in an output that stays itself, and cannot take it for a constant. Where products are left out at a
//! border, a constant does not count as one, unless it stands for 0.

use super::channel_bounds::{ChannelBounds, channel_bounds, channels, reshaped};
use super::weights::Weighted;
use crate::graph::{Node, TensorId};
use crate::quantized::{Linear, QuantizedGraph, QuantizedOperator, Requantize};

/// So many channels are always looked at. Where there are more, weights are what they are for; a file of a few bytes may
/// declare millions, and each takes memory here.
const ALWAYS_SEARCHED: usize = 1 << 14;

/// Removes channels.
pub(super) fn remove(graph: QuantizedGraph) -> QuantizedGraph {
    let weights = graph.nodes.iter().filter_map(|node| Weighted::new(&node.operator, 0));
    let weights: usize = weights.map(|weighted| weighted.linear.weights.len()).sum();
    let all: usize = graph.tensors.iter().map(|tensor| channels(&tensor.shape)).sum();
    if all > weights.max(ALWAYS_SEARCHED) {
        return graph;
    }
    let bounds = channel_bounds(&graph);
    let kept = Search::new(&graph, &bounds).run();
    match kept.iter().flatten().all(|&is_kept| is_kept) {
        true => graph,
        false => Rewrite { bounds: &bounds, kept: &kept }.graph(graph),
    }
}

/// A channel that is one number.
fn constant(bounds: &ChannelBounds, id: TensorId, channel: usize) -> Option<i32> {
    let [low, high] = bounds[id.0][channel];
    (low == high).then_some(low)
}

/// Whether an operator with weights can take a channel for a constant.
fn folds(weighted: Weighted<'_>, bounds: &ChannelBounds, input: TensorId, channel: usize) -> bool {
    let is_zero = |value| value == weighted.linear.input_zero_point;
    constant(bounds, input, channel).is_some_and(|value| !weighted.has_border() || is_zero(value))
}

/// The search for what has to stay.
struct Search<'g> {
    graph: &'g QuantizedGraph,
    bounds: &'g ChannelBounds,
    /// Number of the first channel of each tensor.
    first: Vec<usize>,
    /// Union-find: a channel of the same class, or itself.
    class: Vec<usize>,
    /// Whether a class stays, by the channel that stands for it.
    stays: Vec<bool>,
}

impl<'g> Search<'g> {
    fn new(graph: &'g QuantizedGraph, bounds: &'g ChannelBounds) -> Self {
        let mut first = Vec::new();
        let mut count = 0;
        for tensor in bounds {
            first.push(count);
            count += tensor.len();
        }
        let mut search =
            Self { graph, bounds, first, class: (0..count).collect(), stays: vec![false; count] };
        for node in &graph.nodes {
            search.join_channels(node);
        }
        search
    }

    /// Puts together what a node can only keep or lose together; what it cannot do without stays.
    fn join_channels(&mut self, node: &Node<QuantizedOperator>) {
        let output = node.output;
        // What a variable holds may be anything.
        let Some(&input) = node.inputs.first() else { return self.keep_all(output) };
        match &node.operator {
            QuantizedOperator::Dense(_) => {}
            QuantizedOperator::Conv2d { groups: 1, .. } => {}
            QuantizedOperator::DepthwiseConv2d { multiplier, .. } => {
                for channel in 0..self.channels(output) {
                    self.join(output, channel, input, channel / multiplier);
                }
            }
            QuantizedOperator::MaxPool(_)
            | QuantizedOperator::AveragePool { .. }
            | QuantizedOperator::Table(_)
            | QuantizedOperator::Clamp(_)
            | QuantizedOperator::Convert(_)
            | QuantizedOperator::Add(_) => {
                let same = node.inputs.iter().all(|&id| self.channels(id) == self.channels(output));
                for &input in &node.inputs {
                    match same {
                        true => (0..self.channels(output))
                            .for_each(|channel| self.join(output, channel, input, channel)),
                        false => self.keep_all(input),
                    }
                }
                if !same {
                    self.keep_all(output);
                }
            }
            QuantizedOperator::Reshape => self.join_reshaped(input, output),
            // Also convolutions in groups: each has its own input channels.
            _ => {
                node.inputs.iter().for_each(|&input| self.keep_all(input));
                self.keep_all(output);
            }
        }
    }

    fn join_reshaped(&mut self, input: TensorId, output: TensorId) {
        let (from, to) = (&self.graph.tensor(input).shape, &self.graph.tensor(output).shape);
        let channels: Option<Vec<usize>> =
            (0..self.channels(output)).map(|channel| reshaped(from, to, channel)).collect();
        match channels {
            Some(channels) => {
                for (channel, of_input) in channels.into_iter().enumerate() {
                    self.join(output, channel, input, of_input);
                }
            }
            None => {
                self.keep_all(input);
                self.keep_all(output);
            }
        }
    }

    fn channels(&self, id: TensorId) -> usize {
        self.bounds[id.0].len()
    }

    /// The channel that stands for the class of a channel.
    fn of(&mut self, id: TensorId, channel: usize) -> usize {
        let mut at = self.first[id.0] + channel;
        while self.class[at] != at {
            // Shortens the way for the next.
            self.class[at] = self.class[self.class[at]];
            at = self.class[at];
        }
        at
    }

    fn join(&mut self, a: TensorId, channel_a: usize, b: TensorId, channel_b: usize) {
        let (a, b) = (self.of(a, channel_a), self.of(b, channel_b));
        self.stays[b] |= self.stays[a];
        self.class[a] = b;
    }

    /// Which channels of a tensor stay, as far as is known.
    fn kept(&mut self, id: TensorId) -> Vec<bool> {
        let classes: Vec<usize> = (0..self.channels(id)).map(|channel| self.of(id, channel)).collect();
        classes.into_iter().map(|class| self.stays[class]).collect()
    }

    fn keep(&mut self, id: TensorId, channel: usize) -> bool {
        let class = self.of(id, channel);
        !std::mem::replace(&mut self.stays[class], true)
    }

    fn keep_all(&mut self, id: TensorId) {
        for channel in 0..self.channels(id) {
            self.keep(id, channel);
        }
    }

    /// Which channels of each tensor stay.
    fn run(mut self) -> Vec<Vec<bool>> {
        let edges: Vec<TensorId> =
            self.graph.inputs.iter().chain(&self.graph.outputs).copied().chain(self.graph.states()).collect();
        edges.into_iter().for_each(|id| self.keep_all(id));
        // From the end, so that one round does for most graphs; another where branches meet again.
        let mut has_changed = true;
        while has_changed {
            has_changed = false;
            for node in self.graph.nodes.iter().rev() {
                has_changed |= self.keep_what_is_read(node);
            }
        }
        let mut kept: Vec<Vec<bool>> = Vec::new();
        for index in 0..self.graph.tensors.len() {
            kept.push(self.kept(TensorId(index)));
        }
        kept
    }

    /// What a node with weights needs of its input, given what stays of its output.
    fn keep_what_is_read(&mut self, node: &Node<QuantizedOperator>) -> bool {
        let (Some(&input), output) = (node.inputs.first(), node.output) else { return false };
        let weighted = Weighted::new(&node.operator, self.channels(input)).filter(Weighted::is_full);
        let Some(weighted) = weighted else { return false };
        let stays = self.kept(output);
        let mut is_read = vec![false; weighted.inputs()];
        let mut unread = is_read.len();
        for connection in weighted.connections() {
            if connection.weight != 0 && stays[connection.output] && !is_read[connection.input] {
                is_read[connection.input] = true;
                unread -= 1;
                // Of most layers the first weights say it.
                if unread == 0 {
                    break;
                }
            }
        }
        let mut has_changed = false;
        for (channel, _) in is_read.iter().enumerate().filter(|(_, is_read)| **is_read) {
            if !folds(weighted, self.bounds, input, channel) {
                has_changed |= self.keep(input, channel);
            }
        }
        // A tensor without channels would be none.
        if stays.contains(&true) && !self.kept(input).contains(&true) {
            has_changed |= self.keep(input, 0);
        }
        has_changed
    }
}

/// The graph without the channels that go.
struct Rewrite<'a> {
    bounds: &'a ChannelBounds,
    kept: &'a [Vec<bool>],
}

impl Rewrite<'_> {
    fn graph(&self, mut graph: QuantizedGraph) -> QuantizedGraph {
        for node in &mut graph.nodes {
            self.node(node);
        }
        for (index, tensor) in graph.tensors.iter_mut().enumerate() {
            if let Some(last) = tensor.shape.last_mut() {
                *last = self.kept[index].iter().filter(|&&is_kept| is_kept).count();
            }
            let kept = self.bounds[index].iter().zip(&self.kept[index]).filter(|(_, is_kept)| **is_kept);
            let all = kept.map(|(&bounds, _)| bounds);
            if let Some(bounds) = all.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]) {
                tensor.info.bounds = bounds;
            }
        }
        graph
    }

    fn node(&self, node: &mut Node<QuantizedOperator>) {
        let (Some(&input), output) = (node.inputs.first(), node.output) else { return };
        let counts = [input, output].map(|id| self.kept[id.0].iter().filter(|&&is_kept| is_kept).count());
        let weighted = Weighted::new(&node.operator, self.kept[input.0].len());
        let linear = weighted.map(|weighted| self.linear(weighted, input, output));
        match &mut node.operator {
            QuantizedOperator::Dense(dense) => {
                if let Some(linear) = linear {
                    let inputs = linear.weights.len() / counts[1].max(1);
                    *dense = Linear { shape: vec![counts[1], inputs], ..linear };
                }
            }
            QuantizedOperator::Conv2d { window, groups: 1, linear: conv } => {
                (window.input[2], window.output[2]) = (counts[0], counts[1]);
                if let Some(linear) = linear {
                    let [height, width] = window.kernel;
                    *conv = Linear { shape: vec![counts[1], height, width, counts[0]], ..linear };
                }
            }
            QuantizedOperator::DepthwiseConv2d { window, linear: conv, .. } => {
                (window.input[2], window.output[2]) = (counts[0], counts[1]);
                if let Some(linear) = linear {
                    let [height, width] = window.kernel;
                    *conv = Linear { shape: vec![height, width, counts[1]], ..linear };
                }
            }
            QuantizedOperator::MaxPool(window) | QuantizedOperator::AveragePool { window, .. } => {
                (window.input[2], window.output[2]) = (counts[0], counts[1]);
            }
            _ => {}
        }
    }

    /// The arithmetic between the channels that stay.
    fn linear(&self, weighted: Weighted<'_>, input: TensorId, output: TensorId) -> Linear {
        let (inputs, outputs) = (&self.kept[input.0], &self.kept[output.0]);
        let linear = weighted.linear;
        if inputs.iter().chain(outputs).all(|stays| *stays) {
            return linear.clone();
        }
        let mut bias: Vec<i64> = linear.bias.iter().copied().map(i64::from).collect();
        let mut weights = Vec::new();
        for connection in weighted.connections() {
            if !outputs[connection.output] {
                continue;
            }
            if inputs[connection.input] {
                weights.push(connection.weight);
            } else if let Some(value) = constant(self.bounds, input, connection.input) {
                let value = i64::from(value - linear.input_zero_point);
                bias[connection.output] += i64::from(connection.weight) * value;
            }
        }
        let of_outputs = |index: &usize| outputs[*index];
        let channels: Vec<usize> = (0..outputs.len()).filter(of_outputs).collect();
        Linear {
            weights,
            weight_scales: channels.iter().map(|&channel| linear.weight_scales[channel]).collect(),
            // Within the bounds of the accumulator, which fit 32 bits.
            bias: channels.iter().map(|&channel| bias[channel] as i32).collect(),
            requantize: match &linear.requantize {
                Requantize::Shift(shifts) => {
                    Requantize::Shift(channels.iter().map(|&channel| shifts[channel]).collect())
                }
                Requantize::Multiplier { multipliers, shifts } => Requantize::Multiplier {
                    multipliers: channels.iter().map(|&channel| multipliers[channel]).collect(),
                    shifts: channels.iter().map(|&channel| shifts[channel]).collect(),
                },
                Requantize::ShortMultiplier { multipliers, shifts } => Requantize::ShortMultiplier {
                    multipliers: channels.iter().map(|&channel| multipliers[channel]).collect(),
                    shifts: channels.iter().map(|&channel| shifts[channel]).collect(),
                },
            },
            accumulator_bounds: channels.iter().map(|&channel| linear.accumulator_bounds[channel]).collect(),
            ..linear.clone()
        }
    }
}
