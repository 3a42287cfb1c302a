//! From a [`Model`] of TensorFlow Lite to the quantised graph: the same operators that declared networks become. Models of
//! real numbers become a float graph (`real`).
//!
//! The arithmetic is that of TensorFlow Lite's reference kernels (`tensorflow/lite/kernels/internal/reference` of
//! TensorFlow 2.19, resolver `BUILTIN_REF`), bit for bit. What an operator asks for and nothing here does is an error:
//! there is no number that may be wrong.
//!
//! One file a family of operators; `operators` is the table of them all. Operators on constants (shapes that a model
//! computes) are evaluated here and leave no trace.

mod arg_extremum;
mod batches;
mod behind;
mod constants;
mod edges;
mod elementwise;
mod functions;
mod gather;
mod interpolation;
mod join;
mod linear;
mod lstm;
mod moves;
mod multiplier;
mod nearest;
mod operators;
mod pad;
mod pairs;
mod pooling;
mod quantization;
mod real;
mod rearrange;
mod reduce;
mod reshape;
mod sigmoid;
mod sizes;
mod softmax;
mod softmax_16;
mod spread;
mod states;
mod svdf;
mod types;
mod variables;
mod view;
mod windows;

pub use operators::unsupported_operators;
pub use real::{is_real, real_graph};

use crate::graph::{Graph, Node, TensorId, Wishes};
use crate::import::tflite::{BuiltinOperator, ElementType, Model, Operator, Subgraph, Tensor, TensorIndex};
use crate::quantized::{Element, QuantizedGraph, QuantizedOperator, QuantizedTensor};
use behind::RealOperator;
use proc_macro2::Span;
use quantization::Integers;
use std::collections::HashMap;
use std::fmt::Display;

/// Why a model cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, with numbers.
    pub cause: String,
    /// What can be done about it.
    pub remedy: String,
}

impl Problem {
    fn new(cause: impl Display, remedy: impl Display) -> Self {
        Self { cause: cause.to_string(), remedy: remedy.to_string() }
    }
}

/// The graph of a model; `bytes` is the file it was read from, `span` where errors about it point.
///
/// # Errors
///
/// All operators that are not supported at once, else all operators whose options are not.
pub fn quantized_graph(model: &Model, bytes: &[u8], span: Span) -> Result<QuantizedGraph, Vec<Problem>> {
    let subgraph = first_subgraph(model)?;
    operators::check_all(model, subgraph, operators::is_known, nearest::nearest)?;
    check_sizes(subgraph, MOST_ELEMENTS)?;
    let mut conversion = Conversion {
        model,
        subgraph,
        bytes,
        span,
        graph: Graph::default(),
        values: HashMap::new(),
        real_integers: HashMap::new(),
        variables: variables::Variables::default(),
        real_functions: HashMap::new(),
        problems: Vec::new(),
    };
    conversion.inputs();
    conversion.all_operators(operators::convert);
    conversion.graph.outputs = conversion.outputs();
    conversion.unsigned_outputs();
    match conversion.problems.is_empty() {
        true => Ok(conversion.graph),
        false => Err(conversion.problems),
    }
}

fn first_subgraph(model: &Model) -> Result<&Subgraph, Vec<Problem>> {
    let none = || vec![Problem::new("the model has no subgraph", "convert it again")];
    model.subgraphs.first().ok_or_else(none)
}

/// Shapes of the inputs and outputs of a model, whatever lies between.
pub fn edges(model: &Model) -> [Vec<Vec<usize>>; 2] {
    let Some(subgraph) = model.subgraphs.first() else { return Default::default() };
    [&subgraph.inputs, &subgraph.outputs].map(|indices| {
        indices.iter().map(|&index| shape_without_batch(&subgraph.tensors[index].shape)).collect()
    })
}

/// Whether a model keeps something from one inference to the next.
pub fn is_stateful(model: &Model) -> bool {
    let Some(subgraph) = model.subgraphs.first() else { return false };
    subgraph.tensors.iter().any(|tensor| tensor.is_variable || tensor.element_type == ElementType::Resource)
}

