//! Any function of one int8.

use super::tight::{for_each_pair, opaque};

/// `table[x]`: any activation function, computed by the compiler for all 256 inputs.
///
/// ```
/// use tinynet_core::kernels::Table;
///
/// // The absolute value, saturated.
/// let mut table = [0; 256];
/// for x in i8::MIN..=i8::MAX {
///     table[usize::from(x as u8)] = x.saturating_abs() as u8;
/// }
/// let mut output = [0i8; 3];
/// Table { table: &table }.run(&[-5, 7, -128], &mut output);
/// assert_eq!(output, [5, 7, 127]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// int8 bit patterns, indexed by an int8's bit pattern: `table[x as u8 as usize] as i8`.
    pub table: &'a [u8; 256],
}

impl Table<'_> {
    /// Looks `input` up into `output`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        assert!(input.len() == output.len());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { look_up(self.table, input.as_ptr(), opaque(input.len()), output.as_mut_ptr()) };
    }

    /// Looks `data` up in place.
    #[inline(always)]
    pub fn run_in_place(&self, data: &mut [i8]) {
        let (data, length) = (data.as_mut_ptr(), data.len());
        // SAFETY: `data` is all that is read and written.
        unsafe { look_up(self.table, data, opaque(length), data) };
    }
}

/// `output[i] = table[input[i]]`.
///
/// # Safety
///
/// `input` is readable and `output` writable for `length` elements; they are the same or do not overlap.
#[inline(never)]
pub(super) unsafe fn look_up(table: &[u8; 256], input: *const i8, length: usize, output: *mut i8) {
    // SAFETY: the caller's, for each element; the index is below 256 by its type.
    unsafe {
        for_each_pair(input, output, length, |input, output| {
            *output = table[usize::from(*input as u8)] as i8;
        });
    }
}
