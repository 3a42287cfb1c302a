//! Which weights become 0.
//!
//! Channels and inputs go first as a whole, then single weights. With samples, weights go in rounds: in each, those without
//! which the outputs lose least while the others make up for them ([`error_feedback`](super::error_feedback)), as what one
//! weight is worth depends on which others are still there. Without, the smallest go.

use super::Problem;
use super::error_feedback::{ErrorFeedback, MOST_TOGETHER};
use super::fusion::Layer;
use super::quantizations::Quantizations;
use crate::diagnostics::Errors;
use crate::filter_layout::FilterLayout;
use crate::graph::{Filter, FloatGraph, FloatOperator, Node, TensorId};
use crate::precision::Precision;
use crate::pruning::{PrunedWeights, Pruning};
use crate::settings::Settings;
use proc_macro2::Span;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Multiplications that pruning a layer may take, about: a second or two without optimisation, as macros are compiled.
const MOST_WORK: f64 = 2e8;

/// Rounds in which weights go; more change little.
const MOST_ROUNDS: i32 = 4;

/// Whether weights of a layer become 0; `of_network` is asked of all that state nothing of their own.
pub(super) fn is_pruned(node: &Node<FloatOperator>, of_network: Option<PrunedWeights>) -> bool {
    let own = node.wishes.pruning;
    let weights = own.weights.or(of_network.filter(|_| is_prunable(node)));
    Pruning { weights, ..own }.takes_weights()
}

/// Whether what is asked of a whole network is asked of a layer: not of a factor a channel.
fn is_prunable(node: &Node<FloatOperator>) -> bool {
    node.operator.free_filter().is_some() && FilterLayout::new(&node.operator).taps > 1
}

/// Reports groups that are asked of a whole network where no layer has inputs that divide by them: nothing would become 0.
pub(super) fn refuse_groups_of_none<'n>(
    of_network: Option<PrunedWeights>,
    nodes: impl Iterator<Item = &'n Node<FloatOperator>>,
    ends: [Span; 2],
    errors: &mut Errors,
) -> Option<()> {
    let Some(PrunedWeights::Groups { kept, group }) = of_network else { return Some(()) };
    let asked = nodes.filter(|node| is_prunable(node) && node.wishes.pruning.weights.is_none());
    let neighbors: BTreeSet<usize> =
        asked.map(|node| FilterLayout::new(&node.operator).neighbors()).collect();
    if neighbors.is_empty() || neighbors.iter().any(|neighbors| neighbors.is_multiple_of(group)) {
        return Some(());
    }
    errors.help_between(
        ends,
        format_args!(
            "no layer reads inputs that fall into groups of {group} (layers read {}): `prune: [{kept}, {group}]` \
             changes nothing",
            listed(&neighbors)
        ),
        "state a group that divides the inputs (input channels) of some layers, or a share: `prune: 0.5`",
    );
    None
}

/// `1, 2 and 8`.
fn listed(numbers: &BTreeSet<usize>) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    match numbers.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => numbers.concat(),
    }
}

/// What becomes 0 of a layer.
pub(super) struct Cut {
    /// Weights that are left when channels and inputs are gone: those of each output channel, in the order of its taps.
    stays: Vec<bool>,
    /// Output channels that are left.
    channels: Vec<bool>,
    weights: Quota,
}

/// How many weights stay.
#[derive(Clone, Copy)]
enum Quota {
    Count(usize),
    Groups { kept: usize, group: usize },
}

/// What stays of a layer.
pub(super) struct Mask {
    stays: Vec<bool>,
    channels: Vec<bool>,
    taps: usize,
}

impl Mask {
    /// Which weights of an output channel stay.
    pub(super) fn of(&self, channel: usize) -> &[bool] {
        &self.stays[channel * self.taps..][..self.taps]
    }

    /// Whether an output channel stays; else it is 0.
    pub(super) fn has_channel(&self, channel: usize) -> bool {
        self.channels[channel]
    }
}

/// What becomes 0, by the tensor that a layer makes; or what is wrong, and with which layer.
pub(super) fn choose<'l, 'g>(
    graph: &FloatGraph,
    settings: &Settings,
    layers: &'l [Layer<'g>],
    quantizations: &Quantizations<'_>,
) -> Result<Vec<Option<Cut>>, (&'l Layer<'g>, Problem)> {
    let mut cuts: Vec<Option<Cut>> = graph.tensors.iter().map(|_| None).collect();
    let nodes: Vec<&Node<FloatOperator>> = layers.iter().map(|layer| layer.node).collect();
    let shares = shares(settings.prune, &nodes);
    for (layer, share) in layers.iter().zip(shares) {
        if !is_pruned(layer.node, settings.prune) {
            continue;
        }
        let request = Request {
            graph,
            node: layer.node,
            output: layer.output(),
            precision: super::precision(layer.node, settings),
            of_network: settings.prune,
            share,
            values: &|id| Cow::Borrowed(quantizations.values(id)),
        };
        cuts[layer.node.output.0] = Some(request.cut().map_err(|problem| (layer, problem))?);
    }
    Ok(cuts)
}

