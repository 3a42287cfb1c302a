//! `SOFTMAX`: the table of exponentials, in gemmlowp's fixed-point arithmetic.

use super::multiplier::multiplier;
use super::{Computed, Conversion, Converted, EITHER, Problem, Step};
use crate::import::tflite::{SoftmaxOptions, Tensor};
use crate::quantized::{Element, LogSoftmax, QuantizedOperator};
use tinynet_core::requantize::{
    rounding_divide_by_power_of_two, saturating_rounding_doubling_high_multiply as high_multiply,
};

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
        let exponentials = exponentials(options.beta, input.quantization.scale)?;
        let operator = QuantizedOperator::GemmlowpSoftmax { exponentials };
        self.add_known(step, output_index, "", operator, vec![input.id], output, [least, most]);
        Ok(())
    }
}

/// Integer bits of exponents: Q5.26.
const INTEGER_BITS: u32 = 5;

/// Multiplier and left shift from steps of the input, times a factor, to Q5.26.
fn fixed_point(beta: f32, scale: f32) -> Converted<(i32, u32)> {
    let factor = f64::from(beta) * f64::from(scale) * f64::from(1 << (31 - INTEGER_BITS));
    let (multiplier, shift) = multiplier(factor.min(f64::from(i32::MAX)))?;
    match u32::try_from(shift) {
        Ok(shift @ 0..=30) if multiplier > 0 => Ok((multiplier, shift)),
        _ => Err(Problem::new(
            format!("exponents of {beta} times steps of {scale} are too small to tell apart"),
            "all classes would be equal: check the scale of its input",
        )
        .into()),
    }
}

/// Largest difference of two inputs whose exponential counts, in steps of the input: gemmlowp's `CalculateInputRadius`.
fn radius(shift: u32) -> i32 {
    ((((1i64 << INTEGER_BITS) - 1) << (31 - INTEGER_BITS)) >> shift) as i32
}

/// `e^(-beta · scale · d)` in Q0.31 for `d` from 0 on, up to where TensorFlow Lite takes it for 0.
fn exponentials(beta: f32, scale: f32) -> Converted<Vec<i32>> {
    let (multiplier, shift) = fixed_point(beta, scale)?;
    let last = radius(shift).min(255);
    let exponential =
        |difference: i32| exponential_of_negative(high_multiply(-(difference << shift), multiplier));
    let mut exponentials: Vec<i32> = (0..=last).map(exponential).collect();
    // Behind the end of the table is 0. Less than 2^11 is none of the 2^-19 that the sum counts in, and as an output, after
    // a factor below 1 and a shift by 23 bits or more, it is 0, too.
    while exponentials.len() > 1 && exponentials.last().is_some_and(|&last| last < 1 << 11) {
        exponentials.pop();
    }
    Ok(exponentials)
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
        let (multiplier, shift) = fixed_point(1.0, input.quantization.scale)?;
        let reverse = f64::from(1u32 << (31 - shift)) / f64::from(multiplier);
        let operator = QuantizedOperator::LogSoftmax(LogSoftmax {
            // Q0.31 to Q12.19.
            exponentials: exponentials(1.0, input.quantization.scale)?
                .into_iter()
                .map(|exponential| rounding_divide_by_power_of_two(exponential, 12))
                .collect(),
            multiplier: (multiplier, shift as i8),
            reverse_multiplier: self::multiplier(reverse)?,
            least_difference: -radius(shift),
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

/// `e^a` in Q0.31 for an `a <= 0` in Q5.26: gemmlowp's `exp_on_negative_values`.
fn exponential_of_negative(a: i32) -> i32 {
    /// 1/4 in Q5.26.
    const QUARTER: i32 = 1 << 24;
    /// `e^-(2^exponent)` in Q0.31, for the bits of the exponent from 1/4 on.
    const FACTORS: [i32; 7] =
        [1_672_461_947, 1_302_514_674, 790_015_084, 290_630_308, 39_332_535, 720_401, 242];
    if a == 0 {
        return i32::MAX;
    }
    let last_quarter = (a & (QUARTER - 1)) - QUARTER;
    // Q5.26 to Q0.31: between -1/4 and 0, so that nothing is lost.
    let mut result = exponential_of_quarter(last_quarter << 5);
    let remainder = last_quarter.wrapping_sub(a);
    for (bit, factor) in FACTORS.into_iter().enumerate() {
        if remainder >> (24 + bit) & 1 == 1 {
            result = high_multiply(result, factor);
        }
    }
    result
}

/// `e^a` in Q0.31 for an `a` in Q0.31 between -1/4 and 0: gemmlowp's Taylor series around -1/8.
fn exponential_of_quarter(a: i32) -> i32 {
    /// `e^(-1/8)` and 1/3 in Q0.31.
    const MIDDLE: i32 = 1_895_147_668;
    const THIRD: i32 = 715_827_883;
    let x = a + (1 << 28);
    let x2 = high_multiply(x, x);
    let x3 = high_multiply(x2, x);
    let x4 = high_multiply(x2, x2);
    let x4_over_4 = rounding_divide_by_power_of_two(x4, 2);
    let sum = high_multiply(x4_over_4 + x3, THIRD) + x2;
    let series = rounding_divide_by_power_of_two(sum, 1);
    MIDDLE + high_multiply(MIDDLE, x + series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_near_the_real_ones() {
        for (index, &value) in exponentials(1.0, 0.0625).unwrap_or_default().iter().enumerate() {
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
        let exponentials = exponentials(1.0, 1.0).unwrap_or_default();
        assert_eq!((exponentials[0], exponentials.len()), (i32::MAX, 14));
    }
}
