use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [3], calibration: "../data/calibration.npy" },
        fc1: Dense {
            units: 2,
            weights: [[1, 0, -1], [0, 2, 1]],
            bias: [0, 0],
            weight_scale: 0.25,
            layout: PyTorch,
            precision: Auto,
        },
    }
}

fn main() {}
