use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/branches.tflite" {
        x: Input { precision: Int7, scale: 0.5 },
        conv_2d_0: Conv2d { precision: Int9 },
        fully_connected_6: Dense { prune_channels: 0.5 },
    }

    pub struct Real = "../data/float.tflite" {
        x: Input { range: [1, -1] },
        fully_connected_0: Dense { precision: Int9 },
    }
}

fn main() {}
