use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/pointer.npz" {
        input: Input { shape: [3], calibration: "../data" },
        fc1: Dense { units: 4 },
    }
}

fn main() {}
