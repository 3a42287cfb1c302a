//! From one type of integers to another.

use super::tight::{for_each_pair, opaque};
use crate::element::Element;

/// Each value in the same steps, as an integer of another type that is counted from another zero point:
///
/// ```text
/// y = x + difference
/// ```
///
/// Of a result that the output's type does not hold, the low bits are left.
///
/// ```
/// use tinynet_core::kernels::Convert;
///
/// // From a zero point of -100 to one of 0.
/// let mut output = [0i16; 3];
/// Convert { difference: 100 }.run(&[-128i8, -100, 127], &mut output);
/// assert_eq!(output, [-28, 0, 227]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convert {
    /// Zero point of the output less that of the input.
    pub difference: i32,
}

impl Convert {
    /// Converts `input` into `output`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run<I: Element, O: Element>(&self, input: &[I], output: &mut [O]) {
        assert!(input.len() == output.len());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { convert(self.difference, input.as_ptr(), opaque(input.len()), output.as_mut_ptr()) };
    }
}

/// # Safety
///
/// `input` is readable and `output` writable for `length` elements; they do not overlap.
#[inline(never)]
unsafe fn convert<I: Element, O: Element>(difference: i32, input: *const I, length: usize, output: *mut O) {
    // SAFETY: the caller's, for each element.
    unsafe {
        for_each_pair(input, output, length, |input, output| {
            *output = O::narrow((*input).widen().wrapping_add(difference));
        });
    }
}
