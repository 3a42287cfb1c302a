#![no_std]
//! A neural-network compiler that lives inside `rustc`.
//!
//! A network is declared in firmware source, with its trained weights in a file. The build reads them, quantises the
//! network to 8-bit integers and writes `no_std` Rust for it: no heap, no float, no interpreter. What does not fit is a
//! compile error at the token that caused it.
//!
//! The language is documented in [`dsl`]: one type a layer, one field an option.

pub mod dsl;

pub use tinynet_core::{KIB, MIB, Network, Quantization, report};

/// What the macro's expansion names: not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use tinynet_core as core;
    pub use tinynet_macros::network;
}

/// Declares networks: see [`dsl`] for the language.
///
/// ```text
/// tinynet! {
///     /// Documentation of the type.
///     pub struct Name = "weights.safetensors"
///     where
///         flash <= 24 * KIB,
///     {
///         image: Input { shape: [8, 8, 1], calibration: "calibration.npy" },
///         conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
///         Relu,
///         Flatten,
///         fc1: Dense { units: 10 },
///     }
/// }
/// ```
#[macro_export]
macro_rules! tinynet {
    ($($tokens:tt)*) => {
        $crate::__private::network! { ($crate) $($tokens)* }
    };
}
