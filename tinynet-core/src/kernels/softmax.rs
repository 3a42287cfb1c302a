//! Softmax.

use super::tight::{opaque, opaque_reference};
use crate::requantize::clamp;
use core::slice;

/// `e^x[i] / Σ_j e^x[j]` along the last axis, on int8.
///
/// With `d = max_j x[j] - x[i]`, an integer in `0..=255`, a table gives `E[d] ≈ 65535 · e^(-scale · d)`; the
/// output is `E[d_i] · output_steps / Σ_j E[d_j]`, to the nearest, plus the zero point, saturated.
///
/// At most one output step away from the exact softmax of the input for up to 250 classes. (A table entry is
/// off by at most 1/2 of 65535, so the sum by at most `classes / 2`: for 250 classes 0.19 %, half a step of
/// 256; the rounding of the output is the other half.)
///
/// ```
/// use tinynet_core::kernels::Softmax;
///
/// // One input step is ln 2: the table halves.
/// let layer = Softmax {
///     classes: 3,
///     exponentials: &[65535, 32768, 16384, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1],
///     output_steps: 256,
///     output_zero_point: -128,
/// };
/// let mut output = [0i8; 3];
/// layer.run(&[7, 6, 6], &mut output);
/// assert_eq!(output, [0, -64, -64]); // 1/2, 1/4, 1/4
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax<'a> {
    /// Size of the last axis, at most 65536.
    pub classes: usize,
    /// `exponentials[d]` is `65535 · e^(-input scale · d)` rounded to the nearest, so that the first is
    /// 65535. At most 256 entries; those left out at the end count as 0.
    pub exponentials: &'a [u16],
    /// Output steps a real 1.0: 128 (Q0.7; a certain class saturates at 127) or 256 (TensorFlow Lite, zero
    /// point -128).
    pub output_steps: u32,
    /// What stands for 0 in the output.
    pub output_zero_point: i32,
}

impl Softmax<'_> {
    /// Computes `output` from `input`; both `[.., classes]`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ or are no multiple of the number of classes, there are not 128 or 256 output
    /// steps, or the table does not begin with 65535.
    #[inline(always)]
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        assert!(input.len() == output.len());
        assert!(0 < self.classes && self.classes <= 65536 && input.len().is_multiple_of(self.classes));
        assert!(self.output_steps == 128 || self.output_steps == 256);
        assert!(self.exponentials[0] == 65535);
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
            (largest, input.iter().fold(0, |sum: u32, &x| sum.wrapping_add(self.exponential(largest, x))))
        };
        // 65535 <= sum <= 65536 · 65535: the largest input alone gives 65535.
        let reciprocal = rounded_reciprocal(sum);
        // Output steps are 2^7 or 2^8, and the reciprocal has 31 places: the exponential times it is at most
        // 2^31 and the rounding of the reciprocal, so that 2^23 more fit.
        let shift = if self.output_steps == 128 { 24 } else { 23 };
        let (mut input, mut output) = (input, output);
        let mut remaining = self.classes;
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of both pointers.
            unsafe {
                let product = self.exponential(largest, *input).wrapping_mul(reciprocal);
                let steps = (product.wrapping_add(1 << (shift - 1)) >> shift) as i32;
                *output = clamp(steps.wrapping_add(self.output_zero_point), -128, 127) as i8;
                input = opaque(input.add(1));
                output = output.add(1);
            }
            remaining -= 1;
        }
    }

    /// The table's entry for an input.
    #[inline(always)]
    fn exponential(&self, largest: i8, x: i8) -> u32 {
        match self.exponentials.get(usize::from(largest.abs_diff(x))) {
            Some(&exponential) => u32::from(exponential),
            None => 0,
        }
    }
}

/// `2^31 / divisor` to the nearest. Long division, a bit a round: a Cortex-M0 cannot divide.
#[inline(always)]
fn rounded_reciprocal(divisor: u32) -> u32 {
    // Below 2^32, so that the remainder, which is never more than what is shifted in so far, is, too.
    let dividend = (1 << 31) + (divisor >> 1);
    let (mut quotient, mut remainder) = (0, 0);
    let mut bit = 32;
    while bit != 0 {
        bit = opaque(bit - 1);
        remainder = remainder << 1 | (dividend >> bit & 1);
        quotient <<= 1;
        if remainder >= divisor {
            remainder -= divisor;
            quotient |= 1;
        }
    }
    quotient
}

#[cfg(test)]
mod tests {
    use super::rounded_reciprocal;

    #[test]
    fn reciprocals_are_exact() {
        let mut divisor: u32 = 65_535;
        let last = 65_535 * 65_536;
        let step = 9_973;
        loop {
            for divisor in [divisor, 65_535 + last - divisor] {
                let expected = ((1u64 << 31) + u64::from(divisor / 2)) / u64::from(divisor);
                assert_eq!(u64::from(rounded_reciprocal(divisor)), expected, "{divisor}");
            }
            if divisor > last - step {
                break;
            }
            divisor += step;
        }
    }
}
