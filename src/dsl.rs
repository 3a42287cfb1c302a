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
//!   | `stack <= 600` | bytes of stack that an inference takes at most on top of its caller's, on a Cortex-M0 and on the core that it is built for |
//!   | `macs <= 50_000` | multiply-accumulates of one inference |
//!   | `cycles(cortex_m0) <= 48_000` | cycles of one inference; of a `cortex_m0` or a `cortex_m0plus`, whose flash may make it wait, `cycles(cortex_m0, wait_states: 1)`, and whose multiplier may take 32 cycles, `cycles(cortex_m0, multiplier: 32)`: [code](#chips-with-a-slow-multiplier) and figures are then for such chips |
//!   | `accuracy("test.npz") >= 0.97` | share of right answers on a [test set](#how-good-the-answers-are) |
//!   | `error("test.npz") <= 0.02` | root mean squared error on a test set |
//!   | `auc("test.npz") >= 0.9` | area under the ROC curve on a test set with anomalies |
//!
//!   The right side is any constant expression, your own constants included. One that contains braces stands in
//!   parentheses. Only a number (`24 * KIB`) tells [`Unroll::Auto`] how much code there may be: the value of a constant of
//!   yours is known to rustc alone, when all code is written, and checked then. With `flash <= YOUR_CONSTANT` the code is
//!   therefore the smallest there is, and not the fastest that fits; with `cycles(cortex_m0) <= YOUR_CONSTANT` and no limit
//!   of `flash`, the fastest there is, whatever flash it takes.
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
//! # Chips with a slow multiplier
//!
//! Who makes a Cortex-M0 or M0+ chooses between a multiplier of one cycle and a smaller one of 32. Most chips have the
//! fast one; the reference manual of yours says which. For the slow one, all code is written with few multiplications: where
//! weights are immediates they are additions and shifts, loops look products up in a table of 1 KB that all networks share.
//!
//! `cycles(cortex_m0, multiplier: 32) <= 200_000` plans one network for such a chip, the feature `slow-multiplier` of this
//! crate all networks of a program, whether their cycles are limited or not; `multiplier: 1` then excepts one.
//! `CYCLES_CORTEX_M0` and the report count accordingly. The answers are the same, and all of this code runs on every other
//! chip, too.
//!
//! # How good the answers are
//!
//! `accuracy`, `error` and `auc` run a test set through the network on the host, with the very integers of the firmware. A
//! network that misses such a limit does not compile; the error says what it reaches, what the network in real numbers
//! does, and what the rounding of each layer alone costs, the worst layer first.
//!
//! | limit | is measured as | `y` |
//! |---|---|---|
//! | `accuracy` | part of the samples whose largest output, the first of equals, is that of the right class | integers from 0 on: `[n]` |
//! | `error` | root of the mean of `(output - y)²` over all outputs of all samples, in real numbers | the right outputs: `[n, …]` |
//! | `auc` | probability that an anomaly has a higher score than a normal sample, equals counting half | 1 for an anomaly, 0 for a normal sample: `[n]` |
//!
//! The score of `auc` is the network's output where that is one number; of two outputs, what the second is larger than the
//! first; of an autoencoder, with as many outputs as inputs, the mean of `(output - input)²` in real numbers.
//!
//! A test set is one `.npz` or `.safetensors` file with inputs `x` (or `x_test`, `inputs`, `images`, `features`, `samples`,
//! `data`) and answers `y` (or `y_test`, `labels`, `targets`, `answers`), or two `.npy` files:
//! `accuracy("x.npy", "y.npy")`. The first axis of both counts the samples, the other axes of `x` are the network's input.
//! `x` are real numbers, rounded as `quantize_input` does; integers are real numbers, too, except those for a model that was
//! quantised before: they are its own integers. A test set with no other samples than those of the calibration is an error.
//!
//! A network with a large test set is run on as many samples as take some fifteen seconds, evenly spread over it (of `auc`,
//! over both kinds): `accuracy("test.npz", samples: 500)` says how many. What was measured, and on how many samples, is a
//! section of the type's documentation, and constants of the type: `Touch::ACCURACY`, `ERROR` and `AUC`, of type `f64`,
//! which firmware need not use. The value of a limit may be a constant of yours; an error about it has no table of layers.
//!
//! # A whole model
//!
//! ```text
//! /// Which of twelve words was said.
//! pub struct Keywords = "keywords.tflite" where flash <= 64 * KIB, ram <= 12 * KIB;
//! ```
//!
//! A model of TensorFlow Lite has its layers. One that was quantised when it was converted needs no braces behind its
//! name; what stands in them changes its [weights](#weights-of-fewer-bits), is asked of [single
//! layers](#single-layers-of-a-model), or wants or forbids a [table of its answers](Input::lookup_table). Without them,
//! it computes what TensorFlow 2.19's reference kernels compute, bit for bit. A model that takes or gives real numbers,
//! by `QUANTIZE` and `DEQUANTIZE` at its ends, takes and gives their int8s here: `quantize_input` and
//! `dequantize_output` convert. Behind a `DEQUANTIZE`, operators on real numbers that move values, `RELU`, `SOFTMAX`,
//! `LOG_SOFTMAX`, `LOGISTIC` and `TANH` make the int8s nearest to TensorFlow's answers. Between a `DEQUANTIZE` and a
//! `QUANTIZE` stand those of which TensorFlow Lite has no int8 kernel: `CEIL`, `COS`, `FLOOR`, `NEG`, `ROUND`, `SIGN`,
//! `SIN`, `SQRT`, `SQUARE`. An operator that is not supported, or an option that would not be honoured, is an error
//! that names it.
//!
//! ## Operators
//!
//! Of one image or sequence at a time (batch 1; convolutions may be of several inside a model), and shapes that are known
//! when the model is compiled. Models of real numbers are [quantised here](#models-of-real-numbers). "–": TensorFlow Lite
//! has no such kernel; such a model is refused, with the operator's name.
//!
//! | operators | int8 | int16 | uint8 | real |
//! |---|---|---|---|---|
//! | `ADD`, `SUB`, `MUL`, `MAXIMUM`, `MINIMUM` | yes | yes | yes | yes |
//! | `SQUARED_DIFFERENCE` | yes | – | – | yes |
//! | `PRELU` | yes | – | yes | yes |
//! | `DIV` | – | – | no | by constants |
//! | `CONV_2D`, `DEPTHWISE_CONV_2D`, `TRANSPOSE_CONV`, `FULLY_CONNECTED` | yes | yes | yes | yes |
//! | `AVERAGE_POOL_2D`, `MAX_POOL_2D` | yes | yes | yes | yes |
//! | `MEAN`, `SUM`, `REDUCE_MAX`, `REDUCE_MIN` | yes | yes | yes | yes |
//! | `ARG_MAX`, `ARG_MIN` | yes | – | yes | yes |
//! | `RELU`, `RELU6`, `LEAKY_RELU`, `LOGISTIC`, `TANH` | yes | yes | yes | yes |
//! | `RELU_0_TO_1`, `RELU_N1_TO_1`, `GELU`, `HARD_SWISH` | yes | – | yes | yes |
//! | `ELU` | yes | – | – | yes |
//! | `ABS`, `EXP`, `LOG`, `RSQRT` | yes | yes | – | yes |
//! | `CEIL`, `COS`, `FLOOR`, `NEG`, `SIGN`, `SIN`, `SQRT`, `SQUARE` | between `DEQUANTIZE` and `QUANTIZE` | likewise | likewise | yes |
//! | `ROUND` | between `DEQUANTIZE` and `QUANTIZE` | likewise | likewise | no |
//! | `SOFTMAX` | yes | yes | yes | yes |
//! | `LOG_SOFTMAX` | yes | – | yes | with `scheme: Affine` |
//! | `CONCATENATION`, `SPLIT`, `SPLIT_V`, `PACK`, `UNPACK`, `SLICE`, `STRIDED_SLICE`, `GATHER` | yes | yes | yes | yes |
//! | `PAD`, `PADV2`, `MIRROR_PAD` | yes | yes | yes | yes |
//! | `RESHAPE`, `SQUEEZE`, `EXPAND_DIMS`, `TRANSPOSE` | yes | yes | yes | yes |
//! | `SPACE_TO_BATCH_ND`, `BATCH_TO_SPACE_ND`, `SPACE_TO_DEPTH`, `DEPTH_TO_SPACE` | yes | yes | yes | yes |
//! | `RESIZE_NEAREST_NEIGHBOR` | yes | yes | yes | yes |
//! | `RESIZE_BILINEAR` | yes | yes | by factors of 2 | yes |
//! | `QUANTIZE`, `DEQUANTIZE` | yes | yes | yes | `DEQUANTIZE` of constants |
//! | `UNIDIRECTIONAL_SEQUENCE_LSTM` | yes | – | – | yes |
//! | `SVDF` | yes | – | – | no |
//! | `VAR_HANDLE`, `READ_VARIABLE`, `ASSIGN_VARIABLE`, `CALL_ONCE` | yes | yes | yes | no |
//! | `SHAPE`, and `PACK`, `STRIDED_SLICE` and `RESHAPE` of what it makes | yes | yes | yes | yes |
//!
//! What they may ask for:
//!
//! * Convolutions: `SAME` and `VALID`, any stride, dilation, depth multiplier and number of groups; a scale for each channel
//!   or for all; with or without a bias. Dense layers: one row or many, weights in the default order. Weights may be of int4.
//! * Pools: `SAME` and `VALID`, any window and stride; scale and zero point of the input are those of the output.
//! * Operators on two tensors: two that the firmware computes, or one and a constant; either may repeat along axes.
//! * Axes, amounts, sizes and positions that are constants, or computed from `SHAPE`; any of them. `SOFTMAX` is along the
//!   last axis, with any `beta`; images are resized with aligned corners, or half-pixel centres.
//! * `ARG_MAX` and `ARG_MIN` are answers of the model, of up to 65 536 values: int8s among up to 128, else int32s. A network
//!   with one such answer `classify`s by it.
//! * Fused activation functions are `RELU`, `RELU6` and `RELU_N1_TO_1`. What leads to no output is taken away, whatever the
//!   model says it computes.
//!
//! **int16** tensors have weights of int8 (16x8). Biases are of INT64, or of INT32 where the operator says that its sums are.
//! `SUM` is of 16 bits, as there: what does not fit wraps. `QUANTIZE` converts between int8, int16 and int32. The states of
//! LSTM and SVDF are int16, too, in models of int8.
//!
//! **uint8** tensors have weights of uint8 with one scale and one zero point, as models had until 2019. `CONCATENATION`
//! brings them to the scale of its output. TensorFlow Lite interpolates them in float32: `RESIZE_BILINEAR` is imported
//! where that loses no bit, so that integers make the same. Weights more than 127 away from their zero point take a kernel
//! of their own, which is slower: int8 models are faster.
//!
//! An input or an output is of the type that the file says: `[u8; 96]`, `[i16; 96]`, `[i32; 96]`. An input that says no more
//! than the size of a `TRANSPOSE_CONV`'s output is none here: sizes are those in the file.
//!
//! ## Exactness
//!
//! The oracle is TensorFlow 2.19 with its reference kernels (`tf.lite.experimental.OpResolverType.BUILTIN_REF`): every bit of
//! every output. TensorFlow Lite Micro's kernels of that time answer the same, but for recurrent operators. Published
//! runtimes differ from each other, and a bit more or less in an output does not mean that a model was read wrongly:
//!
//! * Convolutions and dense layers round twice when they go from sums to int8: the product with the multiplier to 32 bits,
//!   then the shift. Newer reference kernels of LiteRT round dense layers once, and its optimised kernels and XNNPACK differ
//!   in up to a third of all outputs.
//! * `SAME` padding puts the odd row or column behind: with windows of 3 and a stride of 2 on even sizes, at the end alone.
//! * A dense layer with one scale for all weights multiplies scales in float32, others in float64, as there.
//! * `SUM` is the one exception: that version's reference kernel takes its int8s for uint8s by mistake; here they are what
//!   they are.
//!
//! ## Trust
//!
//! A file is somebody else's. Everything in it is checked before it is used: a damaged one is an error, and takes no more
//! memory than its size, and that of the tensors that it declares, account for. The same file gives the same code, byte for
//! byte, on every machine, and a file that changes is compiled again.
//!
//! ## State
//!
//! Models that remember, by `UNIDIRECTIONAL_SEQUENCE_LSTM` (its cells int16; of one sequence, without peephole weights,
//! projection or layer normalisation), `SVDF` (its state int16, or int8 as TensorFlow Lite Micro has it), or variables
//! (`VAR_HANDLE`, `READ_VARIABLE`, `ASSIGN_VARIABLE`, with first values that `CALL_ONCE` assigns), keep their state in the
//! network's value from one inference to the next: `infer`, `run` and `classify` depend on all inputs since `new` or
//! `reset`, and two values of a type remember apart. `STATE` says how many bytes of `RAM` that takes; no layer shares
//! them. `accuracy`, `error` and `auc` take each sample for the first.
//!
//! ## Weights of fewer bits
//!
//! A model of integers stays as it is, but for its weights where an [`Input`] or a layer asks for it:
//!
//! ```text
//! pub struct Keywords = "keywords.tflite" where flash <= 32 * KIB {
//!     audio: Input { precision: Int4, calibration: "calibration.npy" },
//! }
//! ```
//!
//! What the integers of inputs, outputs and all other tensors mean is what the file says. The weights of dense layers
//! and convolutions between tensors of int8 are rounded again, biases and factors follow; all other layers compute what
//! they did. With `calibration`, each weight makes up for what those before it lost, so that layers make of the samples
//! what they made in the model of the file; integers in that `.npy` are the model's own, real numbers are rounded as
//! `quantize_input` does. Without, each weight goes to the nearest integer, which loses much more.
//! `bias_correction: false` leaves out that biases make up for the mean error. `precision: Auto` chooses the bits of
//! each layer, as for [declared networks](Precision::Auto): of what meets the limits, what comes nearest to the model
//! as its file has it. Beside `precision` or without it, [`prune`](Input::prune) applies: weights that become 0, while
//! others make up for them on the samples; those of eight bits that stay keep their scales.
//! [`lookup_table`](Input::lookup_table) applies, too, and `shape`, which the file says already. A model that keeps
//! something from one inference to the next takes no `calibration`: samples are single inputs. TensorFlow's answers are
//! then no longer those of the network: limits of `accuracy` say what is lost.
//!
//! ## Single layers of a model
//!
//! ```text
//! pub struct Keywords = "keywords.tflite" where flash <= 32 * KIB {
//!     audio: Input { precision: Int4, calibration: "calibration.npy" },
//!     conv_2d_0: Conv2d { precision: Int8 },
//!     fully_connected_11: Dense { unroll: Full },
//! }
//! ```
//!
//! A layer with weights is named as the documentation of the type calls it, after its operator and its place in the
//! file, with its kind ([`Conv2d`], [`DepthwiseConv2d`] or [`Dense`]) and what is asked of it alone: `precision`,
//! `prune`, `prune_channels`, `prune_inputs` and `unroll`, and of a model of real numbers `activations` and `range`,
//! too. The order does not matter; an error about a name that no layer has lists them (the first 32). What the file
//! says cannot be said again. A model of integers needs no [`Input`] for that.
//!
//! ## Models of real numbers
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
//! firmware runs.
//!
//! A model of several inputs has an [`Input`] for each, in its order; the first states what holds for all
//! (`scheme`, `ranges`, `bias_correction`), and samples belong together by their place in the files.
//!
//! In real numbers a network computes what TensorFlow's reference kernels do, but for the order of sums; in 8 bits it is as
//! near as the samples' ranges allow: `accuracy` says what is left. `RSQRT`, `SQRT` and `LOG` want inputs that are inside
//! their domain by a step at least.
//!
//! # What is kept for the next build
//!
//! What took 0.3 seconds or longer is kept in `tinynet-cache` of cargo's target folder: what [`Auto`](Precision::Auto)
//! chose, rounded weights, and what was measured on a test set. It is found again as long as nothing changes that it
//! depends on; of all results, the 64 that were made or found last stay. A build that finds them writes the same code
//! as one that does not, to the letter.
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
