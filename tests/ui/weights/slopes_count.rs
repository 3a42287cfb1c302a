use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        PRelu { slopes: [0.1, 0.2] },
        fc2: Dense { units: 2 },
    }
}

fn main() {}
