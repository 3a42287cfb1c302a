//! A network made to be fast: two dense layers, of whose weights training has removed more than half.

use tinynet::tinynet;

tinynet! {
    /// Which of ten digits was drawn on a touch pad of 8 x 8 sensors, in 100 µs of a Cortex-M0 at 48 MHz.
    ///
    /// In straight-line code a weight that is zero costs nothing: neither time nor flash.
    ///
    /// The input is the ink on each sensor, row by row, from 0 to 1; the outputs are scores, the largest wins.
    pub struct Digits = "digits/weights.npz"
    where
        flash <= 6 * KIB,
        ram <= 80,
        macs <= 1_184,
        cycles(cortex_m0) <= 4_800,
        accuracy("digits/test.npz") >= 0.98,
    {
        pad: Input { shape: [64], calibration: "digits/calibration.npy" },
        fc1: Dense { units: 16, unroll: Full },
        HardTanh,
        fc2: Dense { units: 10, unroll: Full },
    }
}
