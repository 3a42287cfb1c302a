use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/dense.npz";
}

fn main() {}
