use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [4], fraction_bits: 7, activations: Int16 },
        fc: Dense { units: 3 },
    }
}

fn main() {}
