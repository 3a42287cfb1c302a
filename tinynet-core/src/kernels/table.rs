//! Any function of one int8.

/// `table[x]`: any activation function, computed by the compiler for all 256 inputs.
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
        look_up(self.table, input, output);
    }

    /// Looks `data` up in place.
    #[inline(always)]
    pub fn run_in_place(&self, data: &mut [i8]) {
        look_up_in_place(self.table, data);
    }
}

#[inline(never)]
fn look_up(table: &[u8; 256], input: &[i8], output: &mut [i8]) {
    for (&value, output) in input.iter().zip(output) {
        *output = table[usize::from(value as u8)] as i8;
    }
}

#[inline(never)]
fn look_up_in_place(table: &[u8; 256], data: &mut [i8]) {
    for value in data {
        *value = table[usize::from(*value as u8)] as i8;
    }
}
