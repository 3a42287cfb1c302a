//! What a network costs, layer by layer.

/// One layer of a network, as compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The label, or the name the compiler gave: `conv1`.
    pub name: &'static str,
    /// Kind of layer: `Conv2d`.
    pub kind: &'static str,
    /// Shape of its output: `[8, 8, 16]`.
    pub output_shape: &'static [usize],
    /// Number of weights, biases not counted.
    pub weights: usize,
    /// Multiply-accumulate operations an inference.
    pub macs: usize,
    /// How it is computed: `telescoped loop`.
    pub code: &'static str,
    /// Cycles an inference on a Cortex-M0 whose flash has no wait states.
    pub cycles: usize,
    /// Estimated bytes of flash: code, weights and tables.
    pub flash: usize,
    /// Bytes of the arena in use while it runs: inputs, output, scratch, and tensors that wait for later
    /// layers.
    pub ram: usize,
    /// The most bytes of stack in use while it runs, from the caller of the inference on.
    pub stack: usize,
    /// Whether its code is straight-line, weights as immediates.
    pub unrolled: bool,
}
