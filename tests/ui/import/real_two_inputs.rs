use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float_two_inputs.tflite" { input: Input { range: [-1, 1] } }
}

fn main() {}
