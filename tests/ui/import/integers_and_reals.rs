use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/integers_sine.tflite";
}

fn main() {}
