use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/convolution.npz" {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        conv1: Conv2d { filters: 2, kernel: [3, 3] },
    }
}

fn main() {}