/// The share of each layer's weights of a share of all: the smallest go, each measured by those of its layer that are no
/// smaller, which no layer loses all of (Lee et al., "Layer-adaptive sparsity for the magnitude-based pruning", 2021).
pub(super) fn shares(of_network: Option<PrunedWeights>, nodes: &[&Node<FloatOperator>]) -> Vec<Option<f64>> {
    let mut shares = vec![None; nodes.len()];
    let Some(PrunedWeights::Share(share)) = of_network else { return shares };
    let mut all = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let is_free = is_prunable(node) && node.wishes.pruning.weights.is_none();
        let Some(filter) = node.operator.filter().filter(|_| is_free) else { continue };
        shares[index] = Some(0.0);
        let square = |&weight: &f32| f64::from(weight) * f64::from(weight);
        let mut squares: Vec<f64> = filter.weights.iter().map(square).collect();
        squares.sort_by(|a, b| b.total_cmp(a));
        let (mut sum, part) = (0.0, 1.0 / squares.len() as f64);
        for square in squares {
            sum += square;
            all.push((if sum > 0.0 { square / sum } else { 0.0 }, index, part));
        }
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    // The largest of each layer stays.
    let layers = shares.iter().flatten().count();
    let count = ((share * all.len() as f64).round() as usize).min(all.len().saturating_sub(layers));
    for &(_, index, part) in all.iter().take(count) {
        shares[index] = shares[index].map(|share| share + part);
    }
    shares
}

/// What is asked of a layer.
pub(super) struct Request<'a> {
    /// Where it stands.
    pub(super) graph: &'a FloatGraph,
    pub(super) node: &'a Node<FloatOperator>,
    /// What it makes, a function that is fused with it included.
    pub(super) output: TensorId,
    pub(super) precision: Precision,
    /// What is asked of all layers that state nothing of their own.
    pub(super) of_network: Option<PrunedWeights>,
    /// Its share of that, if it is a share of all of them.
    pub(super) share: Option<f64>,
    /// A tensor that the layer reads or makes, of every so many samples; nothing where there are none.
    pub(super) values: &'a dyn Fn(TensorId) -> Cow<'a, [Vec<f32>]>,
}

