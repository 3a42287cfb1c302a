use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], range: [-1, 1], activations: Int16 },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
        Softmax,
    }
}

fn main() {}
