//! Runs every random network on noise and prints a check sum of its outputs: `seed: sum` a line.
#![no_std]
#![no_main]

use core::fmt::Write;
use cortex_m_rt::entry;
use cortex_m_semihosting::hio::{self, HostStream};
use microbit::board;
use random_networks::{Int8Network, Visitor, check_sum, visit_all};

struct Printer(HostStream);

impl Visitor for Printer {
    fn visit<N: Int8Network>(&mut self, seed: u64) {
        // A failure to print shows as a missing line.
        let _ = writeln!(self.0, "{seed}: {}", check_sum::<N>(seed));
    }
}

#[entry]
fn main() -> ! {
    if let Ok(output) = hio::hstdout() {
        visit_all(&mut Printer(output));
    }
    board::exit()
}
