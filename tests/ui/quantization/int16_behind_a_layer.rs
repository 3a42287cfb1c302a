use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], range: [-1, 1] },
        fc1: Dense { units: 4, activations: Int16 },
        Relu,
        fc2: Dense { units: 2 },
        Tanh,
        Softmax,
    }

    pub struct Bits = "../data/dense.npz" {
        input: Input { shape: [3], range: [-1, 1] },
        fc1: Dense { units: 4, activations: Int5 },
        Relu { activations: Int4 },
        fc2: Dense { units: 2, activation: Int16 },
    }

    pub struct Scores = "../data/dense.npz" {
        input: Input { shape: [3], range: [-1, 1] },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2, activations: Int16 },
        Softmax,
    }
}

fn main() {}
