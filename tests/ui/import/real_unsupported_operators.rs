use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float_unsupported.tflite" { input: Input { range: [-1, 1] } }
}

fn main() {}
