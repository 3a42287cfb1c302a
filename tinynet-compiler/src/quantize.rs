//! From real numbers to integers.
//!
//! 1. `fusion`: which activation functions disappear into the operator before them.
//! 2. `sharing`: which tensors must have one quantisation.
//! 3. `calibrate` runs the calibration samples; without any, `interval` bounds all tensors from the input's range.
//! 4. `quantizations` chooses what the int8s of each tensor stand for (`range`), no finer than the arithmetic before it
//!    can make.
//! 5. `linear` and `operators` turn every operator into integers and prove their bounds; weights of few bits are rounded
//!    by `error_feedback`, as are those of which `prune` makes some 0, biases make up for what is left of the mean error (`bias_correction`).
//!
//! Every number is an exact function of the graph and the settings: the same on every host.

mod activation;
pub(crate) mod affine;
pub(crate) mod arithmetic;
mod bias_correction;
mod calibrate;
mod error_feedback;
mod fixed_point;
mod fusion;
mod histogram;
mod int16;
mod interval;
mod linear;
mod lstm;
mod narrow;
mod operators;
mod pairs;
mod prune;
mod quantizations;
mod range;
mod read;
mod rehearsal;
mod scheme;
mod sharing;
mod weight_scale;

pub use narrow::{Narrowing, narrow};

use crate::diagnostics::Errors;
use crate::filter_layout::FilterLayout;
use crate::float_evaluator;
use crate::geometry::Padding;
use crate::graph::{self, Filter, FloatGraph, FloatOperator, Node, TensorId, Wishes};
use crate::precision::Precision;
use crate::progress::Progress;
use crate::quantized::{
    Element, Linear, Lstm, Quantization, QuantizedGraph, QuantizedOperator, QuantizedTensor,
};
use crate::settings::{Activations, Scheme, Settings};
use bias_correction::Means;
use error_feedback::ErrorFeedback;
use fusion::Layer;
use operators::Made;
use proc_macro2::Span;
use prune::Cut;
use quantizations::Quantizations;
use rehearsal::Rehearsal;

/// Makes the integers of a network. Errors about its input point at `input_span`, those about a layer at the layer.
///
/// `None` where there are errors.
pub fn quantize(
    graph: &FloatGraph,
    settings: &Settings,
    input_span: Span,
    errors: &mut Errors,
) -> Option<QuantizedGraph> {
    let layers = fusion::fuse(graph);
    let quantizations = Quantizations::choose(graph, settings, &layers, input_span, errors)?;
    if settings.activations == Activations::Int4 && !quantizations.has_inner() {
        errors.help(
            input_span,
            "no tensor lies between layers that could have four bits: `activations: Int4` changes nothing",
            "leave it out: what the network takes and gives, and what a softmax or an arg max compares, are int8s",
        );
        return None;
    }
    let cuts = match prune::choose(graph, settings, &layers, &quantizations) {
        Ok(cuts) => cuts,
        Err((layer, problem)) => {
            problem.report(problem.node(layer), errors);
            return None;
        }
    };
    let mut builder = Builder::new(graph, settings, &quantizations, &cuts);
    // Behind the last bias nothing is left to correct.
    let last_bias = layers.iter().rposition(|layer| layer.filter().is_some()).unwrap_or(0);
    let mut progress = Progress::new();
    for (index, layer) in layers.iter().enumerate() {
        let (label, all) = (&layer.node.label, layers.len());
        progress.tell(format_args!("quantizing layer {} of {all}, `{label}`", index + 1));
        if index == last_bias + 1 {
            builder.rehearsal = None;
        }
        if let Err(problem) = builder.add(layer) {
            problem.report(problem.node(layer), errors);
            // What follows would be measured against bounds that nobody knows.
            return None;
        }
    }
    Some(builder.finish())
}

/// The number format of a layer's weights.
fn precision(node: &Node<FloatOperator>, settings: &Settings) -> Precision {
    node.wishes.precision.unwrap_or(settings.precision).stated()
}

