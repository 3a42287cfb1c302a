//! Data sets: inputs to calibrate on, inputs with the right answers to test on.

use crate::diagnostics::Errors;
use crate::files::Files;
use crate::import::{self, Array, Values};
use crate::settings::Samples;
use crate::suggestion;
use syn::LitStr;

/// Inputs with their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestSet {
    /// The inputs.
    pub samples: Samples,
    /// The class of each.
    pub labels: Vec<usize>,
}

/// Reads the samples of a `.npy` file: the first axis counts them, the others are the network's input, of `shape`.
///
/// Answers `None` where something is wrong (reported at `literal`) or no file can be seen (an editor).
pub fn read_calibration(
    files: &dyn Files,
    literal: &LitStr,
    shape: &[usize],
    errors: &mut Errors,
) -> Option<Samples> {
    let file = files.read(literal).map_err(|error| error.report(literal, errors)).ok()?;
    let array = import::read_array(&file).map_err(|error| error.report(literal, errors)).ok()?;
    samples(array, shape).map_err(|problem| problem.report(None, literal, errors)).ok()
}

/// Reads the samples `x` and their classes `y` of a `.npz` or `.safetensors` file. Classes count from 0 and stay below
/// `classes`, where that is known.
///
/// Answers `None` where something is wrong (reported at `literal`) or no file can be seen (an editor).
pub fn read_test_set(
    files: &dyn Files,
    literal: &LitStr,
    shape: &[usize],
    classes: Option<usize>,
    errors: &mut Errors,
) -> Option<TestSet> {
    let file = files.read(literal).map_err(|error| error.report(literal, errors)).ok()?;
    let archive = import::read_archive(&file).map_err(|error| error.report(literal, errors)).ok()?;
    let mut entries = archive.entries;
    let [x, y] = ["x", "y"].map(|name| take(&mut entries, name));
    let samples = match x.and_then(|x| samples(x, shape)) {
        Ok(samples) => Some(samples),
        Err(problem) => {
            problem.report(Some("x"), literal, errors);
            None
        }
    };
    let labels = match y.and_then(|y| labels(y, classes)) {
        Ok(labels) => Some(labels),
        Err(problem) => {
            problem.report(Some("y"), literal, errors);
            None
        }
    };
    let (samples, labels) = (samples?, labels?);
    if samples.count() != labels.len() {
        errors.help(
            literal.span(),
            format_args!(
                "`{}` has {} samples in `x`, but {} classes in `y`",
                literal.value(),
                samples.count(),
                labels.len()
            ),
            "`y` is one class for each sample",
        );
        return None;
    }
    Some(TestSet { samples, labels })
}

/// What is wrong with an array, and what to do about it.
struct Problem {
    cause: String,
    help: String,
}

impl Problem {
    fn new(cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { cause: cause.into(), help: help.into() }
    }

    fn report(&self, entry: Option<&str>, literal: &LitStr, errors: &mut Errors) {
        let place = entry.map_or(String::new(), |entry| format!(", entry `{entry}`"));
        let message = format!("`{}`{place}: {}", literal.value(), self.cause);
        errors.help(literal.span(), message, &self.help);
    }
}

/// Takes the entry called `name` out of an archive.
fn take(entries: &mut Vec<(String, Array)>, name: &str) -> Result<Array, Problem> {
    if let Some(index) = entries.iter().position(|(entry, _)| entry == name) {
        return Ok(entries.swap_remove(index).1);
    }
    let names = entries.iter().map(|(entry, _)| entry.as_str());
    let help = match suggestion::closest(name, names.filter(|entry| !["x", "y"].contains(entry))) {
        Some(closest) => format!("rename `{closest}` to `{name}`"),
        None => "a test set holds the inputs `x` and their classes `y`: numpy.savez(file, x=…, y=…)".into(),
    };
    Err(Problem::new("it is not there", help))
}

