//! A layer of a model that is quantised already, with other weights.

use super::stands_for::real_operator;
use super::{Narrowing, replace};
use crate::filter_layout::FilterLayout;
use crate::graph::{Filter, FloatGraph, FloatOperator, Node, TensorId};
use crate::precision::Precision;
use crate::quantize::Problem;
use crate::quantize::bias_correction::{self, Means};
use crate::quantize::error_feedback::{self, ErrorFeedback};
use crate::quantize::linear::{self, Rounded};
use crate::quantize::prune::{self, Cut};
use crate::quantize::rehearsal::Rehearsal;
use crate::quantized::{Element, Linear, QuantizedGraph, QuantizedOperator};
use crate::settings::Scheme;
use std::borrow::Cow;

/// A layer with weights of a model.
pub(super) struct Layer<'a> {
    /// The model as it was.
    pub(super) original: &'a QuantizedGraph,
    /// What its weights stand for.
    pub(super) real: &'a FloatGraph,
    /// The model so far.
    pub(super) graph: &'a QuantizedGraph,
    /// Its place among the nodes.
    pub(super) index: usize,
    pub(super) narrowing: &'a Narrowing,
    /// The samples in the model as it was, and in the model so far.
    pub(super) rehearsals: Option<&'a [Rehearsal; 2]>,
    /// The share of its weights that become 0, of a share of all weights.
    pub(super) share: Option<f64>,
    /// How many weights take errors of rounding back from one another at most.
    pub(super) together: usize,
}

impl Layer<'_> {
    /// The layer with weights of fewer bits, and the integers that it can make.
    pub(super) fn narrowed(&self) -> Result<(Linear, [i32; 2]), Problem> {
        let (filter, layout) = (self.filter()?, FilterLayout::new(&self.node().operator));
        let weight_scales = match self.original.nodes[self.index].operator.linear() {
            Some(linear) if self.precision() == Precision::Int8 => linear.weight_scales.clone(),
            _ => linear::weight_scales(Scheme::Affine, self.precision(), filter, &layout)?,
        };
        let cut = self.cut()?;
        let together = cut.as_ref().map_or(self.together, |cut| cut.together(&layout).min(self.together));
        let (means, feedback) = (self.means(), self.error_feedback(together));
        let mask = cut.map(|cut| cut.mask(filter, &layout, feedback.as_ref()));
        let request = self.request(filter, &weight_scales);
        let (means, feedback, mask) = (means.as_ref(), feedback.as_ref(), mask.as_ref());
        linear::Request { means, feedback, mask, ..request }.quantize()
    }

    /// What becomes 0, if anything does.
    fn cut(&self) -> Result<Option<Cut>, Problem> {
        if !prune::is_pruned(self.node(), self.narrowing.prune) {
            return Ok(None);
        }
        let values = |id| match self.rehearsals {
            Some([as_it_was, _]) => Cow::Owned(as_it_was.real(self.original, id)),
            None => Cow::Borrowed(&[][..]),
        };
        let request = prune::Request {
            graph: self.real,
            node: self.node(),
            output: self.node().output,
            precision: self.precision(),
            of_network: self.narrowing.prune,
            share: self.share,
            values: &values,
        };
        request.cut().map(Some)
    }

    fn filter(&self) -> Result<&Filter, Problem> {
        let nothing = || Problem::new("it has no weights", "this is a bug in tinynet, please report it");
        self.node().operator.filter().ok_or_else(nothing)
    }

    /// The same with weights that were rounded before.
    pub(super) fn restored(&self, rounded: &Rounded) -> Result<(Linear, [i32; 2]), Problem> {
        self.request(self.filter()?, &[]).restore(rounded)
    }

    fn request<'r>(&'r self, filter: &'r Filter, weight_scales: &'r [f64]) -> linear::Request<'r> {
        let (graphs, node) = ([self.original, self.graph], &self.original.nodes[self.index]);
        request(graphs, node, &self.node().operator, filter, self.precision(), weight_scales)
    }

    /// The layer, as what it stands for.
    fn node(&self) -> &Node<FloatOperator> {
        &self.real.nodes[self.index]
    }

    fn precision(&self) -> Precision {
        self.narrowing.precision(self.node())
    }

    fn input(&self) -> TensorId {
        self.node().inputs[0]
    }

    /// What the weights multiply in the mean, where the bias is to be corrected by it.
    fn means(&self) -> Option<Means> {
        let [as_it_was, narrowed] = self.rehearsals.filter(|_| self.narrowing.bias_correction)?;
        let operator = &self.node().operator;
        let pixels = pixels(operator);
        let under_taps = |mean: &[f64]| bias_correction::mean_under_taps(operator, mean, &pixels);
        Some(Means {
            real: under_taps(&as_it_was.mean(self.original, self.input())),
            quantized: under_taps(&narrowed.mean(self.graph, self.input())),
        })
    }

    /// How weights are rounded, if not to the nearest integer; at most so many take errors back from one another.
    fn error_feedback(&self, together: usize) -> Option<ErrorFeedback> {
        let [as_it_was, narrowed] = self.rehearsals?;
        let operator = &self.node().operator;
        let samples = error_feedback::Inputs {
            real: &as_it_was.real(self.original, self.input()),
            integers: &narrowed.samples(self.graph, self.input()),
            pixels: &pixels(operator),
            quantization: self.graph.tensor(self.input()).info.quantization,
            is_mean_corrected: self.narrowing.bias_correction,
        };
        ErrorFeedback::new(operator, &samples, together)
    }
}

