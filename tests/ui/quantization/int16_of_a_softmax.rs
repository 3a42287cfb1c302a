use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [4], range: [-1, 1], activations: Int16 },
        fc: Dense { units: 3 },
        Softmax,
    }
}

fn main() {}
