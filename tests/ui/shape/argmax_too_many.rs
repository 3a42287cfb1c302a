use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [300], range: [0, 1] },
        ArgMax,
    }
}

fn main() {}
