use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [3], range: [-1, 1], activations: Int4 },
        fc: Dense { units: 2, weights: [[1, 2, 3], [4, 5, 6]], use_bias: false, layout: PyTorch },
        Softmax,
    }
}

fn main() {}