impl Request<'_> {
    /// What becomes 0, or what is wrong.
    pub(super) fn cut(&self) -> Result<Cut, Problem> {
        let node = self.node;
        let layout = FilterLayout::new(&node.operator);
        let Some(filter) = node.operator.free_filter() else {
            return Err(Problem::new(
                "its weights are given as integers, which are used as they are",
                "leave `prune` out, or give the weights as real numbers",
            ));
        };
        let precision = self.precision;
        if matches!(precision, Precision::Binary | Precision::Int2) {
            return Err(Problem::new(
                format!("`{}` has no 0 for weights that are pruned", precision.name()),
                "choose a `precision` that has one, such as `Ternary` or `Int3`, or leave all weights: `prune: 0`",
            ));
        }
        let channels = self.channels(filter, &layout)?;
        let inputs = self.inputs(filter, &layout)?;
        let stays = |channel: usize, tap: usize| {
            channels[channel] && inputs[layout.input(channel, tap) % layout.inputs]
        };
        let stays: Vec<bool> = (0..layout.channels)
            .flat_map(|channel| (0..layout.taps).map(move |tap| (channel, tap)))
            .map(|(channel, tap)| stays(channel, tap))
            .collect();
        let weights = self.quota(&layout)?;
        Ok(Cut { stays, channels, weights })
    }

    /// How many weights stay.
    fn quota(&self, layout: &FilterLayout) -> Result<Quota, Problem> {
        let own = self.node.wishes.pruning.weights;
        let all = layout.channels * layout.taps;
        match own.or(self.of_network) {
            Some(PrunedWeights::Groups { kept, group }) if layout.neighbors().is_multiple_of(group) => {
                Ok(Quota::Groups { kept, group })
            }
            Some(PrunedWeights::Groups { kept, group }) if own.is_some() => Err(Problem::new(
                format!(
                    "`prune: [{kept}, {group}]` takes its inputs in groups of {group}, but each output reads {} of them",
                    layout.neighbors()
                ),
                "state a group that divides them, or a share: `prune: 0.5`",
            )),
            Some(PrunedWeights::Share(of_layer)) => {
                let share = if own.is_some() { of_layer } else { self.share.unwrap_or(0.0) };
                let stay = all - remove(all, share);
                if own.is_some() && stay == 0 {
                    return Err(Problem::new(
                        format!("`prune` leaves none of its {all} weights"),
                        "state a smaller share",
                    ));
                }
                Ok(Quota::Count(stay))
            }
            _ => Ok(Quota::Count(all)),
        }
    }

    /// Which output channels stay.
    fn channels(&self, filter: &Filter, layout: &FilterLayout) -> Result<Vec<bool>, Problem> {
        let Some(share) = self.node.wishes.pruning.channels else {
            return Ok(vec![true; layout.channels]);
        };
        let output = self.output;
        let spread = self.spread(output, layout.channels);
        let outgoing = self.outgoing(output, layout.channels);
        let worth: Vec<f64> = (0..layout.channels)
            .map(|channel| {
                let incoming = || (0..layout.taps).map(|tap| square(filter, layout, channel, tap)).sum();
                let own = spread.as_ref().map_or_else(incoming, |spread| spread[channel]);
                own * outgoing.as_ref().map_or(1.0, |outgoing| outgoing[channel])
            })
            .collect();
        keep("prune_channels", "output channels", share, &worth)
    }

    /// Which inputs (input channels) stay.
    fn inputs(&self, filter: &Filter, layout: &FilterLayout) -> Result<Vec<bool>, Problem> {
        let Some(share) = self.node.wishes.pruning.inputs else {
            return Ok(vec![true; layout.inputs]);
        };
        if let FloatOperator::DepthwiseConv2d { .. } = self.node.operator {
            return Err(Problem::new(
                "each of its input channels has filters of its own",
                "`prune_channels` takes them away, and the input channels with them",
            ));
        }
        let mut worth = vec![0.0; layout.inputs];
        for channel in 0..layout.channels {
            for tap in 0..layout.taps {
                worth[layout.input(channel, tap) % layout.inputs] += square(filter, layout, channel, tap);
            }
        }
        if let Some(spread) = self.spread(self.node.inputs[0], layout.inputs) {
            worth.iter_mut().zip(spread).for_each(|(worth, spread)| *worth *= spread);
        }
        keep("prune_inputs", "inputs", share, &worth)
    }

    /// The variance of each channel of a tensor over the samples, if there are any. What is lost in the mean, the next
    /// biases make up for.
    fn spread(&self, id: TensorId, channels: usize) -> Option<Vec<f64>> {
        let values = (self.values)(id);
        let (mut sums, mut squares) = (vec![0.0; channels], vec![0.0; channels]);
        for sample in values.iter() {
            let mut index = 0;
            while index < sample.len() {
                let value = f64::from(sample[index]);
                sums[index % channels] += value;
                squares[index % channels] += value * value;
                index += 1;
            }
        }
        let count = values.iter().map(Vec::len).sum::<usize>() as f64 / channels as f64;
        let variance = |(sum, square): (f64, f64)| square / count - (sum / count) * (sum / count);
        (count > 0.0).then(|| sums.into_iter().zip(squares).map(variance).collect())
    }

    /// The squares of the weights that read each channel of a tensor, if one layer does and its channels are still there.
    fn outgoing(&self, mut id: TensorId, channels: usize) -> Option<Vec<f64>> {
        loop {
            let reader = &self.graph.nodes[self.graph.only_consumer(id)?];
            let layout = FilterLayout::new(&reader.operator);
            if let Some(filter) = reader.operator.filter() {
                let mut sums = vec![0.0; channels];
                for channel in 0..layout.channels {
                    for tap in 0..layout.taps {
                        sums[layout.input(channel, tap) % channels] += square(filter, &layout, channel, tap);
                    }
                }
                return layout.inputs.is_multiple_of(channels).then_some(sums);
            }
            id = reader.output;
        }
    }
}

fn square(filter: &Filter, layout: &FilterLayout, channel: usize, tap: usize) -> f64 {
    let weight = f64::from(filter.weights[layout.weight(channel, tap)]);
    weight * weight
}

/// How many of so many go.
fn remove(count: usize, share: f64) -> usize {
    ((share * count as f64).round() as usize).min(count)
}

