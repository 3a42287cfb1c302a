use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/counter.tflite" {
        x: Input { precision: Int4, calibration: "../data/calibration.npy" }
    }
}

fn main() {}
