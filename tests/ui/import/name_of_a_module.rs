use tinynet::tinynet;

mod words {}

tinynet! {
    #[allow(non_camel_case_types)]
    pub struct words = "../data/branches.tflite";
}

tinynet! {
    pub struct Twice = "../data/branches.tflite";
    pub struct Twice = "../data/branches.tflite";
}

fn main() {}
