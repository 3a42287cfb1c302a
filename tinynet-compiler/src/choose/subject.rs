//! What precisions are chosen for: a network of real numbers, or a model of integers whose weights are rounded again.

use super::LEVELS;
use super::held_out::{self, compared};
use super::sensitivity::{OfIntegers, OfRealNumbers};
use crate::cache::Cache;
use crate::diagnostics::Errors;
use crate::float_evaluator;
use crate::graph::{FloatGraph, FloatOperator, Node};
use crate::measure::real;
use crate::precision::{Precision, PrecisionChoice};
use crate::quantize::{self, Narrowing};
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use crate::reference::Reference;
use crate::settings::{InputSpans, Samples, Settings};
use proc_macro2::Span;

/// What weights are narrowed of.
#[derive(Clone)]
pub enum Subject<'a> {
    /// A network that is quantised here.
    Real(Real<'a>),
    /// A model that is quantised already.
    Integers(Integers<'a>),
}

/// A network that is quantised here.
#[derive(Clone)]
pub struct Real<'a> {
    /// What it means.
    pub graph: FloatGraph,
    /// How it is quantised.
    pub settings: &'a Settings,
    /// Where errors about what its `Input` states point.
    pub spans: InputSpans,
}

/// A model that is quantised already: what it computes as it is, is right.
#[derive(Clone)]
pub struct Integers<'a> {
    /// As its file says.
    pub graph: QuantizedGraph,
    /// What is asked of its weights.
    pub narrowing: &'a Narrowing,
    /// Whether it is a table of its answers, if that is stated.
    pub lookup_table: Option<bool>,
}

/// Whether a layer itself leaves its number format to the compiler.
fn says_auto<O>(node: &Node<O>) -> bool {
    node.wishes.precision == Some(PrecisionChoice::Auto)
}

impl Real<'_> {
    /// Whether there is anything to choose, or to say of it.
    pub(crate) fn leaves_choices(&self) -> bool {
        let says_so = |node: &Node<FloatOperator>| node.operator.filter().is_some() && says_auto(node);
        self.graph.nodes.iter().any(|node| self.is_automatic(node) || says_so(node))
    }

    /// Whether a layer leaves its number format to the compiler.
    fn is_automatic(&self, node: &Node<FloatOperator>) -> bool {
        let choice = node.wishes.precision.unwrap_or(self.settings.precision);
        node.operator.free_filter().is_some() && choice == PrecisionChoice::Auto
    }
}

impl Integers<'_> {
    /// Whether there is anything to choose.
    pub(crate) fn leaves_choices(&self) -> bool {
        self.graph.nodes.iter().any(|node| self.is_automatic(node))
    }

    /// Whether a layer leaves its number format to the compiler.
    fn is_automatic(&self, node: &Node<QuantizedOperator>) -> bool {
        let choice = node.wishes.precision.unwrap_or(self.narrowing.precision);
        quantize::is_narrowable(&self.graph, node) && choice == PrecisionChoice::Auto
    }
}

