use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], range: [-1, 1], activations: Int16 },
        fc1: Dense { units: 4, unroll: Full },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
