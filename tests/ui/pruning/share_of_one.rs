use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [3], calibration: "../data/calibration.npy", prune: 1.5 },
        fc1: Dense { units: 2, weights: [[1, 2, 3], [4, 5, 6]], bias: [0, 0], layout: PyTorch, prune: 1.0 },
        fc2: Dense { units: 2, weights: [[1, 2], [4, 5]], bias: [0, 0], prune: -0.5, prune_channels: Half },
        fc3: Dense { units: 2, weights: [[1, 2], [4, 5]], bias: [0, 0], prune_inputs: 2 },
    }
}

fn main() {}
