//! Where a model begins and ends: conversions from and to real numbers belong to the caller.

use super::{Conversion, Converted, Problem, Step, Stop, Value, shape_without_batch};
use crate::graph::TensorId;
use crate::import::tflite::{BuiltinOperator, ElementType, TensorIndex};
use crate::quantized::{Element, QuantizedTensor};

impl<'m> Conversion<'m> {
    /// The graph's tensor of an input of the model. Of a float input that is quantised at once, it is what becomes of it.
    pub(super) fn edge_input(&mut self, index: TensorIndex) -> Converted<TensorId> {
        let tensor = &self.subgraph.tensors[index];
        let int8 = match tensor.element_type {
            ElementType::Float32 => self.quantized_at_once(index)?,
            _ => index,
        };
        let quantization = self.int8(int8)?;
        let name = if tensor.name.is_empty() { "input" } else { &tensor.name };
        let element = Element::Int8;
        let info = QuantizedTensor { element, quantization: quantization.into(), bounds: element.range() };
        Ok(self.graph.add_tensor(name, shape_without_batch(&tensor.shape), info))
    }

    /// What the one operator that reads a float input makes: `QUANTIZE`.
    fn quantized_at_once(&self, index: TensorIndex) -> Converted<TensorIndex> {
        let mut readers =
            self.subgraph.operators.iter().filter(|operator| operator.inputs.contains(&Some(index)));
        match (readers.next(), readers.next()) {
            (Some(reader), None) if reader.operator == BuiltinOperator::Quantize => Ok(reader.outputs[0]),
            _ => Err(Problem::new(
                format!("the input, {}, is of real numbers", self.tensor_place(index)),
                "a model of real numbers is quantised by samples: `{ input: Input { calibration: \"samples.npy\" } }`",
            )
            .into()),
        }
    }

    /// `QUANTIZE`: of a float input, the caller's business.
    pub(super) fn quantize(&mut self, step: Step<'m>) -> Converted<()> {
        let (input, tensor) = self.input(step, 0)?;
        if tensor.element_type != ElementType::Float32 {
            return self.requantize(step);
        }
        if self.real_int8s.contains_key(&input) {
            return self.quantize_again(step);
        }
        let (output, _) = self.output(step)?;
        match self.values.get(&input) {
            Some(value) => {
                let value = value.clone();
                self.values.insert(output, value);
                Ok(())
            }
            None => Err(Stop::Reported),
        }
    }

    /// `DEQUANTIZE`: of what the model answers, the caller's business. Operators behind it read the int8s.
    pub(super) fn dequantize(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (output, _) = self.output(step)?;
        self.check_output_shape(step, &input.tensor.shape)?;
        self.stands_for(output, input.quantization, Value::Computed(input.id));
        Ok(())
    }
}
