//! Test sets: inputs with the right answers.

use crate::diagnostics::Errors;
use crate::files::Files;
use crate::import::{self, Array, Values, quoted};
use crate::quantized::Element;
use crate::samples::{self, Edge, Problem};
use crate::settings::Samples;
use crate::suggestion;
use syn::LitStr;

/// Names that the inputs may have in an archive.
const INPUTS: &[&str] = &["x", "x_test", "inputs", "images", "features", "samples", "data"];
/// Names that the answers may have in an archive.
const ANSWERS: &[&str] = &["y", "y_test", "labels", "targets", "answers"];
/// Most entries of a file that a message lists.
const MOST_LISTED: usize = 8;

/// Inputs with the right answer to each.
#[derive(Clone, Debug, PartialEq)]
pub struct TestSet {
    /// The inputs.
    pub inputs: Inputs,
    /// One for each.
    pub answers: Answers,
}

/// The inputs of a test set.
#[derive(Clone, Debug, PartialEq)]
pub enum Inputs {
    /// Real numbers, which the network takes quantised.
    Real(Samples),
    /// Integers as the network takes them.
    Integers {
        /// Those of all samples, one sample behind another.
        values: Vec<i32>,
        /// How many each sample has.
        elements: usize,
    },
}

/// The right answers of a test set.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// The number of a class.
    Classes(Vec<usize>),
    /// Every value of the output, in real numbers.
    Values(Samples),
    /// Whether it is an anomaly, or whatever else the network is to find.
    Anomalies(Vec<bool>),
}

/// What a test set is read for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Shape of the network's input.
    pub input_shape: &'a [usize],
    /// Type of the network's input where integers of the file are its integers; where not, they are real numbers.
    pub integers: Option<Element>,
    /// What kind of answers there must be.
    pub answers: Wanted<'a>,
}

/// A kind of answers.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Classes below a number of them.
    Classes(usize),
    /// Real numbers of a shape.
    Values(&'a [usize]),
    /// 0 and 1.
    Anomalies,
}

impl Inputs {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Inputs::Real(samples) => samples.count(),
            Inputs::Integers { values, elements } => values.len().checked_div(*elements).unwrap_or(0),
        }
    }
}

impl Answers {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Answers::Classes(classes) => classes.len(),
            Answers::Values(values) => values.count(),
            Answers::Anomalies(anomalies) => anomalies.len(),
        }
    }
}

/// Reads the test set of an archive with inputs and answers, or of two `.npy` files, the inputs first.
///
/// Answers `None` where something is wrong (reported at the literals) or no file can be seen (an editor).
pub fn read(
    files: &dyn Files,
    literals: &[LitStr],
    request: Request<'_>,
    errors: &mut Errors,
) -> Option<TestSet> {
    let [inputs, answers] = match literals {
        [archive] => in_archive(files, archive, errors)?,
        [inputs, answers] => {
            let arrays = [inputs, answers].map(|literal| in_file(files, literal, errors));
            let [Some(inputs), Some(answers)] = arrays else { return None };
            [inputs, answers]
        }
        _ => {
            let extra = literals.get(2)?;
            let help = "name one `.npz` with inputs and answers, or two `.npy`: inputs, then answers";
            errors.help(extra.span(), "a test set is in one file or in two", help);
            return None;
        }
    };
    let places = [inputs.place(), answers.place()];
    let (x, y) = (inputs.read(request.inputs(), errors), answers.read(request.answers(), errors));
    let test_set = TestSet { inputs: x?, answers: y? };
    let (samples, right) = (test_set.inputs.count(), test_set.answers.count());
    if samples != right {
        let [x, y] = places;
        let message = format_args!("there are {samples} samples in {x}, but {right} answers in {y}");
        errors.help(literals.last()?.span(), message, "save one answer for each sample");
        return None;
    }
    Some(test_set)
}

/// An array of a test set, or why there is none.
struct Part<'l> {
    array: Result<Array, Problem>,
    literal: &'l LitStr,
    /// Its name in an archive.
    entry: Option<String>,
}

