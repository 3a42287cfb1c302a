//! From real numbers to integers.
//!
//! 1. `fusion`: which activation functions disappear into the operator before them.
//! 2. `sharing`: which tensors must have one quantisation.
//! 3. `calibrate` runs the calibration samples; without any, `interval` bounds all tensors from the input's range.
//! 4. `quantizations` chooses what the int8s of each tensor stand for (`range`), no finer than the arithmetic before it
//!    can make.
//! 5. `linear` and `operators` turn every operator into integers and prove their bounds; weights of few bits are rounded
//!    by `error_feedback`, as are those of which `prune` makes some 0; biases make up for what is left of the mean
//!    error (`bias_correction`).
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
pub(crate) mod remembered;
mod scheme;
mod sharing;
mod weight_scale;

pub use narrow::{Narrowing, narrow};
pub(crate) use narrow::{is_narrowable, narrow_remembering, narrowed_alone, work as work_of_narrowing};

use crate::cache::{Cache, Entry};
use crate::diagnostics::Errors;
use crate::filter_layout::FilterLayout;
use crate::float_evaluator;
use crate::graph::{self, Filter, FloatGraph, FloatOperator, Node, TensorId, Wishes};
use crate::precision::Precision;
use crate::progress::Progress;
use crate::pruning::Pruning;
use crate::quantized::{
    Element, Linear, Lstm, Quantization, QuantizedGraph, QuantizedOperator, QuantizedTensor,
};
use crate::settings::{Activations, InputSpans, Scheme, Settings};
use bias_correction::Means;
use error_feedback::ErrorFeedback;
use fusion::Layer;
use linear::Rounded;
use operators::Made;
use proc_macro2::Span;
use prune::Cut;
use quantizations::Quantizations;
use rehearsal::Rehearsal;
use remembered::Findings;
use tinynet_core::kernels::Convert;

/// Makes the integers of a network. Errors about what its `Input` states point there, those about a layer at the layer.
///
/// `None` where there are errors.
pub fn quantize(
    graph: &FloatGraph,
    settings: &Settings,
    spans: InputSpans,
    errors: &mut Errors,
) -> Option<QuantizedGraph> {
    quantize_remembering(graph, settings, spans, None, errors)
}

/// The same, with weights that were kept by an earlier build where there are any.
pub(crate) fn quantize_remembering(
    graph: &FloatGraph,
    settings: &Settings,
    spans: InputSpans,
    cache: Option<Cache>,
    errors: &mut Errors,
) -> Option<QuantizedGraph> {
    let network = Network { graph, settings, layers: fusion::fuse(graph), spans };
    let entry = cache.map(|cache| remembered::of_real_numbers(cache, graph, settings).entry());
    let read = |bytes: &[u8]| {
        let mut of_found = Errors::new();
        let made = network.integers(Some(&Findings::read(bytes)?), &mut of_found);
        made.filter(|_| of_found.is_empty())
    };
    let make = || network.integers(None, errors).ok_or(());
    let made = Entry::remembered(entry, read, make, |(_, findings)| findings.write());
    made.ok().map(|(quantized, _)| quantized)
}

/// A network of real numbers, about to be quantised.
struct Network<'a> {
    graph: &'a FloatGraph,
    settings: &'a Settings,
    layers: Vec<Layer<'a>>,
    spans: InputSpans,
}

