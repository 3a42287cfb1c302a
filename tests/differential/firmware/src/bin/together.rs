//! Networks in one program, for its bytes of flash: which, and what is asked of them, says the variable `TOGETHER` of the
//! build.
#![no_std]
#![no_main]

use core::hint::black_box;
use cortex_m_rt::entry;
use microbit::board;
use random_networks::twins;
use tinynet::Network;

include!(concat!(env!("OUT_DIR"), "/together.rs"));

#[entry]
fn main() -> ! {
    static mut NETWORKS: Networks = Networks::new();
    NETWORKS.run();
    board::exit()
}

/// All that a network answers.
#[allow(dead_code, reason = "only where it is asked for")]
fn infer<N: Network>(network: &mut N) {
    let input = *network.input_mut();
    black_box(network.infer(black_box(&input)));
}

/// Only the likeliest class.
#[allow(dead_code, reason = "only where it is asked for")]
fn classify<N: Network>(network: &mut N) {
    let input = *network.input_mut();
    black_box(network.classify(black_box(&input)));
}
