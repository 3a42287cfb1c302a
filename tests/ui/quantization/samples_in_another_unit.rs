use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        // The samples go from -1 to 1.
        input: Input { shape: [3], calibration: "../data/calibration.npy", scheme: Affine, scale: 1.0 / 2550.0 },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
