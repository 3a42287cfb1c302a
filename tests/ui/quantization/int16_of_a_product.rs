use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [3], range: [-1, 1] },
        fc1: Dense { units: 4 },
        relu: Relu,
        product: Mul { inputs: [fc1, relu], activations: Int16 },
        fc2: Dense { units: 2 },
    }
}

fn main() {}
