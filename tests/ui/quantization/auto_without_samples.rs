use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz"
    where
        flash <= 4 * KIB,
    {
        input: Input { shape: [3], range: [-1, 1], precision: Auto },
        fc1: Dense { units: 4 },
        Relu,
        fc2: Dense { units: 2 },
    }
}

fn main() {}
