use tinynet::tinynet;

tinynet! {
    pub struct Net = "../../types/index.tflite" { x: Input { prune: 0.5 } }
}

fn main() {}
