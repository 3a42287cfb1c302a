use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        x: Input { precision: Int4 },
        DepthwiseConv2d { precision: Int8 },
    }
}

fn main() {}
