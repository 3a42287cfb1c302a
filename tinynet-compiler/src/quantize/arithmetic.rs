//! The integer arithmetic of the kernels, for one number.

use crate::quantized::{Add, Requantize};
use tinynet_core::requantize::{multiply, shift_right, short_multiply};

/// What becomes of an accumulator, before zero point and clamp.
pub(crate) fn requantized(requantize: &Requantize, channel: usize, accumulator: i32) -> i32 {
    match requantize {
        Requantize::Shift(shifts) => shift_right(accumulator, shifts[channel]),
        Requantize::Multiplier { multipliers, shifts } => {
            multiply(accumulator, multipliers[channel], shifts[channel])
        }
        Requantize::ShortMultiplier { multipliers, shifts } => {
            short_multiply(accumulator, multipliers[channel], shifts[channel])
        }
    }
}

/// `value` rounded half away from zero and clamped to `-limit..=limit`. By comparisons, which unoptimised code is much
/// faster at than at `f64::clamp`.
pub(crate) fn round_within(value: f64, limit: f64) -> f64 {
    let rounded = value.round();
    if rounded > limit {
        limit
    } else if rounded < -limit {
        -limit
    } else {
        rounded
    }
}

/// What an addition makes of two integers.
pub(crate) fn sum(add: &Add, a: i32, b: i32) -> i32 {
    let (sum, clamp) = match *add {
        Add::Shift { left, right, clamp } => (shift_right((a << left[0]) + (b << left[1]), right), clamp),
        Add::Multiplier { left_shift, zero_points, multipliers, shifts, clamp } => {
            let scaled = |index: usize, value: i32| {
                multiply((value - zero_points[index]) << left_shift, multipliers[index], shifts[index])
            };
            (multiply(scaled(0, a) + scaled(1, b), multipliers[2], shifts[2]) + zero_points[2], clamp)
        }
    };
    sum.clamp(clamp[0], clamp[1])
}

/// How far the first sum of products reaches that could leave 32 bits.
pub(crate) fn sum_beyond_32_bits(weights: &[i8], bias: &[i32], [low, high]: [i32; 2]) -> Option<i64> {
    let length = weights.len() / bias.len().max(1);
    bias.iter().enumerate().find_map(|(row, &bias)| {
        let (mut least, mut most, mut folded) = (i64::from(bias), i64::from(bias), i64::from(bias));
        for &weight in &weights[row * length..][..length] {
            let (a, b) = (i64::from(weight) * i64::from(low), i64::from(weight) * i64::from(high));
            (least, most) = (least + a.min(b), most + a.max(b));
            // A zero point is at the most as far away as a bound.
            folded += i64::from(weight).abs() * i64::from(low.abs().max(high.abs()));
        }
        [least, most, folded].iter().any(|&sum| i32::try_from(sum).is_err()).then_some(most)
    })
}
