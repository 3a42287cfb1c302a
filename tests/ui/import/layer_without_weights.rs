use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        x: Input { precision: Int4 },
        add_3: Add { },
    }
}

fn main() {}
