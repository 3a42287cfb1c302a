//! Layers that read several others.

use super::{Activations, Integer, Labels};

/// Sum of two tensors of one shape, value by value: `y = a + b`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// # conv2: Relu { input: input },
/// # shortcut: Sigmoid { input: input },
/// sum: Add { inputs: [conv2, shortcut] },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Add {
    /// Type of the integers that it makes, with the function behind it. By default as the `Input` says.
    pub activations: Activations,
    /// The two layers it reads. Required.
    pub inputs: Labels,
}

/// Product of two tensors, value by value: `y = a · b`. One of them may have one value a channel, `[channels]`.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// # features: Relu { input: input },
/// # attention: Sigmoid { input: input },
/// scaled: Mul { inputs: [features, attention] },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Mul {
    /// Type of the integers that it makes, with the function behind it: `Int8` or `Int4`. It has no kernel for `Int16`.
    /// By default as the `Input` says.
    pub activations: Activations,
    /// The two layers it reads. Required.
    pub inputs: Labels,
}

/// Tensors behind one another along one axis; in the others they agree.
///
/// ```
/// # tinynet::tinynet! { struct Net {
/// # input: Input { shape: [4], range: [-1, 1] },
/// # left: Relu { input: input },
/// # right: Sigmoid { input: input },
/// both: Concat { inputs: [left, right] },
/// # } }
/// ```
#[derive(Debug, Default)]
pub struct Concat {
    /// The axis, counted from 0 without the batch. By default the last: channels.
    pub axis: Integer,
    /// The layers it reads, in their order. Required.
    pub inputs: Labels,
}
