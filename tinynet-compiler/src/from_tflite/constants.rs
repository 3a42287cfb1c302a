//! Constants of a file.

use super::{Conversion, Converted, Problem, Step, Stop, Value};
use crate::import::tflite::{ElementType, Tensor, TensorIndex};
use crate::quantized::Element;

impl<'m, G> Conversion<'m, G> {
    /// The integers of a constant, or of a shape that was computed here; `None` for what depends on the input.
    pub(super) fn known_integers(&self, index: TensorIndex) -> Option<Vec<i64>> {
        if let Some(Value::Known(values)) = self.values.get(&index) {
            return Some(values.clone());
        }
        integers(&self.subgraph.tensors[index], self.bytes)
    }

    /// The integers that input `position` must be: axes, amounts of padding, shapes.
    pub(super) fn integers(&self, step: Step<'m>, position: usize) -> Converted<Vec<i64>> {
        let (index, tensor) = self.input(step, position)?;
        if let Some(integers) = self.known_integers(index) {
            return Ok(integers);
        }
        let is_made = self.subgraph.operators[..step.index].iter().any(|made| made.outputs.contains(&index));
        if is_made && !self.values.contains_key(&index) {
            return Err(Stop::Reported);
        }
        if tensor.data.is_none() && tensor.shape.contains(&0) {
            return Ok(Vec::new());
        }
        Err(Problem::new(
            format!("input {position}, {}, is not a constant", self.tensor_place(index)),
            "all shapes are fixed at compile time: convert the model for inputs of one size",
        )
        .into())
    }
}

impl<'m> Conversion<'m> {
    /// The int8 weights of a shape that input `position` must be, and the real value of a weight of 1.
    pub(super) fn matrix(
        &self,
        step: Step<'m>,
        position: usize,
        shape: [usize; 2],
    ) -> Converted<(Vec<i8>, f32)> {
        let (index, tensor) = self.input(step, position)?;
        if tensor.shape != shape {
            let cause =
                format!("{} has the shape {:?} instead of {shape:?}", self.tensor_place(index), tensor.shape);
            return Err(Problem::new(cause, "the file contradicts itself: convert the model again").into());
        }
        Ok((self.weights(step, position)?, self.weight_scale(index)?))
    }

    /// The real value of a weight of 1, where all have the same and 0 is 0.
    pub(super) fn weight_scale(&self, index: TensorIndex) -> Converted<f32> {
        let weights = self.integers_of(index, super::EITHER)?;
        if weights.zero_point != 0 {
            let cause = format!("the zero point of {} is {}", self.tensor_place(index), weights.zero_point);
            return Err(Problem::new(cause, "convert the model again: weights are symmetric").into());
        }
        Ok(weights.scale)
    }

    /// The int8 weights that input `position` must be; int4s, two in a byte, are small int8s, and of uint8s it is those that
    /// are 128 less.
    pub(super) fn weights(&self, step: Step<'m>, position: usize) -> Converted<Vec<i8>> {
        let (index, tensor) = self.input(step, position)?;
        let place = self.tensor_place(index);
        let Some(data) = &tensor.data else {
            return Err(Problem::new(
                format!("its weights, {place}, are no constant"),
                "weights are part of the firmware: freeze the model before it is converted",
            )
            .into());
        };
        if tensor.is_sparse {
            return Err(Problem::new(
                format!("its weights, {place}, are stored without their zeros"),
                "convert the model without sparsity: zeros cost nothing here anyway",
            )
            .into());
        }
        let data = &self.bytes[data.clone()];
        if tensor.element_type == ElementType::Int4 {
            // The lower half first; of an odd number the last upper half is nothing.
            let halves = data.iter().flat_map(|&byte| [(byte << 4) as i8 >> 4, byte as i8 >> 4]);
            return Ok(halves.take(tensor.shape.iter().product()).collect());
        }
        let offset = match super::element(format_args!("its weights, {place},"), tensor, &[Element::Int8])? {
            Element::UInt8 => 1 << 7,
            _ => 0,
        };
        Ok(data.iter().map(|&byte| (byte ^ offset) as i8).collect())
    }
}

/// The integers of a constant; `None` of what is none, or has no integers.
pub(super) fn integers(tensor: &Tensor, bytes: &[u8]) -> Option<Vec<i64>> {
    let data = &bytes[tensor.data.clone()?];
    Some(match tensor.element_type {
        ElementType::Int8 => data.iter().map(|&byte| i64::from(byte as i8)).collect(),
        ElementType::UInt8 => data.iter().map(|&byte| i64::from(byte)).collect(),
        ElementType::Int16 => {
            data.as_chunks().0.iter().map(|&bytes| i64::from(i16::from_le_bytes(bytes))).collect()
        }
        ElementType::Int32 => {
            data.as_chunks().0.iter().map(|&bytes| i64::from(i32::from_le_bytes(bytes))).collect()
        }
        ElementType::Int64 => data.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect(),
        _ => return None,
    })
}
