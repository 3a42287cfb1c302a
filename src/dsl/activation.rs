//! Activation functions: each element by itself, any shape.
//!
//! Formulas are those of PyTorch 2 (`torch.nn`). Whatever the function, it costs a table of 256 bytes at most; [`PRelu`]
//! with a slope for each channel costs two bytes for each.

use super::{Array, Function, Label, Real};

/// `max(0, x)`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Relu,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Relu {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `min(max(0, x), 6)`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Relu6,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Relu6 {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `x` where positive, else `slope · x`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// LeakyRelu { slope: 0.3 },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct LeakyRelu {
    /// Slope of the negative side. By default 0.01, as in PyTorch; Keras's own default is 0.3.
    pub slope: Real,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `x` where positive, else `slopes[channel] · x`.
///
/// The slopes come from the entry `label.weight` (PyTorch) or `label.alpha` (Keras), one for all channels (a table
/// of 256 bytes at most) or one each (two bytes for each channel).
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [16, 2], range: [-1, 1] },
/// PRelu { slopes: [0.25] },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct PRelu {
    /// Slopes of the negative side, where the network's file does not have them.
    pub slopes: Array,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `min(max(min, x), max)`.
///
/// A clamp: it usually costs nothing, as part of the layer before.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// HardTanh { min: -2, max: 2 },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct HardTanh {
    /// Smallest output. By default -1.
    pub min: Real,
    /// Largest output. By default 1.
    pub max: Real,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Hyperbolic tangent: `(e^x - e^-x) / (e^x + e^-x)`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Tanh,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Tanh {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// Logistic function: `1 / (1 + e^-x)`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Sigmoid,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Sigmoid {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `min(max(0, x / 6 + 1 / 2), 1)`.
///
/// As in PyTorch and Keras 3; Keras 2 had `0.2 · x + 0.5`, which an [`Activation`] gives.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// HardSigmoid,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct HardSigmoid {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `x · min(max(0, x / 6 + 1 / 2), 1)`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// HardSwish,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct HardSwish {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `x · sigmoid(x)`, also called swish.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Silu,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Silu {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `x · Φ(x)`, `Φ` the distribution function of the standard normal distribution.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Gelu { approximate: true },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Gelu {
    /// Whether to use `0.5 · x · (1 + tanh(√(2 / π) · (x + 0.044715 · x³)))`, PyTorch's `approximate="tanh"`. By
    /// default `false`.
    pub approximate: bool,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `x` where positive, else `alpha · (e^x - 1)`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Elu,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Elu {
    /// Limit of the negative side. By default 1.
    pub alpha: Real,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `scale · x` where positive, else `scale · alpha · (e^x - 1)`.
///
/// `scale` = 1.0507009873554805, `alpha` = 1.6732632423543772 (Klambauer et al., 2017).
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Selu,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Selu {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `ln(1 + e^(beta · x)) / beta`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Softplus,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Softplus {
    /// Sharpness of the bend, positive. By default 1.
    pub beta: Real,
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `x / (1 + |x|)`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Softsign,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Softsign {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// `x · tanh(ln(1 + e^x))`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Mish,
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Mish {
    /// The layer it reads. By default the one before.
    pub input: Label,
}

/// A function of your own, of one real number.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// Activation { function: |x| if x < 0.0 { 0.1 * x } else { x.min(6.0) } },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Activation {
    /// The function. Required.
    pub function: Function,
    /// The layer it reads. By default the one before.
    pub input: Label,
}
