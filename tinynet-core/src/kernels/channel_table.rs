//! A function of one int8 for each channel.

use super::product;

/// `tables[channel][x]`: PRelu with a slope a channel, a BatchNorm that no convolution took in.
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
        assert!(self.tables.len() == product([256, self.channels]));
        let mut channel = 0;
        for (&value, output) in input.iter().zip(output) {
            *output = self.tables[256 * channel + usize::from(value as u8)] as i8;
            channel += 1;
            if channel == self.channels {
                channel = 0;
            }
        }
    }

    /// Looks `data` up in place.
    ///
    /// # Panics
    ///
    /// Where there is not a table a channel.
    #[inline(always)]
    pub fn run_in_place(&self, data: &mut [i8]) {
        assert!(self.tables.len() == product([256, self.channels]));
        let mut channel = 0;
        for value in data {
            *value = self.tables[256 * channel + usize::from(*value as u8)] as i8;
            channel += 1;
            if channel == self.channels {
                channel = 0;
            }
        }
    }
}