/// The weights of an operator as real numbers that a number format holds, each rounded to the nearest; `None` where it has
/// none that may change.
pub(crate) fn narrowed(operator: &FloatOperator, scheme: Scheme, precision: Precision) -> Option<Vec<f32>> {
    let filter = operator.free_filter()?;
    let layout = FilterLayout::new(operator);
    let scales = linear::weight_scales(scheme, precision, filter, &layout).ok()?;
    let mut weights = filter.weights.clone();
    for (channel, &scale) in scales.iter().enumerate().filter(|(_, scale)| **scale > 0.0) {
        let mut tap = 0;
        while tap < layout.taps {
            let weight = &mut weights[layout.weight(channel, tap)];
            *weight = (f64::from(precision.nearest(f64::from(*weight) / scale)) * scale) as f32;
            tap += 1;
        }
    }
    Some(weights)
}

/// Whether the weights of a layer are rounded by error feedback; all others go to the nearest integer.
fn has_error_feedback(node: &Node<FloatOperator>, settings: &Settings) -> bool {
    node.operator.free_filter().is_some()
        && (precision(node, settings) != Precision::Int8 || prune::is_pruned(node, settings))
}

/// The layouts of the layers whose weights are rounded by error feedback.
fn fed_back(graph: &FloatGraph, settings: &Settings) -> Vec<FilterLayout> {
    let nodes = graph.nodes.iter().filter(|node| has_error_feedback(node, settings));
    nodes.map(|node| FilterLayout::new(&node.operator)).collect()
}

/// Multiplications that quantising a network takes besides running its samples, about.
pub(crate) fn work(graph: &FloatGraph, settings: &Settings) -> u64 {
    /// What else is done with each weight.
    const OF_WEIGHT: u64 = 500;
    let layouts = fed_back(graph, settings);
    let together = error_feedback::most_together(&layouts);
    let weights = graph.nodes.iter().filter_map(|node| Some(node.operator.filter()?.weights.len() as u64));
    let fed_back: u64 = layouts.iter().map(|layout| error_feedback::work(layout, together)).sum();
    fed_back + OF_WEIGHT * weights.sum::<u64>()
}

/// Why a layer cannot be quantised, and what to do about it.
#[derive(Debug)]
struct Problem {
    cause: String,
    help: String,
    /// Whether it is the fused function's rather than the layer's own.
    is_about_function: bool,
}

impl Problem {
    fn new(cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { cause: cause.into(), help: help.into(), is_about_function: false }
    }

    /// The node of a layer that it is about.
    fn node<'g>(&self, layer: &Layer<'g>) -> &'g Node<FloatOperator> {
        layer.fused.filter(|_| self.is_about_function).map_or(layer.node, |fused| fused.node)
    }

    fn report<O>(&self, node: &Node<O>, errors: &mut Errors) {
        errors.help(node.span, format_args!("`{}`: {}", node.label, self.cause), &self.help);
    }
}

/// Builds the quantised graph, operator by operator.
struct Builder<'a> {
    float: &'a FloatGraph,
    settings: &'a Settings,
    quantizations: &'a Quantizations<'a>,
    /// By the tensor that a layer makes.
    cuts: &'a [Option<Cut>],
    graph: QuantizedGraph,
    /// The quantised tensor of each float tensor that has one.
    ids: Vec<Option<TensorId>>,
    /// Where biases are corrected.
    rehearsal: Option<Rehearsal>,
    /// How many inputs take errors of rounding back from one another at most.
    together: usize,
}

impl<'a> Builder<'a> {
    fn new(
        float: &'a FloatGraph,
        settings: &'a Settings,
        quantizations: &'a Quantizations<'a>,
        cuts: &'a [Option<Cut>],
    ) -> Self {
        let ids = vec![None; float.tensors.len()];
        let graph = QuantizedGraph::default();
        let together = error_feedback::most_together(&fed_back(float, settings));
        let mut builder =
            Self { float, settings, quantizations, cuts, graph, ids, rehearsal: None, together };
        for &id in &float.inputs {
            // Callers may feed any integer.
            let element = settings.activations.element();
            let id = builder.add_tensor(id, element, element.range());
            builder.graph.inputs.push(id);
        }
        let is_fed_back = float.nodes.iter().any(|node| has_error_feedback(node, settings));
        if let (true, Some(samples)) = (settings.bias_correction || is_fed_back, &settings.calibration) {
            builder.rehearsal = Some(Rehearsal::new(&builder.graph, samples, quantizations.step()));
        }
        builder
    }

