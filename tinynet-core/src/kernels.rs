//! The operators, a file each.
//!
//! A kernel is a plain struct of parameters whose `run` takes the tensors as slices. Images are
//! `[height, width, channels]`, channels next to each other; sequences `[length, channels]` are images of
//! height 1.
//!
//! Weights are `&[u8]` that hold int8 bit patterns: a byte-string literal costs the compiler nothing, however
//! long it is. [`Packed`] kernels read weights of fewer bits, several a byte.
//!
//! Loops are shared: a firmware holds one copy of each for all its layers, whatever their sizes.

mod add;
mod arg_extremum;
mod arg_max;
mod asymmetric_conv2d;
mod average_pool;
mod batch;
mod clamp;
mod concat;
mod conv2d;
mod convert;
mod dense;
mod depthwise_conv2d;
mod extremum;
mod fixed_point16;
mod flip_sign;
mod gather;
mod gemmlowp_exponential;
mod gemmlowp_softmax;
mod interpolation;
mod larger;
mod log_softmax;
mod lookup;
mod lstm;
mod max_pool;
mod multiply;
mod packed;
mod pad;
mod pairs;
mod patches;
mod prelu;
mod prelu_multiplier;
mod rearrange;
mod rescale;
mod resize_bilinear;
mod rows;
mod sigmoid;
mod signed_sum;
mod softmax;
mod softmax_16;
mod sum;
mod svdf;
mod table;
pub(crate) mod tight;
mod transpose_conv2d;
mod variable;
mod weights;
mod wide_conv2d;
mod window;

pub use add::{AddMultiplier, AddShift};
pub use arg_extremum::ArgExtremum;
pub use arg_max::arg_max;
pub use asymmetric_conv2d::AsymmetricConv2d;
pub use average_pool::AveragePool2d;
pub use batch::CAPACITY as BATCH;
pub use clamp::Clamp;
pub use concat::Concat;
pub use conv2d::Conv2d;
pub use convert::Convert;
pub use dense::Dense;
pub use depthwise_conv2d::DepthwiseConv2d;
pub use extremum::Extremum;
pub use flip_sign::FlipSign;
pub use gather::Gather;
pub use gemmlowp_exponential::GemmlowpExponential;
pub use gemmlowp_softmax::{Exponentials, GemmlowpSoftmax};
pub use interpolation::Interpolation;
pub use larger::Larger;
pub use log_softmax::LogSoftmax;
pub use lookup::Lookup;
pub use lstm::{Lstm, LstmGate};
pub use max_pool::MaxPool2d;
pub use multiply::Multiply;
pub use packed::{OddBits, Packed, SignedBits, Ternary};
pub use pad::Pad;
pub use patches::EachPatch;
pub use prelu::PRelu;
pub use prelu_multiplier::PReluMultiplier;
pub use rearrange::Rearrange;
pub use rescale::Rescale;
pub use resize_bilinear::ResizeBilinear;
pub use sigmoid::{Logistic16, Tanh16};
pub use signed_sum::SignedSum;
pub use softmax::Softmax;
pub use softmax_16::Softmax16;
pub use sum::Sum;
pub use svdf::Svdf;
pub use table::Table;
pub use transpose_conv2d::TransposeConv2d;
pub use variable::Variable;
pub use wide_conv2d::WideConv2d;
pub use window::Window;

/// `a · b`, without a loop or a branch that would keep an assertion on it from folding away at any
/// `opt-level`.
///
/// # Panics
///
/// Where it overflows: an assertion on a length must not be met by sizes that wrap.
#[inline(always)]
const fn product(a: usize, b: usize) -> usize {
    match a.checked_mul(b) {
        Some(product) => product,
        None => panic!("size overflows"),
    }
}

/// Number of elements of a tensor of this shape.
#[inline(always)]
const fn volume(shape: [usize; 3]) -> usize {
    product(product(shape[0], shape[1]), shape[2])
}
