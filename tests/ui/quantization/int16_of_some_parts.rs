use tinynet::tinynet;

tinynet! {
    pub struct Bytes {
        input: Input { shape: [3], range: [-1, 1] },
        left: Dense { units: 4, activations: Int16, weights: "../data/fc1_weight.npy", bias: "../data/fc1_bias.npy" },
        right: Dense { units: 4, weights: "../data/fc1_weight.npy", bias: "../data/fc1_bias.npy", input: input },
        both: Concat { inputs: [left, right] },
    }

    pub struct Words {
        input: Input { shape: [3], range: [-1, 1], activations: Int16 },
        left: Dense { units: 4, activations: Int16, weights: "../data/fc1_weight.npy", bias: "../data/fc1_bias.npy" },
        right: Dense {
            units: 4,
            activations: Int8,
            weights: "../data/fc1_weight.npy",
            bias: "../data/fc1_bias.npy",
            input: input,
        },
        both: Concat { inputs: [left, right] },
    }
}

fn main() {}
