use tinynet::tinynet;

tinynet! {
    pub struct Net
    where
        accuracy("../data/test.npz") >= 0.97,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense { units: 1, weights: [[1, 2, 3]], use_bias: false, layout: PyTorch },
    }
}

fn main() {}
