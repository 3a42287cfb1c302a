//! The larger or the smaller of two.

use super::pairs::{for_each, run_on_pairs};
use super::tight::{opaque, opaque_reference};
use crate::element::Element;

/// The larger or the smaller of each two values.
///
/// ```
/// use tinynet_core::kernels::Larger;
///
/// let mut output = [0i8; 4];
/// Larger { is_smaller: false }.run(&[1, -2, 3, -4], &[2, -3], &mut output);
/// assert_eq!(output, [2, -2, 3, -3]);
/// Larger { is_smaller: true }.run(&[1, -2, 3, -4], &[2, -3], &mut output);
/// assert_eq!(output, [1, -3, 2, -4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Larger {
    /// Whether the smaller value is taken instead.
    pub is_smaller: bool,
}

run_on_pairs!(Larger);

impl Larger {
    /// # Safety
    ///
    /// As [`for_each`].
    #[inline(never)]
    unsafe fn combine<T: Element>(&self, a: *const T, b: &[T], length: usize, output: *mut T) {
        let this = *self;
        // SAFETY: the caller's.
        unsafe { for_each(a, b, length, output, |a, b| if (a < b) != this.is_smaller { b } else { a }) };
    }
}
