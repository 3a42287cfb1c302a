//! Reads digits drawn on a touch pad, in a tenth of a millisecond: inputs and outputs travel over the serial line.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use microbit::board::{self, Serial};
use microbit::server;
use tinynet_examples::Digits;

#[entry]
fn main() -> ! {
    static mut NETWORK: Digits = Digits::new();
    let Ok(()) = server::serve(&mut Serial::start(), NETWORK);
    board::exit()
}
