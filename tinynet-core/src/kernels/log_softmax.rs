//! TensorFlow Lite's logarithm of the softmax.

use super::gemmlowp_softmax::reciprocal_of_one_plus;
use super::tight::{opaque, opaque_reference};
use crate::requantize::{
    clamp, multiply_by_call, rounding_divide_by_power_of_two,
    saturating_rounding_doubling_high_multiply as high_multiply,
};
use core::slice;

/// `x[i] - log Σ_j e^x[j]` along the last axis: TensorFlow Lite's int8 LOG_SOFTMAX, bit for bit. 16 steps are 1, and 127
/// is 0.
///
/// TensorFlow Lite's reference kernel calculates with gemmlowp's fixed-point numbers: exponentials in Q0.31, their sum in
/// Q12.19, its logarithm in Q5.26 (`log_x_for_x_greater_than_or_equal_to_1` of `kernels/internal/common.h`). The
/// exponentials depend on the input alone, so that they come from a table.
///
/// ```
/// use tinynet_core::kernels::LogSoftmax;
///
/// // Steps of 1/16 at the input: in Q5.26 2^22, a multiplier of 1/2 and a left shift of 23. e^0 and e^-1/16 in Q12.19.
/// let layer = LogSoftmax {
///     classes: 2,
///     exponentials: &[1 << 19, 492_532],
///     multiplier: 1 << 30,
///     shift: 23,
///     reverse_multiplier: 1 << 30,
///     reverse_shift: -21,
///     least_difference: -248,
/// };
/// let mut output = [0; 2];
/// layer.run(&[1, 0], &mut output);
/// assert_eq!(output, [116, 115]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSoftmax<'a> {
    /// Size of the last axis, at most 4095.
    pub classes: usize,
    /// `e^(-input scale · d)` in Q12.19 for the differences `d` to the largest input; those left out at the end count as 0.
    pub exponentials: &'a [i32],
    /// Q31 multiplier and power of two from steps of the input to Q5.26.
    pub multiplier: i32,
    /// At least 0.
    pub shift: i8,
    /// The reverse.
    pub reverse_multiplier: i32,
    /// At most 0.
    pub reverse_shift: i8,
    /// What lies further below the largest input gives the smallest output.
    pub least_difference: i32,
}

impl LogSoftmax<'_> {
    /// Computes `output` from `input`; both `[.., classes]`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ or are no multiple of the number of classes, or there are none or more than 4095.
    #[inline(always)]
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        assert!(input.len() == output.len());
        assert!(0 < self.classes && self.classes <= 4095 && input.len().is_multiple_of(self.classes));
        let mut done = 0;
        while done != input.len() {
            // SAFETY: `classes` elements a round, and the length is a multiple of it.
            unsafe { opaque_reference(self).row(input.as_ptr().add(done), output.as_mut_ptr().add(done)) };
            done += self.classes;
        }
    }

    /// One row of classes.
    ///
    /// # Safety
    ///
    /// `input` is readable and `output` writable for `classes` elements.
    #[inline(never)]
    unsafe fn row(&self, input: *const i8, output: *mut i8) {
        // SAFETY: the caller's; both are gone before the output is written.
        let (largest, sum) = unsafe {
            let input = slice::from_raw_parts(input, self.classes);
            let largest = input.iter().fold(i8::MIN, |largest, &x| largest.max(x));
            let exponential = |&x: &i8| match self.exponentials.get(usize::from(largest.abs_diff(x))) {
                Some(&exponential) => exponential,
                None => 0,
            };
            (largest, input.iter().map(exponential).fold(0, i32::wrapping_add))
        };
        let logarithm = logarithm(sum);
        let lowest =
            multiply_by_call(logarithm.wrapping_add(i32::MIN), self.reverse_multiplier, self.reverse_shift);
        let least = lowest.max(self.least_difference.wrapping_sub(1));
        let (mut input, mut output) = (input, output);
        let mut remaining = self.classes;
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of both pointers.
            unsafe {
                let difference = i32::from(*input) - i32::from(largest);
                *output = if difference > least {
                    let wide = multiply_by_call(difference, self.multiplier, self.shift);
                    // Q5.26 to steps of 1/16.
                    let steps = rounding_divide_by_power_of_two(wide.wrapping_sub(logarithm), 22);
                    clamp(steps.wrapping_add(127), -128, 127) as i8
                } else {
                    i8::MIN
                };
                input = opaque(input.add(1));
                output = output.add(1);
            }
            remaining -= 1;
        }
    }
}

