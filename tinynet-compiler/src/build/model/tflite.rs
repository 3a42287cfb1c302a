//! Models from `.tflite` files: those of integers as they are, those of real numbers by way of the graph of declared
//! networks.

use crate::ast::{Layer, Network};
use crate::build::walk::is_input;
use crate::build::{
    Declared, Interface, QuantizedNetwork, RealNetwork, Reported, input, layer, naming, narrowing, size,
};
use crate::diagnostics::{Errors, with_help};
use crate::files::Files;
use crate::from_tflite::{self, Problem};
use crate::import::tflite::{self, Model};
use crate::quantize::Narrowing;
use crate::quantized::QuantizedGraph;
use crate::settings::Settings;
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
        self.refuse_layers()?;
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
        match (from_tflite::is_real(&model), self.layers) {
            (false, None) => {
                let graph = self.integers(&model, &contents.bytes)?;
                Ok(Declared::Quantized(QuantizedNetwork { graph, narrowing: None, lookup_table: None }))
            }
            (false, Some([input])) if states_table_alone(input) => {
                let graph = self.integers(&model, &contents.bytes)?;
                let lookup_table = self.lookup_table(&graph, input)?.map(|stated| (stated, input.span()));
                Ok(Declared::Quantized(QuantizedNetwork { graph, narrowing: None, lookup_table }))
            }
            (false, Some(stated)) if !stated.is_empty() => {
                let graph = self.integers(&model, &contents.bytes)?;
                let (narrowing, lookup_table) = self.narrowing(&graph, stated)?;
                let lookup_table = lookup_table.map(|stated| (stated, narrowing.span));
                let narrowing = Some(narrowing);
                Ok(Declared::Quantized(QuantizedNetwork { graph, narrowing, lookup_table }))
            }
            (true, Some(stated)) if !stated.is_empty() => {
                self.real_numbers(&model, &contents.bytes, stated).map(Declared::Real)
            }
            (true, _) => Err(self.ask_for_samples()),
            (false, Some(_)) => Err(self.refuse_braces()),
        }
    }

    /// Layers stand in the file: what is in braces can be an `Input` only.
    fn refuse_layers(&mut self) -> Result<(), Reported> {
        let Some(layers) = self.layers else { return Ok(()) };
        let others: Vec<&Layer> = layers.iter().filter(|layer| !is_input(layer)).collect();
        for other in &others {
            self.errors.help(
                other.span(),
                format_args!("`{}` has its layers already", self.file.value()),
                "leave this one out: all that can stand here is an `Input { calibration: \"samples.npy\" }` for each \
                 input, by which a model of real numbers is quantised, or one of integers given weights of fewer bits",
            );
        }
        if others.is_empty() { Ok(()) } else { Err(Reported) }
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
        let weights = WeightStore::open(self.files, None, self.errors);
        let (files, asked) = (self.files, Vec::new());
        let mut stage =
            layer::Stage { files, weights, model_input: None, settings: None, asked, errors: self.errors };
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
        let (settings, calibration_span) = stage.settings.ok_or(Reported)?;
        for (output, id) in outputs.into_iter().zip(graph.inputs.clone()) {
            graph.tensors[id.0].info = output?.info;
        }
        Ok(RealNetwork { graph, settings, calibration_span })
    }

    /// What becomes of the weights of a model of integers, and whether it is a table of its answers.
    fn narrowing(
        &mut self,
        graph: &QuantizedGraph,
        inputs: &[Layer],
    ) -> Result<(Narrowing, Option<bool>), Reported> {
        let shapes: Vec<_> = graph.inputs.iter().map(|&id| &graph.tensor(id).shape).collect();
        self.check_number_of_inputs(&shapes, inputs)?;
        let weights = WeightStore::open(self.files, None, self.errors);
        let (files, asked) = (self.files, Vec::new());
        let mut stage =
            layer::Stage { files, weights, model_input: None, settings: None, asked, errors: self.errors };
        for (index, (ast, &id)) in inputs.iter().zip(&graph.inputs).enumerate() {
            stage.model_input = Some(graph.tensor(id).shape.clone());
            let (sources, is_doubtful) = (Vec::new(), false);
            let mut layer = layer::Layer { ast, all: inputs, index, sources, is_doubtful, stage: &mut stage };
            narrowing::narrowing(&mut layer, graph, id)?;
        }
        let (Settings { precision, bias_correction, calibration, lookup_table, .. }, span) =
            stage.settings.ok_or(Reported)?;
        let narrowing = Narrowing { precision: precision.stated(), bias_correction, calibration, span };
        Ok((narrowing, lookup_table))
    }

    /// Whether a model of integers is a table of its answers.
    fn lookup_table(&mut self, graph: &QuantizedGraph, input: &Layer) -> Result<Option<bool>, Reported> {
        let shapes: Vec<_> = graph.inputs.iter().map(|&id| &graph.tensor(id).shape).collect();
        self.check_number_of_inputs(&shapes, std::slice::from_ref(input))?;
        let shape = shapes.first().map_or(Vec::new(), |&shape| shape.clone());
        let weights = WeightStore::open(self.files, None, self.errors);
        let (files, asked) = (self.files, Vec::new());
        let mut stage =
            layer::Stage { files, weights, model_input: None, settings: None, asked, errors: self.errors };
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
