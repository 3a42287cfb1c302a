use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        x: Input { precision: Int4 },
        conv_2d_0: Conv2d { filters: 3, precision: Int8, weights: "weights.npy" },
    }
}

fn main() {}
