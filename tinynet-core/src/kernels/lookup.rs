//! Any function of one byte with several values.

use super::tight::{copy, opaque};
use crate::element::Element;

/// Bytes of a row that are copied one by one: of more, compilers make a call of a function that is slower than the loop that
/// other kernels have anyway.
const MOST_WRITTEN: usize = 8;

/// `rows[x]`: what a network answers to its only byte of input, computed by the compiler for all 256 of them.
///
/// ```
/// use tinynet_core::kernels::Lookup;
///
/// // A byte and its opposite.
/// let mut rows = [[0; 2]; 256];
/// for x in i8::MIN..=i8::MAX {
///     rows[usize::from(x as u8)] = [x, x.saturating_neg()];
/// }
/// let mut output = [0i8; 2];
/// Lookup { rows: &rows }.run(&[-5i8], &mut output);
/// assert_eq!(output, [-5, 5]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a, T, const N: usize> {
    /// The outputs, indexed by the bit pattern of the byte.
    pub rows: &'a [[T; N]; 256],
}

impl<T: Element, const N: usize> Lookup<'_, T, N> {
    /// Looks `input` up, an int8 or a uint8.
    #[inline(always)]
    pub fn run<I: Element>(&self, input: &[I; 1], output: &mut [T; N]) {
        let row = &self.rows[usize::from(input[0].widen() as u8)];
        if size_of::<[T; N]>() <= MOST_WRITTEN {
            *output = *row;
        } else {
            // SAFETY: both have `N` elements; two borrows do not overlap.
            unsafe { copy(row.as_ptr(), output.as_mut_ptr(), opaque(N)) };
        }
    }
}
