//! Clamping: Relu, Relu6, HardTanh.

use super::tight::{for_each_pair, opaque, opaque_reference};
use crate::element::Element;

/// `min(max(x, min), max)`: Relu, Relu6 and HardTanh where input and output share one quantisation.
///
/// ```
/// use tinynet_core::kernels::Clamp;
///
/// let mut data = [-3i8, 50, 127];
/// Clamp { min: 0, max: 96 }.run_in_place(&mut data);
/// assert_eq!(data, [0, 50, 96]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clamp<T> {
    /// Smallest value.
    pub min: T,
    /// Largest value.
    pub max: T,
}

impl<T: Element> Clamp<T> {
    /// Clamps `input` into `output`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run(&self, input: &[T], output: &mut [T]) {
        assert!(input.len() == output.len());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { opaque_reference(self).clamp(input.as_ptr(), opaque(input.len()), output.as_mut_ptr()) };
    }

    /// Clamps `data` in place.
    #[inline(always)]
    pub fn run_in_place(&self, data: &mut [T]) {
        let (data, length) = (data.as_mut_ptr(), data.len());
        // SAFETY: `data` is all that is read and written.
        unsafe { opaque_reference(self).clamp(data, opaque(length), data) };
    }

    /// # Safety
    ///
    /// `input` is readable and `output` writable for `length` elements; they are the same or do not overlap.
    #[inline(never)]
    unsafe fn clamp(&self, input: *const T, length: usize, output: *mut T) {
        let Self { min, max } = *self;
        // SAFETY: the caller's, for each element.
        unsafe {
            for_each_pair(input, output, length, |input, output| {
                *output = (*input).max(min).min(max);
            });
        }
    }
}
