//! gemmlowp's functions of 16-bit fixed-point numbers, bit for bit.
//!
//! TensorFlow Lite's reference kernel of an LSTM computes its gates with them (`fixedpoint/fixedpoint.h` of
//! <https://github.com/google/gemmlowp>, `FixedPoint<int16_t, …>`). Every number here is an int16, held in 32 bits: a
//! Cortex-M0 has no narrower arithmetic. `Qm.n` has `m` integer bits, `n` places and a sign.

use super::tight::opaque;
use crate::requantize::rounding_divide_by_power_of_two;

/// The largest int16, which stands for 1 in Q0.15.
const ONE: i32 = 32_767;
/// 1 in Q2.13.
const ONE_IN_Q2: i32 = 1 << 13;

/// `1 / (1 + e^-x)` in Q0.15 for `x` in Q3.12.
#[inline(never)]
pub(super) fn logistic(x: i32) -> i32 {
    if x == 0 {
        return 1 << 14;
    }
    // The reciprocal is half of the quotient; Q2.13 to Q0.15 is a factor of 4, half of it 2.
    let above = saturate(quotient(exponential(if x > 0 { x.wrapping_neg() } else { x }, 3)).wrapping_mul(2));
    if x > 0 { above } else { ONE.wrapping_sub(above) }
}

/// `tanh x` in Q0.15 for `x` with `integer_bits`, 0 to 6.
#[inline(never)]
pub(super) fn hyperbolic_tangent(x: i32, integer_bits: u32) -> i32 {
    if x == 0 {
        return 0;
    }
    // (1 - e) / (1 + e) = 2 / (1 + e) - 1 where e = e^-2|x|: with one integer bit more the same bits are twice the number.
    let negative = if x > 0 { x.wrapping_neg() } else { x };
    let steps = quotient(exponential(negative, integer_bits.wrapping_add(1))).wrapping_sub(ONE_IN_Q2);
    let magnitude = saturate(steps.wrapping_mul(4));
    if x > 0 { magnitude } else { magnitude.wrapping_neg() }
}

/// `e^x` in Q0.15 for an `x` that is not positive, with `integer_bits`, 1 to 7.
#[inline(never)]
fn exponential(x: i32, integer_bits: u32) -> i32 {
    /// e^-1/4, e^-1/2, e^-1 … e^-16 in Q0.15.
    const POWERS: [i16; 7] = [25_520, 19_875, 12_055, 4_435, 600, 11, 0];
    /// e^-1/8, 1/3 and 1/8 in Q0.15.
    const CENTER: i32 = 28_918;
    const THIRD: i32 = 10_923;
    const EIGHTH: i32 = 1 << 12;
    if x == 0 {
        return ONE;
    }
    // -32 with six integer bits or seven.
    if integer_bits > 5 && x < -(1i32.wrapping_shl(20u32.wrapping_sub(integer_bits))) {
        return 0;
    }
    // What is between -1/4 and 0, by a polynomial around -1/8.
    let mut bit = 1i32.wrapping_shl(13u32.wrapping_sub(integer_bits));
    let rest = (x & bit.wrapping_sub(1)).wrapping_sub(bit);
    let a = rest.wrapping_shl(integer_bits).wrapping_add(EIGHTH);
    let square = product(a, a);
    let (cube, fourth) = (product(square, a), product(square, square));
    let tail = product(rounding_divide_by_power_of_two(fourth, 2).wrapping_add(cube), THIRD);
    let tail = rounding_divide_by_power_of_two(tail.wrapping_add(square), 1);
    let mut result = saturate(CENTER.wrapping_add(product(CENTER, a.wrapping_add(tail))));
    // The quarters that are left, a power of two of them for each bit.
    let quarters = rest.wrapping_sub(x);
    let count = (integer_bits.wrapping_add(2) as usize).min(POWERS.len());
    for &power in &POWERS[..count] {
        if quarters & bit != 0 {
            result = product(result, i32::from(power));
        }
        bit = bit.wrapping_mul(2);
    }
    result
}

/// `2 / (1 + e)` in Q2.13 for an `e` in Q0.15 that is not negative.
#[inline(never)]
fn quotient(e: i32) -> i32 {
    /// 48 / 17 and -32 / 17 in Q2.13: the line that Newton's method starts from.
    const LINE: [i32; 2] = [23_130, -15_420];
    // (1 + e) / 2, rounded.
    let half_denominator = e.wrapping_add(ONE).wrapping_add(1) >> 1;
    let mut quotient = LINE[0].wrapping_add(product(half_denominator, LINE[1]));
    let mut step = 0;
    while step != 3 {
        let error = ONE_IN_Q2.wrapping_sub(product(half_denominator, quotient));
        // Q2.13 · Q2.13 is Q4.11, brought back to Q2.13.
        quotient = quotient.wrapping_add(saturate(product(quotient, error).wrapping_mul(4)));
        step = opaque(step + 1);
    }
    quotient
}

/// `a · b` of numbers without integer bits, to nearest, halves up; -1 · -1 becomes the largest number.
#[inline(always)]
fn product(a: i32, b: i32) -> i32 {
    (a.wrapping_mul(b).wrapping_add(1 << 14) >> 15).min(ONE)
}

/// The nearest int16.
#[inline(always)]
pub(super) fn saturate(value: i32) -> i32 {
    crate::requantize::clamp(value, -32_768, ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand half of one percent: what 16 bits leave. The bits themselves are held to by the tests of operators.
    #[test]
    fn near_the_real_functions() {
        for x in i32::from(i16::MIN)..=i32::from(i16::MAX) {
            let real = f64::from(x) / 4096.0;
            let expected = 32768.0 / (1.0 + (-real).exp());
            assert!((f64::from(logistic(x)) - expected).abs() < 16.0, "logistic {x}");
            for bits in 0..=6u32 {
                let real = f64::from(x) / f64::from(1 << (15 - bits));
                let made = f64::from(hyperbolic_tangent(x, bits));
                assert!((made - 32768.0 * real.tanh()).abs() < 16.0, "tanh {x}, {bits}: {made}");
            }
        }
    }
}
