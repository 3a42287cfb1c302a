//! A small convolutional network.

use tinynet::tinynet;

tinynet! {
    /// Which of ten digits was drawn on a touch pad of 8 x 8 sensors.
    ///
    /// The input is the ink on each sensor, from 0 to 1; the outputs are scores, the largest wins.
    pub struct Touch = "touch/weights.safetensors"
    where
        flash <= 11 * KIB,
        ram <= 524,
        macs <= 9_024,
        accuracy("touch/test.npz") >= 0.99,
    {
        pad: Input { shape: [8, 8, 1], calibration: "touch/calibration.npy" },
        conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
        Relu,
        MaxPool2d { size: [2, 2] },
        Flatten,
        fc1: Dense { units: 32 },
        HardTanh,
        fc2: Dense { units: 10 },
    }
}
