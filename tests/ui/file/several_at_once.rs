use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], calibration: "../data/samples.npy" },
        fc1: Dense { units: 4, weights: "../data/nowhere.npy", bias: "../data/nothing.npy" },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
