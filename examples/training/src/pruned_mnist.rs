//! Handwritten digits by dense layers: with all of their weights, and with a tenth of them.

use tinynet::tinynet;

tinynet! {
    /// Which digit somebody wrote, by an image of 16 x 16 pixels from 0 to 1.
    pub struct DenseMnist = "dense_mnist/weights.safetensors"
    where
        flash <= 32 * KIB,
    {
        image: Input { shape: [256], range: [0, 1] },
        fc1: Dense { units: 96, range: [0, 4] },
        Relu,
        fc2: Dense { units: 10, range: [-8, 8] },
    }

    /// The same of weights nine tenths of which training has taken away: a weight that is 0 takes no time.
    pub struct PrunedMnist = "pruned_mnist/weights.safetensors"
    where
        flash <= 32 * KIB,
    {
        image: Input { shape: [256], range: [0, 1] },
        fc1: Dense { units: 96, range: [0, 8] },
        Relu,
        fc2: Dense { units: 10, range: [-16, 16] },
    }
}