impl Part<'_> {
    /// Where it is, for messages.
    fn place(&self) -> String {
        match &self.entry {
            Some(entry) => format!("`{entry}` of `{}`", self.literal.value()),
            None => format!("`{}`", self.literal.value()),
        }
    }

    /// What `read` makes of it; reports why where it makes nothing.
    fn read<T>(self, read: impl FnOnce(Array) -> Result<T, Problem>, errors: &mut Errors) -> Option<T> {
        let (entry, literal) = (self.entry, self.literal);
        let made = self.array.and_then(read);
        made.map_err(|problem| problem.report(entry.as_deref(), literal, errors)).ok()
    }
}

/// The two arrays of an archive.
fn in_archive<'l>(files: &dyn Files, literal: &'l LitStr, errors: &mut Errors) -> Option<[Part<'l>; 2]> {
    let name = literal.value();
    if name.to_ascii_lowercase().ends_with(".npy") {
        let help =
            "name two files, for instance `\"x.npy\", \"y.npy\"`, or a `.npz` with entries `x` and `y`";
        errors.help(
            literal.span(),
            format_args!("`{name}` is one array: inputs or answers are missing"),
            help,
        );
        return None;
    }
    let file = files.read(literal).map_err(|error| error.report(literal, errors)).ok()?;
    let archive = import::read_archive(&file).map_err(|error| error.report(literal, errors)).ok()?;
    let (names, mut arrays): (Vec<String>, Vec<_>) =
        archive.entries.into_iter().map(|(name, array)| (name, Some(array))).unzip();
    Some([INPUTS, ANSWERS].map(|wanted| take(&names, &mut arrays, wanted, literal)))
}

/// The array of a `.npy` file.
fn in_file<'l>(files: &dyn Files, literal: &'l LitStr, errors: &mut Errors) -> Option<Part<'l>> {
    let file = files.read(literal).map_err(|error| error.report(literal, errors)).ok()?;
    let array = import::read_array(&file).map_err(|error| error.report(literal, errors)).ok()?;
    Some(Part { array: Ok(array), literal, entry: None })
}

/// Takes the entry with one of the wanted names out of an archive.
fn take<'l>(
    names: &[String],
    arrays: &mut [Option<Array>],
    wanted: &[&str],
    literal: &'l LitStr,
) -> Part<'l> {
    let found: Vec<usize> =
        (0..names.len()).filter(|&index| wanted.contains(&names[index].as_str())).collect();
    let array = match found[..] {
        [index] => arrays[index].take().ok_or_else(|| missing(names, wanted)),
        [_, second, ..] => Err(Problem::new(
            format!("`{}` is there, too", names[second]),
            "only one of them can be the inputs or the answers: save the test set alone",
        )),
        [] => Err(missing(names, wanted)),
    };
    let entry = found.first().map_or(wanted[0], |&index| &names[index]);
    Part { array, literal, entry: Some(entry.to_owned()) }
}

/// No entry has one of the wanted names.
fn missing(names: &[String], wanted: &[&str]) -> Problem {
    let listed: Vec<String> = names.iter().take(MOST_LISTED).map(|name| quoted(name)).collect();
    let more = if names.len() > MOST_LISTED { ", …" } else { "" };
    let cause = match listed[..] {
        [] => "it is not there, nor is anything else".into(),
        _ => format!("it is not there, only {}{more}", listed.join(", ")),
    };
    let others = names.iter().map(String::as_str);
    let others = others.filter(|name| !INPUTS.contains(name) && !ANSWERS.contains(name));
    let help = match suggestion::closest(wanted[0], others) {
        Some(closest) => format!("rename {} to `{}`", quoted(closest), wanted[0]),
        None => format!(
            "save the test set with numpy.savez(file, x=…, y=…); `{}` may also be called `{}`",
            wanted[0],
            wanted[1..].join("`, `")
        ),
    };
    Problem::new(cause, help)
}

