//! Products of two tensors.

use super::tight::{opaque, opaque_reference};
use crate::element::Element;
use crate::requantize::Requantize;

/// Product of two tensors: `requantize(0, (a - zero_points[0]) · (b - zero_points[1]) + rounding)`.
///
/// With [`MultiplierPerChannel`](crate::requantize::MultiplierPerChannel) of one entry it is TensorFlow
/// Lite's int8 MUL, bit for bit.
///
/// ```
/// use tinynet_core::kernels::Multiply;
/// use tinynet_core::requantize::{ShiftPerTensor, half};
///
/// // Q3.4 · Q0.7 = Q3.4: a shift by 7. One factor a channel.
/// let requantize = ShiftPerTensor { shift: 7, min: -128, max: 127 };
/// let layer = Multiply { zero_points: [0, 0], rounding: half(7), requantize };
/// let mut output = [0i8; 4];
/// layer.run(&[16, 16, -32, -32], &[64, 127], &mut output);
/// assert_eq!(output, [8, 16, -16, -32]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiply<R> {
    /// Zero points of the inputs.
    pub zero_points: [i32; 2],
    /// Added to the product: the half that [`ShiftPerTensor`](crate::requantize::ShiftPerTensor) rounds by, 0
    /// with multipliers.
    pub rounding: i32,
    /// Product to result; channel 0 counts for all.
    pub requantize: R,
}

impl<R: Requantize> Multiply<R> {
    /// `output = a · b`; `b` is as long as `a`, or holds one value a channel (`a`'s last axis).
    ///
    /// # Panics
    ///
    /// Where `output` is not as long as `a`, or `b` or the requantisation is empty.
    #[inline(always)]
    pub fn run<T: Element>(&self, a: &[T], b: &[T], output: &mut [T]) {
        assert!(a.len() == output.len() && (!b.is_empty() && self.requantize.channels() > 0));
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { opaque_reference(self).multiply(a.as_ptr(), b, opaque(a.len()), output.as_mut_ptr()) };
    }

    /// `a *= b`; `b` is as long as `a`, or holds one value a channel (`a`'s last axis).
    ///
    /// # Panics
    ///
    /// Where `b` or the requantisation is empty.
    #[inline(always)]
    pub fn run_in_place<T: Element>(&self, a: &mut [T], b: &[T]) {
        assert!(!b.is_empty() && self.requantize.channels() > 0);
        let (a, length) = (a.as_mut_ptr(), a.len());
        // SAFETY: `a` is all that is read and written beside `b`.
        unsafe { opaque_reference(self).multiply(a, b, opaque(length), a) };
    }

    /// # Safety
    ///
    /// `a` is readable and `output` writable for `length` elements; they are the same or do not overlap. `b`
    /// and the requantisation are not empty.
    #[inline(never)]
    unsafe fn multiply<T: Element>(&self, a: *const T, b: &[T], length: usize, output: *mut T) {
        // A copy, which stores to the output cannot change: its fields stay in registers.
        let this = *self;
        let (mut a, mut output) = (a, output);
        let mut channel = 0;
        let mut remaining = length;
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of both pointers; `channel < b.len()`, which is
            // not 0; the requantisation has a channel 0.
            unsafe {
                let a_value = (*a).widen().wrapping_sub(this.zero_points[0]);
                let b_value = (*b.get_unchecked(channel)).widen().wrapping_sub(this.zero_points[1]);
                let product = a_value.wrapping_mul(b_value).wrapping_add(this.rounding);
                *output = T::narrow(this.requantize.apply_unchecked(0, product));
                a = opaque(a.add(1));
                output = output.add(1);
            }
            channel += 1;
            if channel == b.len() {
                channel = 0;
            }
            remaining -= 1;
        }
    }
}
