use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float.tflite" { input: Input }
}

fn main() {}