impl Network<'_> {
    /// Its integers, and what was found out for them; what was found before is not sought.
    fn integers(&self, found: Option<&Findings>, errors: &mut Errors) -> Option<(QuantizedGraph, Findings)> {
        let Self { graph, settings, ref layers, spans } = *self;
        let known = found.map(|found| found.quantizations.as_slice());
        let quantizations = Quantizations::choose(graph, settings, layers, spans.calibration, known, errors)?;
        if settings.activations == Activations::Int4 && !quantizations.has_inner() {
            errors.help(
                spans.activations,
                "no tensor between layers has four bits by it: `activations: Int4` changes nothing",
                "leave it out: what the network takes and gives, and what a softmax or an arg max compares, are \
                 int8s unless a layer states its own",
            );
            return None;
        }
        let nodes = layers.iter().map(|layer| layer.node);
        prune::refuse_groups_of_none(settings.prune, nodes, spans.prune, errors)?;
        let cuts = match found {
            // Weights that are known are 0 already.
            Some(_) => Ok(graph.tensors.iter().map(|_| None).collect()),
            None => prune::choose(graph, settings, layers, &quantizations),
        };
        let report = |(layer, problem): (&Layer<'_>, Problem)| {
            let node = problem.node(layer);
            problem.report_at(about_weights(node, spans), node, errors);
        };
        let cuts = cuts.map_err(report).ok()?;
        let largest_cells = match found {
            Some(found) => found.largest_cells.clone(),
            None => self.largest_cells(&quantizations),
        };
        let builder = Builder::new(graph, settings, &quantizations, &cuts, &largest_cells, found);
        let quantized = self.build(builder, errors)?;
        let weights = quantized.nodes.iter().filter_map(|node| node.operator.linear());
        let weights = weights.map(Rounded::of).collect();
        Some((quantized, Findings { quantizations: quantizations.found(), largest_cells, weights }))
    }

    /// All layers, one after another.
    fn build(&self, mut builder: Builder<'_>, errors: &mut Errors) -> Option<QuantizedGraph> {
        let layers = &self.layers;
        let mut progress = Progress::new();
        for (index, layer) in layers.iter().enumerate() {
            let (label, all) = (&layer.node.label, layers.len());
            progress.tell(format_args!("quantizing layer {} of {all}, `{label}`", index + 1));
            if let Err(problem) = builder.add(layer) {
                problem.report(problem.node(layer), errors);
                // What follows would be measured against bounds that nobody knows.
                return None;
            }
        }
        Some(builder.finish())
    }

    /// The largest magnitude that a cell holds, of each layer with a memory: for the samples, or at worst.
    fn largest_cells(&self, quantizations: &Quantizations<'_>) -> Vec<f64> {
        let of_layer = |layer: &Layer<'_>| match &layer.node.operator {
            FloatOperator::Lstm(lstm) => Some(self.largest_cell(layer, lstm, quantizations.step())),
            _ => None,
        };
        self.layers.iter().filter_map(of_layer).collect()
    }

    fn largest_cell(&self, layer: &Layer<'_>, lstm: &graph::Lstm, step: usize) -> f64 {
        // Each vector adds 1 at the most.
        let Some(samples) = &self.settings.calibration else { return lstm.steps as f64 };
        let of_sample = |index: usize| {
            let tensors = float_evaluator::run(self.graph, samples.sample(index));
            float_evaluator::lstm::run(lstm, &tensors[layer.node.inputs[0].0]).largest_cell
        };
        (0..samples.count()).step_by(step).map(of_sample).fold(0.0, f64::max)
    }
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
        && (precision(node, settings) != Precision::Int8 || prune::is_pruned(node, settings.prune))
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
        self.report_at(node.span, node, errors);
    }

    /// The same where another place is the cause.
    fn report_at<O>(&self, span: Span, node: &Node<O>, errors: &mut Errors) {
        errors.help(span, format_args!("`{}`: {}", node.label, self.cause), &self.help);
    }
}

/// Where an error about new weights of a layer points: at the layer if it asks for them itself, else at the `Input`.
fn about_weights<O>(node: &Node<O>, spans: InputSpans) -> Span {
    let Wishes { precision, pruning, .. } = node.wishes;
    if precision.is_some() || pruning != Pruning::default() { node.span } else { spans.precision }
}

/// A node of the quantised graph: a layer, which keeps nothing.
fn node(
    layer: &Layer<'_>,
    operator: QuantizedOperator,
    inputs: Vec<TensorId>,
    output: TensorId,
) -> Node<QuantizedOperator> {
    Node {
        label: layer.node.label.clone(),
        kind: layer.kind(),
        operator,
        inputs,
        output,
        states: Vec::new(),
        span: layer.node.span,
        wishes: layer.node.wishes,
    }
}

