//! Functions of int16 by tables of 512 intervals.

use super::tight::{for_each_pair, opaque};

/// Any function of one int16, between the 513 ends of 512 intervals interpolated: TensorFlow Lite's int16 `EXP`,
/// `LOG` and `RSQRT`, bit for bit.
///
/// ```
/// use tinynet_core::kernels::Interpolation;
///
/// // The identity, but for the last interval, which rises to 32767 only.
/// let table = std::array::from_fn(|end| (128 * end as i32 - 32768).min(32767) as i16);
/// let mut data = [-32768i16, -77, 0, 1000, 32767];
/// Interpolation { table: &table }.run_in_place(&mut data);
/// assert_eq!(data, [-32768, -77, 0, 1000, 32766]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Interpolation<'a> {
    /// Values at -32768, -32640 … 32640 and at 32768.
    pub table: &'a [i16; 513],
}

impl Interpolation<'_> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run(&self, input: &[i16], output: &mut [i16]) {
        assert!(input.len() == output.len());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { look_up(self.table, input.as_ptr(), opaque(input.len()), output.as_mut_ptr()) };
    }

    /// Computes in place.
    #[inline(always)]
    pub fn run_in_place(&self, data: &mut [i16]) {
        let (data, length) = (data.as_mut_ptr(), data.len());
        // SAFETY: `data` is all that is read and written.
        unsafe { look_up(self.table, data, opaque(length), data) };
    }
}

/// `output[i] = interpolated(table, input[i])`.
///
/// # Safety
///
/// `input` is readable and `output` writable for `length` elements; they are the same or do not overlap.
#[inline(never)]
unsafe fn look_up(table: &[i16; 513], input: *const i16, length: usize, output: *mut i16) {
    // SAFETY: the caller's, for each element.
    unsafe {
        for_each_pair(input, output, length, |input, output| *output = interpolated(table, *input));
    }
}

/// The table of 512 intervals at an int16.
#[inline(never)]
pub(super) fn interpolated(table: &[i16; 513], x: i16) -> i16 {
    let place = (i32::from(x) >> 7) + 256;
    // Within the table: the shifted int16 is within -256 and 255.
    let (Some(&from), Some(&to)) = (table.get(place as usize), table.get(place as usize + 1)) else {
        return 0;
    };
    let slope = i32::from(to.wrapping_sub(from));
    let step = slope.wrapping_mul(i32::from(x) & 0x7f).wrapping_add(64) >> 7;
    from.wrapping_add(step as i16)
}
