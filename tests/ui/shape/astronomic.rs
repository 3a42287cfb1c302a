use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [4_000_000_000, 4_000_000_000, 3], range: [-1, 1] },
        Flatten,
    }
}

fn main() {}
