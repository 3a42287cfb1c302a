//! The walk over the layers: who reads whom, and what becomes of each.

use super::kinds;
use super::layer::{Layer, Made, Output, Source, Stage, name};
use super::{Interface, LARGEST_NETWORK, LARGEST_TENSOR, MOST_STEPS, Reported, naming};
use crate::ast::{self, Network, ValueKind};
use crate::diagnostics::Errors;
use crate::files::Files;
use crate::graph::{FloatGraph, FloatOperator, Graph, Node, TensorId, Wishes};
use crate::settings::Settings;
use crate::vocabulary::{self, Inputs};
use crate::weights::WeightStore;
use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;

/// What the layers make.
pub(super) struct Walked {
    /// The network; `None` if anything is wrong or a file cannot be seen.
    pub(super) network: Option<WalkedNetwork>,
    /// What is known even then.
    pub(super) interface: Interface,
    /// Shape of the values of which the largest is the network's answer, where it is known.
    pub(super) choices: Option<Vec<usize>>,
}

/// A network whose layers are all right.
pub(super) struct WalkedNetwork {
    /// What it computes.
    pub(super) graph: FloatGraph,
    /// How it is quantised.
    pub(super) settings: Settings,
    /// Where errors about the calibration point.
    pub(super) calibration_span: Span,
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
        stage: Stage { files, weights, settings: None, asked: Vec::new(), errors },
        graph: Graph { tensors: Vec::new(), nodes: Vec::new(), inputs: Vec::new(), outputs: Vec::new() },
        made: Vec::new(),
        is_read: vec![false; layers.len()],
        is_resolved: network.is_whole,
        is_right: network.is_whole,
        values: 0,
        steps: 0,
    };
    walk.check_inputs();
    let names = naming::names(layers);
    for (index, name) in names.iter().enumerate() {
        walk.layer(index, name);
    }
    walk.finish()
}

/// The state of the walk.
struct Walk<'a, 'f> {
    network: &'a Network,
    layers: &'a [ast::Layer],
    stage: Stage<'f>,
    graph: FloatGraph,
    /// What the layers so far make.
    made: Vec<Made>,
    /// Which layers others read.
    is_read: Vec<bool>,
    /// Whether it is known what each layer reads: else, who seems unread may be meant.
    is_resolved: bool,
    /// Whether nothing is wrong so far.
    is_right: bool,
    /// Number of values of all tensors.
    values: u64,
    /// Number of steps of all operators.
    steps: u64,
}

