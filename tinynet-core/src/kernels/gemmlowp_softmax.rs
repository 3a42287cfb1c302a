//! TensorFlow Lite's softmax.

use super::tight::{opaque, opaque_reference};
use crate::element::Element;
use crate::requantize::{clamp, rounding_divide_by_power_of_two, saturating_rounding_doubling_high_multiply};
use core::slice;

/// Softmax along the last axis: TensorFlow Lite's int8 SOFTMAX, bit for bit. 1 is 256 steps above -128; of an int16 output, 65 536
/// steps above -32 768.
///
/// TensorFlow Lite's reference kernel calculates with gemmlowp's fixed-point numbers: exponentials in Q0.31, their sum in
/// Q12.19, its reciprocal by three steps of Newton's method (gemmlowp, `fixedpoint/fixedpoint.h`). The exponentials depend
/// on the input alone, so that they come from a table.
///
/// ```
/// use tinynet_core::kernels::GemmlowpSoftmax;
///
/// // e^0 and e^-0.693 = 1/2, in Q0.31.
/// let mut output = [0i8; 2];
/// GemmlowpSoftmax { classes: 2, exponentials: &[i32::MAX, 1 << 30] }.run(&[5, 4], &mut output);
/// // 2/3 and 1/3 of 256, less 128.
/// assert_eq!(output, [43, -43]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GemmlowpSoftmax<'a> {
    /// Size of the last axis, at most 4095.
    pub classes: usize,
    /// `exponentials[d]` is `e^(-input scale · beta · d)` in Q0.31, the first `i32::MAX`; none is negative. At most 256
    /// entries; those left out at the end count as 0.
    pub exponentials: &'a [i32],
}

/// Integer bits of the sum of exponentials.
const SUM_INTEGER_BITS: u32 = 12;

impl GemmlowpSoftmax<'_> {
    /// Computes `output` from `input`; both `[.., classes]`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ or are no multiple of the number of classes, there are more than 4095 classes, or the
    /// table does not begin with `i32::MAX`.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[i8], output: &mut [T]) {
        assert!(input.len() == output.len());
        assert!(0 < self.classes && self.classes <= 4095 && input.len().is_multiple_of(self.classes));
        assert!(self.exponentials[0] == i32::MAX);
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
    unsafe fn row<T: Element>(&self, input: *const i8, output: *mut T) {
        // SAFETY: the caller's; both are gone before the output is written.
        let (largest, sum) = unsafe {
            let input = slice::from_raw_parts(input, self.classes);
            let largest = input.iter().fold(i8::MIN, |largest, &x| largest.max(x));
            let part =
                |&x: &i8| rounding_divide_by_power_of_two(self.exponential(largest, x), SUM_INTEGER_BITS);
            (largest, input.iter().map(part).fold(0, i32::wrapping_add))
        };
        // The largest input alone gives 2^19.
        // 12 places at the most, so that a loop does it; the core has no instruction for it.
        let (mut headroom, mut normalized) = (0u32, sum);
        while normalized > 0 {
            normalized <<= 1;
            headroom = headroom.wrapping_add(1);
        }
        let scale = reciprocal_of_one_plus(normalized.wrapping_sub(i32::MIN));
        // The sum is 2^(12 - headroom) times what the reciprocal is of; the output's bits
        // are kept. With hundreds of equal inputs more
        // than 31 would be shifted out, for which gemmlowp has no answer; it is 0 either way.
        let [least, most] = [T::min_value(), T::max_value()].map(Element::widen);
        let shift =
            SUM_INTEGER_BITS.wrapping_sub(headroom).wrapping_add(31 - 8 * size_of::<T>() as u32).min(31);
        let (mut input, mut output) = (input, output);
        let mut remaining = self.classes;
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of both pointers.
            unsafe {
                let product = high_multiply(scale, self.exponential(largest, *input));
                let steps = rounding_divide_by_power_of_two(product, shift);
                *output = T::narrow(clamp(steps.wrapping_add(least), least, most));
                input = opaque(input.add(1));
                output = output.add(1);
            }
            remaining -= 1;
        }
    }

    /// The table's entry for an input.
    #[inline(always)]
    fn exponential(&self, largest: i8, x: i8) -> i32 {
        match self.exponentials.get(usize::from(largest.abs_diff(x))) {
            Some(&exponential) => exponential,
            None => 0,
        }
    }
}

/// `1 / (1 + x)` in Q0.31 for an `x` in Q0.31 that is not negative: gemmlowp's `one_over_one_plus_x_for_x_in_0_1`.
#[inline(never)]
pub(super) fn reciprocal_of_one_plus(x: i32) -> i32 {
    /// 48 / 17 and -32 / 17 in Q2.29: the line that Newton's method starts from.
    const LINE: [i32; 2] = [1_515_870_810, -1_010_580_540];
    /// 1 in Q2.29.
    const ONE: i32 = 1 << 29;
    // (x + 1) / 2, rounded: between 2^30 and i32::MAX.
    let half_denominator = ((x as u32).wrapping_add(i32::MAX as u32).wrapping_add(1) >> 1) as i32;
    let mut quotient = LINE[0].wrapping_add(high_multiply(half_denominator, LINE[1]));
    let mut step = 0;
    while step != 3 {
        let error = ONE.wrapping_sub(high_multiply(half_denominator, quotient));
        // Q2.29 · Q2.29 is Q4.27, brought back to Q2.29 with saturation.
        let correction = saturating_shift_left_2(high_multiply(quotient, error));
        quotient = quotient.wrapping_add(correction);
        step = opaque(step + 1);
    }
    // Half of it is the reciprocal; Q2.29 to Q0.31 is a factor of 4, half of it 2, with saturation.
    if quotient > i32::MAX >> 1 { i32::MAX } else { quotient << 1 }
}

/// [`saturating_rounding_doubling_high_multiply`] as one function: it is large, and needed in many places.
#[inline(never)]
fn high_multiply(a: i32, b: i32) -> i32 {
    saturating_rounding_doubling_high_multiply(a, b)
}

/// `4 · value`, saturated.
#[inline(always)]
fn saturating_shift_left_2(value: i32) -> i32 {
    if value > i32::MAX >> 2 {
        i32::MAX
    } else if value < i32::MIN >> 2 {
        i32::MIN
    } else {
        value << 2
    }
}