/// The model with the weights of one layer in another number format, each rounded to the nearest; biases make up for the
/// mean error where the mean of its input is known. `None` where they cannot be.
pub(crate) fn narrowed_alone(
    graph: &QuantizedGraph,
    index: usize,
    precision: Precision,
    mean: Option<&[f64]>,
) -> Option<QuantizedGraph> {
    let mut narrowed = graph.clone();
    if precision == Precision::Int8 {
        return Some(narrowed);
    }
    let node = &graph.nodes[index];
    let operator = real_operator(graph, node);
    let (filter, layout) = (operator.filter()?, FilterLayout::new(&operator));
    let weight_scales = linear::weight_scales(Scheme::Affine, precision, filter, &layout).ok()?;
    let under_taps = |mean: &[f64]| bias_correction::mean_under_taps(&operator, mean, &pixels(&operator));
    let means = mean.map(|mean| Means { real: under_taps(mean), quantized: under_taps(mean) });
    let request = request([graph, graph], node, &operator, filter, precision, &weight_scales);
    let (linear, bounds) = linear::Request { means: means.as_ref(), ..request }.quantize().ok()?;
    replace(&mut narrowed, index, linear, bounds);
    Some(narrowed)
}

/// What a layer is made of: a node of a model as it was, which reads what the model so far makes.
fn request<'r>(
    [original, so_far]: [&'r QuantizedGraph; 2],
    node: &Node<QuantizedOperator>,
    operator: &FloatOperator,
    filter: &'r Filter,
    precision: Precision,
    weight_scales: &'r [f64],
) -> linear::Request<'r> {
    let output = &original.tensor(node.output).info;
    let clamp = node.operator.linear().map_or(Element::Int8.range(), |linear| linear.clamp);
    let ([low, high], [lowest, highest]) = (output.bounds, clamp);
    linear::Request {
        scheme: Scheme::Affine,
        precision,
        filter,
        layout: FilterLayout::new(operator),
        weight_scales,
        // Integers of eight bits are in steps that suit them; other steps would round them once more.
        keeps_scales: precision == Precision::Int8,
        input: &so_far.tensor(node.inputs[0]).info,
        has_border: linear::has_border(operator),
        target: output.quantization,
        // What follows was proven for what the layer could make before.
        clamp: [lowest.max(low), highest.min(high)],
        means: None,
        feedback: None,
        mask: None,
    }
}

/// The pixels of what a window makes; none of an operator without a window.
fn pixels(operator: &FloatOperator) -> Vec<usize> {
    match operator {
        FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } => {
            (0..window.output[0] * window.output[1]).collect()
        }
        _ => Vec::new(),
    }
}
