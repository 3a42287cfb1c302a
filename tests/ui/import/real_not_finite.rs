use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float_not_finite.tflite" { input: Input { range: [-1, 1] } }
}

fn main() {}
