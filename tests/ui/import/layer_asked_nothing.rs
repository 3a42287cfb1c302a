use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        x: Input { precision: Int4 },
        conv_2d_0: Conv2d,
    }
}

fn main() {}
