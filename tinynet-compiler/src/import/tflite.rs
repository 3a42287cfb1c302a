//! TensorFlow Lite's `.tflite`: a FlatBuffer of operators, tensors and constants.
//!
//! Format: `schema.fbs` of <https://github.com/google-ai-edge/LiteRT>, file identifier `TFL3`. [`read`] tells
//! faithfully what a file says, after checking that it makes sense: every index leads somewhere, constants are as
//! long as their shapes, and operators stand in an order in which they can run. What a network can be made of is not
//! its business. Of no influence on what a model computes, and therefore not read: metadata, recorded ranges of
//! values, and notes for debugging.
//!
//! The constants are not copied: a tensor has the range of the file where its data stand.

mod check;
mod codes;
mod flatbuffer;
mod options;
mod reader;

pub use codes::{
    Activation, BuiltinOperator, ElementType, LstmKernel, MirrorPadMode, Padding, WeightsFormat,
};
pub use options::*;

use super::{ImportError, LARGEST_CONTENTS, disguise, quoted};
use flatbuffer::Contents;
use std::ops::Range;

const CONVERT_AGAIN: &str = "the file is damaged or no TensorFlow Lite model; convert or copy it again";

/// Place of a tensor in [`Subgraph::tensors`].
pub type TensorIndex = usize;

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What the converter wrote of itself; often empty.
    pub description: String,
    /// The operators that [`Operator::code`] counts.
    pub operator_codes: Vec<OperatorCode>,
    /// The first is the model; the others are called by operators or signatures.
    pub subgraphs: Vec<Subgraph>,
    /// Names for inputs and outputs of subgraphs.
    pub signatures: Vec<Signature>,
}

/// An operator that the model uses.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatorCode {
    /// Which one.
    pub operator: BuiltinOperator,
    /// Name of a [`BuiltinOperator::Custom`].
    pub custom_name: Option<String>,
    /// Version of the operator: grows with what it can be asked for.
    pub version: i32,
}

/// Tensors, and operators in the order in which they run.
#[derive(Clone, Debug, PartialEq)]
pub struct Subgraph {
    /// For people; often empty.
    pub name: String,
    /// All tensors.
    pub tensors: Vec<Tensor>,
    /// Tensors that are given from outside.
    pub inputs: Vec<TensorIndex>,
    /// Tensors that are the result.
    pub outputs: Vec<TensorIndex>,
    /// Each reads only what stands before it.
    pub operators: Vec<Operator>,
}

/// A constant, or a value that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// For people; may be empty, and may stand more than once.
    pub name: String,
    /// Length of each axis; empty for a single number. Elements stand in row-major order.
    pub shape: Vec<usize>,
    /// The shape with -1 for each axis whose length is not fixed; empty where the file has none.
    pub shape_signature: Vec<i32>,
    /// Type of the elements.
    pub element_type: ElementType,
    /// Where in the file a constant's elements stand, little endian; `None` for what is computed, or has no element.
    pub data: Option<Range<usize>>,
    /// How elements stand for real numbers.
    pub quantization: Option<Quantization>,
    /// Keeps its value from one inference to the next.
    pub is_variable: bool,
    /// `data` has only the elements that are not zero, in an order that is not read.
    pub is_sparse: bool,
    /// Tells a single number from a tensor of which no shape is known, in files of newer converters.
    pub has_rank: bool,
}

/// `real = scale * (integer - zero point)`, for the whole tensor or for each index of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantization {
    /// One, or one for each index of the axis; none where only details are there.
    pub scales: Vec<f32>,
    /// As many as scales.
    pub zero_points: Vec<i64>,
    /// The axis. Without meaning for one scale, and for a tensor of one axis, where converters write anything.
    pub quantized_dimension: i32,
    /// Details of another scheme are there, which counts instead of all of this and is not read.
    pub has_details: bool,
}

/// A step of a subgraph.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    /// What it computes.
    pub operator: BuiltinOperator,
    /// Its place in [`Model::operator_codes`], for version and custom name.
    pub code: usize,
    /// What it reads; `None` for what is optional and left out.
    pub inputs: Vec<Option<TensorIndex>>,
    /// What it computes.
    pub outputs: Vec<TensorIndex>,
    /// Tensors that are there for their quantisation: of values inside the operator.
    pub intermediates: Vec<Option<TensorIndex>>,
    /// Which of the inputs it changes: none, or one flag an input.
    pub mutating_variable_inputs: Vec<bool>,
    /// What else it is told.
    pub options: Options,
    /// Fields of `options` that this version of the format does not have. What they ask for cannot be honoured.
    pub unknown_options: Vec<usize>,
    /// Where in the file the options of a custom operator stand, in a form that is the operator's own.
    pub custom_options: Option<Range<usize>>,
}

/// A way to call a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// Name of the way.
    pub key: String,
    /// What is called.
    pub subgraph: usize,
    /// Names of tensors that are given.
    pub inputs: Vec<(String, TensorIndex)>,
    /// Names of tensors that are the result.
    pub outputs: Vec<(String, TensorIndex)>,
}

/// Reads a model.
///
/// # Errors
///
/// Anything that is not an intact model, or contradicts itself.
pub fn read(bytes: &[u8]) -> Result<Model, ImportError> {
    check_head(bytes)?;
    let contents = Contents::new(bytes);
    let model = reader::model(contents.root()?)?;
    check::check(&model, &contents)?;
    Ok(model)
}

/// Refuses what is no model at all.
fn check_head(bytes: &[u8]) -> Result<(), ImportError> {
    const IDENTIFIER: &[u8] = b"TFL3";
    if bytes.len() > LARGEST_CONTENTS {
        return Err(ImportError::new(format!("the file is larger than {} MiB", LARGEST_CONTENTS >> 20))
            .help("no network for a microcontroller is this large"));
    }
    if bytes.get(4..8) == Some(IDENTIFIER) {
        return Ok(());
    }
    disguise::check(bytes)?;
    match disguise::other_model(bytes) {
        Some(error) => Err(error),
        None if bytes.len() >= 8 => {
            Err(ImportError::new("this is no TensorFlow Lite model: bytes 4 to 7 are not `TFL3`")
                .help("write the model with tf.lite.TFLiteConverter, or download it again"))
        }
        None => Err(ImportError::new("the file ends inside its header").help(CONVERT_AGAIN)),
    }
}

/// An error in the contents.
fn damaged(cause: impl Into<String>) -> ImportError {
    ImportError::new(cause).help(CONVERT_AGAIN)
}

impl Model {
    /// Number and name of an operator of a subgraph, for messages.
    #[must_use]
    pub fn operator_place(&self, index: usize, operator: &Operator) -> String {
        reader::operator_place(index, &self.operator_codes[operator.code])
    }
}

impl Subgraph {
    /// Number and name of a tensor, for messages.
    #[must_use]
    pub fn tensor_place(&self, index: TensorIndex) -> String {
        tensor_place(index, &self.tensors[index].name)
    }
}

fn tensor_place(index: TensorIndex, name: &str) -> String {
    if name.is_empty() { format!("tensor {index}") } else { format!("tensor {index} {}", quoted(name)) }
}

/// What stands before places in a subgraph; nothing where there is only one.
fn subgraph_place(index: usize, count: usize) -> Option<String> {
    (count > 1).then(|| format!("subgraph {index}"))
}
