//! `SOFTMAX`: the table of exponentials, in gemmlowp's fixed-point arithmetic.

use super::multiplier::multiplier;
use super::{Computed, Conversion, Converted, EITHER, Problem, Step};
use crate::import::tflite::{SoftmaxOptions, Tensor};
use crate::quantized::{Element, GemmlowpSoftmax, LogSoftmax, QuantizedOperator};
use tinynet_core::kernels::GemmlowpExponential;
use tinynet_core::requantize::rounding_divide_by_power_of_two;

/// Most classes whose exponentials the sum has bits for.
const MOST_CLASSES: usize = 4095;

impl<'m> Conversion<'m> {
    /// `SOFTMAX`
    pub(super) fn softmax(&mut self, step: Step<'m>, options: &SoftmaxOptions) -> Converted<()> {
        if self.computed_of(step, 0, EITHER)?.quantization.element == Element::Int16 {
            return self.softmax_16(step, options);
        }
        let input = self.computed(step, 0)?;
        let (output_index, output_tensor) = self.output(step)?;
        let output = self.integers_around_any(output_index, EITHER)?;
        let [least, most] = output.element.range();
        // Of 16 bits converters write 1/65535, too: TensorFlow Lite is content with three digits.
        let (scale, tolerance) = match output.element {
            Element::Int8 => (1.0 / 256.0, 0.0),
            _ => (1.0 / 65536.0, 0.001 / 65536.0),
        };
        if (output.scale - scale).abs() > tolerance || output.zero_point != least {
            return Err(Problem::new(
                format!("its output counts in (q - {}) · {}", output.zero_point, output.scale),
                format_args!(
                    "TensorFlow Lite's softmax to {} makes {scale} with the zero point {least}: convert the model again",
                    output.element
                ),
            )
            .into());
        }
        self.check_classes(&input, output_tensor)?;
        let exponential = exponential(options.beta, input.quantization.scale)?;
        let softmax = GemmlowpSoftmax { exponential, exponentials: exponentials(exponential) };
        let operator = QuantizedOperator::GemmlowpSoftmax(softmax);
        self.add_known(step, output_index, "", operator, vec![input.id], output, [least, most]);
        Ok(())
    }
}

/// Integer bits of exponents: Q5.26.
const INTEGER_BITS: u32 = 5;

/// The exponential function of steps of the input, times a factor.
fn exponential(beta: f32, scale: f32) -> Converted<GemmlowpExponential> {
    let factor = f64::from(beta) * f64::from(scale) * f64::from(1 << (31 - INTEGER_BITS));
    let (multiplier, shift) = multiplier(factor.min(f64::from(i32::MAX)))?;
    match u8::try_from(shift) {
        Ok(shift @ 0..=30) if multiplier > 0 => Ok(GemmlowpExponential { multiplier, shift }),
        _ => Err(Problem::new(
            format!("exponents of {beta} times steps of {scale} are too small to tell apart"),
            "all classes would be equal: check the scale of its input",
        )
        .into()),
    }
}

/// The table of a function, up to where TensorFlow Lite takes it for 0.
fn exponentials(exponential: GemmlowpExponential) -> Vec<i32> {
    let last = exponential.largest_difference().min(255);
    let mut exponentials: Vec<i32> = (0..=last).map(|difference| exponential.of(difference)).collect();
    // Behind the end of the table is 0. Less than 2^11 is none of the 2^-19 that the sum counts in, and as an output, after
    // a factor below 1 and a shift by 23 bits or more, it is 0, too.
    while exponentials.len() > 1 && exponentials.last().is_some_and(|&last| last < 1 << 11) {
        exponentials.pop();
    }
    exponentials
}

impl<'m> Conversion<'m> {
    /// `LOG_SOFTMAX`
    pub(super) fn log_softmax(&mut self, step: Step<'m>) -> Converted<()> {
        let input = self.computed(step, 0)?;
        let (output_index, output_tensor) = self.output(step)?;
        let output = self.int8(output_index)?;
        if output.scale != 1.0 / 16.0 || output.zero_point != 127 {
            return Err(Problem::new(
                format!("its output counts in (q - {}) · {}", output.zero_point, output.scale),
                "TensorFlow Lite's int8 LOG_SOFTMAX makes 1/16 with the zero point 127: convert the model again",
            )
            .into());
        }
        self.check_classes(&input, output_tensor)?;
        let exponential = exponential(1.0, input.quantization.scale)?;
        let GemmlowpExponential { multiplier, shift } = exponential;
        let reverse = f64::from(1u32 << (31 - shift)) / f64::from(multiplier);
        let operator = QuantizedOperator::LogSoftmax(LogSoftmax {
            // Q0.31 to Q12.19.
            exponentials: exponentials(exponential)
                .into_iter()
                .map(|exponential| rounding_divide_by_power_of_two(exponential, 12))
                .collect(),
            multiplier: (multiplier, shift as i8),
            reverse_multiplier: self::multiplier(reverse)?,
            least_difference: -exponential.largest_difference(),
        });
        self.add(step, operator, vec![input.id], [-128, 127])?;
        Ok(())
    }

    fn check_classes(&self, input: &Computed<'m>, output: &Tensor) -> Converted<()> {
        let classes = output.shape.last().copied().unwrap_or(1);
        if input.tensor.shape == output.shape && (1..=MOST_CLASSES).contains(&classes) {
            return Ok(());
        }
        Err(Problem::new(
            format!("it makes the shape {:?} of {:?}", output.shape, input.tensor.shape),
            format_args!("it takes up to {MOST_CLASSES} classes along the last axis"),
        )
        .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponentials(beta: f32, scale: f32) -> Vec<i32> {
        exponential(beta, scale).map(super::exponentials).unwrap_or_default()
    }

    #[test]
    fn exponentials_are_near_the_real_ones() {
        for (index, &value) in exponentials(1.0, 0.0625).iter().enumerate() {
            let expected = (-0.0625 * index as f64).exp() * 2f64.powi(31);
            assert!(
                (f64::from(value) - expected).abs() < 4.0 + expected * 1e-6,
                "{index}: {value}, {expected}"
            );
        }
    }

    /// e^-14 is less than 2^-20.
    #[test]
    fn the_table_ends_where_nothing_counts() {
        let exponentials = exponentials(1.0, 1.0);
        assert_eq!((exponentials[0], exponentials.len()), (i32::MAX, 14));
    }
}
