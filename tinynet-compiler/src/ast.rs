//! What the user wrote, every span kept.

use crate::diagnostics::between;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use std::path::Path;
use syn::{Attribute, LitStr, Visibility};

/// One `tinynet! { … }`.
#[derive(Clone)]
pub struct Invocation {
    /// Path of the facade crate as the user's crate sees it (`$crate`).
    pub facade: TokenStream,
    /// The networks declared in it.
    pub networks: Vec<Network>,
}

/// `attributes vis struct Name = "file" where limits { layers }`.
#[derive(Clone)]
pub struct Network {
    /// Attributes and doc comments of the type.
    pub attributes: Vec<Attribute>,
    /// Visibility of the type.
    pub visibility: Visibility,
    /// Name of the type.
    pub name: Ident,
    /// The file behind `=`: weights of the layers, or a whole model.
    pub file: Option<LitStr>,
    /// What must hold, in the order written.
    pub limits: Vec<Limit>,
    /// The layers; `None` where the head ends in `;` (a whole model is imported). A model of real numbers has an `Input`
    /// there, for its calibration.
    pub layers: Option<Vec<Layer>>,
    /// Whether everything between the braces could be read. Where not, a label or a layer that seems to be missing is
    /// no error of its own: it may stand in what was skipped.
    pub is_whole: bool,
}

impl Network {
    /// Ending of the file's name, in lower case.
    pub fn file_extension(&self) -> Option<String> {
        let name = self.file.as_ref()?.value();
        Some(Path::new(&name).extension()?.to_str()?.to_ascii_lowercase())
    }

    /// Whether the file is a whole model: it has the layers.
    pub fn has_model(&self) -> bool {
        self.file_extension().is_some_and(|extension| extension == "tflite")
    }
}

/// `flash <= 24 * KIB` or `accuracy("test.npz") >= 0.97`.
#[derive(Clone)]
pub struct Limit {
    /// `flash`, `ram`, `macs`, `accuracy`, …
    pub resource: Ident,
    /// What stands in parentheses behind the resource.
    pub argument: Option<LimitArgument>,
    /// `<=` or `>=`.
    pub comparison: Comparison,
    /// Place of the comparison.
    pub comparison_span: Span,
    /// The right side: any constant expression, as written.
    pub bound: TokenStream,
}

/// What a limit is measured on.
#[derive(Clone)]
pub enum LimitArgument {
    /// One file or several, and what is set for them: `accuracy("x.npy", "y.npy", samples: 500)`.
    Files(Vec<LitStr>, Option<(Ident, Literal)>),
    /// A word and what is set for it: `cycles(cortex_m0, wait_states: 1, multiplier: 32)`.
    Word(Ident, Vec<(Ident, Literal)>),
}

/// The direction of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
}

/// `label: Operator { option: value, … }`.
#[derive(Clone)]
pub struct Layer {
    /// The name other layers and the weight file know this layer by.
    pub label: Option<Ident>,
    /// The kind of layer; `_` stands for one that could not be read and is reported.
    pub operator: Ident,
    /// The options, in the order written.
    pub options: Vec<LayerOption>,
}

impl Layer {
    /// The option called `name`, if it was written.
    pub fn option(&self, name: &str) -> Option<&LayerOption> {
        self.options.iter().find(|option| option.name == name)
    }

    /// Where errors about the layer as a whole point: its operator.
    pub fn span(&self) -> Span {
        self.operator.span()
    }
}

/// `name: value`.
#[derive(Clone)]
pub struct LayerOption {
    /// The option's name.
    pub name: Ident,
    /// Its value.
    pub value: Value,
}

/// The value of an option.
#[derive(Clone)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Places of the first and the last token it was written with.
    pub ends: [Span; 2],
}

/// The kinds of values that options take.
#[derive(Clone)]
pub enum ValueKind {
    /// Nothing that can be used: the cursor stands here while the user types, or what stood here was no value. The
    /// parser has reported it; nobody else says more about it.
    Missing,
    /// A number or an arithmetic expression of numbers: `3`, `-1`, `1.0 / 255.0`.
    Number(Number),
    /// `"file"`.
    Text(LitStr),
    /// A bare word: `Same`, `Int8`, a label.
    Word(Ident),
    /// `true` or `false`.
    Bool(bool),
    /// `[a, b, …]`, nested as deep as a tensor has axes.
    List(Vec<Value>),
    /// `Name(argument)`: `Percentile(99.9)`.
    Call(Ident, Vec<Value>),
    /// `|x| expression`.
    Function(crate::function::Expression),
}

/// A number, computed exactly where it is an integer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Its value.
    pub value: f64,
    /// Whether it was written without a fraction (`3`, not `3.0`).
    pub is_integer: bool,
}

impl Value {
    /// The first token's place; errors over the whole value use [`Value::error`].
    pub fn span(&self) -> Span {
        self.ends[0]
    }

    /// An error that underlines the whole value.
    pub fn error(&self, message: impl std::fmt::Display) -> syn::Error {
        between(self.ends, message)
    }
}
