//! gemmlowp's fixed-point exponential function.

use super::tight::opaque;
use crate::requantize::rounding_doubling_high_multiply;

/// Integer bits of exponents: Q5.26.
const INTEGER_BITS: u32 = 5;

/// `e^(-step · d)` for a whole number `d`: gemmlowp's `exp_on_negative_values` (`fixedpoint/fixedpoint.h`), bit for bit.
///
/// ```
/// use tinynet_core::kernels::GemmlowpExponential;
///
/// // Steps of 1/16: 2^22 in Q5.26.
/// let exponential = GemmlowpExponential { multiplier: 1 << 30, shift: 23 };
/// assert_eq!(exponential.of(0), i32::MAX);
/// // e^-1 is 790 015 084 · 2^-31.
/// assert_eq!(exponential.of(16), 790_015_308);
/// assert_eq!(exponential.largest_difference(), 248);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GemmlowpExponential {
    /// Q31 multiplier from differences, shifted, to Q5.26; positive.
    pub multiplier: i32,
    /// Left shift of differences, `0..=30`.
    pub shift: u8,
}

impl GemmlowpExponential {
    /// The largest difference that TensorFlow Lite's softmax calculates for; all that are larger count as 0. gemmlowp's
    /// `CalculateInputRadius`.
    #[inline(always)]
    pub const fn largest_difference(&self) -> i32 {
        const LARGEST: i32 = ((1 << INTEGER_BITS) - 1) << (31 - INTEGER_BITS);
        LARGEST.wrapping_shr(self.shift as u32)
    }

    /// `e^(-step · difference)` in Q0.31, 0 for differences of more than
    /// [`largest_difference`](Self::largest_difference); none may be negative.
    ///
    /// It takes as long whatever the difference: all factors are multiplied by, and masks take what is wanted.
    #[inline(never)]
    pub fn of(&self, difference: i32) -> i32 {
        /// 1/4 in Q5.26.
        const QUARTER: i32 = 1 << 24;
        /// `e^-(2^exponent)` in Q0.31, for the bits of the exponent from 1/4 on.
        const FACTORS: [i32; 7] =
            [1_672_461_947, 1_302_514_674, 790_015_084, 290_630_308, 39_332_535, 720_401, 242];
        let shifted = difference.wrapping_neg().wrapping_shl(u32::from(self.shift));
        let exponent = high_multiply(shifted, self.multiplier);
        let last_quarter = (exponent & (QUARTER - 1)) - QUARTER;
        // Q5.26 to Q0.31: between -1/4 and 0, so that nothing is lost.
        let mut result = exponential_of_quarter(last_quarter.wrapping_shl(INTEGER_BITS));
        let mut quarters = last_quarter.wrapping_sub(exponent) >> 24;
        let mut bit = 0;
        while let Some(&factor) = FACTORS.get(bit) {
            let product = high_multiply(result, factor);
            result ^= (result ^ product) & all_ones_if_odd(quarters);
            quarters >>= 1;
            bit = opaque(bit + 1);
        }
        // Of an exponent of 0 all ones but the sign; the formula is for those below.
        let is_zero = all_ones_below_zero(!(exponent | exponent.wrapping_neg()));
        result |= (is_zero as u32 >> 1) as i32;
        result & !all_ones_below_zero(self.largest_difference().wrapping_sub(difference))
    }
}

/// -1 for a number below 0, else 0, and no branch for it: LLVM, if it knew what number it is, would compare, and if it knew
/// what becomes of it, choose.
#[inline(always)]
pub(super) fn all_ones_below_zero(number: i32) -> i32 {
    opaque(opaque(number) >> 31)
}

/// A number, but no more than a limit, again without a branch; their difference fits.
#[inline(always)]
pub(super) fn at_most(limit: i32, number: i32) -> i32 {
    let missing = limit.wrapping_sub(number);
    number.wrapping_add(missing & all_ones_below_zero(missing))
}

/// -1 for an odd number, else 0.
#[inline(always)]
fn all_ones_if_odd(number: i32) -> i32 {
    all_ones_below_zero(number << 31)
}

/// `e^a` in Q0.31 for an `a` in Q0.31 between -1/4 and 0: gemmlowp's Taylor series around -1/8.
#[inline(always)]
fn exponential_of_quarter(a: i32) -> i32 {
    /// `e^(-1/8)` and 1/3 in Q0.31.
    const MIDDLE: i32 = 1_895_147_668;
    const THIRD: i32 = 715_827_883;
    // At most 1/8 on either side of 0, so that no power of it or sum of them is larger.
    let x = a.wrapping_add(1 << 28);
    let x2 = high_multiply(x, x);
    let x3 = high_multiply(x2, x);
    // Not negative: halves are rounded up.
    let x4_over_4 = high_multiply(x2, x2).wrapping_add(2) >> 2;
    let sum = high_multiply(x4_over_4.wrapping_add(x3), THIRD).wrapping_add(x2);
    // x² is larger than what is added to it: the sum is not negative either.
    let series = sum.wrapping_add(1) >> 1;
    MIDDLE.wrapping_add(high_multiply(MIDDLE, x.wrapping_add(series)))
}

/// The high half of `2 · a · b`, rounded, not of two times `i32::MIN`: one function, as it is large and needed in many
/// places.
#[inline(never)]
pub(super) fn high_multiply(a: i32, b: i32) -> i32 {
    rounding_doubling_high_multiply(a, b)
}
