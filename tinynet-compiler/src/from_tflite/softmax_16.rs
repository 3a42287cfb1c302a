//! `SOFTMAX` of int16: two tables, interpolated.

use super::multiplier::multiplier;
use super::{Conversion, Converted, EITHER, Problem, Step};
use crate::import::tflite::SoftmaxOptions;
use crate::quantized::{QuantizedOperator, Softmax16};

/// Most classes whose exponentials, up to 32767 each, a sum of 32 bits has room for.
const MOST_CLASSES: usize = 65_535;

/// Differences of two int16s, between which the tables lie.
const STEPS: f64 = 65_535.0;

impl<'m> Conversion<'m> {
    /// `SOFTMAX` of int16.
    pub(super) fn softmax_16(&mut self, step: Step<'m>, options: &SoftmaxOptions) -> Converted<()> {
        let input = self.computed_of(step, 0, EITHER)?;
        let (output_index, tensor) = self.output(step)?;
        let output = self.integers_of(output_index, EITHER)?;
        if output.scale != 1.0 / 32768.0 {
            return Err(Problem::new(
                format!("its output counts in steps of {}", output.scale),
                "TensorFlow Lite's int16 softmax makes steps of 1/32768: convert the model again",
            )
            .into());
        }
        let classes = tensor.shape.last().copied().unwrap_or(1);
        if input.tensor.shape != tensor.shape || !(1..=MOST_CLASSES).contains(&classes) {
            return Err(Problem::new(
                format!("it makes the shape {:?} of {:?}", tensor.shape, input.tensor.shape),
                format_args!("it takes up to {MOST_CLASSES} classes along the last axis"),
            )
            .into());
        }
        let factor = f64::from(input.quantization.scale) * f64::from(options.beta) / (10.0 / STEPS);
        if factor.is_nan() || factor <= 0.0 {
            return Err(
                Problem::new(format!("its beta is {}", options.beta), "convert the model again").into()
            );
        }
        let softmax = Softmax16 {
            multiplier: multiplier(factor)?,
            exponentials: table([-10.0, 0.0], libm::exp),
            reciprocals: table([0.0, 1.0], |x| 1.0 / (1.0 + x)),
        };
        self.add(step, QuantizedOperator::Softmax16(softmax), vec![input.id], [0, 32767])?;
        Ok(())
    }
}

/// A function at the 513 ends of 512 intervals of a range, in steps of `2 / 65535`: TensorFlow Lite's `LUTPopulate`, which
/// takes half the error in the middle of an interval off its beginning.
fn table([first, last]: [f64; 2], function: impl Fn(f64) -> f64) -> Box<[i16; 513]> {
    let width = (last - first) / 512.0;
    // As many steps as int16s have, over their range in real numbers.
    let steps = 65_536.0 / 2.0;
    let saturated = |value: f64| value.clamp(-32768.0, 32767.0) as i16;
    let mut table = Box::new([0; 513]);
    for (index, entry) in table.iter_mut().enumerate() {
        let start = first + index as f64 * width;
        let value = libm::round(function(start) * steps);
        if index == 512 {
            *entry = saturated(libm::round(function(last) * steps));
            break;
        }
        let next = function(first + (index + 1) as f64 * width) * steps;
        let middle = libm::round(function(start + width / 2.0) * steps);
        let error = libm::round((next + value) / 2.0) - middle;
        *entry = saturated(value - libm::round(error / 2.0));
    }
    table
}
