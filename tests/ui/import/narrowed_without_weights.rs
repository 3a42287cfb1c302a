use tinynet::tinynet;

tinynet! {
    pub struct Net = "../../types/index.tflite" { x: Input { precision: Int4 } }
}

fn main() {}
