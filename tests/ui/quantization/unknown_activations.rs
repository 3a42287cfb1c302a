use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [4], range: [-1, 1], activations: Int32 },
        fc: Dense { units: 3 },
    }
}

fn main() {}
