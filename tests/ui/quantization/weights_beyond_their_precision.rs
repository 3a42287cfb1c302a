use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [3], calibration: "../data/calibration.npy", precision: Ternary },
        fc1: Dense { units: 2, weights: [[1, 0, -1], [0, 2, 1]], bias: [0, 0], weight_scale: 0.25, layout: PyTorch },
        fc2: Dense {
            units: 1,
            weights: [[9, -8]],
            bias: [0],
            weight_scale: 0.25,
            layout: PyTorch,
            precision: Int4,
        },
    }
}

fn main() {}
