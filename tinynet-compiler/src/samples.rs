//! Samples: inputs that a network is calibrated or tested on, and what is wrong with them.

use crate::diagnostics::Errors;
use crate::files::Files;
use crate::graph::Tensor;
use crate::import::{self, Array, Values};
use crate::quantized::{Element, Quantization, QuantizedTensor};
use crate::settings::Samples;
use syn::LitStr;

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
    samples(array, shape, Edge::Input).map_err(|problem| problem.report(None, literal, errors)).ok()
}

/// The same of a model that says what its integers stand for: those of a file are its own.
pub fn read_calibration_of(
    files: &dyn Files,
    literal: &LitStr,
    input: &Tensor<QuantizedTensor>,
    errors: &mut Errors,
) -> Option<Samples> {
    let file = files.read(literal).map_err(|error| error.report(literal, errors)).ok()?;
    let array = import::read_array(&file).map_err(|error| error.report(literal, errors)).ok()?;
    let read = || match &array.values {
        Values::Integers(integers) => {
            check_shape(&array, &input.shape, Edge::Input)?;
            let integers = integers_of(integers, &array.shape, input.info.element)?;
            Ok(Samples { shape: input.shape.clone(), values: real(&integers, input.info.quantization) })
        }
        Values::F32(_) => samples(array, &input.shape, Edge::Input),
    };
    read().map_err(|problem| problem.report(None, literal, errors)).ok()
}

/// What integers stand for.
pub(crate) fn real(integers: &[i32], quantization: Quantization) -> Vec<f32> {
    let (scale, zero_point) = (quantization.scale(), f64::from(quantization.zero_point()));
    integers.iter().map(|&integer| ((f64::from(integer) - zero_point) * scale) as f32).collect()
}

/// Integers of a type.
pub(crate) fn integers_of(integers: &[i64], shape: &[usize], element: Element) -> Result<Vec<i32>, Problem> {
    let [low, high] = element.range();
    let in_range = |&value: &i64| i32::try_from(value).ok().filter(|value| (low..=high).contains(value));
    let problem = |index: usize| {
        Problem::new(
            format!(
                "it holds {} at {:?}, which is no {element}",
                integers[index],
                import::position(index, shape)
            ),
            "integers of the file are those that the model takes; real numbers are quantised here: save \
             x.astype(numpy.float32)",
        )
    };
    let value = |(index, value)| in_range(value).ok_or_else(|| problem(index));
    integers.iter().enumerate().map(value).collect()
}

/// What samples are of, for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edge {
    /// The network's input.
    Input,
    /// The network's output.
    Output,
}

impl Edge {
    /// Its name, and that of an array of it.
    fn names(self) -> [&'static str; 2] {
        match self {
            Edge::Input => ["input", "x"],
            Edge::Output => ["output", "y"],
        }
    }
}

/// What is wrong with an array, and what to do about it.
pub(crate) struct Problem {
    pub(crate) cause: String,
    pub(crate) help: String,
}

impl Problem {
    pub(crate) fn new(cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { cause: cause.into(), help: help.into() }
    }

    /// Reports it of a file, or of an entry of that.
    pub(crate) fn report(&self, entry: Option<&str>, literal: &LitStr, errors: &mut Errors) {
        let place = entry.map_or(String::new(), |entry| format!(", entry `{entry}`"));
        let message = format!("`{}`{place}: {}", literal.value(), self.cause);
        errors.help(literal.span(), message, &self.help);
    }
}

