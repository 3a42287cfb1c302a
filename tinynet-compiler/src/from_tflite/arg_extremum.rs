//! `ARG_MAX` and `ARG_MIN`.

use super::quantization::Integers;
use super::view::place_of_axis;
use super::{Conversion, Converted, Problem, Step, Value, shape_without_batch};
use crate::import::tflite::ElementType;
use crate::quantized::{Along, Element, MOST_INDEXED, QuantizedOperator};

impl<'m> Conversion<'m> {
    /// `ARG_MAX`, and `ARG_MIN` where not `largest`: indices are answers of the model.
    pub(super) fn arg_extremum(&mut self, step: Step<'m>, largest: bool) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let along = self.compared(step, &input.tensor.shape)?;
        let (output_index, output) = self.output(step)?;
        let operator = match along {
            Along { rows: 1, columns: 1, .. } if largest => QuantizedOperator::ArgMax,
            _ => QuantizedOperator::ArgExtremum { along, largest },
        };
        let (shape, bounds) = (shape_without_batch(&output.shape), [0, along.length as i32 - 1]);
        // There is a type for as many.
        let element = Element::of_index(along.length).unwrap_or_default();
        let indices = Integers { element, is_unsigned: false, scale: 1.0, zero_point: 0 };
        let id = self.add_node(step, "", operator, vec![input.id], shape, indices, bounds);
        self.values.insert(output_index, Value::Computed(id));
        Ok(())
    }
}

impl<'m, G> Conversion<'m, G> {
    /// The axis of a shape along which an `ARG_MAX` or `ARG_MIN` compares, whose indices are the answer.
    pub(super) fn compared(&self, step: Step<'m>, shape: &[usize]) -> Converted<Along> {
        let axis = match self.integers(step, 1)?[..] {
            [axis] => place_of_axis(axis, shape.len())?,
            ref axes => {
                return Err(Problem::new(
                    format!("it compares along {axes:?}"),
                    "the file contradicts itself: convert the model again",
                )
                .into());
            }
        };
        let (output_index, output) = self.output(step)?;
        let mut expected = shape.to_vec();
        expected.remove(axis);
        self.check_output_shape(step, &expected)?;
        let is_read =
            self.subgraph.operators.iter().any(|reader| reader.inputs.contains(&Some(output_index)));
        let is_index = matches!(output.element_type, ElementType::Int32 | ElementType::Int64);
        if is_read || !is_index {
            return Err(Problem::new(
                format!("its indices, of type {}, are read by an operator", output.element_type),
                "this version imports it where its INT32 or INT64 indices are the answer of the model",
            )
            .into());
        }
        let length = shape[axis];
        if Element::of_index(length).is_none() {
            return Err(Problem::new(
                format!("it compares {length} values"),
                format_args!(
                    "between 1 and {MOST_INDEXED} can be compared; without it in the model, `classify` finds the largest of any \
                     number"
                ),
            )
            .into());
        }
        Ok(Along {
            rows: shape[..axis].iter().product(),
            length,
            columns: shape[axis + 1..].iter().product(),
        })
    }
}
