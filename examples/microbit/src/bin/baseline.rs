//! Firmware that does nothing: what flash holds before there is any network.
#![no_std]
#![no_main]

use cortex_m_rt::entry;

#[entry]
fn main() -> ! {
    microbit::board::exit()
}
