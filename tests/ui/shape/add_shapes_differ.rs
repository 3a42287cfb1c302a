use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [6, 5, 1], range: [0, 1] },
        a: MaxPool2d { size: [2, 2] },
        b: GlobalMaxPool2d { input: input },
        Add { inputs: [a, b] },
    }
}

fn main() {}
