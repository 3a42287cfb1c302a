//! The walk over the layers: who reads whom, and what becomes of each.

use super::kinds;
use super::layer::{Layer, Made, Output, Source, Stage, name};
use super::size::{self, Size};
use super::{Interface, RealNetwork, Reported, naming};
use crate::ast::{self, Network};
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::graph::{AnyOperator, FloatGraph, FloatOperator, Graph, Node, TensorId, Wishes};
use crate::vocabulary::{self, Inputs};
use crate::weights::WeightStore;
use proc_macro2::Ident;
use std::collections::HashMap;
use syn::ext::IdentExt;

/// What the layers make.
pub(super) struct Walked {
    /// The network; `None` if anything is wrong or a file cannot be seen.
    pub(super) network: Option<RealNetwork>,
    /// What is known even then.
    pub(super) interface: Interface,
    /// Shape of the values of which the largest is the network's answer, where it is known.
    pub(super) choices: Option<Vec<usize>>,
}

/// Builds all layers.
pub(super) fn walk(
    network: &Network,
    layers: &[ast::Layer],
    files: &dyn Files,
    errors: &mut Errors,
) -> Walked {
    let weights = WeightStore::open(files, network.file.as_ref(), errors);
    let mut walk = Walk {
        network,
        layers,
        labels: labels(layers),
        stage: Stage { files, weights, model_input: None, settings: None, asked: Vec::new(), errors },
        graph: Graph { tensors: Vec::new(), nodes: Vec::new(), inputs: Vec::new(), outputs: Vec::new() },
        made: Vec::new(),
        is_read: vec![false; layers.len()],
        is_resolved: network.is_whole,
        is_right: network.is_whole,
        size: Size::default(),
    };
    walk.check_inputs();
    let names = naming::names(layers);
    for (index, name) in names.iter().enumerate() {
        walk.layer(index, name);
    }
    walk.finish()
}

/// The state of the walk.
pub(super) struct Walk<'a, 'f> {
    network: &'a Network,
    pub(super) layers: &'a [ast::Layer],
    /// Place of the layer behind each label; of the first, where several have one label.
    pub(super) labels: HashMap<String, usize>,
    pub(super) stage: Stage<'f>,
    graph: FloatGraph,
    /// What the layers so far make.
    pub(super) made: Vec<Made>,
    /// Which layers others read.
    pub(super) is_read: Vec<bool>,
    /// Whether it is known what each layer reads: else, who seems unread may be meant.
    pub(super) is_resolved: bool,
    /// Whether nothing is wrong so far.
    is_right: bool,
    /// Values and steps of the layers so far.
    size: Size,
}

