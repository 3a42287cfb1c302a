//! Sums of two tensors.

use super::tight::{opaque, opaque_reference};
use crate::element::Element;
use crate::requantize::{clamp, half, multiply_by_call};

/// Sum of two fixed-point tensors: `clamp(((a << left[0]) + (b << left[1]) + half) >> right)`.
///
/// The left shifts align the binary points, the right shift goes to the output's and rounds halves up.
///
/// ```
/// use tinynet_core::kernels::AddShift;
///
/// // Q3.4 + Q1.6 = Q2.5: 1.5 + 0.75 = 2.25.
/// let mut output = [0i8];
/// AddShift { left: [2, 0], right: 1, min: -128, max: 127 }.run(&[24], &[48], &mut output);
/// assert_eq!(output, [72]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddShift {
    /// Left shifts that align the binary points, each `0..=16` or so: the sum must fit 32 bits.
    pub left: [u8; 2],
    /// Right shift to the output's binary point, `0..=30`; halves are rounded up.
    pub right: u8,
    /// Smallest result.
    pub min: i32,
    /// Largest result.
    pub max: i32,
}

/// Sum of two affine tensors: TensorFlow Lite's int8 ADD, bit for bit.
///
/// ```text
/// x_i    = multiply((input_i - zero_points[i]) << left_shift, multipliers[i], shifts[i])        i = 0, 1
/// output = clamp(multiply(x_0 + x_1, multipliers[2], shifts[2]) + zero_points[2])
/// ```
///
/// with [`multiply`](crate::requantize::multiply). TensorFlow Lite rescales input `i` by `scale_i / (2 · larger input scale)` and the sum by
/// `2 · larger input scale / (2^left_shift · output scale)`.
///
/// ```
/// use tinynet_core::kernels::AddMultiplier;
///
/// // Equal scales all over: inputs times 1/2, the sum times 2 / 2^20 = 2^-1 · 2^-18.
/// let layer = AddMultiplier {
///     left_shift: 20,
///     zero_points: [0, 0, 0],
///     multipliers: [1 << 30, 1 << 30, 1 << 30],
///     shifts: [0, 0, -18],
///     min: -128,
///     max: 127,
/// };
/// let mut output = [0i8; 2];
/// layer.run(&[3, 100], &[4, 100], &mut output);
/// assert_eq!(output, [7, 127]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddMultiplier {
    /// Left shift of both inputs: 20 for int8, 15 for int16.
    pub left_shift: u8,
    /// Zero points of the inputs and of the output.
    pub zero_points: [i32; 3],
    /// Q31 multipliers of the inputs and of the output.
    pub multipliers: [i32; 3],
    /// Powers of two that go with them; those of the inputs are 0 or negative.
    pub shifts: [i8; 3],
    /// Smallest result.
    pub min: i32,
    /// Largest result.
    pub max: i32,
}

impl AddShift {
    /// `output = a + b`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run<T: Element>(&self, a: &[T], b: &[T], output: &mut [T]) {
        assert!(a.len() == b.len() && a.len() == output.len());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { opaque_reference(self).add(a.as_ptr(), b.as_ptr(), opaque(a.len()), output.as_mut_ptr()) };
    }

    /// `a += b`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run_in_place<T: Element>(&self, a: &mut [T], b: &[T]) {
        assert!(a.len() == b.len());
        let (a, length) = (a.as_mut_ptr(), a.len());
        // SAFETY: as many elements in `a` as in `b`, asserted.
        unsafe { opaque_reference(self).add(a, b.as_ptr(), opaque(length), a) };
    }

    /// # Safety
    ///
    /// `a` and `b` are readable and `output` writable for `length` elements; `output` is `a` or overlaps
    /// neither.
    #[inline(never)]
    unsafe fn add<T: Element>(&self, a: *const T, b: *const T, length: usize, output: *mut T) {
        // A copy, which stores to the output cannot change: its fields stay in registers.
        let this = *self;
        let (mut a, mut b, mut output) = (a, b, output);
        let mut remaining = length;
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of all three pointers.
            unsafe {
                *output = this.sum(*a, *b);
                a = opaque(a.add(1));
                b = opaque(b.add(1));
                output = output.add(1);
            }
            remaining -= 1;
        }
    }

    #[inline(always)]
    fn sum<T: Element>(&self, a: T, b: T) -> T {
        let a = a.widen().wrapping_shl(u32::from(self.left[0]));
        let b = b.widen().wrapping_shl(u32::from(self.left[1]));
        let sum = a.wrapping_add(b).wrapping_add(half(self.right)).wrapping_shr(u32::from(self.right));
        T::narrow(clamp(sum, self.min, self.max))
    }
}

impl AddMultiplier {
    /// `output = a + b`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run<T: Element>(&self, a: &[T], b: &[T], output: &mut [T]) {
        assert!(a.len() == b.len() && a.len() == output.len());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { opaque_reference(self).add(a.as_ptr(), b.as_ptr(), opaque(a.len()), output.as_mut_ptr()) };
    }

    /// `a += b`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run_in_place<T: Element>(&self, a: &mut [T], b: &[T]) {
        assert!(a.len() == b.len());
        let (a, length) = (a.as_mut_ptr(), a.len());
        // SAFETY: as many elements in `a` as in `b`, asserted.
        unsafe { opaque_reference(self).add(a, b.as_ptr(), opaque(length), a) };
    }

    /// # Safety
    ///
    /// `a` and `b` are readable and `output` writable for `length` elements; `output` is `a` or overlaps
    /// neither.
    #[inline(never)]
    unsafe fn add<T: Element>(&self, a: *const T, b: *const T, length: usize, output: *mut T) {
        // A copy, which stores to the output cannot change: its fields stay in registers.
        let this = *self;
        let (mut a, mut b, mut output) = (a, b, output);
        let mut remaining = length;
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of all three pointers.
            unsafe {
                *output = this.sum(*a, *b);
                a = opaque(a.add(1));
                b = opaque(b.add(1));
                output = output.add(1);
            }
            remaining -= 1;
        }
    }

    #[inline(always)]
    fn sum<T: Element>(&self, a: T, b: T) -> T {
        let sum = self.scaled(0, a).wrapping_add(self.scaled(1, b));
        let output =
            multiply_by_call(sum, self.multipliers[2], self.shifts[2]).wrapping_add(self.zero_points[2]);
        T::narrow(clamp(output, self.min, self.max))
    }

    #[inline(always)]
    fn scaled<T: Element>(&self, input: usize, value: T) -> i32 {
        let value = value.widen().wrapping_sub(self.zero_points[input]);
        multiply_by_call(
            value.wrapping_shl(u32::from(self.left_shift)),
            self.multipliers[input],
            self.shifts[input],
        )
    }
}
