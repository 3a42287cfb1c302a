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
