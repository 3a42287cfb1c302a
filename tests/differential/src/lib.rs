//! Random networks, and what they mean in real numbers.
//!
//! [`random`] draws a network: its declaration in tinynet's language, its weight file and its calibration samples.
//! [`real`] evaluates it in f64 from its description. Neither knows the compiler, so that an error there
//! cannot hide in both.

pub mod description;
pub mod random;
pub mod real;
pub mod write;
