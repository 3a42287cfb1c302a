use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [6, 5, 1], range: [0, 1] },
        a: Relu,
        Concat { inputs: [a, input], axis: 3 },
    }
}

fn main() {}
