//! Back end for M-profile cores with the DSP extension: Cortex-M4 and M7, and M33, M35P, M55 and M85 where it is enabled.
//!
//! It writes the layers that have most of the work: dense layers, convolutions and depthwise convolutions. Where tensors and
//! scratch lie is what the plan says of ARMv6-M, whose code all other layers keep.
pub mod assembler;
pub mod code;
pub mod convolution;
pub mod depthwise_conv2d;
pub mod registers;
pub mod requantize;

#[cfg(test)]
mod random_convolutions;
#[cfg(test)]
mod random_layers;
#[cfg(test)]
mod simulator;