impl<'f> Walk<'_, 'f> {
    /// The first layer must be an `Input`, and no other.
    fn check_inputs(&mut self) {
        let errors = &mut *self.stage.errors;
        let Some((first, others)) = self.layers.split_first() else {
            if self.network.is_whole {
                errors.help(
                    self.network.name.span(),
                    format_args!("`{}` has no layers", self.network.name),
                    "begin with `Input { shape: [8, 8, 1], calibration: \"samples.npy\" }`",
                );
            }
            return;
        };
        for other in others.iter().filter(|other| is_input(other)) {
            let message = match is_input(first) {
                true => format!("`{}` has one `Input` already, `{}`", self.network.name, name(first)),
                false => "`Input` must be the first layer".into(),
            };
            errors.help(other.span(), message, "a network has one `Input`, and begins with it");
        }
        let is_known = vocabulary::operator(&first.operator.to_string()).is_some();
        if self.network.is_whole && is_known && !self.layers.iter().any(is_input) {
            errors.help(
                first.span(),
                format_args!(
                    "`{}` must begin with an `Input`, which says what `{}` reads",
                    self.network.name,
                    name(first)
                ),
                "for instance `Input { shape: [8, 8, 1], calibration: \"samples.npy\" }`",
            );
        } else if others.is_empty() && is_input(first) && self.network.is_whole {
            errors.help(
                first.span(),
                "nothing follows the `Input`",
                "a network has at least one layer that computes",
            );
            self.is_right = false;
        }
    }

    /// Builds the layer at `index` and notes what it makes.
    fn layer(&mut self, index: usize, label: &str) {
        let ast = &self.layers[index];
        let operator = ast.operator.to_string();
        let known = kinds::kind(&operator).zip(vocabulary::operator(&operator));
        let Some((kind, word)) = known.filter(|_| !self.is_out_of_place(index)) else {
            return self.pass_over(ast);
        };
        let sources = match (self.sources(index, word.inputs), word.inputs) {
            (Ok(sources), _) => sources,
            // Much of a layer can be checked without knowing what it reads.
            (Err(Reported), Inputs::One) => vec![Source::default()],
            (Err(Reported), _) => return self.pass_over(ast),
        };
        let mut layer = self.layer_at(index, sources);
        let output = kind(&mut layer).unwrap_or(Output::unknown(None));
        let wishes = if is_input(ast) { Ok(Wishes::default()) } else { layer.wishes() };
        let Layer { sources, is_doubtful, .. } = layer;
        self.add(index, label, &sources, output, wishes);
        if let Some(made) = self.made.last_mut() {
            made.is_doubtful = is_doubtful;
        }
    }

    /// The layer at `index`, about to be built.
    pub(super) fn layer_at(&mut self, index: usize, sources: Vec<Source>) -> Layer<'_, 'f> {
        let (ast, all) = (&self.layers[index], self.layers);
        Layer { ast, all, index, sources, is_doubtful: false, stage: &mut self.stage }
    }

    /// Whether the layer at `index` is an `Input` behind others, or has the label of an earlier one: it is reported, and
    /// must not be taken for what it says.
    fn is_out_of_place(&self, index: usize) -> bool {
        self.is_repeated(index) || index > 0 && is_input(&self.layers[index])
    }

    fn is_repeated(&self, index: usize) -> bool {
        let first = |label: &Ident| self.labels.get(&label.unraw().to_string());
        self.layers[index].label.as_ref().and_then(first).is_some_and(|&first| first != index)
    }

    /// A layer of which nothing can be known.
    fn pass_over(&mut self, layer: &ast::Layer) {
        self.stage.weights.skip(layer);
        self.made.push(Made::default());
        self.is_right = false;
        self.is_resolved = false;
    }

    /// Notes what a layer makes: a tensor if its shape is known, and a node if all is right.
    fn add(
        &mut self,
        index: usize,
        label: &str,
        sources: &[Source],
        mut output: Output,
        wishes: Result<Wishes, Reported>,
    ) {
        let ast = &self.layers[index];
        if self.check_size(ast, &mut output).is_err() {
            output = Output::unknown(None);
        }
        let Output { shape, channels, operator, order, has_channels, mut info } = output;
        info.range = info.range.or(wishes.ok().and_then(|wishes| wishes.range));
        let tensor = shape.map(|shape| (self.graph.add_tensor(label, shape.clone(), info), shape));
        self.add_node(ast, label, sources, operator, tensor.as_ref().map(|(id, _)| *id), wishes);
        self.made.push(Made { tensor, channels, order, has_channels, is_doubtful: false });
    }

    fn add_node(
        &mut self,
        ast: &ast::Layer,
        label: &str,
        sources: &[Source],
        operator: Option<FloatOperator>,
        output: Option<TensorId>,
        wishes: Result<Wishes, Reported>,
    ) {
        if let (true, Some(id)) = (is_input(ast), output) {
            self.graph.inputs.push(id);
            self.is_right &= self.stage.settings.is_some();
            return;
        }
        let inputs: Option<Vec<TensorId>> =
            sources.iter().map(|source| source.made.tensor.as_ref().map(|(id, _)| *id)).collect();
        match (operator, inputs, output, wishes) {
            (Some(operator), Some(inputs), Some(output), Ok(wishes)) => self.graph.nodes.push(Node {
                label: label.into(),
                kind: ast.operator.to_string(),
                operator,
                inputs,
                output,
                states: Vec::new(),
                span: ast.span(),
                wishes: Wishes { is_labeled: ast.label.is_some(), ..wishes },
            }),
            _ => self.is_right = false,
        }
    }

    /// Refuses what would need more memory or time than any network for a microcontroller.
    fn check_size(&mut self, ast: &ast::Layer, output: &mut Output) -> Result<(), Reported> {
        let Some(shape) = &output.shape else { return Ok(()) };
        self.size.add(shape, output.operator.as_ref()).map_err(|too_large| {
            let message = format_args!("`{}` {too_large}", name(ast));
            self.stage.errors.help(ast.span(), message, size::REMEDY);
            Reported
        })
    }

    /// Checks what only the end shows.
    fn finish(mut self) -> Walked {
        self.check_output_order();
        self.check_unread();
        let shape =
            |made: Option<&Made>| made.and_then(|made| made.tensor.as_ref()).map(|(_, shape)| shape.clone());
        let first = self.layers.first().filter(|layer| is_input(layer)).and(self.made.first());
        let interface = Interface {
            input_shapes: shape(first).map(|shape| vec![shape]),
            output_shapes: shape(self.made.last().filter(|_| self.network.is_whole)).map(|shape| vec![shape]),
            is_stateful: false,
        };
        let choices = match self.graph.nodes.last() {
            Some(Node { operator: FloatOperator::ArgMax, inputs, .. }) => {
                inputs.first().map(|&input| self.graph.tensor(input).shape.clone())
            }
            _ => interface.output_shape().map(<[usize]>::to_vec),
        };
        let is_repeated = (0..self.layers.len()).any(|index| self.is_repeated(index));
        let Stage { weights, settings, errors, .. } = self.stage;
        // With one label twice, entries may be those of a layer that lost its own.
        weights.finish(self.network.is_whole && !is_repeated, errors);
        let output = self.made.last().and_then(|made| made.tensor.as_ref()).map(|(id, _)| *id);
        self.graph.outputs.extend(output);
        let mut is_right = self.is_right;
        for (layer, made) in self.layers.iter().zip(&self.made).filter(|_| self.is_right) {
            let output = made.tensor.as_ref().map(|(id, _)| *id);
            is_right &= output.is_none_or(|id| refuse_pruned_answers(&self.graph, id, layer, errors).is_ok());
        }
        let network = match (settings, output) {
            (Some((settings, spans)), Some(_)) if is_right => {
                Some(RealNetwork { graph: self.graph, settings, spans })
            }
            _ => None,
        };
        Walked { network, interface, choices }
    }

    /// The caller reads the output as it lies in memory.
    fn check_output_order(&mut self) {
        // The end of what could be read need not be the end of the network.
        let last = self.made.last().filter(|_| self.network.is_whole);
        let Some(order) = last.map(|made| made.order.clone()) else { return };
        let last = self.made.len() - 1;
        if self.layer_at(last, Vec::new()).check_output_order(&order).is_err() {
            self.is_right = false;
        }
    }

    /// A layer that nobody reads is a mistake, unless it is the last: that is the output.
    fn check_unread(&mut self) {
        let Some((last, others)) = self.layers.split_last() else { return };
        if !self.is_resolved {
            return;
        }
        for (layer, _) in others.iter().zip(&self.is_read).filter(|(_, is_read)| !**is_read) {
            self.is_right = false;
            self.stage.errors.help(
                layer.span(),
                format_args!("no layer reads `{}`", name(layer)),
                format_args!(
                    "remove it, or name it in the `input` or `inputs` of another layer; the output is that \
                     of the last layer, `{}`",
                    name(last)
                ),
            );
        }
    }
}

