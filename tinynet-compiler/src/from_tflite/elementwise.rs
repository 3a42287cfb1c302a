//! Operators that treat each element by itself.

use super::multiplier::multiplier;
use super::quantization::Integers;
use super::{ALL, Computed, Conversion, Converted, Problem, Step};
use crate::import::tflite::Tensor;
use crate::quantized::{Element, QuantizedOperator, Table};
use tinynet_core::kernels;
use tinynet_core::requantize::multiply;

impl<'m> Conversion<'m> {
    /// `QUANTIZE` from integers to integers of another scale, or another type.
    pub(super) fn requantize(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed_around_any(step, 0, ALL)?;
        let (output_index, _) = self.output(step)?;
        let output = self.integers_around_any(output_index, ALL)?;
        let factor = f64::from(input.quantization.scale) / f64::from(output.scale);
        if [input.quantization.element, output.element] != [Element::Int8; 2] {
            return self.add_rescale(step, input, output, [factor; 2], output.element.range());
        }
        let rescale = Rescale::new(factor, input.quantization, output)?;
        let [low, high] = input.bounds;
        if (low..=high).all(|x| i32::from(rescale.of(x as i8)) == x) {
            let (_, tensor) = self.output(step)?;
            self.check_elements(&input, tensor)?;
            self.add(step, QuantizedOperator::Reshape, vec![input.id], input.bounds)?;
            return Ok(());
        }
        self.table(step, |x| rescale.of(x))
    }

    /// Steps of another scale, of any type, by a factor for what is less than zero and one for the rest.
    pub(super) fn rescale(&mut self, step: Step<'m>, factors: [f64; 2], clamp: [i32; 2]) -> Converted<()> {
        let input = self.computed_of(step, 0, ALL)?;
        let output = self.integers_of(self.output(step)?.0, ALL)?;
        self.add_rescale(step, input, output, factors, clamp)
    }

    fn add_rescale(
        &mut self,
        step: Step<'m>,
        input: Computed<'m>,
        output: Integers,
        factors: [f64; 2],
        clamp: [i32; 2],
    ) -> Converted<()> {
        let (output_index, tensor) = self.output(step)?;
        self.check_elements(&input, tensor)?;
        let [below, above] = [multiplier(factors[0])?, multiplier(factors[1])?];
        let [min, max] = clamp;
        let rescale = kernels::Rescale {
            zero_points: [input.quantization.zero_point, output.zero_point],
            multipliers: [below.0, above.0],
            shifts: [below.1, above.1],
            min,
            max,
        };
        let operator = QuantizedOperator::Rescale(rescale);
        self.add_known(step, output_index, "", operator, vec![input.id], output, clamp);
        Ok(())
    }

    /// Refuses an operator that does not make one element of each.
    pub(super) fn check_elements(&self, input: &Computed<'m>, output: &Tensor) -> Converted<()> {
        if input.elements() == output.shape.iter().product::<usize>() {
            return Ok(());
        }
        Err(Problem::new(
            format!("it makes the shape {:?} of {:?}", output.shape, input.tensor.shape),
            "the file contradicts itself: convert the model again",
        )
        .into())
    }

    /// Any function of one int8: a table.
    pub(super) fn table(&mut self, step: Step<'m>, function: impl Fn(i8) -> i8) -> Converted<()> {
        // Who is not for uint8s has refused them.
        let input = self.computed_of(step, 0, &[Element::Int8, Element::UInt8])?;
        let (_, output) = self.output(step)?;
        self.check_elements(&input, output)?;
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
    pub(super) fn new(factor: f64, input: Integers, output: Integers) -> Converted<Self> {
        let (multiplier, shift) = multiplier(factor)?;
        Ok(Self { multiplier, shift, zero_points: [input.zero_point, output.zero_point] })
    }

    pub(super) fn of(&self, x: i8) -> i8 {
        let steps = multiply(i32::from(x) - self.zero_points[0], self.multiplier, self.shift);
        steps.saturating_add(self.zero_points[1]).clamp(-128, 127) as i8
    }
}
