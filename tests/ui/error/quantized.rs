use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        error("../data/test_outputs.npz") <= 0.001,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
