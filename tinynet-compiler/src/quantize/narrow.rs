//! Weights of fewer bits for models that are quantised already.
//!
//! What the integers of tensors stand for stays as the file says: they are what the caller gives and reads, and were
//! calibrated by whoever made it. Only weights are rounded again, from the real numbers that those of the file stand for,
//! with the error feedback of declared networks: what a layer is to make is what it makes in the model as it was. Biases and
//! requantisation follow from the new scales of the weights.

mod layer;
mod stands_for;

pub(crate) use layer::narrowed_alone;

use super::linear::Rounded;
use super::rehearsal::{self, Rehearsal};
use super::remembered::{self, Findings};
use super::{Problem, about_weights, error_feedback, int16, prune};
use crate::cache::{Cache, Entry, Origin};
use crate::diagnostics::Errors;
use crate::filter_layout::FilterLayout;
use crate::graph::{FloatGraph, FloatOperator, Node, Unroll};
use crate::precision::{Precision, PrecisionChoice};
use crate::progress::Progress;
use crate::pruning::PrunedWeights;
use crate::quantized::{Element, Linear, QuantizedGraph, QuantizedOperator};
use crate::settings::{InputSpans, Samples};
use layer::Layer;
use stands_for::in_real_numbers;

/// What becomes of the weights of a model of integers.
#[derive(Clone, Debug)]
pub struct Narrowing {
    /// Number format of the weights of layers that state no other.
    pub precision: PrecisionChoice,
    /// Weights that become 0, of all layers that state nothing of their own.
    pub prune: Option<PrunedWeights>,
    /// Whether the mean error that rounded weights cause is taken out of the biases.
    pub bias_correction: bool,
    /// Inputs, in real numbers, on which errors are measured; without them each weight goes to the nearest integer.
    pub calibration: Option<Samples>,
    /// Where errors about what is asked point.
    pub spans: InputSpans,
}

/// The model with weights of other number formats.
///
/// `None` where there are errors.
pub fn narrow(graph: QuantizedGraph, narrowing: &Narrowing, errors: &mut Errors) -> Option<QuantizedGraph> {
    narrow_remembering(graph, narrowing, None, errors)
}

/// The same, with weights that were kept by an earlier build where there are any.
pub(crate) fn narrow_remembering(
    graph: QuantizedGraph,
    narrowing: &Narrowing,
    cache: Option<Cache>,
    errors: &mut Errors,
) -> Option<QuantizedGraph> {
    refuse_others(&graph, errors)?;
    let real = in_real_numbers(&graph);
    prune::refuse_groups_of_none(narrowing.prune, real.nodes.iter(), narrowing.spans.prune, errors)?;
    let is_changed: Vec<bool> = real.nodes.iter().map(|node| narrowing.changes(node)).collect();
    let Some(last) = is_changed.iter().rposition(|&is_changed| is_changed) else {
        let is_asked = narrowing.precision != PrecisionChoice::default() || narrowing.prune.is_some();
        if is_asked && !graph.nodes.iter().any(|node| is_narrowable(&graph, node)) {
            let ends = match narrowing.precision == PrecisionChoice::default() {
                true => narrowing.spans.prune,
                false => [narrowing.spans.precision; 2],
            };
            errors.help_between(
                ends,
                "no layer has weights that can have fewer bits, or become 0",
                WHICH_CAN,
            );
            return None;
        }
        return Some(graph);
    };
    let model = Model { original: graph, real, is_changed, last, narrowing };
    let entry = cache.map(|cache| model.origin(cache).entry());
    let read = |bytes: &[u8]| model.narrowed(Some(&Findings::read(bytes)?)).ok();
    let write = |narrowed: &QuantizedGraph| model.findings(narrowed).write();
    let narrowed = Entry::remembered(entry, read, || model.narrowed(None), write);
    let report = |(index, problem): (usize, Problem)| {
        let node = &model.original.nodes[index];
        problem.report_at(about_weights(node, narrowing.spans), node, errors);
    };
    narrowed.map_err(report).ok()
}

/// Which weights can be others, and what to do without them.
const WHICH_CAN: &str = "those of fully connected layers and convolutions can, of int8 between tensors of int8: end the \
                         declaration with `;` in place of the braces";

/// Reports layers that cannot have what is asked of them alone: other weights, or straight-line code.
fn refuse_others(graph: &QuantizedGraph, errors: &mut Errors) -> Option<()> {
    let errors_before = errors.count();
    for node in graph.nodes.iter().filter(|node| !is_narrowable(graph, node)) {
        let tensors = node.inputs.iter().chain([&node.output]).map(|&id| graph.tensor(id).info.element);
        let other = tensors.into_iter().find(|element| *element != Element::Int8).unwrap_or_default();
        if node.wishes.changes_weights() {
            let problem = Problem::new(
                format!("beside tensors of {other}, weights stay as they are"),
                "leave `precision` and `prune` out: weights between tensors of int8 can have fewer bits, or become 0",
            );
            problem.report(node, errors);
        }
        if node.wishes.unroll == Unroll::Full {
            int16::unrolled(other).report(node, errors);
        }
    }
    (errors.count() == errors_before).then_some(())
}

