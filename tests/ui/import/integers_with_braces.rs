use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/integers.tflite" {}
}

fn main() {}
