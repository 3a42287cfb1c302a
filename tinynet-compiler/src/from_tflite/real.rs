//! From a [`Model`] of real numbers to the float graph: the one that declared networks have.
//!
//! It is quantised like a declared one, by calibration samples. Weights may be stored in fewer bits (float16, or int8 of a
//! dynamic-range model): they count for the real numbers that they stand for, and all arithmetic is this compiler's.
//!
//! One file a family of operators; `operators` is the table of them all.

mod constants;
mod elementwise;
mod linear;
mod lstm;
mod operators;
mod pairs;
mod shapes;
mod windows;

use super::{Conversion, Converted, Problem, Step, Stop, Value, shape_without_batch};
use crate::function::Function;
use crate::graph::{FloatGraph, FloatOperator, FloatTensor, Graph, Node, TensorId, Wishes};
use crate::import::tflite::{Activation, BuiltinOperator, ElementType, Model, Tensor, TensorIndex};
use proc_macro2::Span;
use std::collections::HashMap;

/// Most axes of a tensor, without a batch of one.
const MOST_AXES: usize = 6;

/// Most elements of a tensor: the network is run here to be quantised, and each of its numbers takes two hundred bytes.
const MOST_ELEMENTS: usize = 1 << 21;

/// Whether a model calculates with real numbers: some input is read as such.
pub fn is_real(model: &Model) -> bool {
    let Some(subgraph) = model.subgraphs.first() else { return false };
    let is_real = |&input: &TensorIndex| {
        let readers = || subgraph.operators.iter().filter(move |reader| reader.inputs.contains(&Some(input)));
        subgraph.tensors[input].element_type == ElementType::Float32
            && readers().any(|reader| reader.operator != BuiltinOperator::Quantize)
    };
    subgraph.inputs.iter().any(is_real)
}

/// The graph of a model of real numbers; `bytes` is the file it was read from, `span` where errors about it point. The
/// inputs are called `names`, in the order of the model.
///
/// # Errors
///
/// All operators that are not supported at once, else all operators whose options are not.
pub fn real_graph(
    model: &Model,
    bytes: &[u8],
    names: &[String],
    span: Span,
) -> Result<FloatGraph, Vec<Problem>> {
    let subgraph = super::first_subgraph(model)?;
    super::operators::check_all(model, subgraph, operators::is_known, operators::nearest)?;
    super::check_sizes(subgraph, MOST_ELEMENTS)?;
    let graph = Real { graph: Graph::default(), constants: HashMap::new() };
    let mut conversion = Conversion {
        model,
        subgraph,
        bytes,
        span,
        graph,
        values: HashMap::new(),
        real_integers: HashMap::new(),
        variables: super::variables::Variables::default(),
        real_functions: HashMap::new(),
        problems: Vec::new(),
    };
    conversion.inputs(names);
    conversion.all_operators(operators::convert);
    conversion.graph.graph.outputs = conversion.outputs();
    match conversion.problems.is_empty() {
        true => Ok(conversion.graph.graph),
        false => Err(conversion.problems),
    }
}

/// A float graph in the making.
struct Real {
    graph: FloatGraph,
    /// Constants that an operator of the file makes of others.
    constants: HashMap<TensorIndex, Vec<f32>>,
}

/// A tensor that the firmware computes.
#[derive(Clone, Copy)]
struct Computed<'m> {
    id: TensorId,
    tensor: &'m Tensor,
}

impl Computed<'_> {
    /// Number of elements.
    fn elements(&self) -> usize {
        self.tensor.shape.iter().product()
    }

    /// Length of the last axis.
    fn channels(&self) -> usize {
        self.tensor.shape.last().copied().unwrap_or(1)
    }
}

impl<'m> Conversion<'m, Real> {
    fn inputs(&mut self, names: &[String]) {
        let subgraph = self.subgraph;
        for (position, &input) in subgraph.inputs.iter().enumerate() {
            match self.real_input(position, input) {
                Ok(shape) => {
                    let name = names.get(position).cloned().unwrap_or_else(|| format!("input{position}"));
                    let id = self.graph.graph.add_tensor(name, shape, FloatTensor::default());
                    self.graph.graph.inputs.push(id);
                    self.values.insert(input, Value::Computed(id));
                }
                Err(Stop::Problem(problem)) => self.problems.push(problem),
                Err(Stop::Reported) => {}
            }
        }
    }

