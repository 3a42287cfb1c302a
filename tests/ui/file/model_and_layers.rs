use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/integers.tflite" {
        input: Input { shape: [3], range: [-1, 1] },
        Softmax,
    }
}

fn main() {}
