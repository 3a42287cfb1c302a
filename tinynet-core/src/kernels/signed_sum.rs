//! Sums and differences of two affine tensors.

use super::pairs::{for_each, run_on_pairs};
use super::tight::{opaque, opaque_reference};
use crate::element::Element;
use crate::requantize::{clamp, multiply_by_call};

/// Sum, difference or squared difference of two affine tensors: TensorFlow Lite's int8 ADD, SUB and SQUARED_DIFFERENCE,
/// bit for bit.
///
/// ```text
/// x_i    = multiply((input_i - zero_points[i]) << left_shift, multipliers[i], shifts[i])        i = 0, 1
/// sum    = signs[0] · x_0 + signs[1] · x_1
/// output = clamp(multiply(sum or sum^2, multipliers[2], shifts[2]) + zero_points[2])
/// ```
///
/// with [`multiply`](crate::requantize::multiply). Of tensors of one shape and without signs
/// [`AddMultiplier`](super::AddMultiplier) is the sum, in less time.
///
/// ```
/// use tinynet_core::kernels::SignedSum;
///
/// // Equal scales all over: inputs times 1/2, the difference times 2 / 2^20 = 2^-1 · 2^-18. One number a channel.
/// let layer = SignedSum {
///     left_shift: 20,
///     zero_points: [0, 0, 0],
///     multipliers: [1 << 30, 1 << 30, 1 << 30],
///     shifts: [0, 0, -18],
///     signs: [1, -1],
///     is_squared: false,
///     min: -128,
///     max: 127,
/// };
/// let mut output = [0i8; 4];
/// layer.run(&[3, 100, 5, -100], &[4, 100], &mut output);
/// assert_eq!(output, [-1, 0, 1, -128]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedSum {
    /// Left shift of both inputs: 20 for sums of int8, 7 for squares.
    pub left_shift: u8,
    /// Zero points of the inputs and of the output.
    pub zero_points: [i32; 3],
    /// Q31 multipliers of the inputs and of the output.
    pub multipliers: [i32; 3],
    /// Powers of two that go with them; those of the inputs are 0 or negative.
    pub shifts: [i8; 3],
    /// 1 or -1 for each input.
    pub signs: [i32; 2],
    /// Whether the sum is squared.
    pub is_squared: bool,
    /// Smallest result.
    pub min: i32,
    /// Largest result.
    pub max: i32,
}

run_on_pairs!(SignedSum);

impl SignedSum {
    /// # Safety
    ///
    /// As [`for_each`].
    #[inline(never)]
    unsafe fn combine<T: Element>(&self, a: *const T, b: &[T], length: usize, output: *mut T) {
        // A copy, which stores to the output cannot change: its fields stay in registers.
        let this = *self;
        // SAFETY: the caller's.
        unsafe { for_each(a, b, length, output, |a, b| this.sum(a, b)) };
    }

    #[inline(always)]
    fn sum<T: Element>(&self, a: T, b: T) -> T {
        let sum = self.scaled(0, a).wrapping_add(self.scaled(1, b));
        let sum = if self.is_squared { sum.wrapping_mul(sum) } else { sum };
        let output =
            multiply_by_call(sum, self.multipliers[2], self.shifts[2]).wrapping_add(self.zero_points[2]);
        T::narrow(clamp(output, self.min, self.max))
    }

    #[inline(always)]
    fn scaled<T: Element>(&self, input: usize, value: T) -> i32 {
        let value = value.widen().wrapping_sub(self.zero_points[input]);
        let value = value.wrapping_shl(u32::from(self.left_shift));
        multiply_by_call(value, self.multipliers[input], self.shifts[input]).wrapping_mul(self.signs[input])
    }
}
