use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [8, 8], range: [-1, 1], lookup_table: true },
        Tanh,
    }
}

tinynet! {
    pub struct Other {
        input: Input { shape: [1], range: [-1, 1], lookup_table: 256 },
        Tanh,
    }
}

fn main() {}
