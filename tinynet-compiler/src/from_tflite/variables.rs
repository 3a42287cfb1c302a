//! Variables that a model reads and assigns by name: `VAR_HANDLE`, `READ_VARIABLE`, `ASSIGN_VARIABLE`, and `CALL_ONCE`,
//! which gives them their first values.

use super::quantization::Integers;
use super::{Conversion, Converted, Problem, Step, Stop, Value, shape_without_batch};
use crate::graph::TensorId;
use crate::import::tflite::{
    BuiltinOperator as Builtin, Options, Subgraph, Tensor, TensorIndex, VarHandleOptions,
};
use crate::quantized::{Element, QuantizedOperator, QuantizedTensor};
use std::collections::BTreeMap;

/// Container and name of a variable.
pub(super) type Name = (String, String);

/// The variables of a model.
#[derive(Default)]
pub(super) struct Variables {
    /// Those that `CALL_ONCE` gives a value.
    first: BTreeMap<Name, Vec<i64>>,
    /// What they are in the graph.
    known: BTreeMap<Name, Variable>,
}

/// A variable in the graph.
#[derive(Clone)]
struct Variable {
    tensor: TensorId,
    element: Element,
    first: Vec<i32>,
}

fn name(options: &VarHandleOptions) -> Name {
    let [container, name] =
        [&options.container, &options.shared_name].map(|part| part.clone().unwrap_or_default());
    (container, name)
}

impl<'m> Conversion<'m> {
    /// `VAR_HANDLE`
    pub(super) fn var_handle(&mut self, step: Step<'m>, options: &VarHandleOptions) -> Converted<()> {
        let (output, _) = self.output(step)?;
        self.values.insert(output, Value::Handle(name(options)));
        Ok(())
    }

    /// `CALL_ONCE`: what it calls may give variables their first values, which must be constants.
    pub(super) fn call_once(&mut self, step: Step<'m>, subgraph: i32) -> Converted<()> {
        let is_late = self.subgraph.operators[..step.index]
            .iter()
            .any(|operator| matches!(operator.operator, Builtin::ReadVariable | Builtin::AssignVariable));
        if is_late {
            let cause = "it comes after operators that read or assign variables";
            return Err(Problem::new(cause, "convert the model again: initialisation comes first").into());
        }
        let model = self.model;
        let called = usize::try_from(subgraph).ok().and_then(|index| model.subgraphs.get(index));
        let called =
            called.ok_or_else(|| Problem::new("what it calls is not there", "convert the model again"))?;
        let mut handles: BTreeMap<TensorIndex, Name> = BTreeMap::new();
        for operator in &called.operators {
            match (operator.operator, &operator.options, &operator.inputs[..], &operator.outputs[..]) {
                (Builtin::VarHandle, Options::VarHandle(options), _, &[handle]) => {
                    handles.insert(handle, name(options));
                }
                (Builtin::AssignVariable, _, &[Some(handle), Some(value)], _) => {
                    let (Some(name), Some(value)) =
                        (handles.get(&handle), constant(self.bytes, called, value))
                    else {
                        return Err(first_value_problem("a value that is no constant").into());
                    };
                    self.variables.first.insert(name.clone(), value);
                }
                (other, ..) => return Err(first_value_problem(&other.to_string()).into()),
            }
        }
        Ok(())
    }

    /// `READ_VARIABLE`
    pub(super) fn read_variable(&mut self, step: Step<'m>) -> Converted<()> {
        let name = self.handle(step)?;
        let (output, tensor) = self.output(step)?;
        let variable = self.variable(&name, output, tensor)?;
        let operator = QuantizedOperator::ReadVariable { first: variable.first };
        let bounds = self.graph.tensor(variable.tensor).info.bounds;
        let quantization = self.integers_of(output, super::ALL)?;
        self.add_known(step, output, "", operator, Vec::new(), quantization, bounds);
        self.keep_state(variable.tensor);
        Ok(())
    }

