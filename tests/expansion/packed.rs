tinynet::tinynet! {
    /// Whether a 6 x 6 picture shows a line that lies or one that stands.
    pub struct Packed
    where
        ram <= LARGEST - 1,
    {
        picture: Input { shape: [6, 6, 1], range: [0, 1] },
        edges: Conv2d {
            filters: 2,
            kernel: 3,
            padding: Same,
            weights: [
                [[[-0.5, -0.5, -0.5], [1, 1, 1], [-0.5, -0.5, -0.5]]],
                [[[-0.5, 1, -0.5], [-0.5, 1, -0.5], [-0.5, 1, -0.5]]],
            ],
            bias: [0, 0.125],
            layout: PyTorch,
            unroll: Loop,
        },
        Relu,
        MaxPool2d { size: 2 },
        Flatten { order: ChannelsLast },
        lines: Dense {
            units: 2,
            weights: [
                [1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1],
                [-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1],
            ],
            bias: [0, 0],
            layout: PyTorch,
            unroll: Loop,
        },
        Softmax,
    }
}

const LARGEST: usize = 256;
