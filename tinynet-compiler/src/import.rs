//! Bytes of files to arrays of numbers.
//!
//! Nothing in a file is believed: every size is checked against the bytes that are there before memory is asked for.

use std::fmt;

/// Numbers of a file in row-major order (the last axis runs fastest).
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Extent of each axis; empty for a single number.
    pub shape: Vec<usize>,
    /// The numbers, as many as the product of `shape`.
    pub values: Values,
}

/// The numbers of an [`Array`].
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Real numbers: from `float16`, `bfloat16`, `float32` and from `float64`, rounded to nearest.
    F32(Vec<f32>),
    /// Integers: from `bool` and from every signed and unsigned integer.
    Integers(Vec<i64>),
}

/// Named arrays, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archive {
    /// Name and contents of each.
    pub entries: Vec<(String, Array)>,
}

/// Why a file cannot be used: the cause, the place, the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// What is wrong.
    pub cause: String,
    /// Where in the file: an entry's name, a byte offset.
    pub place: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl ImportError {
    /// An error without a place or a remedy yet.
    pub fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), place: None, remedy: None }
    }

    /// Adds where in the file it is.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Adds what to do about it.
    pub fn help(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for ImportError {
    /// The place and the cause; the remedy is for the `= help:` line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(formatter, "{place}: ")?;
        }
        formatter.write_str(&self.cause)
    }
}

impl std::error::Error for ImportError {}