    fn add_tensor(&mut self, id: TensorId, element: Element, bounds: [i32; 2]) -> TensorId {
        let tensor = self.float.tensor(id);
        let info = QuantizedTensor { element, quantization: self.quantizations.of(id), bounds };
        let quantized = self.graph.add_tensor(tensor.name.clone(), tensor.shape.clone(), info);
        self.ids[id.0] = Some(quantized);
        quantized
    }

    fn add(&mut self, layer: &Layer<'_>) -> Result<(), Problem> {
        if self.settings.activations == Activations::Int16 {
            int16::check(self.float, layer, self.quantizations)?;
        }
        // Nodes stand behind those they read from.
        let mut inputs: Vec<TensorId> = layer.node.inputs.iter().filter_map(|id| self.ids[id.0]).collect();
        if let FloatOperator::Pair { operation, .. } = &layer.node.operator
            && operation.is_choice()
        {
            inputs = inputs.into_iter().enumerate().map(|input| self.rescaled(layer, input)).collect();
        }
        let infos: Vec<QuantizedTensor> =
            inputs.iter().map(|&id| self.graph.tensor(id).info.clone()).collect();
        let (operator, bounds) = self.operator(layer, &infos)?;
        let output = self.add_tensor(layer.output(), self.element(layer), bounds);
        let states = self.add_states(&layer.node.label, &operator, output);
        self.push(Node {
            label: layer.node.label.clone(),
            kind: layer.kind(),
            operator,
            inputs,
            output,
            states,
            span: layer.node.span,
            wishes: layer.node.wishes,
        });
        Ok(())
    }

    fn push(&mut self, node: Node<QuantizedOperator>) {
        if let Some(rehearsal) = &mut self.rehearsal {
            rehearsal.run(&self.graph, &node);
        }
        self.graph.nodes.push(node);
    }

    /// An input of a layer in the quantisation of what it makes.
    fn rescaled(&mut self, layer: &Layer<'_>, (position, id): (usize, TensorId)) -> TensorId {
        let tensor = self.graph.tensor(id);
        let quantization = self.quantizations.of(layer.output());
        if tensor.info.quantization == quantization {
            return id;
        }
        let ends = self.quantizations.ends(layer.output());
        let table = activation::real_table(&tensor.info, quantization, ends, |x| x);
        let bounds = activation::table_bounds(&table, tensor.info.bounds);
        let label = format!("{}_rescaled{position}", layer.node.label);
        let info = QuantizedTensor { element: Element::Int8, quantization, bounds };
        let output = self.graph.add_tensor(label.clone(), tensor.shape.clone(), info);
        self.push(Node {
            label,
            kind: "Rescale".into(),
            operator: QuantizedOperator::Table(table),
            inputs: vec![id],
            output,
            states: Vec::new(),
            span: layer.node.span,
            wishes: Wishes::default(),
        });
        output
    }

    /// The states of an operator that makes `output`, where it has any.
    fn add_states(&mut self, label: &str, operator: &QuantizedOperator, output: TensorId) -> Vec<TensorId> {
        let QuantizedOperator::Lstm(Lstm { cells, cell_integer_bits, .. }) = *operator else {
            return Vec::new();
        };
        let hidden = self.graph.tensor(output).info.quantization;
        let parts =
            [("hidden", Element::Int8, hidden), ("cell", Element::Int16, lstm::of_cells(cell_integer_bits))];
        let state = |(name, element, quantization): (&str, Element, Quantization)| {
            let info = QuantizedTensor { element, quantization, bounds: element.range() };
            self.graph.add_tensor(format!("{label}_{name}"), vec![cells], info)
        };
        parts.map(state).to_vec()
    }

