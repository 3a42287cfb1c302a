use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        x: Input { precision: Int4 },
        conv_2d: Conv2d { precision: Int8 },
    }
}

fn main() {}
