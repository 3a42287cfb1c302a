use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/int16.tflite" {
        fully_connected_0: Dense { precision: Int4, prune: 0.5, unroll: Full },
    }
}

fn main() {}
