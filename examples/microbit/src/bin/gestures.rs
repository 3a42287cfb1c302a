//! Tells exercises apart by the motion of a wrist watch: inputs and outputs travel over the serial line.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use microbit::board::{self, Serial};
use microbit::server;
use tinynet_examples::Gestures;

#[entry]
fn main() -> ! {
    static mut NETWORK: Gestures = Gestures::new();
    let Ok(()) = server::serve(&mut Serial::start(), NETWORK);
    board::exit()
}
