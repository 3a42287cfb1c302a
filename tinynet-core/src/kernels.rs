//! The operators, a file each.
//!
//! A kernel is a plain struct of parameters whose `run` takes the tensors as slices. Images are `[height, width,
//! channels]`, channels next to each other; sequences `[length, channels]` are images of height 1.
//!
//! Weights are `&[u8]` that hold int8 bit patterns: a byte-string literal costs the compiler nothing, however long it
//! is.
//!
//! Loops are shared: a firmware holds one copy of each for all its layers, whatever their sizes.

mod add;
mod arg_max;
mod average_pool;
mod channel_table;
mod clamp;
mod concat;
mod conv2d;
mod dense;
mod depthwise_conv2d;
mod max_pool;
mod multiply;
mod pad;
mod softmax;
mod table;
mod window;

pub use add::{AddMultiplier, AddShift};
pub use arg_max::arg_max;
pub use average_pool::AveragePool2d;
pub use channel_table::ChannelTable;
pub use clamp::Clamp;
pub use concat::Concat;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use depthwise_conv2d::DepthwiseConv2d;
pub use max_pool::MaxPool2d;
pub use multiply::Multiply;
pub use pad::Pad;
pub use softmax::Softmax;
pub use table::Table;
pub use window::Window;

/// The product of `factors`.
///
/// # Panics
///
/// Where it overflows: an assertion on a length must not be met by sizes that wrap.
#[inline(always)]
const fn product<const N: usize>(factors: [usize; N]) -> usize {
    let mut product: usize = 1;
    let mut index = 0;
    while index < N {
        product = match product.checked_mul(factors[index]) {
            Some(product) => product,
            None => panic!("size overflows"),
        };
        index += 1;
    }
    product
}
