//! Answers inputs that arrive over the serial line with the network `DenseMnist`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use microbit::board::{self, Serial};
use microbit::server;
use trained_networks::DenseMnist;

#[entry]
fn main() -> ! {
    static mut NETWORK: DenseMnist = DenseMnist::new();
    let Ok(()) = server::serve(&mut Serial::start(), NETWORK);
    board::exit()
}
