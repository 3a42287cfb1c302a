//! Softmax in gemmlowp's fixed-point arithmetic: the tables of exponentials.

use crate::quantize::affine::multiplier;
use crate::quantized::{GemmlowpSoftmax, LogSoftmax};
use tinynet_core::kernels::GemmlowpExponential;
use tinynet_core::requantize::rounding_divide_by_power_of_two;

/// The softmax of values in steps of a scale, times a factor; `None` where exponents are too small to tell apart.
#[cfg_attr(
    not(feature = "tflite"),
    allow(dead_code, reason = "declared networks have a softmax of their own")
)]
pub(crate) fn softmax(beta: f32, scale: f32) -> Option<GemmlowpSoftmax> {
    let exponential = exponential(beta, scale)?;
    Some(GemmlowpSoftmax { exponential, exponentials: exponentials(exponential) })
}

/// The logarithm of the softmax of values in steps of a scale; `None` likewise.
pub(crate) fn log_softmax(scale: f32) -> Option<LogSoftmax> {
    let exponential = exponential(1.0, scale)?;
    let GemmlowpExponential { multiplier: factor, shift } = exponential;
    let reverse = f64::from(1u32 << (31 - shift)) / f64::from(factor);
    Some(LogSoftmax {
        // Q0.31 to Q12.19.
        exponentials: exponentials(exponential)
            .into_iter()
            .map(|exponential| rounding_divide_by_power_of_two(exponential, 12))
            .collect(),
        multiplier: (factor, shift as i8),
        reverse_multiplier: multiplier(reverse)?,
        least_difference: -exponential.largest_difference(),
    })
}

/// Integer bits of exponents: Q5.26.
const INTEGER_BITS: u32 = 5;

/// The exponential function of steps of the input, times a factor.
fn exponential(beta: f32, scale: f32) -> Option<GemmlowpExponential> {
    let factor = f64::from(beta) * f64::from(scale) * f64::from(1 << (31 - INTEGER_BITS));
    let (multiplier, shift) = multiplier(factor.min(f64::from(i32::MAX)))?;
    match u8::try_from(shift) {
        Ok(shift @ 0..=30) => Some(GemmlowpExponential { multiplier, shift }),
        _ => None,
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
