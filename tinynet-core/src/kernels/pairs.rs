//! The loop of operators on two tensors, the second of which may repeat.

use super::tight::opaque;
use crate::element::Element;

/// `output[i] = combine(a[i], b[i modulo b's length])`
///
/// # Safety
///
/// `a` is readable and `output` writable for `length` elements; they are the same or do not overlap, and `output` does
/// not overlap `b`, which is not empty.
#[inline(always)]
pub(super) unsafe fn for_each<T: Element>(
    a: *const T,
    b: &[T],
    length: usize,
    output: *mut T,
    combine: impl Fn(T, T) -> T,
) {
    let (mut a, mut output) = (a, output);
    let mut place = 0;
    let mut remaining = length;
    while remaining != 0 {
        // SAFETY: `remaining` elements are still ahead of both pointers; `place < b.len()`, which is not 0.
        unsafe {
            *output = combine(*a, *b.get_unchecked(place));
            a = opaque(a.add(1));
            output = output.add(1);
        }
        place += 1;
        if place == b.len() {
            place = 0;
        }
        remaining -= 1;
    }
}

/// `run` and `run_in_place` of a kernel with `unsafe fn combine<T>(&self, a: *const T, b: &[T], length, output: *mut T)`.
macro_rules! run_on_pairs {
    ($kernel:ty) => {
        impl $kernel {
            /// Computes `output` from `a` and `b`; `b` repeats where it is shorter than `a`.
            ///
            /// # Panics
            ///
            /// Where `output` is not as long as `a`, or `b` is empty.
            #[inline(always)]
            pub fn run<T: Element>(&self, a: &[T], b: &[T], output: &mut [T]) {
                assert!(a.len() == output.len() && !b.is_empty());
                // SAFETY: as many elements to read as to write, asserted; borrows do not overlap.
                unsafe {
                    opaque_reference(self).combine(a.as_ptr(), b, opaque(a.len()), output.as_mut_ptr())
                };
            }

            /// Computes into `a`; `b` repeats where it is shorter than `a`.
            ///
            /// # Panics
            ///
            /// Where `b` is empty.
            #[inline(always)]
            pub fn run_in_place<T: Element>(&self, a: &mut [T], b: &[T]) {
                assert!(!b.is_empty());
                let (a, length) = (a.as_mut_ptr(), a.len());
                // SAFETY: `a` is all that is read and written beside `b`.
                unsafe { opaque_reference(self).combine(a, b, opaque(length), a) };
            }
        }
    };
}

pub(super) use run_on_pairs;
