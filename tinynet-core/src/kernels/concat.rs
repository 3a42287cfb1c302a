//! Tensors behind one another.

use super::tight::{copy, opaque};
use super::{product, table::look_up};
use crate::element::Element;

/// Copies one part of a concatenation to its place; one call a part.
///
/// Seen along the axis, the whole is `rows` rows of `whole` elements: `rows` is the product of the axes
/// before it, and `whole` that of the axis and those behind. A part gives `part` elements of each row,
/// `offset` from its start.
///
/// ```
/// use tinynet_core::kernels::Concat;
///
/// // [2, 1] and [2, 2] along the last axis.
/// let mut output = [0i8; 6];
/// Concat { rows: 2, part: 1, whole: 3, offset: 0 }.run(&[1, 2], &mut output);
/// Concat { rows: 2, part: 2, whole: 3, offset: 1 }.run(&[3, 4, 5, 6], &mut output);
/// assert_eq!(output, [1, 3, 4, 2, 5, 6]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concat {
    /// Number of rows.
    pub rows: usize,
    /// Elements a row in the part.
    pub part: usize,
    /// Elements a row in the whole.
    pub whole: usize,
    /// Where the part begins in a row of the whole.
    pub offset: usize,
}

impl Concat {
    /// Copies `input` to its place in `output`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the part does not fit into the whole.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        self.assert_lengths(input.len(), output.len());
        for row in 0..self.rows {
            // SAFETY: a row of the input is `part` elements, and `offset + part <= whole`, a row of the
            // output; there are `rows` of each (asserted). Two borrows do not overlap.
            unsafe {
                let source = input.as_ptr().add(row * self.part);
                let destination = output.as_mut_ptr().add(row * self.whole + self.offset);
                copy(source, destination, opaque(self.part));
            }
        }
    }

    /// Copies `input` to its place in `output`, looked up on the way: its quantisation is not the output's.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the part does not fit into the whole.
    #[inline(always)]
    pub fn run_with_table(&self, table: &[u8; 256], input: &[i8], output: &mut [i8]) {
        self.assert_lengths(input.len(), output.len());
        for row in 0..self.rows {
            // SAFETY: as in `run`.
            unsafe {
                let source = input.as_ptr().add(row * self.part);
                let destination = output.as_mut_ptr().add(row * self.whole + self.offset);
                look_up(table, source, opaque(self.part), destination);
            }
        }
    }

    #[inline(always)]
    fn assert_lengths(&self, input: usize, output: usize) {
        assert!(self.offset <= self.whole && self.part <= self.whole - self.offset);
        assert!(input == product(self.rows, self.part) && output == product(self.rows, self.whole));
    }
}
