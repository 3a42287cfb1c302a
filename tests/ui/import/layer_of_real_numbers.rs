use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float.tflite" {
        x: Input { calibration: "../data/calibration.npy" },
        fully_connected_0: Dense { units: 3, precision: Int3, prune: 0.4 },
    }
}

fn main() {}
