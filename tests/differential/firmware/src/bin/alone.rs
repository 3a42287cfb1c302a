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

/// In place of a network: what the program holds besides one.
#[allow(dead_code, reason = "only where no network is chosen")]
struct NoNetwork([i8; 8]);

#[allow(dead_code, reason = "only where no network is chosen")]
impl NoNetwork {
    const fn new() -> Self {
        Self([0; 8])
    }
}

impl Network for NoNetwork {
    type Input = [i8; 8];
    type Output = [i8; 8];
    const INPUT_SHAPE: &'static [usize] = &[8];
    const OUTPUT_SHAPE: &'static [usize] = &[8];
    const FLASH: usize = 0;
    const RAM: usize = 8;
    const MACS: usize = 0;
    const INPUT_QUANTIZATION: tinynet::Quantization = tinynet::Quantization::fixed_point(7);
    const OUTPUT_QUANTIZATION: tinynet::Quantization = tinynet::Quantization::fixed_point(7);
    const LAYERS: &'static [tinynet::report::Layer] = &[];

    fn infer(&mut self, input: &[i8; 8]) -> &[i8; 8] {
        self.0 = *input;
        &self.0
    }

    fn input_mut(&mut self) -> &mut [i8; 8] {
        &mut self.0
    }

    fn run(&mut self) -> &[i8; 8] {
        &self.0
    }
}
