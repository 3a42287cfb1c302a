use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [3], calibration: "../data/calibration.npy", precision: Int16 },
        fc1: Dense { units: 2, weights: [[1, 2, 3], [4, 5, 6]], bias: [0, 0], layout: PyTorch, precision: Int16 },
    }
}

fn main() {}
