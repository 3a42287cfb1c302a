use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [3], range: [-1, 1] },
        Relu,
    }

    pub struct Net {
        input: Input { shape: [3], range: [-1, 1] },
        Tanh,
    }
}

fn main() {}