impl Request<'_> {
    /// What makes inputs of an array.
    fn inputs(&self) -> impl FnOnce(Array) -> Result<Inputs, Problem> + '_ {
        |array| match (&array.values, self.integers) {
            (Values::Integers(integers), Some(element)) => {
                samples::check_shape(&array, self.input_shape, Edge::Input)?;
                let values = samples::integers_of(integers, &array.shape, element)?;
                Ok(Inputs::Integers { values, elements: self.input_shape.iter().product() })
            }
            _ => samples::samples(array, self.input_shape, Edge::Input).map(Inputs::Real),
        }
    }

    /// What makes answers of an array.
    fn answers(&self) -> impl FnOnce(Array) -> Result<Answers, Problem> + '_ {
        |array| match self.answers {
            Wanted::Classes(count) => labels(array, count, "classes count from 0").map(Answers::Classes),
            Wanted::Values(shape) => samples::samples(array, shape, Edge::Output).map(Answers::Values),
            Wanted::Anomalies => anomalies(array).map(Answers::Anomalies),
        }
    }
}

/// Turns an array into classes below `count`.
fn labels(array: Array, count: usize, help: &str) -> Result<Vec<usize>, Problem> {
    let ([_] | [_, 1]) = array.shape.as_slice() else {
        return Err(Problem::new(
            format!("shape {:?} is not one class for each sample", array.shape),
            "save the number of the class: y.argmax(axis=1)",
        ));
    };
    let Values::Integers(integers) = &array.values else {
        return Err(Problem::new(
            "it holds real numbers, not classes",
            "classes are integers from 0 on: save y.astype(numpy.int64)",
        ));
    };
    let class = |(index, &integer): (usize, &i64)| {
        usize::try_from(integer).ok().filter(|&class| class < count).ok_or_else(|| {
            Problem::new(format!("it holds {integer} at [{index}], which is no class of {count}"), help)
        })
    };
    integers.iter().enumerate().map(class).collect()
}

