use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        x: Input { precision: Int8, calibration: "../data/calibration.npy", bias_correction: false }
    }
}

fn main() {}
