use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [6, 5, 3], calibration: "../data/calibration_channels_first.npy" },
        GlobalAvgPool2d,
        Softmax,
    }
}

fn main() {}
