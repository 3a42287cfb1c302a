//! The fixed-point scheme: every scale is a power of two, zero is 0.
//!
//! An int8 of a tensor with `n` fraction bits stands for `q · 2^-n`. Requantising is a rounding right shift.
//!
//! Inside the network, a tensor that is never negative may have its zero at -128 and so one bit more: both the shift
//! before it and the sum behind it take the zero point in with the bias, at no cost.

use super::range::least_by;
use super::weight_scale;
use crate::precision::Precision;
use crate::quantized::{Quantization, Requantize};

/// How much finer than the range a quantisation may be chosen: `2^-8` of it, where an int8 holds next to nothing. Scales
/// of weights likewise.
const FINEST: i32 = 8;

/// Largest right shift of the kernels.
const LARGEST_SHIFT: i32 = 30;

/// The finest quantisation that holds `range`, but for the largest value itself, which may saturate by one step: a step
/// less would cost every value as much.
pub(super) fn cover(ends: [i32; 2], [low, high]: [f64; 2]) -> Quantization {
    let largest = (-low).max(high);
    Quantization::FixedPoint { fraction_bits: ceil_log2(-f64::from(ends[0])) - ceil_log2(largest) }
}

/// The same for a range from 0 on, with zero at the smallest integer: all steps lie where values are.
pub(super) fn cover_unsigned(ends: [i32; 2], [_, high]: [f64; 2]) -> Quantization {
    let steps = f64::from(ends[1] - ends[0] + 1);
    Quantization::Affine { scale: representable(high) / steps, zero_point: ends[0] }
}

/// The quantisation with the least `error`, of those with steps like `widest` or finer.
pub(super) fn search(widest: Quantization, error: impl Fn(Quantization) -> f64) -> Quantization {
    let finer = |by: i32| match widest {
        Quantization::FixedPoint { fraction_bits } => {
            Quantization::FixedPoint { fraction_bits: fraction_bits + by }
        }
        Quantization::Affine { scale, zero_point } => {
            Quantization::Affine { scale: libm::ldexp(scale, -by), zero_point }
        }
    };
    let candidates = (0..=FINEST).map(finer);
    least_by(candidates, |&quantization| error(quantization)).unwrap_or(widest)
}

/// The finest scale that is no finer than `scale`.
pub(super) fn representable(scale: f64) -> f64 {
    libm::ldexp(1.0, ceil_log2(scale))
}

/// The scale for weights: the one with the least squared error, largest weights saturated or not.
pub(super) fn weight_scale(precision: Precision, weights: &[f64]) -> f64 {
    let limit = f64::from(precision.largest());
    let largest = weight_scale::largest(weights);
    let mut scale = representable(largest / (limit + 0.5));
    // The largest weight rounds to one more than the limit if it lies on the half.
    if (largest / scale).round() > limit {
        scale *= 2.0;
    }
    // Nobody gains by saturating many int8s.
    let finest = if precision == Precision::Int8 { 1 } else { FINEST };
    let finer = (0..=finest).map(|by| libm::ldexp(scale, -by));
    least_by(finer, |&scale| weight_scale::rounding_error(precision, weights, scale)).unwrap_or(scale)
}

/// Whether a scale is one of this scheme.
pub(super) fn is_power_of_two(scale: f64) -> bool {
    libm::frexp(scale).0 == 0.5
}

/// Requantisation by factors, powers of two; `None` where a shift is out of reach.
pub(super) fn requantize(factors: &[f64]) -> Option<Requantize> {
    let shift = |&factor: &f64| {
        let shift = fraction_bits(factor);
        (is_power_of_two(factor) && (0..=LARGEST_SHIFT).contains(&shift)).then_some(shift as u8)
    };
    factors.iter().map(shift).collect::<Option<_>>().map(Requantize::Shift)
}

/// `n` of `2^-n`.
pub(super) fn fraction_bits(scale: f64) -> i32 {
    -ceil_log2(scale)
}

/// The smallest `e` with `2^e >= x`, exactly; `x > 0`.
fn ceil_log2(x: f64) -> i32 {
    let (fraction, exponent) = libm::frexp(x);
    if fraction == 0.5 { exponent - 1 } else { exponent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_the_fraction_bits_that_hold_them() {
        let int8 = [-128, 127];
        let bits = |low: f64, high: f64| fraction_bits(cover(int8, [low, high]).scale());
        assert_eq!(bits(-1.0, 1.0), 7);
        assert_eq!(bits(0.0, 1.0), 7);
        assert_eq!(bits(0.0, 1.001), 6);
        assert_eq!(bits(-1.001, 0.0), 6);
        assert_eq!(bits(0.0, 200.0), -1);
        assert_eq!(bits(-1e-30, 0.0), 106);
        let unsigned = |high| cover_unsigned(int8, [0.0, high]);
        assert_eq!(unsigned(1.0), Quantization::Affine { scale: 1.0 / 256.0, zero_point: -128 });
        assert_eq!(unsigned(1.001), Quantization::Affine { scale: 1.0 / 128.0, zero_point: -128 });
    }

    #[test]
    fn scales_of_weights() {
        assert_eq!(weight_scale(Precision::Int8, &[127.0]), 1.0);
        assert_eq!(weight_scale(Precision::Int8, &[127.4, 1.0, 2.0]), 1.0);
        // All others are hit exactly by the wider one.
        assert_eq!(weight_scale(Precision::Int8, &[127.5, 2.0, 4.0]), 2.0);
        // One is clipped a little, many gain half a step.
        assert_eq!(weight_scale(Precision::Int8, &[64.0, 0.5, 1.5, 2.5, 3.5, 10.5]), 0.5);
        assert_eq!(weight_scale(Precision::Int8, &[1e-30, -1e-30]), libm::ldexp(1.0, -106));
        // Of few bits, the largest is worth losing to the others.
        assert_eq!(weight_scale(Precision::Int2, &[5.0, 1.0, -1.0, 1.0, -1.0, 1.0, 1.0, 3.0]), 1.0);
        assert_eq!(weight_scale(Precision::Binary, &[8.0, 1.0, -1.0, 1.0, -1.0, 1.0, 1.0, -1.0]), 2.0);
    }

    #[test]
    fn requantising_needs_a_shift_to_the_right_within_reach() {
        assert_eq!(requantize(&[1.0, 0.25]), Some(Requantize::Shift(vec![0, 2])));
        assert_eq!(requantize(&[libm::ldexp(1.0, -30)]), Some(Requantize::Shift(vec![30])));
        assert_eq!(requantize(&[libm::ldexp(1.0, -31)]), None);
        assert_eq!(requantize(&[2.0]), None);
        assert_eq!(requantize(&[0.3]), None);
    }
}
