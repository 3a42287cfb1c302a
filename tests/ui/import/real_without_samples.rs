use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float.tflite" where flash <= 32 * KIB, ram <= 4 * KIB;
}

fn main() {}
