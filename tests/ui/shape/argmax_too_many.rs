use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [70_000], range: [0, 1] },
        ArgMax,
    }
}

fn main() {}
