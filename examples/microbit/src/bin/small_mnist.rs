//! Answers inputs that arrive over the serial line with the network `SmallMnist`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use microbit::board::{self, Serial};
use microbit::server;
use trained_networks::SmallMnist;

#[entry]
fn main() -> ! {
    static mut NETWORK: SmallMnist = SmallMnist::new();
    let Ok(()) = server::serve(&mut Serial::start(), NETWORK);
    board::exit()
}