/// Reports a layer some of whose output channels are to disappear, although they are what the network answers.
pub(super) fn refuse_pruned_answers<T, O: AnyOperator>(
    graph: &Graph<T, O>,
    output: TensorId,
    layer: &ast::Layer,
    errors: &mut Errors,
) -> Result<(), Reported> {
    let node = graph.producer(output).map(|index| &graph.nodes[index]);
    let pruned = node.filter(|node| node.wishes.pruning.channels.is_some_and(|share| share > 0.0));
    let (Some(node), Some(option)) = (pruned, layer.option("prune_channels")) else { return Ok(()) };
    if !graph.is_answer(output) {
        return Ok(());
    }
    errors.help(
        option.name.span(),
        format_args!("`{}`: its output channels are what the network answers", node.label),
        "leave `prune_channels` out here: `prune` and `prune_inputs` keep the outputs",
    );
    Err(Reported)
}

/// Place of the first layer behind each label.
fn labels(layers: &[ast::Layer]) -> HashMap<String, usize> {
    let mut labels = HashMap::new();
    for (index, layer) in layers.iter().enumerate() {
        if let Some(label) = &layer.label {
            labels.entry(label.unraw().to_string()).or_insert(index);
        }
    }
    labels
}

pub(super) fn is_input(layer: &ast::Layer) -> bool {
    layer.operator == "Input"
}