impl Narrowing {
    /// The number format of a layer's weights.
    fn precision<O>(&self, node: &Node<O>) -> Precision {
        node.wishes.precision.unwrap_or(self.precision).stated()
    }

    /// Whether a layer's weights become others.
    fn changes(&self, node: &Node<FloatOperator>) -> bool {
        let is_narrower = self.precision(node) != Precision::Int8;
        node.operator.free_filter().is_some() && (is_narrower || prune::is_pruned(node, self.prune))
    }
}

/// A model about to be narrowed.
struct Model<'a> {
    original: QuantizedGraph,
    /// What it stands for: its weights, that is.
    real: FloatGraph,
    /// Which layers' weights become others.
    is_changed: Vec<bool>,
    /// The last of them.
    last: usize,
    narrowing: &'a Narrowing,
}

impl Model<'_> {
    /// What the weights depend on.
    fn origin(&self, cache: Cache) -> Origin {
        let Narrowing { precision, prune, bias_correction, calibration, spans: _ } = self.narrowing;
        let mut origin = remembered::of_integers(cache, &self.original, calibration.as_ref());
        origin.add_shown(&(precision, prune, bias_correction));
        origin
    }

    /// The model in fewer bits, or what is wrong with which layer; what was found before is not sought.
    fn narrowed(&self, found: Option<&Findings>) -> Result<QuantizedGraph, (usize, Problem)> {
        let Self { original, real, last, narrowing, .. } = self;
        let mut graph = original.clone();
        let samples = narrowing.calibration.as_ref().filter(|_| found.is_none());
        let mut rehearsals = samples.map(|samples| {
            let step = step(original, samples);
            [original, &graph].map(|graph| Rehearsal::new(graph, samples, step))
        });
        let layouts: Vec<_> =
            self.changed().map(|index| FilterLayout::new(&real.nodes[index].operator)).collect();
        let together = error_feedback::most_together(&layouts);
        let shares = prune::shares(narrowing.prune, &real.nodes.iter().collect::<Vec<_>>());
        let (mut progress, all, mut so_far) = (Progress::new(), layouts.len(), 0);
        for (index, share) in shares.into_iter().enumerate().take(last + 1) {
            if let Some([as_it_was, _]) = &mut rehearsals {
                as_it_was.run(original, &original.nodes[index]);
            }
            if self.is_changed[index] {
                let label = &original.nodes[index].label;
                progress.tell(format_args!("rounding layer {} of {all}, `{label}`", so_far + 1));
                let layer = Layer {
                    original,
                    real,
                    graph: &graph,
                    index,
                    narrowing,
                    rehearsals: rehearsals.as_ref(),
                    share,
                    together,
                };
                let narrowed = match found {
                    Some(found) => found.rounded(so_far).and_then(|rounded| layer.restored(rounded)),
                    None => layer.narrowed(),
                };
                so_far += 1;
                let (linear, bounds) = narrowed.map_err(|problem| (index, problem))?;
                replace(&mut graph, index, linear, bounds);
            }
            if let Some([_, narrowed]) = &mut rehearsals {
                narrowed.run(&graph, &graph.nodes[index]);
            }
        }
        Ok(graph)
    }

    /// The layers whose weights become others.
    fn changed(&self) -> impl Iterator<Item = usize> {
        (0..self.is_changed.len()).filter(|&index| self.is_changed[index])
    }

    /// What was found out for the model in fewer bits.
    fn findings(&self, narrowed: &QuantizedGraph) -> Findings {
        let linear = self.changed().filter_map(|index| narrowed.nodes[index].operator.linear());
        Findings { weights: linear.map(Rounded::of).collect(), ..Findings::default() }
    }
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

/// Multiplications that narrowing takes besides running its samples, about.
pub(crate) fn work(graph: &QuantizedGraph, narrowing: &Narrowing) -> u64 {
    let real = in_real_numbers(graph);
    let changed = real.nodes.iter().filter(|node| narrowing.changes(node));
    let layouts: Vec<_> = changed.map(|node| FilterLayout::new(&node.operator)).collect();
    let together = error_feedback::most_together(&layouts);
    layouts.iter().map(|layout| error_feedback::work(layout, together)).sum()
}

/// Whether the weights of an operator can have fewer bits: there are kernels for them between tensors of int8.
pub(crate) fn is_narrowable(graph: &QuantizedGraph, node: &Node<QuantizedOperator>) -> bool {
    let mut tensors = node.inputs.iter().chain([&node.output]);
    node.operator.linear().is_some() && tensors.all(|&id| graph.tensor(id).info.element == Element::Int8)
}

/// Gives a layer other weights.
fn replace(graph: &mut QuantizedGraph, index: usize, narrowed: Linear, bounds: [i32; 2]) {
    let node = &mut graph.nodes[index];
    if let Some(linear) = node.operator.linear_mut() {
        *linear = narrowed;
    }
    graph.tensors[node.output.0].info.bounds = bounds;
}
