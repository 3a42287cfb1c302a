//! Which weights become 0.

/// What is asked of a layer's weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pruning {
    /// Single weights; `None`: as the network says.
    pub weights: Option<PrunedWeights>,
    /// Share of the output channels whose weights and biases all become 0.
    pub channels: Option<f64>,
    /// Share of the inputs (input channels) that no weight reads any more.
    pub inputs: Option<f64>,
}

impl Pruning {
    /// Whether any weight becomes 0 by it: a share of nothing takes none.
    pub fn takes_weights(&self) -> bool {
        let Self { weights, channels, inputs } = *self;
        let takes = |share: Option<f64>| share.is_some_and(|share| share > 0.0);
        weights.is_some_and(|weights| weights != PrunedWeights::Share(0.0))
            || takes(channels)
            || takes(inputs)
    }
}

/// Single weights that become 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PrunedWeights {
    /// This share of them, `0 <= share < 1`.
    Share(f64),
    /// All but some of every so many neighbouring inputs of an output, `1 <= kept < group`.
    Groups {
        /// How many stay.
        kept: usize,
        /// Of how many.
        group: usize,
    },
}
