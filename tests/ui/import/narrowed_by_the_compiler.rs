use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" { x: Input { precision: Auto } }
}

fn main() {}
