use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [6, 5, 3], range: [0, 1] },
        Flatten,
    }
}

fn main() {}
