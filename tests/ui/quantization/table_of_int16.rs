use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [1], range: [-1, 1], activations: Int16, lookup_table: true },
        fc1: Dense { units: 2, weights: [[1], [2]], bias: [0, 0], layout: PyTorch },
    }
}

fn main() {}
