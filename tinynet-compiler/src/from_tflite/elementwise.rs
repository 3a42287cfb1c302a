//! Operators that treat each element by itself.

use super::multiplier::multiplier;
use super::quantization::Int8;
use super::{Conversion, Converted, Problem, Step};
use crate::quantized::{QuantizedOperator, Table};
use tinynet_core::requantize::multiply;

impl<'m> Conversion<'m> {
    /// `QUANTIZE` from int8 to int8 of another scale.
    pub(super) fn requantize(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (output_index, _) = self.output(step)?;
        let output = self.int8(output_index)?;
        let factor = f64::from(input.quantization.scale) / f64::from(output.scale);
        let rescale = Rescale::new(factor, input.quantization, output)?;
        self.table(step, |x| rescale.of(x))
    }

    /// Any function of one int8: a table.
    pub(super) fn table(&mut self, step: Step<'m>, function: impl Fn(i8) -> i8) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (_, output) = self.output(step)?;
        if input.elements() != output.shape.iter().product::<usize>() {
            return Err(Problem::new(
                format!("it makes the shape {:?} of {:?}", output.shape, input.tensor.shape),
                "the file contradicts itself: convert the model again",
            )
            .into());
        }
        let [low, high] = input.bounds;
        let values = (low..=high).map(|x| i32::from(function(x as i8)));
        let bounds = [values.clone().min().unwrap_or(-128), values.max().unwrap_or(127)];
        let table = Table::new(function);
        self.add(step, QuantizedOperator::Table(table), vec![input.id], bounds)?;
        Ok(())
    }
}

/// From one scale to another, saturated: the multiplier of TensorFlow Lite's `Requantize`.
pub(super) struct Rescale {
    multiplier: i32,
    shift: i8,
    zero_points: [i32; 2],
}

impl Rescale {
    /// `factor` is the quotient of the scales, however exactly it is calculated.
    pub(super) fn new(factor: f64, input: Int8, output: Int8) -> Converted<Self> {
        let (multiplier, shift) = multiplier(factor)?;
        Ok(Self { multiplier, shift, zero_points: [input.zero_point, output.zero_point] })
    }

    pub(super) fn of(&self, x: i8) -> i8 {
        let steps = multiply(i32::from(x) - self.zero_points[0], self.multiplier, self.shift);
        steps.saturating_add(self.zero_points[1]).clamp(-128, 127) as i8
    }
}
