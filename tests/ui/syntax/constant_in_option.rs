use tinynet::tinynet;

const UNITS: usize = 4;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: UNITS },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
