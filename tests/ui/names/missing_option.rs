use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense,
        Relu,
        fc2: Dense { unroll: Full },
    }
}

fn main() {}