/// Builds the quantised graph, operator by operator.
struct Builder<'a> {
    float: &'a FloatGraph,
    settings: &'a Settings,
    quantizations: &'a Quantizations<'a>,
    /// By the tensor that a layer makes.
    cuts: &'a [Option<Cut>],
    /// Of each layer with a memory.
    largest_cells: &'a [f64],
    /// What need not be found out.
    found: Option<&'a Findings>,
    graph: QuantizedGraph,
    /// The quantised tensor of each float tensor that has one.
    ids: Vec<Option<TensorId>>,
    /// Where biases are corrected.
    rehearsal: Option<Rehearsal>,
    /// Layers with weights that are still to come.
    left: usize,
    /// How many inputs take errors of rounding back from one another at most.
    together: usize,
    /// Tensors of int8 that were made int16s, and what became of them.
    widened: Vec<[TensorId; 2]>,
}

/// What the arithmetic of a layer makes.
#[derive(Clone, Copy)]
struct Arithmetic {
    element: Element,
    quantization: Quantization,
    /// The smallest and the largest integer.
    ends: [i32; 2],
}

impl<'a> Builder<'a> {
    fn new(
        float: &'a FloatGraph,
        settings: &'a Settings,
        quantizations: &'a Quantizations<'a>,
        cuts: &'a [Option<Cut>],
        largest_cells: &'a [f64],
        found: Option<&'a Findings>,
    ) -> Self {
        let together = error_feedback::most_together(&fed_back(float, settings));
        let mut builder = Self {
            float,
            settings,
            quantizations,
            cuts,
            largest_cells,
            found,
            graph: QuantizedGraph::default(),
            ids: vec![None; float.tensors.len()],
            rehearsal: None,
            left: float.nodes.iter().filter(|node| node.operator.filter().is_some()).count(),
            together,
            widened: Vec::new(),
        };
        for &id in &float.inputs {
            // Callers may feed any integer.
            let element = quantizations.element(id);
            let id = builder.add_tensor(id, element, element.range());
            builder.graph.inputs.push(id);
        }
        let is_fed_back = float.nodes.iter().any(|node| has_error_feedback(node, settings));
        let is_rehearsed = found.is_none() && builder.left > 0 && (settings.bias_correction || is_fed_back);
        if let (true, Some(samples)) = (is_rehearsed, &settings.calibration) {
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
        // Nodes stand behind those they read from.
        let mut inputs: Vec<TensorId> = layer.node.inputs.iter().filter_map(|id| self.ids[id.0]).collect();
        let is_int16 = |id: &TensorId| self.graph.tensor(*id).info.element == Element::Int16;
        if inputs.iter().any(is_int16) || self.quantizations.element(layer.output()) == Element::Int16 {
            int16::check(self.float, layer, self.quantizations, self.settings.activations)?;
            return self.add_int16(layer, inputs);
        }
        if let FloatOperator::Pair { operation, .. } = &layer.node.operator
            && operation.is_choice()
        {
            inputs = inputs.into_iter().enumerate().map(|input| self.rescaled(layer, input)).collect();
        }
        let (operator, bounds) = self.operator(layer, &inputs, self.arithmetic(layer, Element::Int8))?;
        let output = self.add_tensor(layer.output(), self.element(layer), bounds);
        let states = self.add_states(&layer.node.label, &operator, output);
        self.push(Node { states, ..node(layer, operator, inputs, output) });
        Ok(())
    }

    /// Adds a layer that reads or makes int16s: it computes in int16s alone.
    fn add_int16(&mut self, layer: &Layer<'_>, inputs: Vec<TensorId>) -> Result<(), Problem> {
        let inputs: Vec<TensorId> = inputs.into_iter().map(|id| self.widened(layer, id)).collect();
        let made = self.arithmetic(layer, Element::Int16);
        let (operator, bounds) = self.operator(layer, &inputs, made)?;
        if self.quantizations.element(layer.output()) == Element::Int16 {
            let output = self.add_tensor(layer.output(), Element::Int16, bounds);
            self.push(node(layer, operator, inputs, output));
            return Ok(());
        }
        let tensor = self.float.tensor(layer.output());
        let info = QuantizedTensor { element: Element::Int16, quantization: made.quantization, bounds };
        let wide = self.graph.add_tensor(tensor.name.clone(), tensor.shape.clone(), info);
        self.push(node(layer, operator, inputs, wide));
        let zero_point = self.quantizations.of(layer.output()).zero_point();
        let bounds = bounds.map(|bound| bound + zero_point);
        let output = self.add_tensor(layer.output(), Element::Int8, bounds);
        self.convert(layer, format!("{}_narrowed", layer.node.label), wide, output);
        Ok(())
    }

    /// A tensor as int16s in the same steps, which have no zero point.
    fn widened(&mut self, layer: &Layer<'_>, id: TensorId) -> TensorId {
        let tensor = self.graph.tensor(id);
        if tensor.info.element == Element::Int16 {
            return id;
        }
        if let Some([_, widened]) = self.widened.iter().find(|[narrow, _]| *narrow == id) {
            return *widened;
        }
        let QuantizedTensor { quantization, bounds, .. } = tensor.info;
        let bounds = bounds.map(|bound| bound - quantization.zero_point());
        let quantization = quantization.without_zero_point();
        let info = QuantizedTensor { element: Element::Int16, quantization, bounds };
        let label = format!("{}_widened", tensor.name);
        let widened = self.graph.add_tensor(tensor.name.clone(), tensor.shape.clone(), info);
        self.convert(layer, label, id, widened);
        self.widened.push([id, widened]);
        widened
    }

    /// Converts a tensor to a type and a zero point, step by step the same; nothing saturates.
    fn convert(&mut self, layer: &Layer<'_>, label: String, input: TensorId, output: TensorId) {
        let [from, to] = [input, output].map(|id| self.graph.tensor(id).info.quantization.zero_point());
        let label = self.new_label(label);
        self.push(Node {
            label,
            kind: "Convert".into(),
            operator: QuantizedOperator::Convert(Convert { difference: to - from }),
            inputs: vec![input],
            output,
            states: Vec::new(),
            span: layer.node.span,
            wishes: Wishes::default(),
        });
    }

    /// A label that no layer has.
    fn new_label(&self, mut label: String) -> String {
        let is_taken = |label: &String| self.float.nodes.iter().any(|node| node.label == *label);
        while is_taken(&label) {
            label.push('_');
        }
        label
    }

    /// What a layer that computes in integers of a type makes: in steps of its output.
    fn arithmetic(&self, layer: &Layer<'_>, element: Element) -> Arithmetic {
        let id = layer.target();
        let (quantization, ends) = (self.quantizations.of(id), self.quantizations.ends(id));
        if element == self.quantizations.element(id) {
            return Arithmetic { element, quantization, ends };
        }
        let ends = ends.map(|end| end - quantization.zero_point());
        Arithmetic { element, quantization: quantization.without_zero_point(), ends }
    }

    fn push(&mut self, node: Node<QuantizedOperator>) {
        self.left -= usize::from(node.operator.linear().is_some());
        if self.left == 0 {
            // No weights are left to round by what comes of the samples, and no bias to correct.
            self.rehearsal = None;
        }
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
        let label = self.new_label(format!("{}_rescaled{position}", layer.node.label));
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

    /// The largest magnitude that a cell of the next layer with a memory holds.
    fn largest_cell(&self) -> Result<f64, Problem> {
        let is_memory = |node: &&Node<QuantizedOperator>| matches!(node.operator, QuantizedOperator::Lstm(_));
        let before = self.graph.nodes.iter().filter(is_memory).count();
        let largest = self.largest_cells.get(before);
        largest.copied().ok_or_else(|| Problem::new("nothing is known of its cells", "run samples again"))
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
            _ => self.quantizations.element(layer.output()),
        }
    }

    fn operator(&self, layer: &Layer<'_>, inputs: &[TensorId], made: Arithmetic) -> Result<Made, Problem> {
        let infos: Vec<QuantizedTensor> =
            inputs.iter().map(|&id| self.graph.tensor(id).info.clone()).collect();
        let request = operators::Request {
            scheme: self.settings.scheme,
            clamp: layer.clamp(),
            inputs: &infos,
            output: made.quantization,
            element: made.element,
            ends: made.ends,
        };
        let input = self.float.tensor(layer.node.inputs[0]);
        match &layer.node.operator {
            FloatOperator::Dense(filter) => {
                let (linear, bounds) = self.linear(layer, filter, inputs[0], made)?;
                Ok((QuantizedOperator::Dense(linear), bounds))
            }
            &FloatOperator::Conv2d { window, groups, ref filter } => {
                let (linear, bounds) = self.linear(layer, filter, inputs[0], made)?;
                Ok((QuantizedOperator::Conv2d { window, groups, linear }, bounds))
            }
            &FloatOperator::DepthwiseConv2d { window, multiplier, ref filter } => {
                let (linear, bounds) = self.linear(layer, filter, inputs[0], made)?;
                Ok((QuantizedOperator::DepthwiseConv2d { window, multiplier, linear }, bounds))
            }
            &FloatOperator::TransposeConv2d { window, ref filter } => {
                let (linear, bounds) = self.linear(layer, filter, inputs[0], made)?;
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
            FloatOperator::Lstm(lstm) => request.lstm(lstm, self.largest_cell()?),
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
        input: TensorId,
        made: Arithmetic,
    ) -> Result<(Linear, [i32; 2]), Problem> {
        let means = if self.settings.bias_correction { self.means(layer, input) } else { None };
        let precision = precision(layer.node, self.settings);
        let layout = FilterLayout::new(&layer.node.operator);
        let cut = self.cuts[layer.node.output.0].as_ref();
        let feedback = self.error_feedback(layer, input, cut.map(|cut| cut.together(&layout)));
        let mask = cut.map(|cut| cut.mask(filter, &layout, feedback.as_ref()));
        let target = made.quantization;
        let request = linear::Request {
            scheme: self.settings.scheme,
            precision,
            filter,
            layout,
            weight_scales: self.quantizations.weight_scales(layer.node.output),
            keeps_scales: false,
            input: &self.graph.tensor(input).info,
            has_border: linear::has_border(&layer.node.operator),
            target,
            clamp: activation::clamp(layer.clamp(), target, made.ends),
            means: means.as_ref(),
            feedback: feedback.as_ref(),
            mask: mask.as_ref(),
        };
        let (mut linear, bounds) = match self.found {
            Some(found) => request.restore(found.rounded(self.weighted())?)?,
            None => request.quantize()?,
        };
        let Some(function) = layer.table() else { return Ok((linear, bounds)) };
        let table_input = QuantizedTensor { element: Element::Int8, quantization: target, bounds };
        let (output, ends) = (layer.output(), self.quantizations.ends(layer.output()));
        let table = activation::table(function, &table_input, self.quantizations.of(output), ends)?;
        let bounds = activation::table_bounds(&table, bounds);
        linear.table = Some(table);
        Ok((linear, bounds))
    }

    /// How many layers with weights there are so far.
    fn weighted(&self) -> usize {
        self.graph.nodes.iter().filter(|node| node.operator.linear().is_some()).count()
    }

    /// What the weights of a layer multiply in the mean, where its bias is to be corrected by it.
    fn means(&self, layer: &Layer<'_>, input: TensorId) -> Option<Means> {
        let (rehearsal, real) = (self.rehearsal.as_ref()?, self.quantizations.mean(layer.node.inputs[0])?);
        let quantized = rehearsal.mean(&self.graph, input);
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
        input: TensorId,
        together: Option<usize>,
    ) -> Option<ErrorFeedback> {
        let is_wanted = has_error_feedback(layer.node, self.settings);
        let rehearsal = self.rehearsal.as_ref().filter(|_| is_wanted)?;
        let samples = error_feedback::Inputs {
            real: self.quantizations.values(layer.node.inputs[0]),
            integers: &rehearsal.samples(&self.graph, input),
            pixels: &self.pixels(layer),
            quantization: self.graph.tensor(input).info.quantization,
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
