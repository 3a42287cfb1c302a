//! Functions of int16: tables of 512 intervals, filled in float32 as TensorFlow Lite does.

use super::quantization::Integers;
use super::{Conversion, Converted, EITHER, Problem, Step};
use crate::quantized::QuantizedOperator;

impl<'m> Conversion<'m> {
    /// A function of real numbers, of int16.
    pub(super) fn interpolation(
        &mut self,
        step: Step<'m>,
        input: Integers,
        output: Integers,
        function: impl Fn(f32) -> f32,
    ) -> Converted<()> {
        let computed = self.computed_of(step, 0, EITHER)?;
        let (_, tensor) = self.output(step)?;
        self.check_elements(&computed, tensor)?;
        let Some(table) = table(input.scale, output.scale, function) else {
            return Err(Problem::new(
                format!("its values reach beyond float32 in steps of {}", output.scale),
                "TensorFlow Lite itself has no answer there: calibrate with samples that reach every value",
            )
            .into());
        };
        let operator = QuantizedOperator::Interpolation(table);
        self.add(step, operator, vec![computed.id], output.element.range())?;
        Ok(())
    }
}

/// A function at the 513 ends of 512 intervals: TensorFlow Lite's `LUTPopulate` of int16, operation by operation. It takes half
/// the error in the middle of an interval off its beginning. `None` where values are not finite.
fn table(input_scale: f32, output_scale: f32, function: impl Fn(f32) -> f32) -> Option<Box<[i16; 513]>> {
    let [first, last] = [-32768.0, 32767.0].map(|end| input_scale * end);
    let [least, most] = [-32768.0, 32767.0].map(|end| output_scale * end);
    let width = (last - first) / 512.0;
    let steps = 65_536.0 / (most - least);
    let is_finite = std::cell::Cell::new(true);
    let at = |x: f32| {
        let value = function(x);
        is_finite.set(is_finite.get() && (value * steps).is_finite());
        value
    };
    let saturated = |value: f32| value.clamp(-32768.0, 32767.0) as i16;
    let mut table = Box::new([0; 513]);
    let (ends, intervals) = table.split_last_mut()?;
    for (index, entry) in intervals.iter_mut().enumerate() {
        let start = first + index as f32 * width;
        let value = libm::roundf(at(start) * steps);
        let middle = libm::roundf(at(start + width / 2.0) * steps);
        let next = at(first + (index + 1) as f32 * width) * steps;
        let error = libm::roundf((next + value) / 2.0) - middle;
        *entry = saturated(value - libm::roundf(error / 2.0));
    }
    *ends = saturated(libm::roundf(at(last) * steps));
    is_finite.get().then_some(table)
}