/// Number and kind of an operator, and what it makes.
fn place(model: &Model, subgraph: &Subgraph, index: usize) -> String {
    let operator = &subgraph.operators[index];
    let outputs: Vec<_> = operator.outputs.iter().map(|&output| subgraph.tensor_place(output)).collect();
    let place = model.operator_place(index, operator);
    if outputs.is_empty() { place } else { format!("{place}, which makes {},", outputs.join(" and ")) }
}

/// Most elements of a tensor: more than any microcontroller has memory for.
const MOST_ELEMENTS: usize = 1 << 24;

/// Refuses tensors so large that their elements could not even be counted in peace.
fn check_sizes(subgraph: &Subgraph, most: usize) -> Result<(), Vec<Problem>> {
    let is_small = |tensor: &Tensor| {
        let elements = tensor.shape.iter().try_fold(1usize, |all, &length| all.checked_mul(length.max(1)));
        elements.is_some_and(|elements| elements <= most)
    };
    let problem = |(index, tensor): (TensorIndex, &Tensor)| {
        Problem::new(
            format!("{} has the shape {:?}", subgraph.tensor_place(index), tensor.shape),
            format_args!("tensors have up to {most} elements: this is no model for a microcontroller"),
        )
    };
    let tensors = subgraph.tensors.iter().enumerate();
    let problems: Vec<_> = tensors.filter(|(_, tensor)| !is_small(tensor)).map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Why an operator was not converted.
enum Stop {
    /// Reported here.
    Problem(Problem),
    /// Reported already: of an operator before it.
    Reported,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

type Converted<T> = Result<T, Stop>;

/// An operator of the file and its place.
#[derive(Clone, Copy)]
struct Step<'m> {
    index: usize,
    operator: &'m Operator,
}

/// What a tensor of the file is in the graph.
#[derive(Clone, Debug)]
enum Value {
    /// Computed by the firmware.
    Computed(TensorId),
    /// Known now: integers that shapes are computed from.
    Known(Vec<i64>),
    /// The name of a variable.
    Handle(variables::Name),
}

/// A graph in the making: `G`.
struct Conversion<'m, G = QuantizedGraph> {
    model: &'m Model,
    subgraph: &'m Subgraph,
    bytes: &'m [u8],
    span: Span,
    graph: G,
    values: HashMap<TensorIndex, Value>,
    /// The int8s that tensors of real numbers are, in a model of integers.
    real_integers: HashMap<TensorIndex, Integers>,
    variables: variables::Variables,
    /// Functions of them that tensors of real numbers are, the first first.
    real_functions: HashMap<TensorIndex, Vec<RealOperator>>,
    problems: Vec<Problem>,
}

impl<'m> Conversion<'m> {
    fn inputs(&mut self) {
        for (position, &input) in self.subgraph.inputs.iter().enumerate() {
            if self.subgraph.inputs[..position].contains(&input) {
                self.problems.push(Problem::new(
                    format!("{} is an input twice", self.tensor_place(input)),
                    "convert the model with a tensor for each input",
                ));
                continue;
            }
            if let Some(shape) = self.shape_input(input) {
                self.values.insert(input, Value::Known(shape));
                continue;
            }
            match self.edge_input(input) {
                Ok(id) => {
                    self.values.insert(input, Value::Computed(id));
                }
                Err(Stop::Problem(problem)) => self.problems.push(problem),
                Err(Stop::Reported) => {}
            }
        }
        if self.graph.inputs.is_empty() && self.problems.is_empty() {
            self.problems.push(Problem::new(
                "the model has no input",
                "a model whose answer depends on nothing needs no firmware",
            ));
        }
    }
}

