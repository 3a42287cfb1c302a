//! Where a model begins and ends: conversions from and to real numbers belong to the caller.

use super::quantization::{Integers, UNSIGNED};
use super::{ALL, Conversion, Converted, MOVED, Problem, Step, Stop, Value, shape_without_batch};
use crate::graph::{Node, TensorId, Wishes};
use crate::import::tflite::{BuiltinOperator, ElementType, TensorIndex};
use crate::quantized::{Element, Quantization, QuantizedOperator, QuantizedTensor};

impl<'m> Conversion<'m> {
    /// The graph's tensor of an input of the model. Of a float input that is quantised at once, it is what becomes of it; of
    /// a uint8 input, the int8s that are 128 less.
    pub(super) fn edge_input(&mut self, index: TensorIndex) -> Converted<TensorId> {
        self.check_not_empty(index)?;
        let tensor = &self.subgraph.tensors[index];
        let integers = match tensor.element_type {
            ElementType::Float32 => self.quantized_at_once(index)?,
            _ => index,
        };
        let quantization = self.integers_of(integers, ALL)?;
        let name = if tensor.name.is_empty() { "input" } else { &tensor.name };
        let shape = shape_without_batch(&tensor.shape);
        let element = quantization.element;
        let signed = QuantizedTensor { element, quantization: quantization.into(), bounds: element.range() };
        if tensor.element_type != ElementType::UInt8 {
            let id = self.graph.add_tensor(name, shape, signed);
            self.graph.inputs.push(id);
            return Ok(id);
        }
        let input = self.graph.add_tensor(name, shape.clone(), unsigned(quantization));
        self.graph.inputs.push(input);
        let label = format!("from_uint8_{}", self.graph.inputs.len() - 1);
        Ok(self.add_flip(label, input, shape, signed))
    }

    /// What the caller reads is of the type that the file says.
    pub(super) fn unsigned_outputs(&mut self) {
        for position in 0..self.graph.outputs.len() {
            // There are as many outputs here, unless something was wrong.
            let Some(&index) = self.subgraph.outputs.get(position) else { return };
            if self.subgraph.tensors[index].element_type != ElementType::UInt8 {
                continue;
            }
            let Ok(quantization) = self.integers_of(index, ALL) else { continue };
            let id = self.graph.outputs[position];
            let shape = self.graph.tensor(id).shape.clone();
            let label = format!("to_uint8_{position}");
            self.graph.outputs[position] = self.add_flip(label, id, shape, unsigned(quantization));
        }
    }

    /// Adds the operator between uint8s and int8s.
    fn add_flip(
        &mut self,
        label: String,
        input: TensorId,
        shape: Vec<usize>,
        info: QuantizedTensor,
    ) -> TensorId {
        let output = self.graph.add_tensor(label.clone(), shape, info);
        self.graph.nodes.push(Node {
            label,
            kind: "FlipSign".into(),
            operator: QuantizedOperator::FlipSign,
            inputs: vec![input],
            output,
            states: Vec::new(),
            span: self.span,
            wishes: Wishes::default(),
        });
        output
    }

    /// The integers of an input that says nothing but how large an output is: shapes are fixed, so that the caller need not
    /// tell. All that reads it is `TRANSPOSE_CONV`s of outputs of one shape, by their first operand.
    pub(super) fn shape_input(&self, index: TensorIndex) -> Option<Vec<i64>> {
        let readers =
            self.subgraph.operators.iter().filter(|operator| operator.inputs.contains(&Some(index)));
        let mut shapes = readers.map(|reader| {
            let is_shape = reader.operator == BuiltinOperator::TransposeConv
                && reader.inputs.iter().position(|&input| input == Some(index)) == Some(0)
                && reader.inputs.iter().filter(|&&input| input == Some(index)).count() == 1;
            let output = reader.outputs.first().filter(|_| is_shape)?;
            Some(&self.subgraph.tensors[*output].shape)
        });
        let first = shapes.next()??;
        let is_same = shapes.all(|shape| shape == Some(first));
        is_same.then(|| first.iter().map(|&length| length as i64).collect())
    }

    /// What the one operator that reads a float input makes: `QUANTIZE`.
    fn quantized_at_once(&self, index: TensorIndex) -> Converted<TensorIndex> {
        let mut readers =
            self.subgraph.operators.iter().filter(|operator| operator.inputs.contains(&Some(index)));
        match (readers.next(), readers.next()) {
            (Some(reader), None) if reader.operator == BuiltinOperator::Quantize => Ok(reader.outputs[0]),
            (None, _) => Err(Problem::new(
                format!("the input, {}, is of real numbers, and no operator reads it", self.tensor_place(index)),
                "take it out of the model before it is converted",
            )
            .into()),
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
        if self.real_integers.contains_key(&input) {
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
        let input = self.computed_of(step, 0, MOVED)?;
        let (output, _) = self.output(step)?;
        self.check_output_shape(step, &input.tensor.shape)?;
        self.stands_for(output, input.quantization, Value::Computed(input.id));
        Ok(())
    }
}

/// The uint8s of a file as they are there.
fn unsigned(integers: Integers) -> QuantizedTensor {
    let (scale, zero_point) = (f64::from(integers.scale), integers.zero_point + UNSIGNED);
    let element = Element::UInt8;
    QuantizedTensor {
        element,
        quantization: Quantization::Affine { scale, zero_point },
        bounds: element.range(),
    }
}
