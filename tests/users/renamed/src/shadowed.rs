//! A network where all names are taken that generated code might use.

use ::core::concat;

/// Not Rust's.
pub mod core {}
/// Not Rust's.
pub mod std {}
/// Not the crate.
pub mod tinynet {}
/// Not the language reference.
pub mod dsl {}

macro_rules! types {
    ($($name:ident)*) => {
        $(
            #[doc = concat!("Not the `", stringify!($name), "` that one thinks of.")]
            #[derive(::core::fmt::Debug)]
            pub enum $name {}
        )*
    };
}
use ::core::stringify;

/// Primitive types.
#[allow(non_camel_case_types)]
pub mod primitive {
    use ::core::{concat, stringify};
    types! { usize bool u8 i8 i16 i32 u32 u64 f32 f64 str }
}
pub use primitive::*;

types! {
    Option Some None Result Default Debug Arena Network Layer Layers Quantization Dense Relu Input Same Full
}

/// Not the language's: in a limit, `KIB` is 1024.
pub const KIB: ::core::primitive::usize = 1;
/// What the board leaves.
pub const RAM_LIMIT: ::core::primitive::usize = 100;
/// What the board leaves.
pub const FLASH_LIMIT: ::core::primitive::usize = 10_000;

::nn::tinynet! {
    pub struct Shadowed
    where
        flash <= FLASH_LIMIT + KIB,
        ram <= RAM_LIMIT,
        macs <= 2 * KIB,
    {
        input: Input { shape: [4, 4, 1], range: [-1, 1] },
        conv1: Conv2d {
            filters: 2,
            kernel: 2,
            padding: Same,
            weights: [[[[0.5, -0.25], [0, 1]]], [[[1, 0.125], [0.75, 0]]]],
            bias: [0, 0.5],
            layout: PyTorch,
        },
        Tanh,
        pooled: MaxPool2d { size: 2 },
        shifted: Sigmoid,
        sum: Add { inputs: [pooled, shifted] },
        Flatten,
        fc1: Dense {
            units: 2,
            weights: [[1, 0.5, 0, 0, -1, 0.25, 0.75, 0], [0, 0, 1, 1, 0, 0.3, 0.2, -1]],
            use_bias: false,
            layout: PyTorch,
            unroll: Full,
        },
        Softmax,
    }
}
