use tinynet::tinynet;

tinynet! {
    pub struct Net {
        input: Input { shape: [3], range: [-1, 1], ranges: MinMax, bias_correction: true },
        Tanh,
    }
}

fn main() {}
