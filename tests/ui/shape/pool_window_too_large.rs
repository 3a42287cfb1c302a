use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [6, 5, 1], range: [0, 1] },
        MaxPool2d { size: [8, 8] },
    }
}

fn main() {}
