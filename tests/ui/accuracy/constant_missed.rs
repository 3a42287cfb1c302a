use tinynet::tinynet;

const DEMANDED: f64 = 0.9;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        accuracy("../data/test_mislabelled.npz") >= DEMANDED,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
