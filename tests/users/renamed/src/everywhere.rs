//! Networks in all places where Rust allows an item.

use ::nn::Network;

/// A module in a module.
pub mod inner {
    ::nn::tinynet! {
        /// Seen by the parent.
        pub(super) struct Parent {
            numbers: Input { shape: [3], range: [0, 1] },
            fc1: Dense { units: 1, weights: [[1, 1, 1]], bias: [0], layout: PyTorch },
        }

        /// Seen by the crate.
        pub(in crate::everywhere) struct Path {
            numbers: Input { shape: [3], range: [0, 1] },
            fc1: Dense { units: 1, weights: [[1, -1, 1]], bias: [0], layout: PyTorch },
        }
    }
}

/// The outputs for three inputs of 127/128.
#[must_use]
pub fn outputs() -> [::core::primitive::i8; 4] {
    ::nn::tinynet! {
        struct Local {
            numbers: Input { shape: [3], range: [0, 1] },
            fc1: Dense { units: 1, weights: [[0, 0.5, 0]], bias: [0], layout: PyTorch },
        }
    }
    let of_block = {
        ::nn::tinynet!(
            struct Local {
                numbers: Input { shape: [3], range: [0, 1] },
                fc1: Dense { units: 1, weights: [[0, 0, 0.25]], bias: [0], layout: PyTorch },
            }
        );
        on_ones(Local::new())
    };
    [on_ones(inner::Parent::new()), on_ones(inner::Path::new()), on_ones(Local::new()), of_block]
}

fn on_ones<N>(mut network: N) -> ::core::primitive::i8
where
    N: Network<Input = [::core::primitive::i8; 3], Output = [::core::primitive::i8; 1]>,
{
    network.infer(&[127; 3])[0]
}

macro_rules! declare {
    ($(#[$attribute:meta])* $visibility:vis $name:ident, $units:literal, $weights:tt, $layer:ident) => {
        ::nn::tinynet! {
            $(#[$attribute])*
            $visibility struct $name {
                numbers: Input { shape: [2], range: [-1, 1] },
                fc1: Dense { units: $units, weights: $weights, bias: [0], layout: PyTorch },
                $layer,
            }
        }
    };
}

declare! {
    /// Declared by a macro of the user's.
    pub ByMacro, 1, [[1, 0.5]], Relu
}
