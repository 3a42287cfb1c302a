//! The language of [`tinynet!`](crate::tinynet): one type a layer, one field an option.
//!
//! Nothing here is ever made or called: these types are the reference, and what an editor completes and explains inside
//! `tinynet! { … }`.
//!
//! # A network
//!
//! ```text
//! /// Documentation of the type.
//! pub struct Name = "weights file"
//! where
//!     flash <= 24 * KIB,
//! {
//!     label: Layer { option: value, option: value },
//!     Layer,
//! }
//! ```
//!
//! * **The head** is that of a Rust item: attributes, documentation, visibility, `struct` and a name.
//! * **`= "weights file"`** names trained weights: a `.npz` of numpy or a `.safetensors`, with entries called after the
//!   labels: `conv1.weight`, `conv1.bias` (PyTorch) or `conv1.kernel`, `conv1.bias` (Keras). Without it, layers state
//!   their weights by options.
//! * **`where`** lists what must hold, or the build breaks:
//!
//!   | limit | of |
//!   |---|---|
//!   | `flash <= 24 * KIB` | bytes of code and constants |
//!   | `ram <= 1 * KIB` | bytes of working memory, the input and the output included |
//!   | `macs <= 50_000` | multiply-accumulates of one inference |
//!   | `accuracy("test.npz") >= 0.97` | share of right answers of the quantised network; the file has entries `x` and `y` |
//!
//!   The right side is any constant expression, your own constants included. One that contains braces stands in
//!   parentheses. Only a number (`24 * KIB`) tells [`Unroll::Auto`] how much code there may be: the value of a constant of
//!   yours is known to rustc alone, when all code is written, and checked then. With `flash <= YOUR_CONSTANT` the code is
//!   therefore the smallest there is, and not the fastest that fits.
//! * **Layers** run in the order they are written, each on what the one before made; the first is the [`Input`], what
//!   the last one makes is the output. A label names a layer, for the weights file, for messages, for branches and for the
//!   generated code. Layers without weights need none.
//! * **Branches**: the option `input` reads another layer than the one before, the option `inputs` of [`Add`], [`Mul`]
//!   and [`Concat`] reads several:
//!
//!   ```text
//!   conv1: Conv2d { filters: 8, kernel: 3, padding: Same },
//!   shortcut: Relu,
//!   conv2: Conv2d { filters: 8, kernel: 3, padding: Same },
//!   sum: Add { inputs: [conv2, shortcut] },
//!   ```
//!
//! # A whole model
//!
//! ```text
//! /// Which of twelve words was said.
//! pub struct Keywords = "keywords.tflite" where flash <= 64 * KIB, ram <= 12 * KIB;
//! ```
//!
//! A model of TensorFlow Lite has its layers. One that was quantised when it was converted is named without braces. It
//! computes what TensorFlow 2.19's reference kernels compute, bit for bit. A model that takes or gives real numbers, by
//! `QUANTIZE` and `DEQUANTIZE` at its ends, takes and gives their int8s here: `quantize_input` and `dequantize_output`
//! convert. Behind a `DEQUANTIZE`, operators on real numbers that move values, `RELU`, `SOFTMAX`, `LOG_SOFTMAX`, `LOGISTIC`
//! and `TANH` make the int8s nearest to TensorFlow's answers. Between a `DEQUANTIZE` and a `QUANTIZE` stand those of which
//! TensorFlow Lite has no int8 kernel: `CEIL`, `COS`, `FLOOR`, `NEG`, `ROUND`, `SIGN`, `SIN`, `SQRT`, `SQUARE`. An operator
//! that is not supported, or an option that would not be honoured, is an error that names it.
//!
//! Of int8 tensors: `ABS`, `ADD`, `ARG_MAX` and `ARG_MIN` as the answer (up to 128 values), `AVERAGE_POOL_2D`,
//! `BATCH_TO_SPACE_ND`, `CONCATENATION`, `CONV_2D`, `DEPTHWISE_CONV_2D`, `DEPTH_TO_SPACE`, `ELU`, `EXP`, `EXPAND_DIMS`,
//! `FULLY_CONNECTED`, `GATHER` by constant indices, `GELU`, `HARD_SWISH`, `LEAKY_RELU`, `LOG`, `LOGISTIC`, `LOG_SOFTMAX`,
//! `MAXIMUM`, `MAX_POOL_2D`, `MEAN`, `MINIMUM`, `MIRROR_PAD`, `MUL`, `PACK`, `PAD`, `PADV2`, `PRELU`, `QUANTIZE`,
//! `REDUCE_MAX`, `REDUCE_MIN`, `RELU`, `RELU6`, `RELU_0_TO_1`, `RELU_N1_TO_1`, `RESHAPE`, `RESIZE_BILINEAR`,
//! `RESIZE_NEAREST_NEIGHBOR`, `RSQRT`, `SLICE`, `SOFTMAX`, `SPACE_TO_BATCH_ND`, `SPACE_TO_DEPTH`, `SPLIT`, `SPLIT_V`,
//! `SQUARED_DIFFERENCE`, `SQUEEZE`, `STRIDED_SLICE`, `SUB`, `SUM`, `TANH`, `TRANSPOSE`, `TRANSPOSE_CONV`, `UNPACK`. One of
//! two operands may be a constant, and either may repeat along axes. `SUM` is an exception to the rule: the reference
//! kernel of TensorFlow 2.19 takes its int8s for uint8s by mistake, here they are what they are. Weights may be of int4.
//!
//! Of int16 tensors, with weights of int8 (16x8): `ADD` and `SUB` but for sums by shifts (`pot_scale_int16` with scales that
//! are powers of two), `AVERAGE_POOL_2D`, `BATCH_TO_SPACE_ND`, `CONCATENATION`, `CONV_2D`, `DEPTHWISE_CONV_2D`,
//! `DEPTH_TO_SPACE`, `EXPAND_DIMS`, `FULLY_CONNECTED`, `GATHER`, `LEAKY_RELU`, `LOGISTIC`, `MAXIMUM`, `MAX_POOL_2D`, `MEAN`,
//! `MINIMUM`, `MIRROR_PAD`, `MUL`, `PACK`, `PAD`, `PADV2`, `QUANTIZE`, `RELU`, `RELU6`, `RESHAPE`,
//! `RESIZE_NEAREST_NEIGHBOR`, `SLICE`, `SOFTMAX`, `SPACE_TO_BATCH_ND`, `SPACE_TO_DEPTH`, `SPLIT`, `SPLIT_V`, `SQUEEZE`,
//! `STRIDED_SLICE`, `TANH`, `TRANSPOSE`, `TRANSPOSE_CONV`, `UNPACK`. Biases are of INT64, or of INT32 where the
//! operator says that its sums are. `QUANTIZE` converts between int8, int16 and int32.
//!
//! Of uint8 tensors: `QUANTIZE`, `MAX_POOL_2D`, and what moves values. An input or an output is of the type that the file
//! says: `[u8; 96]`, `[i16; 96]`, `[i32; 96]`. An input that says no more than the size of a `TRANSPOSE_CONV`'s output is
//! none here: sizes are those in the file.
//!
//! Models that remember, by `UNIDIRECTIONAL_SEQUENCE_LSTM` (its cells int16; of one sequence, without peephole weights,
//! projection or layer normalisation), `SVDF` (its state int16, or int8 as TensorFlow Lite Micro has it), or variables
//! (`VAR_HANDLE`, `READ_VARIABLE`, `ASSIGN_VARIABLE`, with first values that `CALL_ONCE` assigns), keep their state in the
//! network's value from one inference to the next: `infer`, `run` and `classify` depend on all inputs since `new` or
//! `reset`, and two values of a type remember apart. `STATE` says how many bytes of `RAM` that takes; no layer shares
//! them. `accuracy` takes each sample for the first.
//!
//! A model of real numbers is quantised here, as a declared network is: by the samples of an [`Input`], whose options all
//! apply but `shape`, which the file says.
//!
//! ```text
//! pub struct Keywords = "keywords_float.tflite" where flash <= 64 * KIB {
//!     audio: Input { calibration: "calibration.npy" },
//! }
//! ```
//!
//! It is the network that its layers would be if they were declared: same weights, same integers. Weights that are stored as
//! float16, or as int8 (dynamic range), count for the real numbers that they stand for; nothing is left to do while the
//! firmware runs. Such a model has one input, and of operators on real numbers: `ABS`, `ADD`, `ARG_MAX` as the answer,
//! `AVERAGE_POOL_2D`, `CONCATENATION`, `CONV_2D`, `COS`, `DEPTHWISE_CONV_2D`, `DEPTH_TO_SPACE`, `DEQUANTIZE` of weights, `DIV`
//! by constants, `ELU`, `EXP`, `EXPAND_DIMS`, `FLOOR`, `FULLY_CONNECTED`, `GELU`, `HARD_SWISH`, `LEAKY_RELU`, `LOG`,
//! `LOGISTIC`, `MAX_POOL_2D`, `MAXIMUM` and `MINIMUM` with a number, `MEAN`, `SUM` and `REDUCE_MAX` over height and width,
//! `MUL`, `NEG`, `PAD`, `PADV2`, `PRELU`, `RELU`, `RELU6`, `RELU_0_TO_1`, `RELU_N1_TO_1`, `RESHAPE`, `RSQRT`, `SIN`, `SLICE`,
//! `SOFTMAX`, `SPACE_TO_DEPTH`, `SPLIT`, `SPLIT_V`, `SQRT`, `SQUARE`, `SQUEEZE`, `STRIDED_SLICE`, `SUB`, `TANH`, `TRANSPOSE`,
//! `UNPACK`.
//!
//! # Shapes
//!
//! Without the batch axis, and channels last, whatever framework the weights come from: vectors are `[features]`,
//! sequences `[length, channels]`, images `[height, width, channels]`.
//!
//! # Values
//!
//! Each option's type says what it takes: see [`Count`], [`Extent`], [`Padding`], [`Array`] and the others below.
//! Numbers may be calculated: `4 * 8`, `1.0 / 255.0`, `2 * KIB`. Files are looked for beside the source file, then in the
//! package's folder.

mod activation;
mod branch;
mod classification;
mod input;
mod normalization;
mod pooling;
mod shape;
mod values;
mod weights;

pub use crate::{KIB, MIB};
pub use activation::*;
pub use branch::*;
pub use classification::*;
pub use input::*;
pub use normalization::*;
pub use pooling::*;
pub use shape::*;
pub use values::*;
pub use weights::*;
