//! Tensors that keep their values from one inference to the next.

use super::quantization::Integers;
use super::{Conversion, Converted, Problem, Step};
use crate::graph::TensorId;
use crate::quantized::{Element, QuantizedTensor};

impl<'m> Conversion<'m> {
    /// The tensor that input `position` of a step keeps its state in, which must be of one type and size.
    pub(super) fn state(
        &self,
        step: Step<'m>,
        position: usize,
        types: &[Element],
        elements: usize,
    ) -> Converted<Integers> {
        let (index, tensor) = self.input(step, position)?;
        let place = self.tensor_place(index);
        if !tensor.is_variable {
            let cause = format!("its state, {place}, is no variable");
            return Err(Problem::new(cause, "the file contradicts itself: convert the model again").into());
        }
        if tensor.shape.iter().product::<usize>() != elements {
            let cause =
                format!("its state, {place}, has the shape {:?}, not {elements} elements", tensor.shape);
            return Err(Problem::new(cause, "the file contradicts itself: convert the model again").into());
        }
        if tensor.data.is_some() {
            let cause = format!("its state, {place}, begins with numbers of its own");
            return Err(Problem::new(cause, "states begin with zeros: initialise them so").into());
        }
        let operators = self.subgraph.operators.iter();
        let uses: usize =
            operators.flat_map(|operator| &operator.inputs).filter(|&&input| input == Some(index)).count();
        let is_edge = self.subgraph.inputs.contains(&index) || self.subgraph.outputs.contains(&index);
        if uses != 1 || is_edge {
            let cause = format!("its state, {place}, is used elsewhere, too");
            return Err(Problem::new(cause, "a state belongs to one operator: give each its own").into());
        }
        self.integers_of(index, types)
    }

    /// Gives the operator that was added last a state.
    pub(super) fn add_state(&mut self, name: &str, shape: Vec<usize>, quantization: Integers) {
        let element = quantization.element;
        let info = QuantizedTensor { element, quantization: quantization.into(), bounds: element.range() };
        let Some(last) = self.graph.nodes.len().checked_sub(1) else { return };
        let name = format!("{}_{name}", self.graph.nodes[last].label);
        let id: TensorId = self.graph.add_tensor(name, shape, info);
        self.graph.nodes[last].states.push(id);
    }
}

impl<'m, G> Conversion<'m, G> {
    /// Refuses inputs of an operator that ask for what is not done.
    pub(super) fn check_left_out(
        &self,
        step: Step<'m>,
        positions: impl IntoIterator<Item = usize>,
        what: &str,
    ) -> Converted<()> {
        for position in positions {
            if let Some((index, _)) = self.optional_input(step, position) {
                let cause = format!("it has {what}: {}", self.tensor_place(index));
                return Err(Problem::new(cause, format!("train it without {what}")).into());
            }
        }
        Ok(())
    }
}
