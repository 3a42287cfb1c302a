//! Forecasts the temperature of the sea: inputs and outputs travel over the serial line.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use microbit::board::{self, Serial};
use microbit::server;
use tinynet_examples::SeaTemperature;

#[entry]
fn main() -> ! {
    static mut NETWORK: SeaTemperature = SeaTemperature::new();
    let Ok(()) = server::serve(&mut Serial::start(), NETWORK);
    board::exit()
}
