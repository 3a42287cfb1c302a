//! One network and nothing else, for its bytes of flash: which, says the variable `ALONE` of the build.
#![no_std]
#![no_main]

use core::hint::black_box;
use cortex_m_rt::entry;
use microbit::board;
use tinynet::Network;

include!(concat!(env!("OUT_DIR"), "/alone.rs"));

#[entry]
fn main() -> ! {
    static mut NETWORK: Alone = Alone::new();
    let network: &mut Alone = NETWORK;
    // Lengths hidden from the compiler: the rest of the program is the same whatever the network.
    let input: &mut [i8] = black_box(network.input_mut().as_mut());
    input.iter_mut().for_each(|value| *value = 1);
    let output: &[i8] = infer(network).as_ref();
    black_box(output);
    board::exit()
}

#[inline(never)]
fn infer<N: Network>(network: &mut N) -> &N::Output {
    network.run()
}
