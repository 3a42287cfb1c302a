#![cfg_attr(not(test), no_std)]
//! What generated networks call at run time: integer kernels, the arena, the trait [`Network`].
//!
//! `no_std`, no heap, no floating point. Firmware depends on the crate `tinynet`, which re-exports what is
//! needed.
//!
//! * [`kernels`]: one operator a file.
//! * [`requantize`]: how a 32-bit accumulator becomes an 8-bit activation; the rounding rules live there and
//!   nowhere else.
//! * [`arena`]: the memory that activations share, handed out as disjoint array views.
//! * [`quantization`]: between real numbers and the integers of a network.
//! * [`report`] and [`limits`]: what a network costs, and the check that it costs no more than it may.
//!
//! The compiler runs the same kernels on the host, so that host and chip agree bit for bit.
//!
//! # No panics
//!
//! A kernel's `run` first asserts that every slice has the length its sizes imply. In generated code both
//! sides are constants and the assertions vanish from an optimised build; the loops behind them have no
//! bounds checks, no divisions and no panics. Arithmetic on accumulators wraps, in debug builds too: the
//! compiler proves from the weights that it never does.
//!
//! # Features
//!
//! * `fixed` (default): typed Q-format values, on the crate [`fixed`](https://docs.rs/fixed).
//! * `f32`: quantising from and dequantising to `f32`.

pub mod arena;
pub mod assembly;
pub mod element;
mod infer_fixed;
pub mod kernels;
pub mod limits;
pub mod network;
pub mod overlap;
pub mod quantization;
pub mod report;
pub mod requantize;
pub mod stack;
#[cfg(feature = "fixed")]
pub mod typed;

pub use arena::Arena;
pub use element::Element;
#[cfg(feature = "fixed")]
pub use fixed;
pub use network::Network;
pub use overlap::Overlap;
pub use quantization::{Quantization, Real};

/// 1024: `flash <= 24 * KIB`.
pub const KIB: usize = 1024;

/// 1024 · 1024.
pub const MIB: usize = 1024 * KIB;