impl<'m, G> Conversion<'m, G> {
    /// Converts the operators one after another, and notes what is wrong with any.
    fn all_operators(&mut self, convert: impl Fn(&mut Self, Step<'m>) -> Converted<()>) {
        for (index, operator) in self.subgraph.operators.iter().enumerate() {
            let step = Step { index, operator };
            let converted = check_options(operator).and_then(|()| convert(self, step));
            if let Err(Stop::Problem(problem)) = converted {
                self.problem(step, problem);
            }
        }
    }

    /// What the caller reads.
    fn outputs(&mut self) -> Vec<TensorId> {
        let mut outputs = Vec::new();
        for &output in &self.subgraph.outputs {
            match self.values.get(&output) {
                Some(Value::Computed(id)) => outputs.push(*id),
                // Whoever should have made it has reported why not.
                _ if !self.problems.is_empty() => {}
                _ => self.problems.push(Problem::new(
                    format!("the output, {}, is a constant", self.subgraph.tensor_place(output)),
                    "a model whose answer does not depend on its input needs no firmware",
                )),
            }
        }
        if self.subgraph.outputs.is_empty() {
            self.problems.push(Problem::new("the model has no output", "convert it again"));
        }
        outputs
    }

    /// Notes what is wrong with an operator, with its place and the names of what it makes.
    fn problem(&mut self, step: Step<'m>, problem: Problem) {
        let place = place(self.model, self.subgraph, step.index);
        // The comma before what would go on with the sentence.
        let place = place.trim_end_matches(',');
        self.problems.push(Problem { cause: format!("{place}: {}", problem.cause), remedy: problem.remedy });
    }

    /// The tensor of the file that an operator reads as input `position`.
    fn input(&self, step: Step<'m>, position: usize) -> Converted<(TensorIndex, &'m Tensor)> {
        let index = self.optional_input(step, position);
        index.ok_or_else(|| {
            Problem::new(format!("input {position} is missing"), "convert the model again").into()
        })
    }

    /// The same, where it may be left out.
    fn optional_input(&self, step: Step<'m>, position: usize) -> Option<(TensorIndex, &'m Tensor)> {
        let index = step.operator.inputs.get(position).copied().flatten()?;
        Some((index, &self.subgraph.tensors[index]))
    }

    /// The tensor of the file that an operator makes; all operators here make one.
    fn output(&self, step: Step<'m>) -> Converted<(TensorIndex, &'m Tensor)> {
        match step.operator.outputs[..] {
            [index] => Ok((index, &self.subgraph.tensors[index])),
            _ => Err(Problem::new(
                format!("it has {} outputs", step.operator.outputs.len()),
                "this version imports it with one output",
            )
            .into()),
        }
    }

    fn must_be_computed(&self, index: TensorIndex) -> Problem {
        Problem::new(
            format!(
                "{} is a constant where a value that depends on the input is wanted",
                self.tensor_place(index)
            ),
            "let the converter fold constants, or change the order of the operands",
        )
    }

    fn tensor_place(&self, index: TensorIndex) -> String {
        self.subgraph.tensor_place(index)
    }

    /// Tells a known value of a step's output.
    fn known(&mut self, step: Step<'m>, values: Vec<i64>) -> Converted<()> {
        let (output, _) = self.output(step)?;
        self.values.insert(output, Value::Known(values));
        Ok(())
    }

    /// Refuses a tensor without elements: there is nothing to compute.
    fn check_not_empty(&self, index: TensorIndex) -> Converted<()> {
        let shape = &self.subgraph.tensors[index].shape;
        if shape.contains(&0) {
            return Err(Problem::new(
                format!("{} has no element: its shape is {shape:?}", self.tensor_place(index)),
                "convert the model again with the size of its input stated",
            )
            .into());
        }
        Ok(())
    }
}

impl<'m> Conversion<'m> {
    /// An int8 tensor that the firmware computes and an operator reads: one that has no kernel for other types.
    fn computed(&self, step: Step<'m>, position: usize) -> Converted<Computed<'m>> {
        self.computed_of(step, position, &[Element::Int8])
    }

    /// A tensor of one of some types that the firmware computes and an operator reads.
    fn computed_of(&self, step: Step<'m>, position: usize, types: &[Element]) -> Converted<Computed<'m>> {
        let computed = self.computed_around_any(step, position, types)?;
        // Refuses zero points that no kernel knows.
        self.integers_of(self.input(step, position)?.0, types)?;
        Ok(computed)
    }

    /// The same with any zero point.
    fn computed_around_any(
        &self,
        step: Step<'m>,
        position: usize,
        types: &[Element],
    ) -> Converted<Computed<'m>> {
        let (index, tensor) = self.input(step, position)?;
        match self.values.get(&index) {
            Some(&Value::Computed(id)) => {
                let quantization = self.integers_around_any(index, types)?;
                Ok(Computed { id, tensor, quantization, bounds: self.graph.tensor(id).info.bounds })
            }
            Some(Value::Known(_) | Value::Handle(_)) => Err(self.must_be_computed(index).into()),
            None if tensor.data.is_some() => Err(self.must_be_computed(index).into()),
            None if tensor.is_variable => Err(Problem::new(
                format!("it reads the variable {}", self.tensor_place(index)),
                "only LSTM and SVDF keep variables: give it a value that is calculated",
            )
            .into()),
            None => Err(Stop::Reported),
        }
    }

    /// Adds an operator that computes the output of a step from inputs.
    fn add(
        &mut self,
        step: Step<'m>,
        operator: QuantizedOperator,
        inputs: Vec<TensorId>,
        bounds: [i32; 2],
    ) -> Converted<TensorId> {
        let (index, _) = self.output(step)?;
        self.add_output(step, index, "", operator, inputs, bounds)
    }

    /// Adds the operator that computes one output of a step; `suffix` tells it from those of the others.
    fn add_output(
        &mut self,
        step: Step<'m>,
        output: TensorIndex,
        suffix: &str,
        operator: QuantizedOperator,
        inputs: Vec<TensorId>,
        bounds: [i32; 2],
    ) -> Converted<TensorId> {
        self.check_not_empty(output)?;
        let quantization = self.integers_of(output, ALL)?;
        self.check_types(&operator, &inputs, quantization.element)?;
        Ok(self.add_known(step, output, suffix, operator, inputs, quantization, bounds))
    }

    /// The same of an output of which it is known what its integers stand for.
    #[allow(clippy::too_many_arguments, reason = "the parts of a node and of its tensor")]
    fn add_known(
        &mut self,
        step: Step<'m>,
        output: TensorIndex,
        suffix: &str,
        operator: QuantizedOperator,
        inputs: Vec<TensorId>,
        quantization: Integers,
        bounds: [i32; 2],
    ) -> TensorId {
        let shape = shape_without_batch(&self.subgraph.tensors[output].shape);
        let id = self.add_node(step, suffix, operator, inputs, shape, quantization, bounds);
        self.values.insert(output, Value::Computed(id));
        id
    }

    /// Refuses an operator between types, unless it is made for that.
    fn check_types(
        &self,
        operator: &QuantizedOperator,
        inputs: &[TensorId],
        output: Element,
    ) -> Converted<()> {
        let of_input = |&id: &TensorId| self.graph.tensor(id).info.element;
        match inputs.iter().map(of_input).find(|&element| element != output) {
            Some(input)
                if !matches!(operator, QuantizedOperator::Rescale(_) | QuantizedOperator::FlipSign) =>
            {
                Err(Problem::new(
                    format!("it makes {output} of {input}"),
                    "this version imports operators between tensors of one type, but for QUANTIZE",
                )
                .into())
            }
            _ => Ok(()),
        }
    }

    /// Adds one of several operators that a step becomes; `suffix` tells their labels apart.
    #[allow(clippy::too_many_arguments, reason = "the parts of a node and of its tensor")]
    fn add_node(
        &mut self,
        step: Step<'m>,
        suffix: &str,
        operator: QuantizedOperator,
        inputs: Vec<TensorId>,
        shape: Vec<usize>,
        quantization: Integers,
        bounds: [i32; 2],
    ) -> TensorId {
        let label = format!("{}_{}{suffix}", label(step.operator.operator), step.index);
        let info =
            QuantizedTensor { element: quantization.element, quantization: quantization.into(), bounds };
        let output = self.graph.add_tensor(label.clone(), shape, info);
        let kind = kind(step.operator.operator);
        let (states, wishes) = (Vec::new(), Wishes::default());
        self.graph.nodes.push(Node {
            label,
            kind,
            operator,
            inputs,
            output,
            states,
            span: self.span,
            wishes,
        });
        output
    }
}

/// Refuses options that cannot be honoured.
fn check_options(operator: &Operator) -> Converted<()> {
    let Some((first, others)) = operator.unknown_options.split_first() else { return Ok(()) };
    let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
    Err(Problem::new(
        format!("it has options that are unknown here: field {first}{more}"),
        "convert the model with an older version of the converter",
    )
    .into())
}

/// A tensor that the firmware computes.
#[derive(Clone, Copy)]
struct Computed<'m> {
    id: TensorId,
    tensor: &'m Tensor,
    quantization: Integers,
    bounds: [i32; 2],
}

impl Computed<'_> {
    /// Number of elements.
    fn elements(&self) -> usize {
        self.tensor.shape.iter().product()
    }
}

