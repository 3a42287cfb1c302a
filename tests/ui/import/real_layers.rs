use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float.tflite" {
        input: Input { calibration: "../data/calibration.npy" },
        Softmax,
        fc: Dense { units: 3 },
    }
}

fn main() {}
