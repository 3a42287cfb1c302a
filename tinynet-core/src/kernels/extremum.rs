//! Largest and smallest values along an axis.

use super::tight::{opaque, opaque_reference};
use super::{product, volume};
use crate::element::Element;

/// The largest or the smallest value along the middle one of three axes.
///
/// ```
/// use tinynet_core::kernels::Extremum;
///
/// let largest = Extremum { rows: 1, length: 3, columns: 2, mirror: Extremum::LARGEST };
/// let smallest = Extremum { mirror: Extremum::SMALLEST, ..largest };
/// let mut output = [0i8; 2];
/// largest.run(&[1, -2, 3, -4, 2, -3], &mut output);
/// assert_eq!(output, [3, -2]);
/// smallest.run(&[1, -2, 3, -4, 2, -3], &mut output);
/// assert_eq!(output, [1, -4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extremum {
    /// Product of the axes before the one that vanishes.
    pub rows: usize,
    /// Number of values that are compared, at least one.
    pub length: usize,
    /// Product of the axes behind it.
    pub columns: usize,
    /// [`LARGEST`](Self::LARGEST) or [`SMALLEST`](Self::SMALLEST): which bits are inverted before and after values are
    /// compared. Inverting all turns the order of integers round.
    pub mirror: i8,
}

impl Extremum {
    /// [`mirror`](Self::mirror) for the largest value.
    pub const LARGEST: i8 = 0;
    /// [`mirror`](Self::mirror) for the smallest value.
    pub const SMALLEST: i8 = !0;

    /// Computes `output`, `[rows, columns]`, from `input`, `[rows, length, columns]`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or nothing is compared.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        assert!(input.len() == volume([self.rows, self.length, self.columns]) && self.length > 0);
        assert!(output.len() == product(self.rows, self.columns));
        // SAFETY: the lengths are asserted.
        unsafe { opaque_reference(self).extremes(input.as_ptr(), output.as_mut_ptr()) };
    }

    /// # Safety
    ///
    /// `input` is readable for `rows · length · columns` elements, `output` writable for `rows · columns`; they do not
    /// overlap.
    #[inline(never)]
    unsafe fn extremes<T: Element>(&self, input: *const T, output: *mut T) {
        let Self { rows, length, columns, mirror } = *self;
        // All bits or none, of however many.
        let mirror = T::narrow(mirror.into());
        let (mut row, mut output) = (input, output);
        for _ in 0..rows {
            for column in 0..columns {
                let mut value = row.wrapping_add(column);
                let mut extremum = T::min_value();
                let mut remaining = opaque(length);
                while remaining != 0 {
                    // SAFETY: `column` is less than `columns`, and `length` elements follow it in steps of `columns` in
                    // the row. The step behind the last is not taken as an address.
                    unsafe { extremum = extremum.max(*value ^ mirror) };
                    value = opaque(value.wrapping_add(columns));
                    remaining -= 1;
                }
                // SAFETY: one output a column of a row.
                unsafe {
                    *output = extremum ^ mirror;
                    output = output.add(1);
                }
            }
            // SAFETY: the end of a row: the beginning of the next, or of nothing.
            row = unsafe { row.add(length * columns) };
        }
    }
}
