use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float.tflite" {}
}

fn main() {}
