use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [6, 5, 1], range: [0, 1] },
        Reshape { shape: [4, 7] },
    }
}

fn main() {}
