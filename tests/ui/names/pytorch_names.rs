use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Linear { units: 4 },
        ReLU,
        fc2: Dense { out_features: 2 },
    }
}

fn main() {}
