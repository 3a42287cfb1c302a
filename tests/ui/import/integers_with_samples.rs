use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/integers.tflite" { input: Input { calibration: "../data/calibration.npy" } }
}

fn main() {}