/// Which stay if those that are worth least go.
fn keep(option: &str, what: &str, share: f64, worth: &[f64]) -> Result<Vec<bool>, Problem> {
    let gone = remove(worth.len(), share);
    if gone == worth.len() {
        return Err(Problem::new(
            format!("`{option}: {share}` leaves none of its {} {what}", worth.len()),
            "state a smaller share",
        ));
    }
    let mut order: Vec<usize> = (0..worth.len()).collect();
    order.sort_by(|&a, &b| worth[a].total_cmp(&worth[b]));
    let mut stays = vec![true; worth.len()];
    order[..gone].iter().for_each(|&index| stays[index] = false);
    Ok(stays)
}

impl Cut {
    /// How many weights take losses back from one another: fewer where the work would be too much.
    pub(super) fn together(&self, layout: &FilterLayout) -> usize {
        let mut together = MOST_TOGETHER;
        while together > 1 && self.work(layout, together, 1) > MOST_WORK {
            together /= 2;
        }
        together
    }

    /// Multiplications of so many rounds, about.
    fn work(&self, layout: &FilterLayout, together: usize, rounds: i32) -> f64 {
        let together = layout.taps.min(together) as f64;
        let all = (layout.channels * layout.taps) as f64 * together * together * 2.0 / 3.0;
        let of_round = |round: i32| {
            let left = self.left(layout, f64::from(round) / f64::from(rounds));
            left * left * left
        };
        all * (1..=rounds).map(of_round).sum::<f64>()
    }

    /// The share of the weights that is left at some point of the way.
    fn left(&self, layout: &FilterLayout, way: f64) -> f64 {
        let all = (layout.channels * layout.taps) as f64;
        match self.weights {
            Quota::Count(stay) => libm::pow(stay as f64 / all, way),
            Quota::Groups { kept, group } => kept_on_way(kept, group, way) as f64 / group as f64,
        }
    }

    /// What stays of a layer.
    pub(super) fn mask(
        &self,
        filter: &Filter,
        layout: &FilterLayout,
        feedback: Option<&ErrorFeedback>,
    ) -> Mask {
        let together = self.together(layout);
        let fits = |&rounds: &i32| rounds == 1 || self.work(layout, together, rounds) <= MOST_WORK;
        let rounds = match feedback {
            Some(_) => (1..=MOST_ROUNDS).rev().find(fits).unwrap_or(1),
            None => 1,
        };
        let mut stays = self.stays.clone();
        for round in 1..=rounds {
            let costs = costs(filter, layout, feedback, &stays);
            self.remove(layout, f64::from(round) / f64::from(rounds), &costs, &mut stays);
        }
        Mask { stays, channels: self.channels.clone(), taps: layout.taps }
    }

    /// Takes away those that cost least, until so many are left as at this point of the way.
    fn remove(&self, layout: &FilterLayout, way: f64, costs: &[f64], stays: &mut [bool]) {
        match self.weights {
            Quota::Count(stay) => {
                let left = stays.len() as f64 * self.left(layout, way);
                remove_cheapest(costs, stays, (left.round() as usize).max(stay));
            }
            Quota::Groups { kept, group } => {
                let kept = kept_on_way(kept, group, way);
                for (costs, stays) in costs.chunks(group).zip(stays.chunks_mut(group)) {
                    remove_cheapest(costs, stays, kept);
                }
            }
        }
    }
}

/// How many of a group are left at some point of the way.
fn kept_on_way(kept: usize, group: usize, way: f64) -> usize {
    kept + ((group - kept) as f64 * (1.0 - way)).round() as usize
}

/// Takes away those that cost least until no more than so many are left.
fn remove_cheapest(costs: &[f64], stays: &mut [bool], left: usize) {
    let mut order: Vec<usize> = (0..stays.len()).filter(|&index| stays[index]).collect();
    order.sort_by(|&a, &b| costs[a].total_cmp(&costs[b]));
    let gone = order.len().saturating_sub(left);
    order[..gone].iter().for_each(|&index| stays[index] = false);
}

/// What it costs to do without each weight that stays; 0 for all others.
fn costs(
    filter: &Filter,
    layout: &FilterLayout,
    feedback: Option<&ErrorFeedback>,
    stays: &[bool],
) -> Vec<f64> {
    let mut costs = Vec::with_capacity(stays.len());
    for (channel, stays) in stays.chunks(layout.taps).enumerate() {
        let weights = super::linear::channel_weights(filter, layout, channel);
        match feedback {
            Some(feedback) => costs.extend(feedback.channel(channel, &weights, Some(stays)).costs()),
            None => costs.extend(weights.into_iter().map(|weight| weight * weight)),
        }
    }
    costs
}
