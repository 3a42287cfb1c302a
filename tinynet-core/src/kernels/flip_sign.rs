//! Between uint8 and int8.

use super::tight::{for_each_pair, opaque};
use crate::element::Element;

/// uint8s as int8s that are 128 less, and the reverse: the upper bit of each byte is inverted.
///
/// ```
/// use tinynet_core::kernels::FlipSign;
///
/// let mut output = [0i8; 3];
/// FlipSign.run(&[0u8, 128, 255], &mut output);
/// assert_eq!(output, [-128, 0, 127]);
/// FlipSign.run_in_place(&mut output);
/// assert_eq!(output.map(|byte| byte as u8), [0, 128, 255]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlipSign;

impl FlipSign {
    /// Computes `output` from `input`, both of bytes.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run<I: Element, O: Element>(&self, input: &[I], output: &mut [O]) {
        assert!(input.len() == output.len());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { flip(input.as_ptr(), opaque(input.len()), output.as_mut_ptr()) };
    }

    /// Computes in place; the bytes become those of the other type.
    #[inline(always)]
    pub fn run_in_place<T: Element>(&self, data: &mut [T]) {
        let (data, length) = (data.as_mut_ptr(), data.len());
        // SAFETY: `data` is all that is read and written.
        unsafe { flip(data.cast_const(), opaque(length), data) };
    }
}

/// # Safety
///
/// `input` is readable and `output` writable for `length` elements; they are the same or do not overlap.
#[inline(never)]
unsafe fn flip<I: Element, O: Element>(input: *const I, length: usize, output: *mut O) {
    // SAFETY: the caller's, for each element.
    unsafe {
        for_each_pair(input, output, length, |input, output| *output = O::narrow((*input).widen() ^ 0x80));
    }
}