    /// The shape of an input of real numbers.
    fn real_input(&self, position: usize, input: TensorIndex) -> Converted<Vec<usize>> {
        let tensor = &self.subgraph.tensors[input];
        if self.subgraph.inputs[..position].contains(&input) {
            return Err(Problem::new(
                format!("{} is an input twice", self.tensor_place(input)),
                "convert the model with a tensor for each input",
            )
            .into());
        }
        if tensor.element_type != ElementType::Float32 {
            return Err(Problem::new(
                format!(
                    "{}, an input, has elements of type {}",
                    self.tensor_place(input),
                    tensor.element_type
                ),
                "a model that is quantised here takes FLOAT32: convert it again with inputs of real numbers",
            )
            .into());
        }
        self.graph_shape(input)
    }

    /// The shape that a tensor of the file has in the graph.
    fn graph_shape(&self, index: TensorIndex) -> Converted<Vec<usize>> {
        let tensor = &self.subgraph.tensors[index];
        let shape = shape_without_batch(&tensor.shape);
        if shape.len() <= MOST_AXES && !shape.contains(&0) {
            return Ok(shape);
        }
        Err(Problem::new(
            format!("{} has the shape {:?}", self.tensor_place(index), tensor.shape),
            "this version quantises models of tensors that have values, along at most 6 axes",
        )
        .into())
    }

    /// A tensor that the firmware computes and an operator reads.
    fn computed(&self, step: Step<'m>, position: usize) -> Converted<Computed<'m>> {
        let (index, tensor) = self.input(step, position)?;
        match self.values.get(&index) {
            Some(&Value::Computed(id)) => Ok(Computed { id, tensor }),
            Some(Value::Known(_) | Value::Handle(_)) => Err(self.must_be_computed(index).into()),
            None if self.is_constant(index) => Err(self.must_be_computed(index).into()),
            None => Err(Stop::Reported),
        }
    }

    /// Adds the operator that computes the output of a step, and the function that is fused with it.
    fn add(
        &mut self,
        step: Step<'m>,
        operator: FloatOperator,
        inputs: Vec<TensorId>,
        activation: Activation,
    ) -> Converted<()> {
        let (output, _) = self.output(step)?;
        let shape = self.graph_shape(output)?;
        let id = self.add_activated(step, operator, inputs, shape, activation)?;
        self.values.insert(output, Value::Computed(id));
        Ok(())
    }

    /// The same in a shape that need not be the file's.
    fn add_activated(
        &mut self,
        step: Step<'m>,
        operator: FloatOperator,
        inputs: Vec<TensorId>,
        shape: Vec<usize>,
        activation: Activation,
    ) -> Converted<TensorId> {
        let kind = super::kind(step.operator.operator);
        let id = self.add_node(step, "", kind, operator, inputs, shape.clone());
        if let Some((name, function)) = function(activation)? {
            let suffix = format!("_{}", name.to_lowercase());
            let operator = FloatOperator::Activation(function);
            return Ok(self.add_node(step, &suffix, name.into(), operator, vec![id], shape));
        }
        Ok(id)
    }

    /// Adds one of several operators that a step becomes; `suffix` tells their labels apart.
    fn add_node(
        &mut self,
        step: Step<'m>,
        suffix: &str,
        kind: String,
        operator: FloatOperator,
        inputs: Vec<TensorId>,
        shape: Vec<usize>,
    ) -> TensorId {
        let label = format!("{}_{}{suffix}", super::label(step.operator.operator), step.index);
        let graph = &mut self.graph.graph;
        let output = graph.add_tensor(label.clone(), shape, FloatTensor::default());
        let (span, wishes) = (self.span, Wishes::default());
        graph.nodes.push(Node { label, kind, operator, inputs, output, states: Vec::new(), span, wishes });
        output
    }

    /// A tensor in another shape.
    fn reshaped(&mut self, step: Step<'m>, suffix: &str, id: TensorId, shape: Vec<usize>) -> TensorId {
        match self.graph.graph.tensor(id).shape == shape {
            true => id,
            false => self.add_node(step, suffix, "Reshape".into(), FloatOperator::Reshape, vec![id], shape),
        }
    }
}

/// The function that is fused with an operator, and its name.
fn function(activation: Activation) -> Converted<Option<(&'static str, Function)>> {
    Ok(match activation {
        Activation::None => None,
        Activation::Relu => Some(("Relu", Function::Relu)),
        Activation::Relu6 => Some(("Relu6", Function::Relu6)),
        Activation::ReluN1To1 => Some(("HardTanh", Function::HardTanh { min: -1.0, max: 1.0 })),
        Activation::Tanh => Some(("Tanh", Function::Tanh)),
        other => {
            return Err(Problem::new(
                format!("the function {other} is fused with it"),
                "this version knows RELU, RELU6, RELU_N1_TO_1 and TANH there",
            )
            .into());
        }
    })
}
