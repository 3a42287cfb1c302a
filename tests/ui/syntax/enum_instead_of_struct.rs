use tinynet::tinynet;

tinynet! {
    pub enum Net { input: Input { shape: [3], range: [-1, 1] }, Softmax }
}

fn main() {}