    /// The largest magnitude that a cell of a memory holds: for the samples, or at worst.
    fn largest_cell(&self, layer: &Layer<'_>, lstm: &graph::Lstm) -> f64 {
        // Each vector adds 1 at the most.
        let Some(samples) = &self.settings.calibration else { return lstm.steps as f64 };
        let of_sample = |index: usize| {
            let tensors = float_evaluator::run(self.float, samples.sample(index));
            float_evaluator::lstm::run(lstm, &tensors[layer.node.inputs[0].0]).largest_cell
        };
        (0..samples.count()).step_by(self.quantizations.step()).map(of_sample).fold(0.0, f64::max)
    }

    /// The type of what a layer makes.
    fn element(&self, layer: &Layer<'_>) -> Element {
        match layer.node.operator {
            FloatOperator::ArgMax => {
                let values = self.float.tensor(layer.node.inputs[0]).elements();
                // More than those there are indices for have been refused.
                Element::of_index(values).unwrap_or_default()
            }
            FloatOperator::ArgExtremum { along, .. } => Element::of_index(along.length).unwrap_or_default(),
            _ => self.settings.activations.element(),
        }
    }

    fn operator(&self, layer: &Layer<'_>, inputs: &[QuantizedTensor]) -> Result<Made, Problem> {
        let request = operators::Request {
            scheme: self.settings.scheme,
            clamp: layer.clamp(),
            inputs,
            output: self.quantizations.of(layer.output()),
            element: self.settings.activations.element(),
            ends: self.quantizations.ends(layer.output()),
        };
        let input = self.float.tensor(layer.node.inputs[0]);
        match &layer.node.operator {
            FloatOperator::Dense(filter) => {
                let (linear, bounds) = self.linear(layer, filter, &inputs[0], false)?;
                Ok((QuantizedOperator::Dense(linear), bounds))
            }
            &FloatOperator::Conv2d { window, groups, ref filter } => {
                let has_border = window.padding != Padding::default();
                let (linear, bounds) = self.linear(layer, filter, &inputs[0], has_border)?;
                Ok((QuantizedOperator::Conv2d { window, groups, linear }, bounds))
            }
            &FloatOperator::DepthwiseConv2d { window, multiplier, ref filter } => {
                let has_border = window.padding != Padding::default();
                let (linear, bounds) = self.linear(layer, filter, &inputs[0], has_border)?;
                Ok((QuantizedOperator::DepthwiseConv2d { window, multiplier, linear }, bounds))
            }
            &FloatOperator::TransposeConv2d { window, ref filter } => {
                // Every pixel of the output has its own taps.
                let (linear, bounds) = self.linear(layer, filter, &inputs[0], true)?;
                Ok((QuantizedOperator::TransposeConv2d { window, linear }, bounds))
            }
            FloatOperator::MaxPool(window) => request.max_pool(window),
            FloatOperator::AveragePool { window, include_padding } => {
                request.average_pool(window, *include_padding)
            }
            FloatOperator::Activation(function) => request.activation(function),
            FloatOperator::PRelu { slopes } => request.prelu(slopes),
            FloatOperator::ChannelAffine { .. } => Err(Problem::new(
                "a factor and a summand a channel have no integer operator of their own",
                "lowering makes a convolution of them: this is a bug in tinynet, please report it",
            )),
            FloatOperator::Add => request.add(),
            FloatOperator::Multiply => request.multiply(),
            FloatOperator::Concat { axis } => Ok(request.concat(*axis)),
            FloatOperator::Pad { padding, value } => Ok(request.pad(*padding, *value)),
            FloatOperator::Reshape => Ok(request.reshape()),
            &FloatOperator::Rearrange(rearrange) => Ok(request.rearrange(rearrange)),
            FloatOperator::Gather(gather) => Ok(request.gather(gather)),
            FloatOperator::ResizeBilinear(resize) => request.resize_bilinear(resize),
            FloatOperator::Softmax => request.softmax(input.shape.last().copied().unwrap_or(1)),
            FloatOperator::LogSoftmax => request.log_softmax(input.shape.last().copied().unwrap_or(1)),
            FloatOperator::ArgMax => request.arg_max(input.elements()),
            FloatOperator::Lstm(_) if precision(layer.node, self.settings) != Precision::Int8 => Err(
                Problem::new("the weights of a long short-term memory are int8s", "leave `precision` out"),
            ),
            FloatOperator::Lstm(lstm) => request.lstm(lstm, self.largest_cell(layer, lstm)),
            &FloatOperator::Sum(along) => request.sum(along),
            &FloatOperator::Extremum { along, largest } => Ok(request.extremum(along, largest)),
            &FloatOperator::ArgExtremum { along, largest } => request.arg_extremum(along, largest),
            FloatOperator::Pair { operation, constant } => request.pair(*operation, constant.as_deref()),
        }
    }

