tinynet::tinynet! {
    /// Which of two gestures three sensors saw.
    pub struct Unrolled {
        sensors: Input { shape: [3], range: [-1, 1] },
        mixed: Dense {
            units: 4,
            weights: [[1, 0, 0], [0.5, -0.25, 0], [0.3, 0, -1], [0, 0.7, 0.1]],
            bias: [0, 0.5, 0, -0.125],
            layout: PyTorch,
            unroll: Full,
        },
        HardTanh,
        bent: Tanh,
        sum: Add { inputs: [mixed, bent] },
        gesture: Dense {
            units: 2,
            weights: [[1, -1, 0.5, 0], [0, 1, -0.375, 1]],
            use_bias: false,
            layout: PyTorch,
            unroll: Full,
        },
    }
}
