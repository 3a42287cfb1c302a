//! The end of a classifier.

use super::Label;

/// Values to probabilities along the last axis: `y[i] = e^x[i] / Σ e^x[j]`.
///
/// The largest value stays the largest: where only the class is asked for, the network's `classify` needs no `Softmax`.
///
/// ```text
/// Softmax,
/// ```
#[derive(Debug, Default)]
pub struct Softmax {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Index of the largest value, the first of equals: `[classes]` to `[1]`. Only as the last layer.
///
/// ```text
/// ArgMax,
/// ```
#[derive(Debug, Default)]
pub struct ArgMax {
    /// The layer it reads. By default the one before.
    pub input: Label,
}
