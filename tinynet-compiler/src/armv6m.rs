//! Back end for ARMv6-M: Cortex-M0, M0+, M1, and every later M-profile core.
pub mod add;
pub mod assembler;
pub mod average_pool;
pub mod code;
pub mod convolution;
pub mod depthwise_conv2d;
mod digits;
pub mod inner_products;
mod link;
mod loops;
pub mod max_pool;
mod memory;
mod multiples;
pub mod packing;
pub mod pad;
pub mod pairs;
mod reduce;
pub mod registers;
pub mod requantize;
pub mod shared_loop;
pub mod shifts;
pub mod softmax;
pub mod sparse;
pub mod table;
pub mod telescope;
pub mod timing;
pub mod triangular;

#[cfg(test)]
mod random_convolutions;
#[cfg(test)]
pub(crate) mod random_layers;
#[cfg(test)]
pub(crate) mod simulator;
