use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        accuracy("../data/test.npz") >= 0.97,
    {
        input: Input { shape: [3], calibration: "../data/test_x.npy" },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
