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
        let found = samples(array(vec![0, 255, -(1 << 24)]), &[1]).ok().unwrap();
        assert_eq!(found.values, [0.0, 255.0, -16777216.0]);
        let problem = samples(array(vec![0, (1 << 24) + 1]), &[1]).err().unwrap();
        assert_eq!(problem.cause, "it holds 16777217 at [1]");
        assert!(samples(array(vec![i64::MIN]), &[1]).is_err());
    }

    #[test]
    fn labels_count_from_0() {
        let array = |shape: &[usize], values: &[i64]| Array {
            shape: shape.to_vec(),
            values: Values::Integers(values.to_vec()),
        };
        assert_eq!(labels(array(&[3], &[2, 0, 1]), Some(3)).ok(), Some(vec![2, 0, 1]));
        assert_eq!(labels(array(&[2, 1], &[2, 0]), None).ok(), Some(vec![2, 0]));
        let cause = |array, classes| labels(array, classes).err().unwrap().cause;
        assert_eq!(cause(array(&[2], &[0, 3]), Some(3)), "it holds 3 at [1], which is no class of 3");
        assert_eq!(cause(array(&[2], &[-1, 3]), None), "it holds -1 at [0], which is no class");
        assert_eq!(
            cause(array(&[1, 3], &[0, 1, 0]), Some(3)),
            "shape [1, 3] is not one class for each sample"
        );
        let reals = Array { shape: vec![1], values: Values::F32(vec![1.0]) };
        assert_eq!(cause(reals, Some(3)), "it holds real numbers, not classes");
    }

    /// A `.safetensors` file of `float32` and `int64` tensors.
    #[cfg(feature = "safetensors")]
    fn test_file(x: (&str, &[usize]), y: (&str, &[i64])) -> Vec<u8> {
        let values = x.1.iter().product::<usize>();
        let (split, end) = (4 * values, 4 * values + 8 * y.1.len());
        let table = format!(
            r#"{{"{}":{{"dtype":"F32","shape":{:?},"data_offsets":[0,{split}]}},
                "{}":{{"dtype":"I64","shape":[{}],"data_offsets":[{split},{end}]}}}}"#,
            x.0,
            x.1,
            y.0,
            y.1.len()
        );
        let mut file = (table.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(table.as_bytes());
        file.extend((0..values).flat_map(|value| (value as f32).to_le_bytes()));
        file.extend(y.1.iter().flat_map(|class| class.to_le_bytes()));
        file
    }

    #[cfg(feature = "safetensors")]
    fn read_test(file: Vec<u8>) -> (Option<TestSet>, Vec<String>) {
        let mut files = MemoryFiles::new();
        files.insert("t.safetensors", file);
        let mut errors = Errors::new();
        let test_set = read_test_set(&files, &literal("t.safetensors"), &[2], Some(3), &mut errors);
        (test_set, errors.messages())
    }

    #[cfg(feature = "safetensors")]
    #[test]
    fn test_sets_hold_samples_and_classes() {
        let (found, messages) = read_test(test_file(("x", &[3, 2]), ("y", &[0, 2, 1])));
        assert_eq!(messages, [""; 0]);
        let samples = Samples { shape: vec![2], values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0] };
        assert_eq!(found, Some(TestSet { samples, labels: vec![0, 2, 1] }));
    }

    #[cfg(feature = "safetensors")]
    #[test]
    fn wrong_test_sets_tell_all_that_is_wrong() {
        let refused = |x: (&str, &[usize]), y: (&str, &[i64]), expected: &[&str]| {
            let (found, messages) = read_test(test_file(x, y));
            assert_eq!(found, None);
            assert_eq!(messages, expected);
        };
        refused(
            ("x", &[2, 2]),
            ("y", &[0, 1, 2]),
            &[
                "`t.safetensors` has 2 samples in `x`, but 3 classes in `y`\n= help: `y` is one class for each sample",
            ],
        );
        refused(
            ("x", &[2, 3]),
            ("y", &[0, 9]),
            &[
                "`t.safetensors`, entry `x`: shape [2, 3] is not a number of samples of shape [2]\n= help: the first \
                 axis counts the samples, the others are the network's input: [n, 2]",
                "`t.safetensors`, entry `y`: it holds 9 at [1], which is no class of 3\n= help: classes count from 0",
            ],
        );
        refused(
            ("X", &[2, 2]),
            ("labels", &[0, 1]),
            &[
                "`t.safetensors`, entry `x`: it is not there\n= help: rename `X` to `x`",
                "`t.safetensors`, entry `y`: it is not there\n= help: a test set holds the inputs `x` and their \
                 classes `y`: numpy.savez(file, x=…, y=…)",
            ],
        );
    }

    #[test]
    fn files_that_are_not_there_or_not_seen() {
        let mut errors = Errors::new();
        let files = MemoryFiles::new();
        assert_eq!(read_calibration(&files, &literal("c.npy"), &[2], &mut errors), None);
        assert_eq!(errors.messages(), ["no file `c.npy`\n= help: looked for /memory/c.npy"]);
        let mut errors = Errors::new();
        assert_eq!(read_calibration(&InvisibleFiles, &literal("c.npy"), &[2], &mut errors), None);
        assert_eq!(read_test_set(&InvisibleFiles, &literal("t.npz"), &[2], None, &mut errors), None);
        assert!(errors.is_empty());
    }
}
