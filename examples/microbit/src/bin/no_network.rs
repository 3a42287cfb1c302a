//! Serves a network without layers: what the firmware of a network holds besides it.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use microbit::board::{self, Serial};
use microbit::server;
use tinynet::report::Layer;
use tinynet::{Network, Quantization};

#[entry]
fn main() -> ! {
    static mut NETWORK: NoNetwork = NoNetwork { input: [0; 64], output: [0; 10] };
    let Ok(()) = server::serve(&mut Serial::start(), NETWORK);
    board::exit()
}

/// Answers zeros. Its shapes are those of the touch pad's network.
struct NoNetwork {
    input: [i8; 64],
    output: [i8; 10],
}

impl Network for NoNetwork {
    type Input = [i8; 64];
    type Output = [i8; 10];
    const INPUT_SHAPE: &'static [usize] = &[8, 8, 1];
    const OUTPUT_SHAPE: &'static [usize] = &[10];
    const FLASH: usize = 0;
    const RAM: usize = 74;
    const STACK: usize = 0;
    const MACS: usize = 0;
    const CYCLES_CORTEX_M0: usize = 0;
    const INPUT_QUANTIZATION: Quantization = Quantization::fixed_point(7);
    const OUTPUT_QUANTIZATION: Quantization = Quantization::fixed_point(7);
    const LAYERS: &'static [Layer] = &[];

    fn infer(&mut self, input: &[i8; 64]) -> &[i8; 10] {
        self.input = *input;
        &self.output
    }

    fn input_mut(&mut self) -> &mut [i8; 64] {
        &mut self.input
    }

    fn run(&mut self) -> &[i8; 10] {
        &self.output
    }
}