/// Turns an array into samples of `shape`. Axes of length 1 do not count.
fn samples(array: Array, shape: &[usize]) -> Result<Samples, Problem> {
    let sample_shape = array.shape.get(1..).unwrap_or_default();
    if array.shape.is_empty() || long_axes(sample_shape) != long_axes(shape) {
        return Err(wrong_shape(&array.shape, shape));
    }
    if array.values.is_empty() {
        return Err(Problem::new("it holds no sample", "save at least one; some hundred are a good number"));
    }
    let values = match array.values {
        Values::F32(values) => values,
        Values::Integers(integers) => exact(&integers, &array.shape)?,
    };
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(Problem::new(
            format!("it holds {} at {:?}", values[index], import::position(index, &array.shape)),
            "every value must be finite; leave such samples out",
        ));
    }
    Ok(Samples { shape: shape.to_vec(), values })
}

/// The axes that are longer than 1.
fn long_axes(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|&axis| axis != 1).collect()
}

/// Integers as `f32`, if that holds each exactly.
fn exact(integers: &[i64], shape: &[usize]) -> Result<Vec<f32>, Problem> {
    const LARGEST: u64 = 1 << f32::MANTISSA_DIGITS;
    match integers.iter().position(|value| value.unsigned_abs() > LARGEST) {
        None => Ok(integers.iter().map(|&value| value as f32).collect()),
        Some(index) => Err(Problem::new(
            format!("it holds {} at {:?}", integers[index], import::position(index, shape)),
            "such integers do not fit float32; save the inputs that the network was trained on",
        )),
    }
}

/// Says how the samples would have to be saved.
fn wrong_shape(found: &[usize], shape: &[usize]) -> Problem {
    let cause = format!("shape {found:?} is not a number of samples of shape {shape:?}");
    let sample_shape = found.get(1..).unwrap_or_default();
    let help = if long_axes(sample_shape) == long_axes(&channels_first(shape)) {
        let axes: Vec<usize> = std::iter::once(0).chain(2..=sample_shape.len()).chain([1]).collect();
        format!("channels come last here: save x.transpose({})", list(&axes))
    } else if long_axes(found) == long_axes(shape) {
        "the first axis counts the samples: save x[None]".into()
    } else if !sample_shape.is_empty() && elements(sample_shape) == elements(shape) {
        format!("save x.reshape(-1, {}) if the values stand in this order", list(shape))
    } else {
        format!("the first axis counts the samples, the others are the network's input: [n, {}]", list(shape))
    };
    Problem::new(cause, help)
}

fn channels_first(shape: &[usize]) -> Vec<usize> {
    let (last, others) = shape.split_last().map_or((None, shape), |(last, others)| (Some(*last), others));
    last.into_iter().chain(others.iter().copied()).collect()
}

/// Number of values; `None` where it overflows.
fn elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |product, &axis| product.checked_mul(axis))
}

/// `8, 8, 1`.
fn list(numbers: &[usize]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Turns an array into classes.
fn labels(array: Array, classes: Option<usize>) -> Result<Vec<usize>, Problem> {
    let one_hot = || {
        Problem::new(
            format!("shape {:?} is not one class for each sample", array.shape),
            "save the number of the class: y.argmax(axis=1)",
        )
    };
    let ([_] | [_, 1]) = array.shape.as_slice() else { return Err(one_hot()) };
    let Values::Integers(integers) = &array.values else {
        return Err(Problem::new(
            "it holds real numbers, not classes",
            "classes are integers from 0 on: save y.astype(numpy.int64)",
        ));
    };
    let class = |(index, &integer): (usize, &i64)| {
        let class = usize::try_from(integer).ok().filter(|class| classes.is_none_or(|count| *class < count));
        class.ok_or_else(|| {
            let known = classes.map_or(String::new(), |count| format!(" of {count}"));
            Problem::new(
                format!("it holds {integer} at [{index}], which is no class{known}"),
                "classes count from 0",
            )
        })
    };
    integers.iter().enumerate().map(class).collect()
}
