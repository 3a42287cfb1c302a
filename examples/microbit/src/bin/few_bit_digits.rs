//! Answers inputs that arrive over the serial line with the network `FewBitDigits`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use microbit::board::{self, Serial};
use microbit::server;
use trained_networks::FewBitDigits;

#[entry]
fn main() -> ! {
    static mut NETWORK: FewBitDigits = FewBitDigits::new();
    let Ok(()) = server::serve(&mut Serial::start(), NETWORK);
    board::exit()
}
