#![no_std]
//! A neural-network compiler that lives inside `rustc`.
//!
//! A network is declared in firmware source, with its trained weights in a file. The build reads them, quantises the
//! network to integers of eight bits or fewer and writes `no_std` Rust for it: no heap, no float, no interpreter. What
//! does not fit is a compile error at the token that caused it.
//!
//! ```
//! tinynet::tinynet! {
//!     /// Whether a motor's vibrations are as they should be.
//!     pub struct Motor
//!     where
//!         flash <= 1 * KIB,
//!         ram <= 16,
//!     {
//!         spectrum: Input { shape: [3], range: [0, 1] },
//!         hidden: Dense {
//!             units: 2,
//!             weights: [[1.5, -0.5, 0.25], [-1, 0.75, 2]],
//!             bias: [0.1, -0.2],
//!             layout: PyTorch,
//!         },
//!         Relu,
//!         fault: Dense { units: 1, weights: [[-1, 2]], bias: [0.5], layout: PyTorch },
//!         Sigmoid,
//!     }
//! }
//!
//! let mut motor = Motor::new();
//! let [fault] = *motor.infer(&[13, 120, 64]);
//! assert!(fault > 100);
//! ```
//!
//! A network takes and makes int8; a model, what its file says. What they stand for is known when it is compiled; real
//! numbers are converted without floating point, those of the crate [`fixed`] (and `f32`, with the feature of that name):
//!
#![cfg_attr(feature = "fixed", doc = "```")]
#![cfg_attr(not(feature = "fixed"), doc = "```ignore")]
//! # tinynet::tinynet! {
//! #     struct Motor {
//! #         spectrum: Input { shape: [3], range: [0, 1] },
//! #         fault: Dense { units: 1, weights: [[-0.5, 0.5, 0.25]], bias: [0.25], layout: PyTorch },
//! #         Sigmoid,
//! #     }
//! # }
//! # let mut motor = Motor::new();
//! use tinynet::fixed::types::I16F16;
//!
//! let input = Motor::quantize_input(&[0.1, 0.95, 0.5].map(I16F16::from_num));
//! let [fault]: [I16F16; 1] = Motor::dequantize_output(motor.infer(&input));
//! assert!(fault > 0.6);
//! ```
//!
//! Weights stand in the source here; those of a real network are in a file, as at [`tinynet!`]. The language is
//! documented in [`dsl`]: one type a layer, one field an option.

pub mod dsl;

pub use tinynet_core::network::Tensor;
pub use tinynet_core::{KIB, MIB, Network, Quantization, Real, report};
#[cfg(feature = "fixed")]
pub use tinynet_core::{fixed, typed};

/// What the macro's expansion names: not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use tinynet_core as core;
    pub use tinynet_macros::network;
}

/// Declares networks: see [`dsl`] for the language.
///
/// ```
/// use tinynet::tinynet;
///
/// tinynet! {
///     /// Which of ten digits was drawn on a touch pad of 8 x 8 sensors.
///     pub struct Touch = "examples/networks/touch/weights.safetensors"
///     where
///         flash <= 24 * KIB,
///         ram <= 1 * KIB,
///         accuracy("examples/networks/touch/test.npz") >= 0.97,
///     {
///         pad: Input { shape: [8, 8, 1], calibration: "examples/networks/touch/calibration.npy" },
///         conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
///         Relu,
///         MaxPool2d { size: [2, 2] },
///         Flatten,
///         fc1: Dense { units: 32 },
///         HardTanh,
///         fc2: Dense { units: 10 },
///     }
/// }
///
/// static TOUCH: std::sync::Mutex<Touch> = std::sync::Mutex::new(Touch::new());
/// assert!(TOUCH.lock().unwrap().classify(&[0; 64]) < 10);
/// ```
#[macro_export]
macro_rules! tinynet {
    ($($tokens:tt)*) => {
        $crate::__private::network! { ($crate) $($tokens)* }
    };
}

/// The README's code compiles, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
