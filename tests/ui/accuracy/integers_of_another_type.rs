use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" where accuracy("../data/test_pixels.npz") >= 0.97;
}

fn main() {}
