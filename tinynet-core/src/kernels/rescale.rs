//! From one quantisation to another.

use super::tight::{for_each_pair, opaque, opaque_reference};
use crate::element::Element;
use crate::requantize::{clamp, multiply_by_call};

/// Each value in steps of another scale, with a slope of its own below zero: TensorFlow Lite's `QUANTIZE` of integers,
/// its Relu family where it rescales, and `LEAKY_RELU`.
///
/// ```text
/// y = clamp(multiply(x - zero_points[0], multiplier, shift) + zero_points[1])
/// ```
///
/// with the first multiplier and shift where `x` is less than its zero point, with the second elsewhere;
/// [`multiply`](crate::requantize::multiply) is a Q31 multiplication, and a power of two. Input and output may be of
/// different types.
///
/// ```
/// use tinynet_core::kernels::Rescale;
///
/// let rescale = Rescale {
///     zero_points: [0, 3],
///     multipliers: [1 << 30; 2], // one half
///     shifts: [-3, 0],
///     min: -128,
///     max: 127,
/// };
/// let mut output = [0i8; 4];
/// rescale.run(&[-32i16, 0, 100, 30_000], &mut output);
/// assert_eq!(output, [1, 3, 53, 127]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rescale {
    /// Zero points of input and output.
    pub zero_points: [i32; 2],
    /// Q31 multipliers of what is less than zero, and of the rest.
    pub multipliers: [i32; 2],
    /// Powers of two that go with them; positive to the left.
    pub shifts: [i8; 2],
    /// Smallest result.
    pub min: i32,
    /// Largest result.
    pub max: i32,
}

impl Rescale {
    /// Rescales `input` into `output`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run<I: Element, O: Element>(&self, input: &[I], output: &mut [O]) {
        assert!(input.len() == output.len());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { opaque_reference(self).rescale(input.as_ptr(), opaque(input.len()), output.as_mut_ptr()) };
    }

    /// Rescales `data` in place.
    #[inline(always)]
    pub fn run_in_place<T: Element>(&self, data: &mut [T]) {
        let (data, length) = (data.as_mut_ptr(), data.len());
        // SAFETY: `data` is all that is read and written.
        unsafe { opaque_reference(self).rescale(data.cast_const(), opaque(length), data) };
    }

    /// # Safety
    ///
    /// `input` is readable and `output` writable for `length` elements; they are the same or do not overlap.
    #[inline(never)]
    unsafe fn rescale<I: Element, O: Element>(&self, input: *const I, length: usize, output: *mut O) {
        // A copy, which stores to the output cannot change.
        let this = *self;
        // SAFETY: the caller's, for each element.
        unsafe {
            for_each_pair(input, output, length, |input, output| {
                *output = O::narrow(this.value((*input).widen()))
            });
        }
    }

    #[inline(always)]
    fn value(&self, x: i32) -> i32 {
        let x = x.wrapping_sub(self.zero_points[0]);
        let side = usize::from(x >= 0);
        let steps = multiply_by_call(x, self.multipliers[side], self.shifts[side]);
        clamp(steps.saturating_add(self.zero_points[1]), self.min, self.max)
    }
}
