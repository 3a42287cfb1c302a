use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float.tflite" { input: Input { shape: [4], range: [-1, 1] } }
}

fn main() {}
