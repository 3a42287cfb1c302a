//! One network under four limits: the compiler chooses the bits of each layer's weights.
//!
//! The documentation of each type shows what was chosen, and what else was possible: a table and a plot.

use tinynet::tinynet;

tinynet! {
    /// [`Touch`](crate::Touch) with room for eight bits.
    pub struct TouchExact = "touch/weights.safetensors"
    where
        flash <= 11 * KIB,
        accuracy("touch/test.npz") >= 0.99,
    {
        pad: Input { shape: [8, 8, 1], calibration: "touch/calibration.npy", precision: Auto },
        conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
        Relu,
        MaxPool2d { size: [2, 2] },
        Flatten,
        fc1: Dense { units: 32 },
        HardTanh,
        fc2: Dense { units: 10 },
    }

    /// [`Touch`](crate::Touch) with little time.
    pub struct TouchFast = "touch/weights.safetensors"
    where
        flash <= 11 * KIB,
        cycles(cortex_m0) <= 43_000,
        accuracy("touch/test.npz") >= 0.99,
    {
        pad: Input { shape: [8, 8, 1], calibration: "touch/calibration.npy", precision: Auto },
        conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
        Relu,
        MaxPool2d { size: [2, 2] },
        Flatten,
        fc1: Dense { units: 32 },
        HardTanh,
        fc2: Dense { units: 10 },
    }

    /// [`Touch`](crate::Touch) with half of that flash.
    pub struct TouchSmall = "touch/weights.safetensors"
    where
        flash <= 5_400,
        accuracy("touch/test.npz") >= 0.99,
    {
        pad: Input { shape: [8, 8, 1], calibration: "touch/calibration.npy", precision: Auto },
        conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
        Relu,
        MaxPool2d { size: [2, 2] },
        Flatten,
        fc1: Dense { units: 32 },
        HardTanh,
        fc2: Dense { units: 10 },
    }

    /// [`Touch`](crate::Touch) with hardly any flash.
    pub struct TouchTiny = "touch/weights.safetensors"
    where
        flash <= 3_300,
        accuracy("touch/test.npz") >= 0.99,
    {
        pad: Input { shape: [8, 8, 1], calibration: "touch/calibration.npy", precision: Auto },
        conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
        Relu,
        MaxPool2d { size: [2, 2] },
        Flatten,
        fc1: Dense { units: 32 },
        HardTanh,
        fc2: Dense { units: 10 },
    }
}
