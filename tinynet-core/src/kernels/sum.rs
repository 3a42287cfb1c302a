//! Sums along an axis.

use super::tight::{opaque, opaque_reference};
use super::{product, volume};
use crate::element::Element;
use crate::requantize::Requantize;

/// Sums along the middle one of three axes: `requantize(0, bias + Σ_i input[row][i][column])`.
///
/// With a factor of the number of summands in the requantisation it makes means.
///
/// ```
/// use tinynet_core::kernels::Sum;
/// use tinynet_core::requantize::{ShiftPerTensor, half};
///
/// // The mean of two pixels of three channels, halves rounded up.
/// let requantize = ShiftPerTensor { shift: 1, min: -128, max: 127 };
/// let mut output = [0i8; 3];
/// Sum { rows: 1, length: 2, columns: 3, bias: half(1), requantize }.run(&[1, 2, 3, 2, -2, 5], &mut output);
/// assert_eq!(output, [2, 0, 4]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum<R> {
    /// Product of the axes before the one that is summed.
    pub rows: usize,
    /// Number of summands.
    pub length: usize,
    /// Product of the axes behind it.
    pub columns: usize,
    /// What a sum starts from.
    pub bias: i32,
    /// Sum to result; channel 0 counts for all.
    pub requantize: R,
}

impl<R: Requantize> Sum<R> {
    /// Computes `output`, `[rows, columns]`, from `input`, `[rows, length, columns]`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the requantisation is empty.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        assert!(input.len() == volume([self.rows, self.length, self.columns]));
        assert!(output.len() == product(self.rows, self.columns) && self.requantize.channels() > 0);
        // SAFETY: the lengths are asserted, and there is a channel 0.
        unsafe { opaque_reference(self).sums(input.as_ptr(), output.as_mut_ptr()) };
    }

    /// # Safety
    ///
    /// `input` is readable for `rows · length · columns` elements, `output` writable for `rows · columns`; they do not
    /// overlap. The requantisation has a channel 0.
    #[inline(never)]
    unsafe fn sums<T: Element>(&self, input: *const T, output: *mut T) {
        let (mut row, mut output) = (input, output);
        for _ in 0..self.rows {
            for column in 0..self.columns {
                // SAFETY: `column` is less than `columns`, and `length` elements follow it in steps of `columns` in the
                // row; one output a column. The channel 0 is the caller's.
                unsafe {
                    let sum = column_sum(row.add(column), self.length, self.columns, self.bias);
                    *output = T::narrow(self.requantize.apply_unchecked(0, sum));
                    output = output.add(1);
                }
            }
            // SAFETY: the end of a row: the beginning of the next, or of nothing.
            row = unsafe { row.add(self.length * self.columns) };
        }
    }
}

/// `bias + Σ_i input[i · step]`
///
/// # Safety
///
/// There are `length` readable elements, `step` apart.
#[inline(always)]
unsafe fn column_sum<T: Element>(input: *const T, length: usize, step: usize, bias: i32) -> i32 {
    let (mut input, mut sum, mut remaining) = (input, bias, opaque(length));
    while remaining != 0 {
        // SAFETY: `remaining` elements are still ahead. The step behind the last is not taken as an address.
        unsafe { sum = sum.wrapping_add((*input).widen()) };
        input = opaque(input.wrapping_add(step));
        remaining -= 1;
    }
    sum
}
