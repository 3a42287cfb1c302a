use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        conv_2d_0: Conv2d { activations: Int16 },
    }
}

fn main() {}
