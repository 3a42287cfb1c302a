//! Tensors behind one another.

use super::product;
use crate::element::Element;

/// Copies one part of a concatenation to its place; one call a part.
///
/// Seen along the axis, the whole is `rows` rows of `whole` elements: `rows` is the product of the axes before it, an
/// element count of the rest. A part gives `part` elements of each row, `offset` from its start.
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
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        self.assert_lengths(input.len(), output.len());
        for (index, &value) in input.iter().enumerate() {
            let (row, element) = (index / self.part, index % self.part);
            output[row * self.whole + self.offset + element] = value;
        }
    }

    /// Looks `input` up on the way: its quantisation is not the output's.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run_with_table(&self, table: &[u8; 256], input: &[i8], output: &mut [i8]) {
        self.assert_lengths(input.len(), output.len());
        for (index, &value) in input.iter().enumerate() {
            let (row, element) = (index / self.part, index % self.part);
            output[row * self.whole + self.offset + element] = table[usize::from(value as u8)] as i8;
        }
    }

    #[inline(always)]
    fn assert_lengths(&self, input: usize, output: usize) {
        assert!(self.offset <= self.whole && self.part <= self.whole - self.offset);
        assert!(input == product([self.rows, self.part]) && output == product([self.rows, self.whole]));
    }
}