impl Walk<'_, '_> {
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
        let (Some(kind), Some(word)) = (kinds::kind(&operator), vocabulary::operator(&operator)) else {
            self.pass_over(ast);
            return;
        };
        if is_input(ast) && index > 0 {
            self.pass_over(ast);
            return;
        }
        let sources = match word.inputs {
            Inputs::None => Ok(Vec::new()),
            Inputs::One => self.one_source(index).map(|source| vec![source]),
            Inputs::Several => self.several_sources(index),
        };
        // Without its sources a layer can still be checked against itself.
        let is_known = sources.is_ok();
        let sources = sources.unwrap_or_else(|Reported| match word.inputs {
            Inputs::One => vec![Source { name: String::new(), made: Made::default() }],
            _ => Vec::new(),
        });
        if !is_known && word.inputs == Inputs::Several {
            self.pass_over(ast);
            return;
        }
        let mut layer = Layer { ast, all: self.layers, index, sources, stage: &mut self.stage };
        let output = kind(&mut layer).unwrap_or(Output::unknown(None));
        let wishes = if is_input(ast) { Ok(Wishes::default()) } else { layer.wishes() };
        let sources = layer.sources;
        self.add(index, label, &sources, output, wishes);
    }

    /// A layer of which nothing can be known.
    fn pass_over(&mut self, layer: &ast::Layer) {
        self.stage.weights.skip(layer);
        self.made.push(Made::default());
        self.is_right = false;
        self.is_resolved = false;
    }

    /// The layer that the one at `index` reads: the one it names, or the one before.
    fn one_source(&mut self, index: usize) -> Result<Source, Reported> {
        match self.layers[index].option("input").map(|option| &option.value) {
            None => {
                let before = index.checked_sub(1).ok_or(Reported)?;
                Ok(self.source(before))
            }
            Some(value) => match &value.kind {
                ValueKind::Word(label) => self.labelled(index, label),
                _ => {
                    self.is_resolved = false;
                    Err(self.wrong(index, "input", value))
                }
            },
        }
    }

    /// The layers that the one at `index` names.
    fn several_sources(&mut self, index: usize) -> Result<Vec<Source>, Reported> {
        let Some(option) = self.layers[index].option("inputs") else {
            self.is_resolved = false;
            return Err(Reported);
        };
        let ValueKind::List(items) = &option.value.kind else {
            self.is_resolved = false;
            return Err(self.wrong(index, "inputs", &option.value));
        };
        // Who is meant by an empty list is as unknown as who is meant by a wrong label.
        self.is_resolved &= !items.is_empty();
        let source = |item: &ast::Value| match &item.kind {
            ValueKind::Word(label) => self.labelled(index, label),
            _ => {
                self.is_resolved = false;
                Err(self.wrong(index, "inputs", item))
            }
        };
        let sources: Vec<_> = items.iter().map(source).collect();
        sources.into_iter().collect()
    }

    /// Reports a value that is no label.
    fn wrong(&mut self, index: usize, option: &str, value: &ast::Value) -> Reported {
        if let ValueKind::Text(text) = &value.kind {
            let help = format!("labels are written without quotes: `{}`", text.value());
            self.stage.errors.help_value(
                value,
                format_args!("`{option}` takes labels of layers, found text"),
                help,
            );
            return Reported;
        }
        let example = if option == "input" { "conv1" } else { "[left, right]" };
        let ast = &self.layers[index];
        Layer { ast, all: self.layers, index, sources: Vec::new(), stage: &mut self.stage }
            .wrong(option, value, example)
    }

    /// The layer called `label`, for the layer at `index`.
    fn labelled(&mut self, index: usize, label: &Ident) -> Result<Source, Reported> {
        let is_meant =
            |layer: &ast::Layer| layer.label.as_ref().is_some_and(|known| known.unraw() == label.unraw());
        let Some(place) = self.layers.iter().position(is_meant) else {
            // Reported with the names.
            self.is_resolved = false;
            return Err(Reported);
        };
        if place < index {
            return Ok(self.source(place));
        }
        self.is_resolved = false;
        let reader = name(&self.layers[index]);
        match place == index {
            true => self.stage.errors.help(
                label.span(),
                format_args!("`{reader}` cannot read itself"),
                "name a layer before it",
            ),
            false => self.stage.errors.help(
                label.span(),
                format_args!("`{reader}` reads `{label}`, which comes after it"),
                "layers run in the order they are written: move the one that is read up",
            ),
        }
        Err(Reported)
    }

    /// What the layer at `place` makes, for a reader.
    fn source(&mut self, place: usize) -> Source {
        self.is_read[place] = true;
        Source { name: name(&self.layers[place]), made: self.made[place].clone() }
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
        self.made.push(Made { tensor, channels, order, has_channels });
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
                span: ast.span(),
                wishes,
            }),
            _ => self.is_right = false,
        }
    }

    /// Refuses what would need more memory or time than any network for a microcontroller.
    fn check_size(&mut self, ast: &ast::Layer, output: &mut Output) -> Result<(), Reported> {
        let Some(shape) = &output.shape else { return Ok(()) };
        let values = shape.iter().fold(1, |product: u64, &axis| product.saturating_mul(axis as u64));
        let steps = output.operator.as_ref().map_or(0, |operator| steps(operator, values));
        let total = self.values.saturating_add(values);
        let total_steps = self.steps.saturating_add(steps);
        let too_large = if values > LARGEST_TENSOR {
            format!("makes {shape:?}, {values} values; a tensor may have {LARGEST_TENSOR}")
        } else if total > LARGEST_NETWORK {
            format!("brings the tensors to {total} values; a network may have {LARGEST_NETWORK}")
        } else if total_steps > MOST_STEPS {
            format!("brings one inference to {total_steps} steps; it may have {MOST_STEPS}")
        } else {
            (self.values, self.steps) = (total, total_steps);
            return Ok(());
        };
        self.stage.errors.help(
            ast.span(),
            format_args!("`{}` {too_large}", name(ast)),
            "networks for microcontrollers are far smaller: check the sizes",
        );
        Err(Reported)
    }

    /// Checks what only the end shows.
    fn finish(mut self) -> Walked {
        self.check_output_order();
        self.check_unread();
        let shape =
            |made: Option<&Made>| made.and_then(|made| made.tensor.as_ref()).map(|(_, shape)| shape.clone());
        let first = self.layers.first().filter(|layer| is_input(layer)).and(self.made.first());
        let interface = Interface {
            input_shape: shape(first),
            // The end of what could be read need not be the end of the network.
            output_shape: shape(self.made.last().filter(|_| self.network.is_whole)),
        };
        let choices = match self.graph.nodes.last() {
            Some(Node { operator: FloatOperator::ArgMax, inputs, .. }) => {
                inputs.first().map(|&input| self.graph.tensor(input).shape.clone())
            }
            _ => interface.output_shape.clone(),
        };
        let Stage { weights, settings, errors, .. } = self.stage;
        weights.finish(self.network.is_whole, errors);
        let output = self.made.last().and_then(|made| made.tensor.as_ref()).map(|(id, _)| *id);
        let network = match (settings, output) {
            (Some((settings, calibration_span)), Some(output)) if self.is_right => {
                self.graph.outputs.push(output);
                Some(WalkedNetwork { graph: self.graph, settings, calibration_span })
            }
            _ => None,
        };
        Walked { network, interface, choices }
    }
}

impl Walk<'_, '_> {
    /// The caller reads the output as it lies in memory.
    fn check_output_order(&mut self) {
        let (Some(made), Some(ast)) = (self.made.last(), self.layers.last()) else { return };
        let order = made.order.clone();
        let index = self.layers.len() - 1;
        let mut layer = Layer { ast, all: self.layers, index, sources: Vec::new(), stage: &mut self.stage };
        if layer.check_output_order(&order).is_err() {
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

fn is_input(layer: &ast::Layer) -> bool {
    layer.operator == "Input"
}

/// Multiplications, comparisons or look-ups that an operator takes; `outputs` is the number of values it makes.
fn steps(operator: &FloatOperator, outputs: u64) -> u64 {
    let area =
        |window: &crate::geometry::Window| (window.kernel[0] as u64).saturating_mul(window.kernel[1] as u64);
    let each = match operator {
        FloatOperator::Dense(filter) => filter.shape.get(1).map_or(1, |&inputs| inputs as u64),
        FloatOperator::Conv2d { window, groups, .. } => {
            area(window).saturating_mul((window.input[2] / groups.max(&1)) as u64)
        }
        FloatOperator::DepthwiseConv2d { window, .. }
        | FloatOperator::MaxPool(window)
        | FloatOperator::AveragePool { window, .. } => area(window),
        _ => 1,
    };
    outputs.saturating_mul(each)
}
