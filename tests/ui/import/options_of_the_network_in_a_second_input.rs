use tinynet::tinynet;

tinynet! {
    pub struct Net = "../data/float_two_inputs.tflite" {
        left: Input { range: [-1, 1] },
        right: Input { range: [-1, 1], prune: 0.5, precision: Int4, activations: Int16 },
    }
}

fn main() {}
