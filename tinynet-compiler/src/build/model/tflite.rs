//! Models from `.tflite` files: those of integers as they are, those of real numbers by way of the graph of declared
//! networks.

use super::layers::{self, Stated};
use crate::ast::{Layer, Network};
use crate::build::walk::is_input;
use crate::build::{
    Declared, Interface, QuantizedNetwork, RealNetwork, Reported, input, layer, naming, narrowing, size,
};
use crate::diagnostics::{Errors, with_help};
use crate::files::Files;
use crate::from_tflite::{self, Problem};
use crate::graph::{AnyOperator, Graph};
use crate::import::tflite::{self, Model};
use crate::quantize::Narrowing;
use crate::quantized::QuantizedGraph;
use crate::settings::{InputSpans, Settings};
use crate::weights::WeightStore;
use syn::LitStr;

/// A model about to be imported.
pub(super) struct Import<'a> {
    pub(super) network: &'a Network,
    /// What stands in braces.
    pub(super) layers: Option<&'a [Layer]>,
    pub(super) file: &'a LitStr,
    pub(super) files: &'a dyn Files,
    pub(super) interface: &'a mut Interface,
    pub(super) errors: &'a mut Errors,
}

/// Whether an `Input` says that a model is a table of its answers or is none, and nothing more.
fn states_table_alone(input: &Layer) -> bool {
    matches!(input.options.as_slice(), [option] if option.name == "lookup_table")
}

