//! PRelu.

use super::tight::{opaque, opaque_reference};
use crate::element::Element;
use crate::requantize::{clamp, half};

/// Values below 0 times a factor of their channel, others times one factor for all: PRelu with a slope a channel.
///
/// ```text
/// output = clamp((((x - zero_points[0]) · factor + half) >> shift) + zero_points[1])
/// ```
///
/// where `factor` is `positive`, or `slopes[channel]` for an `x` below `zero_points[0]`. Halves are rounded up.
///
/// ```
/// use tinynet_core::kernels::PRelu;
///
/// // Slopes of 1/2 and -1/4, in quarters.
/// let layer = PRelu { zero_points: [0, 0], positive: 4, slopes: &[2, -1], shift: 2, min: -128, max: 127 };
/// let mut data = [-10i8, -10, 3, 3];
/// layer.run_in_place(&mut data);
/// assert_eq!(data, [-5, 3, 3, 3]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PRelu<'a> {
    /// Zero points of input and output.
    pub zero_points: [i32; 2],
    /// Factor of what is not below 0.
    pub positive: i16,
    /// Factors of what is, one a channel (last axis).
    pub slopes: &'a [i16],
    /// Right shift of the product, `0..=30`.
    pub shift: u8,
    /// Smallest result.
    pub min: i32,
    /// Largest result.
    pub max: i32,
}

impl PRelu<'_> {
    /// Computes `output` from `input`; both `[.., channels]`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ, or there is no slope.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        assert!(input.len() == output.len() && !self.slopes.is_empty());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { opaque_reference(self).apply(input.as_ptr(), opaque(input.len()), output.as_mut_ptr()) };
    }

    /// Computes in place.
    ///
    /// # Panics
    ///
    /// Where there is no slope.
    #[inline(always)]
    pub fn run_in_place<T: Element>(&self, data: &mut [T]) {
        assert!(!self.slopes.is_empty());
        let (data, length) = (data.as_mut_ptr(), data.len());
        // SAFETY: `data` is all that is read and written.
        unsafe { opaque_reference(self).apply(data, opaque(length), data) };
    }

    /// # Safety
    ///
    /// `input` is readable and `output` writable for `length` elements; they are the same or do not overlap. There is a
    /// slope.
    #[inline(never)]
    unsafe fn apply<T: Element>(&self, input: *const T, length: usize, output: *mut T) {
        // A copy, which stores to the output cannot change: its fields stay in registers.
        let this = *self;
        let (mut input, mut output) = (input, output);
        let mut channel = 0;
        let mut remaining = length;
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of both pointers; `channel` is below the number of slopes.
            unsafe {
                let value = (*input).widen().wrapping_sub(this.zero_points[0]);
                let factor = if value < 0 { *this.slopes.get_unchecked(channel) } else { this.positive };
                let product = value.wrapping_mul(i32::from(factor)).wrapping_add(half(this.shift));
                let result = product.wrapping_shr(u32::from(this.shift)).wrapping_add(this.zero_points[1]);
                *output = T::narrow(clamp(result, this.min, this.max));
                input = opaque(input.add(1));
                output = output.add(1);
            }
            channel += 1;
            if channel == this.slopes.len() {
                channel = 0;
            }
            remaining -= 1;
        }
    }
}
