use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float.tflite" { input: Input { callibration: "../data/calibration.npy" } }
}

fn main() {}