/// Turns an array into what is an anomaly and what is not; there must be both.
fn anomalies(array: Array) -> Result<Vec<bool>, Problem> {
    const KINDS: &str = "0 is a normal sample, 1 an anomaly, or whatever else the network is to find";
    let labels = labels(array, 2, KINDS)?;
    for class in [0, 1] {
        if !labels.contains(&class) {
            let help = format!("save samples of both classes: {KINDS}");
            return Err(Problem::new(format!("it holds no {class}"), help));
        }
    }
    Ok(labels.into_iter().map(|class| class == 1).collect())
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

    fn request(answers: Wanted<'_>) -> Request<'_> {
        Request { input_shape: &[2], integers: None, answers }
    }

    fn integers(shape: &[usize], values: &[i64]) -> Array {
        Array { shape: shape.to_vec(), values: Values::Integers(values.to_vec()) }
    }

    #[test]
    fn labels_count_from_0() {
        let right = |shape: &[usize], values: &[i64]| labels(integers(shape, values), 3, "").ok();
        assert_eq!(right(&[3], &[2, 0, 1]), Some(vec![2, 0, 1]));
        assert_eq!(right(&[2, 1], &[2, 0]), Some(vec![2, 0]));
        let cause = |array| labels(array, 3, "").err().unwrap().cause;
        assert_eq!(cause(integers(&[2], &[0, 3])), "it holds 3 at [1], which is no class of 3");
        assert_eq!(cause(integers(&[2], &[-1, 3])), "it holds -1 at [0], which is no class of 3");
        assert_eq!(cause(integers(&[1, 3], &[0, 1, 0])), "shape [1, 3] is not one class for each sample");
        let reals = Array { shape: vec![1], values: Values::F32(vec![1.0]) };
        assert_eq!(cause(reals), "it holds real numbers, not classes");
    }

    #[test]
    fn anomalies_are_0_and_1_and_there_are_both() {
        assert_eq!(anomalies(integers(&[3], &[0, 1, 1])).ok(), Some(vec![false, true, true]));
        let cause = |values: &[i64]| anomalies(integers(&[values.len()], values)).err().unwrap().cause;
        assert_eq!(cause(&[0, 0]), "it holds no 1");
        assert_eq!(cause(&[1]), "it holds no 0");
        assert_eq!(cause(&[0, 1, 2]), "it holds 2 at [2], which is no class of 2");
    }

    #[test]
    fn integers_are_those_that_the_model_takes() {
        let read = |values: &[i64], element| {
            let request = Request { integers: element, ..request(Wanted::Anomalies) };
            request.inputs()(integers(&[1, 2], values)).map_err(|problem| problem.cause)
        };
        let as_they_are = |values: &[i32]| Ok(Inputs::Integers { values: values.to_vec(), elements: 2 });
        assert_eq!(read(&[-128, 127], Some(Element::Int8)), as_they_are(&[-128, 127]));
        assert_eq!(read(&[0, 255], Some(Element::UInt8)), as_they_are(&[0, 255]));
        assert_eq!(
            read(&[0, 128], Some(Element::Int8)),
            Err("it holds 128 at [0, 1], which is no int8".into())
        );
        assert!(read(&[0, 1 << 40], Some(Element::Int32)).is_err());
        let real = Samples { shape: vec![2], values: vec![0.0, 128.0] };
        assert_eq!(read(&[0, 128], None), Ok(Inputs::Real(real)));
    }

    #[test]
    fn two_files_hold_inputs_and_answers() {
        let mut files = MemoryFiles::new();
        files.insert("x.npy", write_f32(&[3, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
        files.insert("y.npy", write_f32(&[3], &[0.5, 1.5, 2.5]));
        files.insert("short.npy", write_f32(&[2], &[0.5, 1.5]));
        let read = |names: &[&str]| {
            let literals: Vec<_> = names.iter().map(|name| literal(name)).collect();
            let mut errors = Errors::new();
            (read(&files, &literals, request(Wanted::Values(&[1])), &mut errors), errors.messages())
        };
        let (found, messages) = read(&["x.npy", "y.npy"]);
        assert_eq!(messages, [""; 0]);
        assert_eq!(
            found,
            Some(TestSet {
                inputs: Inputs::Real(Samples { shape: vec![2], values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0] }),
                answers: Answers::Values(Samples { shape: vec![1], values: vec![0.5, 1.5, 2.5] }),
            })
        );
        let refused = |names: &[&str], expected: &str| {
            let (found, messages) = read(names);
            assert_eq!((found, messages), (None, vec![expected.to_owned()]));
        };
        refused(
            &["x.npy", "short.npy"],
            "there are 3 samples in `x.npy`, but 2 answers in `short.npy`\n= help: save one answer for each sample",
        );
        refused(
            &["x.npy", "y.npy", "x.npy"],
            "a test set is in one file or in two\n= help: name one `.npz` with inputs and answers, or two `.npy`: \
             inputs, then answers",
        );
        assert_eq!(read(&["none.npy", "neither.npy"]).1.len(), 2);
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
        let test_set = read(&files, &[literal("t.safetensors")], request(Wanted::Classes(3)), &mut errors);
        (test_set, errors.messages())
    }

    #[cfg(feature = "safetensors")]
    #[test]
    fn entries_have_the_names_that_people_give_them() {
        for (x, y) in [("x", "y"), ("x_test", "y_test"), ("images", "labels"), ("inputs", "targets")] {
            let (found, messages) = read_test(test_file((x, &[3, 2]), (y, &[0, 2, 1])));
            assert_eq!(messages, [""; 0]);
            let samples = Samples { shape: vec![2], values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0] };
            let expected =
                TestSet { inputs: Inputs::Real(samples), answers: Answers::Classes(vec![0, 2, 1]) };
            assert_eq!(found, Some(expected));
        }
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
                "there are 2 samples in `x` of `t.safetensors`, but 3 answers in `y` of `t.safetensors`\n= help: save \
               one answer for each sample",
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
            ("truth", &[0, 1]),
            &[
                "`t.safetensors`, entry `x`: it is not there, only `X`, `truth`\n= help: rename `X` to `x`",
                "`t.safetensors`, entry `y`: it is not there, only `X`, `truth`\n= help: save the test set with \
                 numpy.savez(file, x=…, y=…); `y` may also be called `y_test`, `labels`, `targets`, \
                 `answers`",
            ],
        );
        let both = "save the test set alone";
        let messages = read_test(test_file(("y_test", &[2, 2]), ("y", &[0, 1]))).1;
        assert!(messages[1].ends_with(both) && messages[1].contains("is there, too"), "{messages:?}");
    }

    #[test]
    fn an_editor_sees_no_test_set_and_hears_nothing() {
        let mut errors = Errors::new();
        let request = request(Wanted::Classes(3));
        assert_eq!(read(&InvisibleFiles, &[literal("t.npz")], request, &mut errors), None);
        assert!(errors.is_empty());
    }
}
