use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/convolution.npz" {
        input: Input { shape: [6, 5, 1], range: [0, 1] },
        conv1: Conv1d { filters: 2, kernel: 3 },
    }
}

fn main() {}