impl Import<'_> {
    /// What the file holds.
    pub(super) fn import(&mut self) -> Result<Declared, Reported> {
        let contents = self.files.read(self.file).map_err(|error| {
            error.report(self.file, self.errors);
            Reported
        })?;
        let model = tflite::read(&contents.bytes).map_err(|error| {
            error.report(self.file, self.errors);
            Reported
        })?;
        let [inputs, outputs] = from_tflite::edges(&model);
        let is_stateful = from_tflite::is_stateful(&model);
        *self.interface = Interface { input_shapes: Some(inputs), output_shapes: Some(outputs), is_stateful };
        let inputs = self.inputs();
        if from_tflite::is_real(&model) {
            return match inputs.filter(|inputs| !inputs.is_empty()) {
                Some(inputs) => self.real_numbers(&model, &contents.bytes, &inputs).map(Declared::Real),
                None => Err(self.ask_for_samples()),
            };
        }
        let is_asked = |inputs: &[Layer]| !inputs.is_empty() || self.names_layers();
        let (narrowing, lookup_table, graph) = match inputs.as_deref() {
            None => (None, None, self.integers(&model, &contents.bytes)?),
            Some([input]) if states_table_alone(input) && !self.names_layers() => {
                let graph = self.integers(&model, &contents.bytes)?;
                let span = input.option("lookup_table").map_or(input.span(), |option| option.value.span());
                let lookup_table = self.lookup_table(&graph, input)?.map(|stated| (stated, span));
                (None, lookup_table, graph)
            }
            Some(inputs) if is_asked(inputs) => {
                let mut graph = self.integers(&model, &contents.bytes)?;
                let (narrowing, lookup_table) = self.narrowing(&mut graph, inputs)?;
                let lookup_table = lookup_table.map(|stated| (stated, narrowing.spans.lookup_table));
                (Some(narrowing), lookup_table, graph)
            }
            Some(_) => return Err(self.refuse_braces()),
        };
        Ok(Declared::Quantized(QuantizedNetwork { graph, narrowing, lookup_table }))
    }

    /// What is in braces, inputs apart: `None` where there are no braces.
    fn inputs(&self) -> Option<Vec<Layer>> {
        let layers = self.layers?.iter().filter(|layer| is_input(layer));
        Some(layers.cloned().collect())
    }

    /// Whether single layers are named.
    fn names_layers(&self) -> bool {
        self.layers.is_some_and(|layers| layers.iter().any(|layer| !is_input(layer)))
    }

    /// Notes what is asked of single layers of a model.
    fn note_layers<T, O: AnyOperator>(
        &mut self,
        graph: &mut Graph<T, O>,
        options: &'static [&'static str],
    ) -> Result<(), Reported> {
        let stated = Stated { file: self.file.value(), layers: self.layers.unwrap_or_default(), options };
        stated.note(graph, &mut self.stage())
    }

    /// What reading layers needs.
    fn stage(&mut self) -> layer::Stage<'_> {
        let weights = WeightStore::open(self.files, None, self.errors);
        let (files, asked) = (self.files, Vec::new());
        layer::Stage { files, weights, model_input: None, settings: None, asked, errors: self.errors }
    }

    fn integers(&mut self, model: &Model, bytes: &[u8]) -> Result<QuantizedGraph, Reported> {
        let graph = from_tflite::quantized_graph(model, bytes, self.file.span());
        graph.map_err(|problems| self.report(problems))
    }

    fn real_numbers(
        &mut self,
        model: &Model,
        bytes: &[u8],
        inputs: &[Layer],
    ) -> Result<RealNetwork, Reported> {
        let graph = from_tflite::real_graph(model, bytes, &naming::names(inputs), self.file.span());
        let mut graph = graph.map_err(|problems| self.report(problems))?;
        let shapes: Vec<_> = graph.inputs.iter().map(|&id| &graph.tensor(id).shape).collect();
        self.check_number_of_inputs(&shapes, inputs)?;
        let mut size = size::Size::default();
        for node in &graph.nodes {
            let shape = &graph.tensor(node.output).shape;
            size.add(shape, Some(&node.operator)).map_err(|too_large| {
                let message = format_args!("`{}` {too_large}", node.label);
                self.errors.help(self.file.span(), message, size::REMEDY);
                Reported
            })?;
        }
        // What is wrong with inputs is reported with what is wrong with layers.
        let noted = self.note_layers(&mut graph, layers::OF_REAL_NUMBERS);
        let mut stage = self.stage();
        let mut outputs = Vec::new();
        for (index, (ast, &id)) in inputs.iter().zip(&graph.inputs).enumerate() {
            stage.model_input = Some(graph.tensor(id).shape.clone());
            let mut layer = layer::Layer {
                ast,
                all: inputs,
                index,
                sources: Vec::new(),
                is_doubtful: false,
                stage: &mut stage,
            };
            outputs.push(input::input(&mut layer));
        }
        let (settings, spans) = noted.and(stage.settings.ok_or(Reported))?;
        for (output, id) in outputs.into_iter().zip(graph.inputs.clone()) {
            graph.tensors[id.0].info = output?.info;
        }
        Ok(RealNetwork { graph, settings, spans })
    }

    /// What becomes of the weights of a model of integers, and whether it is a table of its answers.
    fn narrowing(
        &mut self,
        graph: &mut QuantizedGraph,
        inputs: &[Layer],
    ) -> Result<(Narrowing, Option<bool>), Reported> {
        let shapes: Vec<_> = graph.inputs.iter().map(|&id| &graph.tensor(id).shape).collect();
        if !(inputs.is_empty() && self.names_layers()) {
            self.check_number_of_inputs(&shapes, inputs)?;
        }
        let mut result = self.note_layers(graph, layers::OF_INTEGERS);
        // Layers that are wrong may ask for other weights, too.
        let changes_layers = result.is_err() || graph.nodes.iter().any(|node| node.wishes.changes_weights());
        let (names_layers, name) = (self.names_layers(), self.network.name.span());
        let mut stage = self.stage();
        for (index, (ast, &id)) in inputs.iter().zip(&graph.inputs).enumerate() {
            stage.model_input = Some(graph.tensor(id).shape.clone());
            let (sources, is_doubtful) = (Vec::new(), false);
            let mut layer = layer::Layer { ast, all: inputs, index, sources, is_doubtful, stage: &mut stage };
            let asked = narrowing::Asked { names_layers, changes_layers };
            result = result.and(narrowing::narrowing(&mut layer, graph, id, asked));
        }
        result?;
        let of_layers_alone = || (Settings::default(), InputSpans::all(name));
        let (settings, spans) = stage.settings.or(names_layers.then(of_layers_alone)).ok_or(Reported)?;
        let Settings { precision, prune, bias_correction, calibration, lookup_table, .. } = settings;
        let narrowing = Narrowing { precision, prune, bias_correction, calibration, spans };
        Ok((narrowing, lookup_table))
    }

    /// Whether a model of integers is a table of its answers.
    fn lookup_table(&mut self, graph: &QuantizedGraph, input: &Layer) -> Result<Option<bool>, Reported> {
        let shapes: Vec<_> = graph.inputs.iter().map(|&id| &graph.tensor(id).shape).collect();
        self.check_number_of_inputs(&shapes, std::slice::from_ref(input))?;
        let shape = shapes.first().map_or(Vec::new(), |&shape| shape.clone());
        let mut stage = self.stage();
        let all = std::slice::from_ref(input);
        let (sources, is_doubtful) = (Vec::new(), false);
        let mut layer = layer::Layer { ast: input, all, index: 0, sources, is_doubtful, stage: &mut stage };
        input::lookup_table(&mut layer, &Ok(shape))
    }

    /// One `Input` for each input.
    fn check_number_of_inputs(&mut self, shapes: &[&Vec<usize>], inputs: &[Layer]) -> Result<(), Reported> {
        if shapes.len() == inputs.len() {
            return Ok(());
        }
        let shapes: Vec<_> = shapes.iter().map(|shape| format!("{shape:?}")).collect();
        self.errors.help(
            inputs.last().map_or(self.network.name.span(), Layer::span),
            format_args!("`{}` has {} inputs, not {}", self.file.value(), shapes.len(), inputs.len()),
            format_args!(
                "write an `Input` for each, in the order of the model: they are {}",
                shapes.join(", ")
            ),
        );
        Err(Reported)
    }

    fn report(&mut self, problems: Vec<Problem>) -> Reported {
        for problem in problems {
            self.errors.push(with_help(self.file.span(), problem.cause, problem.remedy));
        }
        Reported
    }

    /// A model of real numbers without an `Input`.
    fn ask_for_samples(&mut self) -> Reported {
        let shape = self.interface.input_shape().map_or("…".into(), |shape| {
            shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        });
        let place = if self.layers.is_some() { "write" } else { "in place of `;` write" };
        let each = match self.interface.input_shapes.as_ref().map_or(1, Vec::len) {
            1 => String::new(),
            inputs => format!(", one for each of the {inputs} inputs"),
        };
        self.errors.help(
            self.file.span(),
            format_args!(
                "`{}` calculates with real numbers, and nothing says which values its input takes",
                self.file.value()
            ),
            format_args!(
                "{place} `{{ input: Input {{ calibration: \"samples.npy\" }} }}`{each}: some hundred inputs, float32 of \
                 shape [n, {shape}]; or convert the model with full integer quantisation"
            ),
        );
        Reported
    }

    /// A model of integers, and nothing in braces.
    fn refuse_braces(&mut self) -> Reported {
        self.errors.help(
            self.network.name.span(),
            format_args!(
                "`{}` is quantised already: it says itself what its integers mean",
                self.file.value()
            ),
            "end the declaration with `;` in place of the braces",
        );
        Reported
    }
}