/// Height, width, channels of a shape with a batch of one.
fn image(shape: &[usize]) -> Converted<[usize; 3]> {
    match *shape {
        [1, height, width, channels] => Ok([height, width, channels]),
        [batch, _, _, _] => Err(Problem::new(
            format!("its batch has {batch} images"),
            "convert the model for one input at a time: batch size 1",
        )
        .into()),
        _ => Err(Problem::new(
            format!("its shape {shape:?} is not [1, height, width, channels]"),
            "convert the model again from images in NHWC order",
        )
        .into()),
    }
}

/// Shapes of the graph have no batch.
fn shape_without_batch(shape: &[usize]) -> Vec<usize> {
    match shape {
        [] => vec![1],
        [1, rest @ ..] if !rest.is_empty() => rest.to_vec(),
        shape => shape.to_vec(),
    }
}

/// `CONV_2D` as the start of a label: `conv_2d`.
fn label(operator: BuiltinOperator) -> String {
    operator.to_string().to_lowercase()
}

/// `CONV_2D` as a kind of layer: `Conv2d`.
fn kind(operator: BuiltinOperator) -> String {
    let name = operator.to_string();
    let words = name.split('_').map(|word| match word.as_bytes() {
        [b'0'..=b'9', ..] => word.to_lowercase(),
        _ => word[..1].to_string() + &word[1..].to_lowercase(),
    });
    words.collect()
}

