//! Digits on a grid of 8 x 8, weights of four bits or less.

use tinynet::tinynet;

tinynet! {
    /// Which digit somebody wrote, by the ink in 8 x 8 cells from 0 to 1, in 100 µs of a Cortex-M0 at 48 MHz.
    pub struct FewBitDigits = "few_bit_digits/weights.safetensors"
    where
        flash <= 8_000,
        cycles(cortex_m0) <= 4_800,
    {
        cells: Input { shape: [64], range: [0, 1] },
        fc1: Dense { units: 32, precision: Ternary, range: [-1, 1] },
        HardTanh,
        fc2: Dense { units: 10, precision: Int4, range: [-8, 8] },
    }
}
