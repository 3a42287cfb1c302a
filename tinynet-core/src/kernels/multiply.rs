//! Products of two tensors.

use crate::element::Element;
use crate::requantize::Requantize;

/// `requantize(0, (a - zero_points[0]) · (b - zero_points[1]) + rounding)`.
///
/// With [`MultiplierPerChannel`](crate::requantize::MultiplierPerChannel) of one entry it is TensorFlow Lite's int8 MUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiply<R> {
    /// Zero points of the inputs.
    pub zero_points: [i32; 2],
    /// Added to the product: the half that [`ShiftPerTensor`](crate::requantize::ShiftPerTensor) rounds by, 0 with
    /// multipliers.
    pub rounding: i32,
    /// Product to result; channel 0 counts for all.
    pub requantize: R,
}

impl<R: Requantize> Multiply<R> {
    /// `output = a · b`; `b` is as long as `a`, or holds one value a channel (`a`'s last axis).
    ///
    /// # Panics
    ///
    /// Where `output` is not as long as `a`, or `b` is empty and `a` is not.
    #[inline(always)]
    pub fn run<T: Element>(&self, a: &[T], b: &[T], output: &mut [T]) {
        assert!(a.len() == output.len() && (!b.is_empty() || a.is_empty()));
        for ((output, &a), &b) in output.iter_mut().zip(a).zip(b.iter().cycle()) {
            *output = self.multiplied(a, b);
        }
    }

    /// `a *= b`; `b` is as long as `a`, or holds one value a channel (`a`'s last axis).
    ///
    /// # Panics
    ///
    /// Where `b` is empty and `a` is not.
    #[inline(always)]
    pub fn run_in_place<T: Element>(&self, a: &mut [T], b: &[T]) {
        assert!(!b.is_empty() || a.is_empty());
        for (a, &b) in a.iter_mut().zip(b.iter().cycle()) {
            *a = self.multiplied(*a, b);
        }
    }

    #[inline(always)]
    fn multiplied<T: Element>(&self, a: T, b: T) -> T {
        let a = a.widen().wrapping_sub(self.zero_points[0]);
        let b = b.widen().wrapping_sub(self.zero_points[1]);
        T::narrow(self.requantize.apply(0, a.wrapping_mul(b).wrapping_add(self.rounding)))
    }
}
