//! A function of one int8 for each channel.

use super::{product, tight::opaque};

/// `tables[channel][x]`: PRelu with a slope a channel, a BatchNorm that no convolution took in.
///
/// ```
/// use tinynet_core::kernels::ChannelTable;
///
/// // Negates the second of two channels.
/// let mut tables = [0; 512];
/// for x in i8::MIN..=i8::MAX {
///     tables[usize::from(x as u8)] = x as u8;
///     tables[256 + usize::from(x as u8)] = x.saturating_neg() as u8;
/// }
/// let mut data = [1i8, 2, 3, 4];
/// ChannelTable { channels: 2, tables: &tables }.run_in_place(&mut data);
/// assert_eq!(data, [1, -2, 3, -4]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ChannelTable<'a> {
    /// Size of the last axis.
    pub channels: usize,
    /// 256 int8 bit patterns a channel, each table indexed by an int8's bit pattern.
    pub tables: &'a [u8],
}

impl ChannelTable<'_> {
    /// Looks `input` up into `output`; both `[.., channels]`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ, or there is not a table a channel.
    #[inline(always)]
    pub fn run(&self, input: &[i8], output: &mut [i8]) {
        assert!(input.len() == output.len());
        // SAFETY: as many elements to read as to write, asserted.
        unsafe { self.look_up(input.as_ptr(), input.len(), output.as_mut_ptr()) };
    }

    /// Looks `data` up in place.
    ///
    /// # Panics
    ///
    /// Where there is not a table a channel.
    #[inline(always)]
    pub fn run_in_place(&self, data: &mut [i8]) {
        let (data, length) = (data.as_mut_ptr(), data.len());
        // SAFETY: `data` is all that is read and written.
        unsafe { self.look_up(data, length, data) };
    }

    /// # Safety
    ///
    /// `input` is readable and `output` writable for `length` elements; they are the same or do not overlap.
    #[inline(always)]
    unsafe fn look_up(&self, input: *const i8, length: usize, output: *mut i8) {
        assert!(self.channels > 0 && self.tables.len() == product(256, self.channels));
        // SAFETY: the caller's; there is a table a channel, asserted.
        unsafe { look_up(self.tables, input, opaque(length), output) };
    }
}

/// `output[i] = tables[i modulo channels][input[i]]`, with as many channels as there are tables.
///
/// # Safety
///
/// `tables` holds a multiple of 256 bytes, at least one; `input` is readable and `output` writable for
/// `length` elements; they are the same or do not overlap.
#[inline(never)]
unsafe fn look_up(tables: &[u8], input: *const i8, length: usize, output: *mut i8) {
    let (mut input, mut output) = (input, output);
    let mut table = 0;
    let mut remaining = length;
    while remaining != 0 {
        // SAFETY: `remaining` elements are still ahead of both pointers. `table` is a multiple of 256 below
        // the length of `tables`, so that 256 bytes follow.
        unsafe {
            *output = *tables.get_unchecked(table + usize::from(*input as u8)) as i8;
            input = opaque(input.add(1));
            output = output.add(1);
        }
        table += 256;
        if table == tables.len() {
            table = 0;
        }
        remaining -= 1;
    }
}
