use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" { x: Input { precision: Int4, scale: 0.5, zero_point: 3 } }
}

fn main() {}
