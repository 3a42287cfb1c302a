//! Places of the largest and smallest values along an axis.

use super::tight::{opaque, opaque_reference};
use super::{product, volume};
use crate::element::Element;

/// The index of the largest or the smallest int8 along the middle one of three axes; the first of equals.
///
/// ```
/// use tinynet_core::kernels::{ArgExtremum, Extremum};
///
/// let largest = ArgExtremum { rows: 1, length: 3, columns: 2, mirror: Extremum::LARGEST };
/// let smallest = ArgExtremum { mirror: Extremum::SMALLEST, ..largest };
/// let mut output = [0i8; 2];
/// largest.run(&[1, -2, 3, -4, 2, -3], &mut output);
/// assert_eq!(output, [1, 0]);
/// smallest.run(&[1, -2, 3, -4, 2, -3], &mut output);
/// assert_eq!(output, [0, 1]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgExtremum {
    /// Product of the axes before the one that vanishes.
    pub rows: usize,
    /// Number of values that are compared, at least 1.
    pub length: usize,
    /// Product of the axes behind it.
    pub columns: usize,
    /// As of [`Extremum`](super::Extremum).
    pub mirror: i8,
}

impl ArgExtremum {
    /// Computes `output`, `[rows, columns]`, from `input`, `[rows, length, columns]`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, none are compared, or more than `T` has indices for.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[i8], output: &mut [T]) {
        assert!(0 < self.length && self.length - 1 <= T::max_value().widen() as usize);
        assert!(input.len() == volume([self.rows, self.length, self.columns]));
        assert!(output.len() == product(self.rows, self.columns));
        // SAFETY: the lengths are asserted.
        unsafe { opaque_reference(self).places(input.as_ptr(), output.as_mut_ptr()) };
    }

    /// # Safety
    ///
    /// `input` is readable for `rows · length · columns` elements, `output` writable for `rows · columns`; they do not
    /// overlap. `length` is not 0, and its last index is a `T`.
    #[inline(never)]
    unsafe fn places<T: Element>(&self, input: *const i8, output: *mut T) {
        let Self { rows, length, columns, mirror } = *self;
        let (mut row, mut output) = (input, output);
        for _ in 0..rows {
            for column in 0..columns {
                let mut value = row.wrapping_add(column);
                // SAFETY: there is a first value in the column.
                let mut extremum = unsafe { *value } ^ mirror;
                let (mut place, mut index) = (0, 1);
                let mut remaining = opaque(length - 1);
                while remaining != 0 {
                    value = opaque(value.wrapping_add(columns));
                    // SAFETY: `remaining` values of the column are still ahead, each `columns` behind the one before.
                    let candidate = unsafe { *value } ^ mirror;
                    if candidate > extremum {
                        (extremum, place) = (candidate, index);
                    }
                    index += 1;
                    remaining -= 1;
                }
                // SAFETY: one output a column of a row.
                unsafe {
                    *output = T::narrow(place);
                    output = output.add(1);
                }
            }
            // SAFETY: the end of a row: the beginning of the next, or of nothing.
            row = unsafe { row.add(length * columns) };
        }
    }
}
