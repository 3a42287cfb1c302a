use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" where flash <= 2 * KIB, {
        x: Input { precision: Auto },
    }
}

fn main() {}
