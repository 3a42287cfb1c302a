use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [2, 2, 2, 2], range: [-1, 1] },
        Flatten,
    }
}

fn main() {}
