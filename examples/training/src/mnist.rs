//! Handwritten digits in 4-bit weights.

use tinynet::tinynet;

tinynet! {
    /// Which digit somebody wrote, by an image of 16 x 16 pixels from 0 to 1.
    pub struct Mnist = "mnist/weights.safetensors"
    where
        flash <= 10_000,
        cycles(cortex_m0) <= 300_000,
    {
        image: Input { shape: [16, 16, 1], range: [0, 1], precision: Int4 },
        conv1: Conv2d { filters: 8, kernel: 3, padding: 1, range: [0, 8] },
        Relu,
        MaxPool2d { size: 2 },
        conv2: Conv2d { filters: 16, kernel: 3, stride: 2, padding: 1, range: [0, 8] },
        Relu,
        conv3: Conv2d { filters: 24, kernel: 3, stride: 2, padding: 1, range: [0, 8] },
        Relu,
        Flatten,
        fc1: Dense { units: 10, precision: Int6, range: [-8, 8] },
    }
}
