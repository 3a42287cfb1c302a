use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        x: Input { precision: Int2, prune: 0.5 },
    }
}

fn main() {}
