use tinynet::tinynet;

tinynet! {

}

fn main() {}