impl Subject<'_> {
    /// Nodes of the layers that leave their number formats to the compiler.
    pub(super) fn layers(&self) -> Vec<usize> {
        match self {
            Self::Real(network) => {
                let nodes = network.graph.nodes.iter().enumerate();
                nodes.filter(|(_, node)| network.is_automatic(node)).map(|(index, _)| index).collect()
            }
            Self::Integers(model) => {
                let nodes = model.graph.nodes.iter().enumerate();
                nodes.filter(|(_, node)| model.is_automatic(node)).map(|(index, _)| index).collect()
            }
        }
    }

    /// What messages call a layer.
    pub(super) fn label(&self, layer: usize) -> &str {
        match self {
            Self::Real(network) => &network.graph.nodes[layer].label,
            Self::Integers(model) => &model.graph.nodes[layer].label,
        }
    }

    /// States the number format of a layer.
    pub(super) fn set(&mut self, layer: usize, precision: Precision) {
        let wishes = match self {
            Self::Real(network) => &mut network.graph.nodes[layer].wishes,
            Self::Integers(model) => &mut model.graph.nodes[layer].wishes,
        };
        wishes.precision = Some(PrecisionChoice::Stated(precision));
    }

    /// Inputs to quantise by and to judge on.
    pub(super) fn samples(&self) -> Option<&Samples> {
        match self {
            Self::Real(network) => network.settings.calibration.as_ref(),
            Self::Integers(model) => model.narrowing.calibration.as_ref(),
        }
    }

    /// Whether it is a table of its answers, if that is stated.
    pub(super) fn lookup_table(&self) -> Option<bool> {
        match self {
            Self::Real(network) => network.settings.lookup_table,
            Self::Integers(model) => model.lookup_table,
        }
    }

    /// The network in integers, by other samples than its own if there are any.
    pub(super) fn quantized(
        &self,
        samples: Option<&Samples>,
        cache: Option<Cache>,
        errors: &mut Errors,
    ) -> Option<QuantizedGraph> {
        match self {
            Self::Real(Real { graph, settings, spans }) => match samples {
                Some(samples) => {
                    let settings = Settings { calibration: Some(samples.clone()), ..(*settings).clone() };
                    quantize::quantize_remembering(graph, &settings, *spans, cache, errors)
                }
                None => quantize::quantize_remembering(graph, settings, *spans, cache, errors),
            },
            Self::Integers(Integers { graph, narrowing, .. }) => match samples {
                Some(samples) => {
                    let narrowing = Narrowing { calibration: Some(samples.clone()), ..(*narrowing).clone() };
                    quantize::narrow_remembering(graph.clone(), &narrowing, cache, errors)
                }
                None => quantize::narrow_remembering(graph.clone(), narrowing, cache, errors),
            },
        }
    }

    /// Multiplications that quantising it takes besides running its samples, about.
    pub(super) fn work(&self) -> u64 {
        match self {
            Self::Real(network) => quantize::work(&network.graph, network.settings),
            Self::Integers(model) => quantize::work_of_narrowing(&model.graph, model.narrowing),
        }
    }

    /// All its weights.
    pub(super) fn weights(&self) -> usize {
        match self {
            Self::Real(network) => {
                let filters = network.graph.nodes.iter().filter_map(|node| node.operator.filter());
                filters.map(|filter| filter.weights.len()).sum()
            }
            Self::Integers(model) => {
                let linear = model.graph.nodes.iter().filter_map(|node| node.operator.linear());
                linear.map(|linear| linear.weights.len()).sum()
            }
        }
    }

    /// The right outputs for some samples, in real numbers.
    pub(super) fn expected(&self, samples: &Samples) -> Vec<Vec<f32>> {
        let count = 0..samples.count();
        match self {
            Self::Real(Real { graph, .. }) => {
                let output = compared(graph);
                let make = |index| float_evaluator::run(graph, samples.sample(index)).swap_remove(output.0);
                count.map(make).collect()
            }
            Self::Integers(Integers { graph, .. }) => {
                let (output, reference) = (compared(graph), Reference::new(graph));
                let make = |index| {
                    let tensors = reference.run(&held_out::integers(graph, samples.sample(index)));
                    let values = real(graph.tensor(output), &tensors[output.0]);
                    values.into_iter().map(|value| value as f32).collect()
                };
                count.map(make).collect()
            }
        }
    }

    /// What the outputs lose where each of some layers alone has weights of each number format, on at most so many samples.
    pub(super) fn sensitivities(
        &self,
        layers: &[usize],
        samples: &Samples,
        most: usize,
    ) -> Vec<[f64; LEVELS.len()]> {
        match self {
            Self::Real(Real { graph, settings, .. }) => {
                let sensitivity = OfRealNumbers::new(graph, settings, samples, most);
                layers.iter().map(|&layer| sensitivity.of(layer)).collect()
            }
            Self::Integers(Integers { graph, narrowing, .. }) => {
                let sensitivity = OfIntegers::new(graph, narrowing, samples, most);
                layers.iter().map(|&layer| sensitivity.of(layer)).collect()
            }
        }
    }

    /// Where errors about samples point: the first layer that asks for a choice itself, else the input.
    pub(super) fn span(&self) -> Span {
        let (own, span) = match self {
            Self::Real(Real { graph, spans, .. }) => {
                (graph.nodes.iter().find(|node| says_auto(node)).map(|node| node.span), spans.calibration)
            }
            Self::Integers(Integers { graph, narrowing, .. }) => (
                graph.nodes.iter().find(|node| says_auto(node)).map(|node| node.span),
                narrowing.spans.precision,
            ),
        };
        own.unwrap_or(span)
    }

    /// Layers that leave to the compiler what is not free, with where they stand.
    pub(super) fn not_free(&self) -> Vec<(&str, Span)> {
        let Self::Real(network) = self else { return Vec::new() };
        let nodes = network.graph.nodes.iter().filter(|node| says_auto(node));
        let not_free = nodes.filter(|node| !network.is_automatic(node));
        not_free.map(|node| (node.label.as_str(), node.span)).collect()
    }

    /// Whether it keeps something from one inference to the next.
    pub(super) fn is_stateful(&self) -> bool {
        matches!(self, Self::Integers(model) if !model.graph.states().is_empty())
    }
}
