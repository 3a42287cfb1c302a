//! Bytes of files to arrays of numbers.
//!
//! Nothing in a file is believed: every size is checked against the bytes that are there before memory is asked for.

pub mod npy;
#[cfg(feature = "npz")]
pub mod npz;
#[cfg(feature = "safetensors")]
pub mod safetensors;
#[cfg(feature = "tflite")]
pub mod tflite;

mod disguise;
mod number;

pub(crate) use number::narrow;

use crate::diagnostics::Errors;
use crate::files::File;
use std::fmt;
use syn::LitStr;

/// Most memory that the numbers of one file may take: a compressed file of a few kilobytes can unfold to gigabytes.
pub const LARGEST_CONTENTS: usize = 256 << 20;

/// As many axes as numpy allows.
const MOST_AXES: usize = 64;

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

impl Array {
    /// The same numbers with the axes in another order: axis `i` of the result is axis `axes[i]` of `self`.
    ///
    /// # Panics
    ///
    /// If `axes` is not a permutation of the axes.
    #[must_use]
    pub fn transposed(&self, axes: &[usize]) -> Self {
        let shape = axes.iter().map(|&axis| self.shape[axis]).collect();
        let values = match &self.values {
            Values::F32(values) => Values::F32(transpose(values, &self.shape, axes)),
            Values::Integers(values) => Values::Integers(transpose(values, &self.shape, axes)),
        };
        Self { shape, values }
    }
}

/// Row-major `values` of a shape with the axes in another order.
fn transpose<T: Copy>(values: &[T], shape: &[usize], axes: &[usize]) -> Vec<T> {
    if axes.is_sorted() {
        return values.to_vec();
    }
    let stride = |axis: usize| shape[axis + 1..].iter().product::<usize>();
    let steps: Vec<(usize, usize)> = axes.iter().map(|&axis| (shape[axis], stride(axis))).collect();
    let mut position = vec![0; axes.len()];
    let mut offset = 0;
    let mut result = Vec::with_capacity(values.len());
    while result.len() < values.len() {
        result.push(values[offset]);
        // Counts up like an odometer, the last axis first.
        for (place, &(length, step)) in position.iter_mut().zip(&steps).rev() {
            *place += 1;
            offset += step;
            if *place < length {
                break;
            }
            offset -= *place * step;
            *place = 0;
        }
    }
    result
}