/// Turns an array into samples of `shape`. Axes of length 1 do not count.
pub(crate) fn samples(array: Array, shape: &[usize], edge: Edge) -> Result<Samples, Problem> {
    check_shape(&array, shape, edge)?;
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

/// Refuses arrays that are not one sample of `shape` or more. Axes of length 1 do not count.
pub(crate) fn check_shape(array: &Array, shape: &[usize], edge: Edge) -> Result<(), Problem> {
    let sample_shape = array.shape.get(1..).unwrap_or_default();
    if array.shape.is_empty() || long_axes(sample_shape) != long_axes(shape) {
        return Err(wrong_shape(&array.shape, shape, edge));
    }
    if array.values.is_empty() {
        return Err(Problem::new("it holds no sample", "save at least one; some hundred are a good number"));
    }
    Ok(())
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
fn wrong_shape(found: &[usize], shape: &[usize], edge: Edge) -> Problem {
    let [network, array] = edge.names();
    let cause = format!("shape {found:?} is not a number of samples of shape {shape:?}");
    let sample_shape = found.get(1..).unwrap_or_default();
    let help = if long_axes(sample_shape) == long_axes(&channels_first(shape)) {
        let axes: Vec<usize> = std::iter::once(0).chain(2..=sample_shape.len()).chain([1]).collect();
        format!("channels come last here: save {array}.transpose({})", list(&axes))
    } else if long_axes(found) == long_axes(shape) {
        format!("the first axis counts the samples: save {array}[None]")
    } else if !sample_shape.is_empty() && elements(sample_shape) == elements(shape) {
        format!("save {array}.reshape(-1, {}) if the values stand in this order", list(shape))
    } else {
        format!(
            "the first axis counts the samples, the others are the network's {network}: [n, {}]",
            list(shape)
        )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{InvisibleFiles, MemoryFiles};
    use crate::import::npy::write_f32;
    use proc_macro2::Span;

    fn literal(name: &str) -> LitStr {
        LitStr::new(name, Span::call_site())
    }

    /// Reads `0, 1, 2, …` of shape `found` as calibration samples of shape `wanted`.
    fn calibrate(found: &[usize], wanted: &[usize]) -> (Option<Samples>, Vec<String>) {
        let count: usize = found.iter().product();
        let values: Vec<f32> = (0..count).map(|value| value as f32).collect();
        calibrate_on(found, &values, wanted)
    }

    fn calibrate_on(found: &[usize], values: &[f32], wanted: &[usize]) -> (Option<Samples>, Vec<String>) {
        let mut files = MemoryFiles::new();
        files.insert("c.npy", write_f32(found, values));
        let mut errors = Errors::new();
        let samples = read_calibration(&files, &literal("c.npy"), wanted, &mut errors);
        (samples, errors.messages())
    }

    #[test]
    fn axes_of_length_1_do_not_count() {
        for (found, wanted) in [
            (vec![3, 2, 4, 1], vec![2, 4, 1]),
            (vec![3, 2, 4], vec![2, 4, 1]),
            (vec![3, 1, 2, 1, 4], vec![2, 4]),
            (vec![3, 8], vec![1, 8]),
            (vec![3], vec![1]),
            (vec![1, 3, 3], vec![3, 3]),
        ] {
            let (samples, messages) = calibrate(&found, &wanted);
            assert_eq!(messages, [""; 0]);
            let samples = samples.unwrap();
            assert_eq!(samples.count(), found[0]);
            assert_eq!(samples.sample(0)[0], 0.0);
            assert_eq!(samples.shape, wanted);
        }
    }

    #[test]
    fn wrong_shapes_say_how_to_save() {
        let refused = |found: &[usize], wanted: &[usize], help: &str| {
            let (samples, messages) = calibrate(found, wanted);
            assert_eq!(samples, None);
            let cause = format!("`c.npy`: shape {found:?} is not a number of samples of shape {wanted:?}");
            assert_eq!(messages, [format!("{cause}\n= help: {help}")]);
        };
        refused(&[9, 3, 4, 5], &[4, 5, 3], "channels come last here: save x.transpose(0, 2, 3, 1)");
        refused(&[9, 3, 40], &[40, 3], "channels come last here: save x.transpose(0, 2, 1)");
        refused(&[8, 8], &[8, 8, 1], "the first axis counts the samples: save x[None]");
        refused(&[9, 64], &[8, 8, 1], "save x.reshape(-1, 8, 8, 1) if the values stand in this order");
        let axes = "the first axis counts the samples, the others are the network's input: [n, 8, 8, 1]";
        refused(&[9, 7, 8], &[8, 8, 1], axes);
        refused(&[], &[8, 8, 1], axes);
    }

    #[test]
    fn samples_must_be_there_and_finite() {
        let (samples, messages) = calibrate(&[0, 4], &[4]);
        assert_eq!(samples, None);
        assert!(messages[0].starts_with("`c.npy`: it holds no sample\n"), "{messages:?}");
        let (samples, messages) = calibrate_on(&[2, 2], &[0.0, 1.0, 2.0, f32::NAN], &[2]);
        assert_eq!(samples, None);
        assert!(messages[0].starts_with("`c.npy`: it holds NaN at [1, 1]\n"), "{messages:?}");
    }

    #[test]
    fn integers_are_samples_if_float32_holds_them() {
        let array = |values: Vec<i64>| Array { shape: vec![values.len()], values: Values::Integers(values) };
        let found = samples(array(vec![0, 255, -(1 << 24)]), &[1], Edge::Input).ok().unwrap();
        assert_eq!(found.values, [0.0, 255.0, -16777216.0]);
        let problem = samples(array(vec![0, (1 << 24) + 1]), &[1], Edge::Input).err().unwrap();
        assert_eq!(problem.cause, "it holds 16777217 at [1]");
        assert!(samples(array(vec![i64::MIN]), &[1], Edge::Input).is_err());
    }

    #[test]
    fn files_that_are_not_there_or_not_seen() {
        let mut errors = Errors::new();
        let files = MemoryFiles::new();
        assert_eq!(read_calibration(&files, &literal("c.npy"), &[2], &mut errors), None);
        assert_eq!(errors.messages(), ["no file `c.npy`\n= help: looked for /memory/c.npy"]);
        let mut errors = Errors::new();
        assert_eq!(read_calibration(&InvisibleFiles, &literal("c.npy"), &[2], &mut errors), None);
        assert!(errors.is_empty());
    }
}
