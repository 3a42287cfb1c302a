//! Runs every random network on noise and prints a check sum of its outputs and the most bytes of stack: `seed: sum, bytes` a
//! line.
#![no_std]
#![no_main]

use core::fmt::Write;
use cortex_m_rt::entry;
use cortex_m_semihosting::hio::{self, HostStream};
use microbit::{board, stack};
use random_networks::{Int8Network, Visitor, check_sum, visit_all};
use tinynet::Network;

struct Printer(HostStream);

impl Visitor for Printer {
    fn visit<N: Int8Network>(&mut self, seed: u64) {
        let mut deepest = 0;
        let sum = check_sum(seed, |network: &mut N| {
            stack::paint();
            let pointer = stack::pointer();
            let output = infer(network);
            deepest = stack::deepest_below(pointer).max(deepest);
            output
        });
        // A failure to print shows as a missing line.
        let _ = writeln!(self.0, "{seed}: {sum}, {deepest}");
    }
}

/// One inference: what it calls is all that takes stack.
#[inline(never)]
fn infer<N: Network>(network: &mut N) -> &N::Output {
    network.run()
}

#[entry]
fn main() -> ! {
    if let Ok(output) = hio::hstdout() {
        visit_all(&mut Printer(output));
    }
    board::exit()
}