    /// `ASSIGN_VARIABLE`
    pub(super) fn assign_variable(&mut self, step: Step<'m>) -> Converted<()> {
        let name = self.handle(step)?;
        let (index, tensor) = self.input(step, 1)?;
        let value = self.computed_of(step, 1, super::ALL)?;
        let variable = self.variable(&name, index, tensor)?;
        let operator = QuantizedOperator::AssignVariable { first: variable.first };
        // It makes nothing.
        self.add_node(step, "", operator, vec![value.id], vec![0], value.quantization, value.bounds);
        self.keep_state(variable.tensor);
        Ok(())
    }

    /// The name of the variable that a step is about.
    fn handle(&self, step: Step<'m>) -> Converted<Name> {
        let (index, _) = self.input(step, 0)?;
        match self.values.get(&index) {
            Some(Value::Handle(name)) => Ok(name.clone()),
            _ => Err(Problem::new(
                format!("{} is no handle of a variable", self.tensor_place(index)),
                "convert the model again",
            )
            .into()),
        }
    }

    /// A variable in the graph; it is there from the first use on, as large as the value that is read or assigned there.
    fn variable(&mut self, name: &Name, value: TensorIndex, tensor: &Tensor) -> Converted<Variable> {
        let quantization = self.integers_of(value, super::ALL)?;
        let elements: usize = tensor.shape.iter().product();
        if let Some(variable) = self.variables.known.get(name) {
            let is_alike = variable.element == quantization.element
                && self.graph.tensor(variable.tensor).elements() == elements;
            return match is_alike {
                true => Ok(variable.clone()),
                false => Err(Problem::new(
                    format!("the variable `{}` has another type or size elsewhere", name.1),
                    "the file contradicts itself: convert the model again",
                )
                .into()),
            };
        }
        let first = self.first_value(name, quantization, elements)?;
        let element = quantization.element;
        let info = QuantizedTensor { element, quantization: quantization.into(), bounds: element.range() };
        let shape = shape_without_batch(&tensor.shape);
        let tensor_name = if name.1.is_empty() { "variable" } else { &name.1 };
        let id = self.graph.add_tensor(tensor_name, shape, info);
        let variable = Variable { tensor: id, element, first };
        self.variables.known.insert(name.clone(), variable.clone());
        Ok(variable)
    }

    /// What a variable holds at first: what `CALL_ONCE` assigns, else zeros, as TensorFlow Lite Micro has it.
    fn first_value(&self, name: &Name, quantization: Integers, elements: usize) -> Result<Vec<i32>, Stop> {
        let Some(first) = self.variables.first.get(name) else {
            return Ok(vec![quantization.zero_point; elements]);
        };
        let [low, high] = quantization.element.range().map(i64::from);
        let is_inside = |value: &i64| (low..=high).contains(value);
        let first: Vec<i32> =
            first.iter().filter(|value| is_inside(value)).map(|&value| value as i32).collect();
        match first.len() == elements {
            true => Ok(first),
            false => Err(Problem::new(
                format!("the first value of the variable `{}` has another type or size", name.1),
                "the file contradicts itself: convert the model again",
            )
            .into()),
        }
    }

    /// Gives the operator that was added last a state.
    fn keep_state(&mut self, state: TensorId) {
        if let Some(last) = self.graph.nodes.last_mut() {
            last.states.push(state);
        }
    }
}

/// The integers of a constant of a subgraph.
fn constant(bytes: &[u8], subgraph: &Subgraph, index: TensorIndex) -> Option<Vec<i64>> {
    let tensor = &subgraph.tensors[index];
    if tensor.is_sparse { None } else { super::constants::integers(tensor, bytes) }
}

fn first_value_problem(what: &str) -> Problem {
    Problem::new(
        format!("the first values that it calculates depend on {what}"),
        "first values of variables are constants of integers: assign such",
    )
}
