use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 2, weights: [[1.0, 2.0, 3.0], [4.0, 5.0]], bias: [0.0, 0.0] },
    }
}

fn main() {}
