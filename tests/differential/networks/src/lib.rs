//! Random networks as tinynet compiles them, for the host and for the chip.
#![no_std]

use tinynet::{Network, Tensor};

include!(concat!(env!("OUT_DIR"), "/networks.rs"));

pub mod twins;

/// A network of int8.
pub trait Int8Network: Network<Input: Tensor<Element = i8>, Output: Tensor<Element = i8>> + Default {}

impl<N> Int8Network for N where N: Network<Input: Tensor<Element = i8>, Output: Tensor<Element = i8>> + Default
{}

/// Sees networks one by one.
pub trait Visitor {
    /// Sees one.
    fn visit<N: Int8Network>(&mut self, seed: u64);
}

/// Pseudo-random bytes, the same everywhere (Marsaglia, "Xorshift RNGs", 2003).
#[derive(Clone, Debug)]
pub struct Noise(u32);

impl Noise {
    /// The noise of a seed.
    pub fn new(seed: u64) -> Self {
        Self(0x9e37_79b9 ^ seed as u32)
    }

    /// The next one. Every eighth is an end of the range.
    pub fn byte(&mut self) -> i8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        let bytes = self.0.to_le_bytes();
        match bytes[1] & 15 {
            0 => i8::MIN,
            1 => i8::MAX,
            _ => bytes[2] as i8,
        }
    }
}

/// Inputs that a check sum covers.
const INPUTS: usize = 12;

/// FNV-1a of the outputs for a few noisy inputs (Fowler, Noll, Vo; offset basis 2166136261, prime 16777619). `run` runs
/// the network on what its input holds.
#[inline(never)]
pub fn check_sum<N: Int8Network>(seed: u64, mut run: impl FnMut(&mut N) -> &N::Output) -> u32 {
    let mut network = N::default();
    let mut noise = Noise::new(seed);
    let mut sum = 2_166_136_261_u32;
    for _ in 0..INPUTS {
        for value in network.input_mut().as_mut() {
            *value = noise.byte();
        }
        for &value in run(&mut network).as_ref() {
            sum = (sum ^ u32::from(value as u8)).wrapping_mul(16_777_619);
        }
    }
    sum
}
