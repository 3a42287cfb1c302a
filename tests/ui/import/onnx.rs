use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/model.onnx";
}

fn main() {}
