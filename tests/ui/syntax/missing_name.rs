use tinynet::tinynet;

tinynet! {
    pub struct { input: Input { shape: [3], range: [-1, 1] }, Softmax }
}

fn main() {}