/// Types of tensors whose values may be moved.
const MOVED: &[Element] = &[Element::Int8, Element::UInt8, Element::Int16];

/// Types of tensors that the arithmetic is written for.
const EITHER: &[Element] = &[Element::Int8, Element::Int16];

/// All types of tensors.
const ALL: &[Element] = &[Element::Int8, Element::UInt8, Element::Int16, Element::Int32];

/// The type of a tensor's elements; an error if it is none of `types`.
fn element(place: impl Display, tensor: &Tensor, types: &[Element]) -> Converted<Element> {
    let known = match tensor.element_type {
        ElementType::Int8 => Some(Element::Int8),
        ElementType::UInt8 => Some(Element::UInt8),
        ElementType::Int16 => Some(Element::Int16),
        ElementType::Int32 => Some(Element::Int32),
        _ => None,
    };
    let is_meant = |element: &Element| {
        types.contains(element) || *element == Element::UInt8 && types.contains(&Element::Int8)
    };
    if let Some(element) = known.filter(is_meant) {
        return Ok(element);
    }
    let cause = format!("{place} has elements of type {}", tensor.element_type);
    let remedy = match known {
        Some(_) => {
            "this version has an int8 kernel of it: quantise to int8 before it, or convert the whole model to int8"
        }
        _ => {
            "this version imports int8 models: convert with full integer quantisation \
             (`converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]`)"
        }
    };
    Err(Problem::new(cause, remedy).into())
}
