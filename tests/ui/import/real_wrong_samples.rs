use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float.tflite" { input: Input { calibration: "../data/calibration_wrong_shape.npy" } }
}

fn main() {}
