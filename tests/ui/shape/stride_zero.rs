use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [6, 5, 1], range: [0, 1] },
        MaxPool2d { size: [2, 2], stride: [0, 2] },
    }
}

fn main() {}
