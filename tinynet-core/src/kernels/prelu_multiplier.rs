//! TensorFlow Lite's PRelu.

use super::pairs::{for_each, run_on_pairs};
use super::tight::{opaque, opaque_reference};
use crate::element::Element;
use crate::requantize::{clamp, multiply_by_call};

/// Values below 0 times slopes from a second tensor: TensorFlow Lite's int8 PRELU, bit for bit.
///
/// ```text
/// v      = x - zero_points[0]
/// output = clamp(multiply(v, multipliers[0], shifts[0]) + zero_points[2])                                    v >= 0
/// output = clamp(multiply(v · (slope - zero_points[1]), multipliers[1], shifts[1]) + zero_points[2])         v < 0
/// ```
///
/// with [`multiply`](crate::requantize::multiply).
///
/// ```
/// use tinynet_core::kernels::PReluMultiplier;
///
/// // Equal scales of input and output, slopes in steps of 1/4: multipliers 1/2 · 2^1 and 1/2 · 2^-1.
/// let layer = PReluMultiplier {
///     zero_points: [0, 0, 0],
///     multipliers: [1 << 30, 1 << 30],
///     shifts: [1, -1],
///     min: -128,
///     max: 127,
/// };
/// let mut data = [-8i8, -8, 9, 9];
/// layer.run_in_place(&mut data, &[1, -2]);
/// assert_eq!(data, [-2, 4, 9, 9]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PReluMultiplier {
    /// Zero points of the input, of the slopes and of the output.
    pub zero_points: [i32; 3],
    /// Q31 multipliers of values not below 0, and of products.
    pub multipliers: [i32; 2],
    /// Powers of two that go with them.
    pub shifts: [i8; 2],
    /// Smallest result.
    pub min: i32,
    /// Largest result.
    pub max: i32,
}

run_on_pairs!(PReluMultiplier);

impl PReluMultiplier {
    /// # Safety
    ///
    /// As [`for_each`].
    #[inline(never)]
    unsafe fn combine<T: Element>(&self, a: *const T, b: &[T], length: usize, output: *mut T) {
        // A copy, which stores to the output cannot change: its fields stay in registers.
        let this = *self;
        // SAFETY: the caller's.
        unsafe { for_each(a, b, length, output, |a, b| this.apply(a, b)) };
    }

    #[inline(always)]
    fn apply<T: Element>(&self, x: T, slope: T) -> T {
        let value = x.widen().wrapping_sub(self.zero_points[0]);
        let slope = slope.widen().wrapping_sub(self.zero_points[1]);
        let (factor, way) = if value >= 0 { (1, 0) } else { (slope, 1) };
        let scaled = multiply_by_call(value.wrapping_mul(factor), self.multipliers[way], self.shifts[way]);
        T::narrow(clamp(scaled.wrapping_add(self.zero_points[2]), self.min, self.max))
    }
}
