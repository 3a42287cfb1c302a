//! The end of a classifier.

use super::Label;

/// Values to probabilities along the last axis: `y[i] = e^x[i] / Σ e^x[j]`.
///
/// The largest value stays the largest: where only the class is asked for, the network's `classify` needs no `Softmax`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Softmax,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Softmax {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Index of the largest value, the first of equals: `[classes]` to `[1]`. Only as the last layer.
///
/// It is an int8 among up to 128 classes, an int32 among more, up to 65 536. The network's `classify` answers with it.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// ArgMax,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct ArgMax {
    /// The layer it reads. By default the one before.
    pub input: Label,
}
