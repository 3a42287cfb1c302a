//! Handwritten digits in 3 kB.

use tinynet::tinynet;

tinynet! {
    /// Which digit somebody wrote, by an image of 16 x 16 pixels from 0 to 1, in 3 kB of flash.
    pub struct SmallMnist = "small_mnist/weights.safetensors"
    where
        flash <= 3_000,
    {
        image: Input { shape: [16, 16, 1], range: [0, 1], precision: Int3 },
        conv1: Conv2d { filters: 8, kernel: 3, range: [0, 8] },
        Relu,
        conv2: Conv2d { filters: 16, kernel: 3, stride: 2, range: [0, 4] },
        Relu,
        conv3: Conv2d { filters: 24, kernel: 3, stride: 2, range: [0, 4] },
        Relu,
        Flatten,
        fc1: Dense { units: 10, range: [-8, 8] },
    }
}
