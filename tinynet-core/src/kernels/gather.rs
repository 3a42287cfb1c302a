//! Rows and columns by their numbers.

use super::tight::{copy, opaque, opaque_reference};
use super::{product, volume};
use crate::element::Element;

/// Chooses rows and columns of images: `output[image][r][c] = input[image][rows[r]][columns[c]]`, each a block of elements.
///
/// Mirrors borders, repeats pixels to enlarge an image, picks what a table says.
///
/// ```
/// use tinynet_core::kernels::Gather;
///
/// // [2, 2] enlarged to [2, 4]: each column twice.
/// let enlarge = Gather { images: 1, input: [2, 2, 1], rows: &[0, 1], columns: &[0, 0, 1, 1] };
/// let mut output = [0i8; 8];
/// enlarge.run(&[1, 2, 3, 4], &mut output);
/// assert_eq!(output, [1, 1, 2, 2, 3, 3, 4, 4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gather<'a> {
    /// Number of images.
    pub images: usize,
    /// Rows, columns and elements of a block in an image of the input.
    pub input: [usize; 3],
    /// The row of the input for each row of the output; one beyond the last counts as the last.
    pub rows: &'a [u16],
    /// The column of the input for each column of the output; one beyond the last counts as the last.
    pub columns: &'a [u16],
}

impl Gather<'_> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or an image of the input has no row or no column.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        let image = volume([self.rows.len(), self.columns.len(), self.input[2]]);
        assert!(self.input[0] > 0 && self.input[1] > 0);
        assert!(input.len() == product(self.images, volume(self.input)));
        assert!(output.len() == product(self.images, image));
        // SAFETY: the lengths are asserted, and there are a row and a column.
        unsafe { opaque_reference(self).gather(input.as_ptr(), output.as_mut_ptr()) };
    }

    /// # Safety
    ///
    /// `input` is readable and `output` writable for as many elements as the sizes say; they do not overlap. An image of
    /// the input has a row and a column.
    #[inline(never)]
    unsafe fn gather<T: Element>(&self, input: *const T, output: *mut T) {
        let Self { images, input: [height, width, block], rows, columns } = *self;
        let (mut image, mut output) = (input, output);
        for _ in 0..images {
            for &row in rows {
                let row = usize::from(row).min(height - 1) * width;
                for &column in columns {
                    let column = usize::from(column).min(width - 1);
                    // SAFETY: the row and the column are inside the image, and a block follows there; one block of the
                    // output for each.
                    unsafe {
                        copy(image.add((row + column) * block), output, opaque(block));
                        output = output.add(block);
                    }
                }
            }
            // SAFETY: the end of an image: the beginning of the next, or of nothing.
            image = unsafe { image.add(height * width * block) };
        }
    }
}
