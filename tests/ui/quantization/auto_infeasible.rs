use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        flash <= 100,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy", precision: Auto },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
