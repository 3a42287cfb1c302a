//! Reads digits drawn on a touch pad: inputs and outputs travel over the serial line.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use microbit::board::{self, Serial};
use microbit::server;
use tinynet_examples::Touch;

#[entry]
fn main() -> ! {
    static mut NETWORK: Touch = Touch::new();
    let Ok(()) = server::serve(&mut Serial::start(), NETWORK);
    board::exit()
}
