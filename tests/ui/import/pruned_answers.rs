use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        fully_connected_6: Dense { prune_channels: 0.5 },
    }
}

fn main() {}
