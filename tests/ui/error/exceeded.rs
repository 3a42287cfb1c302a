use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        error("../data/test_outputs_shifted.npz") <= 0.05,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
