use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        Activation { function: |x| sqrt(x) },
        fc2: Dense { units: 2 },
    }
}

fn main() {}
