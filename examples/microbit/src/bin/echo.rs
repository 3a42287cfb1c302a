//! Answers every input of 64 bytes with its bytes in reverse order: a check of the way to the board and back.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use microbit::board::{self, Serial};
use microbit::server;

const LENGTH: usize = 64;

#[entry]
fn main() -> ! {
    let mut input = [0; LENGTH];
    let mut output = [0; LENGTH];
    let Ok(()) = server::serve(&mut Serial::start(), &mut input, &mut output, reverse);
    board::exit()
}

/// Stands in the way of inlining so that its cycles can be counted.
#[inline(never)]
fn reverse(input: &[u8; LENGTH], output: &mut [u8; LENGTH]) {
    for (to, from) in output.iter_mut().zip(input.iter().rev()) {
        *to = *from;
    }
}
