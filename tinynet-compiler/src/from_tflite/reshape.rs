//! Operators that change shapes only, and those that compute shapes.

use super::{Conversion, Converted, MOVED, Problem, Step, Stop, Value};
use crate::import::tflite::StridedSliceOptions;
use crate::quantized::QuantizedOperator;

impl<'m> Conversion<'m> {
    /// `RESHAPE`, `SQUEEZE`, `EXPAND_DIMS`: the output's shape is fixed in the file.
    pub(super) fn reshape(&mut self, step: Step<'m>) -> Converted<()> {
        let (input_index, tensor) = self.input(step, 0)?;
        let (output_index, output_tensor) = self.output(step)?;
        if let Some(values) = self.known_integers(input_index) {
            return self.known(step, values);
        }
        let input = self.computed_of(step, 0, MOVED)?;
        self.check_same_quantization(step, input.quantization, self.integers_of(output_index, MOVED)?)?;
        let made: usize = output_tensor.shape.iter().product();
        if made != input.elements() {
            return Err(Problem::new(
                format!("it makes the shape {:?} of {:?}", output_tensor.shape, tensor.shape),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        self.add(step, QuantizedOperator::Reshape, vec![input.id], input.bounds)?;
        Ok(())
    }
}

impl<'m, G> Conversion<'m, G> {
    /// `SHAPE`
    pub(super) fn shape(&mut self, step: Step<'m>) -> Converted<()> {
        let (_, tensor) = self.input(step, 0)?;
        self.known(step, tensor.shape.iter().map(|&length| length as i64).collect())
    }

    /// `PACK`, of integers that shapes are computed from.
    pub(super) fn pack_shape(&mut self, step: Step<'m>) -> Converted<()> {
        let mut packed = Vec::new();
        for position in 0..step.operator.inputs.len() {
            let (index, tensor) = self.input(step, position)?;
            if !tensor.shape.is_empty() || matches!(self.values.get(&index), Some(Value::Computed(_))) {
                return Err(Problem::new(
                    "it packs tensors",
                    "this version imports it where it puts single lengths together to a shape",
                )
                .into());
            }
            packed.extend(self.integers(step, position)?);
        }
        self.known(step, packed)
    }

    /// `STRIDED_SLICE`, of a shape.
    pub(super) fn slice_of_shape(&mut self, step: Step<'m>, options: &StridedSliceOptions) -> Converted<()> {
        let (index, tensor) = self.input(step, 0)?;
        let values = match self.values.get(&index) {
            Some(Value::Known(values)) if tensor.shape.len() == 1 => values.clone(),
            None if tensor.data.is_none() => return Err(Stop::Reported),
            _ => {
                return Err(Problem::new(
                    "it slices a tensor",
                    "this version imports it where it takes a length out of a shape",
                )
                .into());
            }
        };
        let [begin, end, stride] =
            [self.integers(step, 1)?, self.integers(step, 2)?, self.integers(step, 3)?];
        let (&[begin], &[end], &[1]) = (&begin[..], &end[..], &stride[..]) else {
            return Err(Problem::new(
                format!("it slices a shape from {begin:?} to {end:?} by {stride:?}"),
                "this version slices shapes by steps of 1",
            )
            .into());
        };
        if options.ellipsis_mask != 0 || options.new_axis_mask != 0 || options.offset {
            return Err(
                Problem::new("it slices a shape with an ellipsis or a new axis", "convert it again").into()
            );
        }
        let length = values.len() as i64;
        let place = |at: i64| if at < 0 { at + length } else { at }.clamp(0, length) as usize;
        let first = if options.begin_mask & 1 != 0 { 0 } else { place(begin) };
        let last = match (options.shrink_axis_mask & 1 != 0, options.end_mask & 1 != 0) {
            (true, _) => first + 1,
            (false, true) => values.len(),
            (false, false) => place(end),
        };
        match values.get(first..last.max(first)) {
            Some(sliced) => self.known(step, sliced.to_vec()),
            None => Err(Problem::new(
                format!("it slices {first} to {last} out of a shape of {length}"),
                "convert the model again",
            )
            .into()),
        }
    }
}
