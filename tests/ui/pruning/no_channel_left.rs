use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense {
            units: 2,
            weights: [[1, 2, 3], [4, 5, 6]],
            bias: [0, 0],
            layout: PyTorch,
            prune_channels: 0.9,
        },
        fc2: Dense { units: 2, weights: [[1, 2], [4, 5]], bias: [0, 0], layout: PyTorch },
    }
}

fn main() {}