    fn linear(
        &self,
        layer: &Layer<'_>,
        filter: &Filter,
        input: &QuantizedTensor,
        has_border: bool,
    ) -> Result<(Linear, [i32; 2]), Problem> {
        let means = if self.settings.bias_correction { self.means(layer) } else { None };
        let precision = precision(layer.node, self.settings);
        let layout = FilterLayout::new(&layer.node.operator);
        let cut = self.cuts[layer.node.output.0].as_ref();
        let feedback = self.error_feedback(layer, input, cut.map(|cut| cut.together(&layout)));
        let mask = cut.map(|cut| cut.mask(filter, &layout, feedback.as_ref()));
        let target = self.quantizations.of(layer.target());
        let (mut linear, bounds) = linear::Request {
            scheme: self.settings.scheme,
            precision,
            filter,
            layout,
            weight_scales: self.quantizations.weight_scales(layer.node.output),
            input,
            has_border,
            target,
            clamp: activation::clamp(layer.clamp(), target, self.quantizations.ends(layer.target())),
            means: means.as_ref(),
            feedback: feedback.as_ref(),
            mask: mask.as_ref(),
        }
        .quantize()?;
        let Some(function) = layer.table() else { return Ok((linear, bounds)) };
        let table_input = QuantizedTensor { element: Element::Int8, quantization: target, bounds };
        let (output, ends) = (layer.output(), self.quantizations.ends(layer.output()));
        let table = activation::table(function, &table_input, self.quantizations.of(output), ends)?;
        let bounds = activation::table_bounds(&table, bounds);
        linear.table = Some(table);
        Ok((linear, bounds))
    }

    /// What the weights of a layer multiply in the mean, where its bias is to be corrected by it.
    fn means(&self, layer: &Layer<'_>) -> Option<Means> {
        let input = layer.node.inputs[0];
        let (rehearsal, real) = (self.rehearsal.as_ref()?, self.quantizations.mean(input)?);
        let quantized = rehearsal.mean(&self.graph, self.ids[input.0]?);
        let pixels = self.pixels(layer);
        let under_taps = |mean: &[f64]| bias_correction::mean_under_taps(&layer.node.operator, mean, &pixels);
        Some(Means { real: under_taps(real), quantized: under_taps(&quantized) })
    }

    /// The pixels of what a window makes of which anything is read; none of a layer without a window.
    fn pixels(&self, layer: &Layer<'_>) -> Vec<usize> {
        match &layer.node.operator {
            FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } => {
                self.quantizations.read().pixels(layer.node.output, window)
            }
            _ => Vec::new(),
        }
    }

    /// How the weights of a layer are rounded, if not to the nearest integer; at most so many take errors back from one
    /// another.
    fn error_feedback(
        &self,
        layer: &Layer<'_>,
        input: &QuantizedTensor,
        together: Option<usize>,
    ) -> Option<ErrorFeedback> {
        let is_wanted = has_error_feedback(layer.node, self.settings);
        let rehearsal = self.rehearsal.as_ref().filter(|_| is_wanted)?;
        let id = layer.node.inputs[0];
        let samples = error_feedback::Inputs {
            real: self.quantizations.values(id),
            integers: &rehearsal.samples(&self.graph, self.ids[id.0]?),
            pixels: &self.pixels(layer),
            quantization: input.quantization,
            is_mean_corrected: self.settings.bias_correction,
        };
        let together = together.unwrap_or(self.together).min(self.together);
        ErrorFeedback::new(&layer.node.operator, &samples, together)
    }

    fn finish(mut self) -> QuantizedGraph {
        self.graph.outputs = self.float.outputs.iter().filter_map(|id| self.ids[id.0]).collect();
        self.graph
    }
}
