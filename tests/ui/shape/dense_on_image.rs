use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz" {
        input: Input { shape: [6, 5, 1], range: [0, 1] },
        fc1: Dense { units: 4 },
    }
}

fn main() {}
