//! Several networks in one module, two of them alike but for their scheme.

::nn::tinynet! {
    /// The sum of two numbers, and their difference.
    #[derive(Clone)]
    #[must_use]
    pub struct Shifts {
        pair: Input { shape: [2], range: [-1, 1] },
        fc1: Dense { units: 2, weights: [[1, 1], [1, -1]], bias: [0, 0], layout: PyTorch },
        bend: HardTanh,
        fc2: Dense { units: 2, weights: [[1, 0], [0, 1]], bias: [0, 0], layout: PyTorch, unroll: Loop },
    }

    /** The same again. */
    pub struct Multipliers {
        pair: Input { shape: [2], range: [-1, 1], scheme: Affine },
        fc1: Dense { units: 2, weights: [[1, 1], [1, -1]], bias: [0, 0], layout: PyTorch },
        bend: HardTanh,
        fc2: Dense { units: 2, weights: [[1, 0], [0, 1]], bias: [0, 0], layout: PyTorch, unroll: Loop },
    }
}

::nn::tinynet! {
    /// Labels that are words elsewhere.
    pub struct Labels {
        input: Input { shape: [2], range: [-1, 1] },
        data: Relu,
        scratch: Tanh,
        arena: Dense { units: 2, weights: [[1, 1], [1, -1]], bias: [0, 0], layout: PyTorch, unroll: Full },
        layers: Sigmoid,
        x0: Dense { units: 2, weights: [[1, 1], [1, -1]], bias: [0, 0], layout: PyTorch, unroll: Full },
        weights: Elu,
        sum0: Dense { units: 2, weights: [[1, 1], [1, -1]], bias: [0, 0], layout: PyTorch },
        fmt: Silu,
        from: Mish,
        runs: Selu,
        PascalCase: Gelu,
        two__underscores: Softsign,
        SHOUTED: Softplus,
        union: Relu6,
        a: Add { inputs: [SHOUTED, union] },
        output_: Concat { inputs: [a, fmt] },
    }
}
