use tinynet::tinynet;

tinynet! {
    pub struct Net
}

fn main() {}