impl Values {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Values::F32(values) => values.len(),
            Values::Integers(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Named arrays, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archive {
    /// Name and contents of each.
    pub entries: Vec<(String, Array)>,
}

impl Archive {
    /// Refuses names that stand twice.
    #[cfg(any(feature = "npz", feature = "safetensors"))]
    fn check_names(&self) -> Result<(), ImportError> {
        let mut names: Vec<&str> = self.entries.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => {
                Err(ImportError::new(format!("entry {} stands twice in the file", quoted(pair[0])))
                    .help("give each array a name of its own"))
            }
            None => Ok(()),
        }
    }
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

    /// Adds what the place so far lies in.
    #[cfg(any(feature = "npz", feature = "safetensors", feature = "tflite"))]
    fn within(self, outer: impl fmt::Display) -> Self {
        let place = match &self.place {
            Some(inner) => format!("{outer}: {inner}"),
            None => outer.to_string(),
        };
        self.at(place)
    }

    /// Adds what to do about it.
    pub fn help(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl ImportError {
    /// Adds the error at the literal that names the file.
    pub fn report(&self, literal: &LitStr, errors: &mut Errors) {
        let message = format!("cannot use `{}`: {self}", literal.value());
        match &self.remedy {
            Some(remedy) => errors.help(literal.span(), message, remedy),
            None => errors.at(literal.span(), message),
        }
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

/// Reads the one array of a `.npy` file.
///
/// # Errors
///
/// Another extension, or contents that [`npy::read`] refuses.
pub fn read_array(file: &File) -> Result<Array, ImportError> {
    match extension(file).as_str() {
        "npy" => disguise::check(&file.bytes).and_then(|()| npy::read(&file.bytes)),
        other => Err(wrong_extension(other).help("one array is a `.npy` file: numpy.save(file, array)")),
    }
}

/// Reads the named arrays of a `.npz` or `.safetensors` file.
///
/// # Errors
///
/// Another extension, or contents that the reader of the format refuses.
pub fn read_archive(file: &File) -> Result<Archive, ImportError> {
    match extension(file).as_str() {
        #[cfg(feature = "npz")]
        "npz" => disguise::check(&file.bytes).and_then(|()| npz::read(&file.bytes)),
        #[cfg(feature = "safetensors")]
        "safetensors" => disguise::check(&file.bytes).and_then(|()| safetensors::read(&file.bytes)),
        #[cfg(not(feature = "npz"))]
        "npz" => Err(disabled("npz")),
        #[cfg(not(feature = "safetensors"))]
        "safetensors" => Err(disabled("safetensors")),
        other => Err(wrong_extension(other).help(match other {
            "pt" | "pth" => {
                "save it anew: safetensors.torch.save_file(model.state_dict(), \"w.safetensors\")"
            }
            "h5" | "keras" => {
                "save it anew: numpy.savez(\"w.npz\", **{v.path: v.numpy() for v in model.variables})"
            }
            "tflite" => {
                "this is a whole model, which has its layers: `pub struct Net = \"model.tflite\";`, without braces"
            }
            _ => "named arrays are a `.npz` file (numpy.savez) or a `.safetensors` file",
        })),
    }
}

#[cfg(not(all(feature = "npz", feature = "safetensors")))]
fn disabled(feature: &str) -> ImportError {
    ImportError::new(format!("`.{feature}` files cannot be read: feature `{feature}` is off"))
        .help(format!("enable feature `{feature}` of crate `tinynet`"))
}

/// The file's extension in lower case; empty where it has none.
fn extension(file: &File) -> String {
    file.path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn wrong_extension(extension: &str) -> ImportError {
    if extension.is_empty() {
        return ImportError::new("the file's name has no extension that says what it is");
    }
    ImportError::new(format!("a `.{extension}` file cannot be used here"))
}

/// Memory that the contents of one file may still take.
#[derive(Clone, Copy, Debug)]
struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: LARGEST_CONTENTS }
    }
}

impl Budget {
    /// Sets `bytes` aside, or refuses.
    fn take(&mut self, bytes: usize) -> Result<(), ImportError> {
        let Some(left) = self.left.checked_sub(bytes) else {
            return Err(ImportError::new(format!(
                "the contents take more than {} MiB",
                LARGEST_CONTENTS >> 20
            ))
            .help("no network for a microcontroller is this large; save fewer samples or layers"));
        };
        self.left = left;
        Ok(())
    }
}

/// Number of values of a shape; `None` where it, or a part of it, does not fit into memory.
///
/// Axes of length 0 do not hide an overflow of the others, so that any product of axes is safe afterwards.
fn element_count(shape: &[usize]) -> Option<usize> {
    let product =
        shape.iter().filter(|&&axis| axis != 0).try_fold(1usize, |all, &axis| all.checked_mul(axis))?;
    Some(if shape.contains(&0) { 0 } else { product })
}

/// Indices of the value that stands at `index` of a row-major array.
pub(crate) fn position(index: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = index;
    let mut indices: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&length| {
            let index = rest % length;
            rest /= length;
            index
        })
        .collect();
    indices.reverse();
    indices
}

/// A name in backticks; names in files may hold anything, at any length.
pub(crate) fn quoted(name: &str) -> String {
    const LONGEST: usize = 80;
    let mut text: String = name.chars().take(LONGEST).flat_map(printable).collect();
    if name.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    format!("`{text}`")
}

/// A character as it can stand in a message: control characters escaped.
fn printable(character: char) -> impl Iterator<Item = char> {
    let is_plain = matches!(character, '"' | '\'' | '\\');
    let escaped = (!is_plain).then(|| character.escape_debug());
    is_plain.then_some(character).into_iter().chain(escaped.into_iter().flatten())
}
