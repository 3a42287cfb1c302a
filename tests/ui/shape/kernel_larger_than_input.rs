use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/convolution.npz" {
        input: Input { shape: [6, 5, 1], range: [0, 1] },
        conv1: Conv2d { filters: 2, kernel: [7, 3] },
        Flatten,
        fc1: Dense { units: 3 },
    }
}

fn main() {}
