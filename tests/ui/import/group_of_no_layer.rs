use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        x: Input { precision: Int4, prune: [3, 5] },
    }
}

fn main() {}
