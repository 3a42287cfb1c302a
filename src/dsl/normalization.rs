//! Normalisation.

use super::{Array, Label, Real};

/// Normalisation by trained means and variances: `y = (x - mean) / sqrt(variance + epsilon) · scale + offset`, one of
/// each a channel.
///
/// Folded into the layer before it (or behind it) where there is one with weights: then it costs nothing. Elsewhere it
/// is a convolution with filters of one weight. The numbers come from the entries `label.weight`, `label.bias`,
/// `label.running_mean` and `label.running_var` (PyTorch) or `label.gamma`, `label.beta`, `label.moving_mean` and
/// `label.moving_variance` (Keras), `[channels]` each.
///
/// ```text
/// norm1: BatchNorm,
/// ```
#[derive(Debug, Default)]
pub struct BatchNorm {
    /// Added to the variance. By default 1e-5, as in PyTorch; Keras's own default is 1e-3, and must be stated.
    pub epsilon: Real,
    /// Factor of each channel, where the network's file does not have it.
    pub scale: Array,
    /// Summand of each channel, where the network's file does not have it.
    pub offset: Array,
    /// Mean of each channel, where the network's file does not have it.
    pub mean: Array,
    /// Variance of each channel, where the network's file does not have it.
    pub variance: Array,
    /// The layer it reads. By default the one before.
    pub input: Label,
}