/// The natural logarithm in Q5.26 of a number in Q12.19 from 1 on.
///
/// The number is brought to near the fourth root of 1/2 by a power of two, on one of two ways, whichever comes nearer;
/// the rest of the logarithm is a rational function.
#[inline(never)]
fn logarithm(x: i32) -> i32 {
    /// In Q0.31: log 2, the fourth root of 1/2, the square root of 1/2.
    const LOG_2: i32 = 1_488_522_236;
    const FOURTH_ROOT_OF_HALF: i32 = 1_805_811_301;
    const SQUARE_ROOT_OF_HALF: i32 = 1_518_500_250;
    /// Of the rational function, with r the fourth root of 2: 11/240 r, 1/20 r, 2/r - r, 1/4 r, in Q0.31.
    const ALPHA_NUMERATOR: i32 = 117_049_297;
    const ALPHA_DENOMINATOR: i32 = 127_690_142;
    const ALPHA_CONSTANT: i32 = 1_057_819_769;
    const ALPHA_FACTOR: i32 = 638_450_708;
    /// Integer bits of the number.
    const INTEGER_BITS: i32 = 12;
    /// 1/4 in Q6.25, in which the logarithm is put together.
    const QUARTER: i32 = 1 << 23;
    const PLACES: u32 = 25;
    let leading = x.leading_zeros();
    let first = high_multiply(shift(x, leading as i32 - 1), SQUARE_ROOT_OF_HALF);
    let first = shift(first, 1);
    let first_power = shift(INTEGER_BITS - leading as i32, PLACES as i32).saturating_add(QUARTER);
    let headroom = high_multiply(x, SQUARE_ROOT_OF_HALF).leading_zeros() as i32 - 1;
    let second = shift(x, headroom);
    let second_power = shift(INTEGER_BITS - headroom, PLACES as i32).saturating_sub(QUARTER);
    let (r, power) = (first.min(second), first_power.max(second_power));
    // (r + root) / 2, rounded, and 2 · (r - root): both numbers are positive.
    let p = ((r as u32).wrapping_add(FOURTH_ROOT_OF_HALF as u32).wrapping_add(1) >> 1) as i32;
    let q = r.wrapping_sub(FOURTH_ROOT_OF_HALF).wrapping_shl(1);
    let square = high_multiply(q, q);
    let numerator =
        high_multiply(q, r).wrapping_add(high_multiply(high_multiply(q, square), ALPHA_NUMERATOR));
    let inner = ALPHA_CONSTANT.wrapping_add(q).wrapping_add(high_multiply(ALPHA_DENOMINATOR, square));
    let denominator = high_multiply(p, inner).wrapping_add(high_multiply(ALPHA_FACTOR, q));
    let fraction =
        high_multiply(rounding_divide_by_power_of_two(numerator, 6), reciprocal_of_one_plus(denominator));
    shift(high_multiply(power, LOG_2).wrapping_add(fraction), 1)
}

/// `value · 2^exponent`: saturated, or rounded to nearest, halves away from zero.
#[inline(always)]
fn shift(value: i32, exponent: i32) -> i32 {
    if exponent <= 0 {
        return rounding_divide_by_power_of_two(value, exponent.unsigned_abs());
    }
    let most = i32::MAX.wrapping_shr(exponent as u32);
    if value > most {
        i32::MAX
    } else if value < -most {
        i32::MIN
    } else {
        value.wrapping_shl(exponent as u32)
    }
}
