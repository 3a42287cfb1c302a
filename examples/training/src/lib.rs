#![no_std]
//! Networks that were trained as the integers they are, each declared in a file of its own.
//!
//! Their weights have few bits, or the network has little room; the scripts that trained them are in the folder above
//! `src`, and the README there says how. What the compiled networks answer is what the scripts evaluated, bit for bit.

mod few_bit_digits;
mod mnist;
mod pruned_mnist;
mod small_mnist;

pub use few_bit_digits::FewBitDigits;
pub use mnist::Mnist;
pub use pruned_mnist::{DenseMnist, PrunedMnist};
pub use small_mnist::SmallMnist;
