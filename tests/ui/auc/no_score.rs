use tinynet::tinynet;

tinynet! {
    pub struct Net
    where
        auc("../data/test.npz") >= 0.9,
    {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        Concat { inputs: [input, input] },
    }
}

fn main() {}
