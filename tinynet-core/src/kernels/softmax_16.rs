//! The softmax of int16.

use super::interpolation::interpolated;
use super::tight::opaque_reference;
use crate::requantize::multiply_by_call;

/// The softmax along the last axis, of int16s, in steps of `2^-15`: TensorFlow Lite's, bit for bit.
///
/// Exponentials and the reciprocal of their sum are interpolated in tables of 512 intervals and the end of the last.
#[derive(Clone, Copy, Debug)]
pub struct Softmax16<'a> {
    /// Size of the last axis, less than 65536.
    pub classes: usize,
    /// Q31 multiplier from differences of inputs to steps of which 65535 are 10.
    pub multiplier: i32,
    /// Power of two that goes with it; positive to the left.
    pub shift: i8,
    /// `e^x` for `x` from -10 to 0, in Q0.15.
    pub exponentials: &'a [i16; 513],
    /// `1 / (1 + x)` for `x` from 0 to 1, in Q0.15.
    pub reciprocals: &'a [i16; 513],
}

impl Softmax16<'_> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ, or are no multiple of the number of classes, or there are none or too many.
    #[inline(always)]
    pub fn run(&self, input: &[i16], output: &mut [i16]) {
        assert!(0 < self.classes && self.classes < 65536 && input.len() == output.len());
        assert!(input.len().is_multiple_of(self.classes));
        opaque_reference(self).rows(input, output);
    }

    #[inline(never)]
    fn rows(&self, input: &[i16], output: &mut [i16]) {
        let (mut input, mut output) = (input, output);
        // Without a division by the number of classes, which is asserted not to be 0.
        while let (Some((row, rest)), Some((made, space))) =
            (input.split_at_checked(self.classes), output.split_at_mut_checked(self.classes))
        {
            self.row(row, made);
            (input, output) = (rest, space);
        }
    }

    #[inline(always)]
    fn row(&self, input: &[i16], output: &mut [i16]) {
        let largest = input.iter().fold(i16::MIN, |largest, &x| largest.max(x));
        let mut sum = 0i32;
        for (&x, output) in input.iter().zip(&mut *output) {
            let difference = i32::from(x).wrapping_sub(largest.into());
            // From -65535, which is -10, to 0; then the table's -32768 to 32767.
            let scaled = multiply_by_call(difference, self.multiplier, self.shift);
            *output = interpolated(self.exponentials, saturated(scaled.saturating_add(32767)));
            sum = sum.wrapping_add((*output).into());
        }
        // Q16.15: the leading one, which is the largest's own, becomes 1.
        let headroom = sum.leading_zeros();
        let shifted = ((i64::from(sum) << (headroom.wrapping_sub(1) & 31)) + (1 << 13)) >> 14;
        let reciprocal = interpolated(self.reciprocals, saturated(shifted as i32 - (1 << 15) - (1 << 16)));
        let right = 31u32.wrapping_sub(headroom) & 31;
        let half = (1i32 << right) >> 1;
        for output in output {
            let product = i32::from(*output).wrapping_mul(reciprocal.into()).wrapping_add(half) >> right;
            *output = product.clamp(0, i16::MAX.into()) as i16;
        }
    }
}

#[inline(always)]
fn saturated(value: i32) -> i16 {
    value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}
