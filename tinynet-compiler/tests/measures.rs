//! How good answers are: what is measured is what TensorFlow's kernels answer, and what is lost is told.
//!
//! Trained networks and their test sets are read where `TINYNET_ZOO` names a folder of them.

use proc_macro2::TokenStream;
use std::path::{Path, PathBuf};
use tinynet_compiler::build::Bound;
use tinynet_compiler::compile::{self, Compiled};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::emit::measures;
use tinynet_compiler::files::{File, FileError, Files, FolderFiles, MemoryFiles};
use tinynet_compiler::import::{Archive, Array, Values, npy, npz};
use tinynet_compiler::measure::{MOST_STEPS, Measure, measured as measured_on};
use tinynet_compiler::parse;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files in memory first, then those of the repository.
#[derive(Default)]
struct Both {
    memory: MemoryFiles,
}

impl Files for Both {
    fn read(&self, path: &syn::LitStr) -> Result<File, FileError> {
        self.memory.read(path).or_else(|_| FolderFiles::new(repository()).read(path))
    }
}

impl Both {
    /// Adds a `.npy` file of `float32`.
    fn reals(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.array(name, "<f4", shape, bytes);
    }

    /// Adds a `.npy` file of `int32`.
    fn integers(&mut self, name: &str, shape: &[usize], values: &[i64]) {
        let narrow = |&value: &i64| i32::try_from(value).unwrap().to_le_bytes();
        self.array(name, "<i4", shape, values.iter().flat_map(narrow).collect());
    }

    fn array(&mut self, name: &str, format: &str, shape: &[usize], values: Vec<u8>) {
        let axes: String = shape.iter().map(|axis| format!("{axis}, ")).collect();
        let header = format!("{{'descr': '{format}', 'fortran_order': False, 'shape': ({axes}), }}\n");
        let length = (header.len() as u16).to_le_bytes();
        let file = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &values].concat();
        self.memory.insert(name, file);
    }
}

/// Compiles a declaration: the network, and what is wrong with it.
fn try_compile(declaration: &str, files: &dyn Files) -> (Option<Compiled>, Vec<String>) {
    let tokens: TokenStream = format!("(::tinynet) {declaration}").parse().unwrap();
    let mut errors = Errors::new();
    let invocation = parse::parse(tokens, &mut errors);
    let outcome = compile::compile(&invocation.networks[0], files, &mut errors);
    (outcome.compiled, errors.messages())
}

fn compiled(declaration: &str, files: &dyn Files) -> Compiled {
    let (compiled, messages) = try_compile(declaration, files);
    assert_eq!(messages, [""; 0], "{declaration}");
    compiled.unwrap()
}

/// What is measured of a network: one number.
fn measured(declaration: &str, files: &dyn Files) -> f64 {
    let compiled = compiled(declaration, files);
    let [measured] = compiled.measured[..] else { panic!("{:?}", compiled.measured) };
    assert_eq!(measured.samples, measured.all_samples);
    measured.value
}

/// The one message of a wrong declaration.
fn message(declaration: &str, files: &dyn Files) -> String {
    let (compiled, messages) = try_compile(declaration, files);
    assert!(compiled.is_none());
    let [message] = &messages[..] else { panic!("{messages:#?}") };
    message.clone()
}

/// Index of the largest value; the first of equals.
fn arg_max(values: &[i64]) -> i64 {
    let largest = values.iter().max().unwrap();
    values.iter().position(|value| value == largest).unwrap() as i64
}

const DIGITS: &str = r#"struct Digits = "examples/networks/digits/weights.npz" where LIMIT {
    pad: Input { shape: [64], calibration: "examples/networks/digits/calibration.npy" },
    fc1: Dense { units: 16, RANGE },
    HardTanh,
    fc2: Dense { units: 10 },
}"#;

fn digits(limit: &str) -> String {
    DIGITS.replace("LIMIT", limit).replace("RANGE", "")
}

/// A model from the tests of operators, with the integers that TensorFlow answers to others.
struct Case {
    archive: Archive,
    name: &'static str,
}

impl Case {
    fn new(archive: &[u8], name: &'static str) -> Self {
        Self { archive: npz::read(archive).expect("an archive"), name }
    }

    /// The model's file.
    fn model(&self) -> Vec<u8> {
        self.integers("model").iter().map(|&byte| byte as u8).collect()
    }

    fn integers(&self, part: &str) -> &[i64] {
        let name = format!("{}.{part}", self.name);
        match self.archive.entries.iter().find(|(entry, _)| *entry == name).map(|(_, array)| &array.values) {
            Some(Values::Integers(values)) => values,
            _ => panic!("no integers `{name}`"),
        }
    }
}

/// Models whose inputs and outputs are int8, uint8, int16 and int32: their own integers, and real numbers, give the
/// outputs that TensorFlow gives.
#[test]
fn integers_of_every_type_are_those_of_the_model() {
    for name in ["QUANTIZE/around", "QUANTIZE/mixed", "QUANTIZE/sixteen", "SOFTMAX/unsigned"] {
        let case = Case::new(include_bytes!("operators/types.npz"), name);
        let mut files = Both::default();
        files.memory.insert("net.tflite", case.model());
        let declaration = "struct Net = \"net.tflite\" where LIMIT;";
        let graph = compiled(&declaration.replace("LIMIT", ""), &files).graph;
        let [input, output] = [graph.inputs[0], graph.outputs[0]].map(|id| graph.tensor(id));
        let (taken, made) = (case.integers("input"), case.integers("output"));
        let samples = taken.len() / input.elements();
        let [input_shape, output_shape] =
            [input, output].map(|tensor| [&[samples], &tensor.shape[..]].concat());
        let real = |tensor: &tinynet_compiler::graph::Tensor<
            tinynet_compiler::quantized::QuantizedTensor,
        >,
                    values: &[i64]| {
            let quantization = tensor.info.quantization;
            let real = |&q: &i64| (q - i64::from(quantization.zero_point())) as f64 * quantization.scale();
            values.iter().map(|value| real(value) as f32).collect::<Vec<f32>>()
        };
        files.integers("x.npy", &input_shape, taken);
        files.reals("real_x.npy", &input_shape, &real(input, taken));
        files.reals("y.npy", &output_shape, &real(output, made));
        // What float32 leaves of the right outputs.
        let rounding = output.info.quantization.scale() * 1e-3;
        for x in ["x", "real_x"] {
            let limit = format!("error(\"{x}.npy\", \"y.npy\") <= {rounding}");
            measured(&declaration.replace("LIMIT", &limit), &files);
        }
        // One step of the outputs is seen.
        let mut wrong = made.to_vec();
        wrong[0] += if wrong[0] > 0 { -1 } else { 1 };
        files.reals("y.npy", &output_shape, &real(output, &wrong));
        let limit = format!("error(\"x.npy\", \"y.npy\") <= {rounding}");
        let text = message(&declaration.replace("LIMIT", &limit), &files);
        assert!(text.starts_with("`Net` has a root mean squared error of "), "{text}");
        if output.shape.len() == 1 {
            let classes: Vec<i64> = made.chunks(output.elements()).map(arg_max).collect();
            files.integers("classes.npy", &[samples], &classes);
            measured(&declaration.replace("LIMIT", "accuracy(\"x.npy\", \"classes.npy\") >= 1"), &files);
        }
    }
}

/// Of a model whose output is the number of a class, that number counts; the classes are those it chooses from.
#[test]
fn a_model_may_answer_with_the_class_itself() {
    let case = Case::new(include_bytes!("operators/cases.npz"), "ARG_MAX/3_2");
    let mut files = Both::default();
    files.memory.insert("net.tflite", case.model());
    files.integers("x.npy", &[3, 7], case.integers("input"));
    let classes = case.integers("output");
    files.integers("y.npy", &[3], classes);
    let declaration = "struct Net = \"net.tflite\" where accuracy(\"x.npy\", \"y.npy\") >= 0;";
    assert_eq!(measured(declaration, &files), 1.0);
    files.integers("y.npy", &[3], &[(classes[0] + 1) % 7, classes[1], classes[2]]);
    assert_eq!(measured(declaration, &files), 2.0 / 3.0);
    files.integers("y.npy", &[3], &[7, 0, 0]);
    let text = message(declaration, &files);
    assert!(text.starts_with("`y.npy`: it holds 7 at [0], which is no class of 7\n"), "{text}");
}

#[test]
fn several_inputs_or_outputs_are_not_measured() {
    let files = Both::default();
    for measure in ["accuracy", "auc"] {
        let limit = format!("{measure}(\"examples/networks/digits/test.npz\") >= 0.5");
        let declaration = format!("struct Net = \"tests/states/totals.tflite\" where {limit};");
        let expected = format!("`{measure}` needs a network with one input and one output\n");
        let text = message(&declaration, &files);
        assert!(text.starts_with(&expected), "{text}");
    }
}

/// The score of a sample is the only output, or what an autoencoder does not give back.
#[test]
fn anomalies_are_found_by_their_scores() {
    let mut files = Both::default();
    let x = [0.1, 0.2, 0.9, 0.3, 0.25, 0.2].map(|value| [value, 0.5]);
    files.reals("x.npy", &[6, 2], x.as_flattened());
    files.integers("y.npy", &[6], &[0, 0, 0, 1, 1, 1]);
    let of = |layer: &str| {
        let layers = format!(
            "input: Input {{ shape: [2], range: [-1, 1] }}, {layer}, use_bias: false, layout: PyTorch }}"
        );
        measured(&format!("struct Net where auc(\"x.npy\", \"y.npy\") >= 0, {{ {layers} }}"), &files)
    };
    // Of nine pairs, five are in order and one is of equals.
    assert_eq!(of("Dense { units: 1, weights: [[1, 0]]"), 5.5 / 9.0);
    assert_eq!(of("Dense { units: 2, weights: [[0, 1], [1, 0]]"), 5.5 / 9.0);
    // Three outputs of three inputs: an autoencoder that gives nothing back, whatever the third input is.
    let x = x.map(|[value, _]| [value, 0.0, 0.0]);
    files.reals("x.npy", &[6, 3], x.as_flattened());
    let layers = "input: Input { shape: [3], range: [-1, 1] },
        Dense { units: 3, weights: [[0, 0, 0], [0, 0, 0], [0, 0, 0]], use_bias: false, layout: PyTorch }";
    let autoencoder = format!("struct Net where auc(\"x.npy\", \"y.npy\") >= 0, {{ {layers} }}");
    assert_eq!(measured(&autoencoder, &files), 5.5 / 9.0);
}

/// What is measured is a constant of the type and in its documentation, and so is a part of the samples.
#[test]
fn what_is_measured_is_documented() {
    let limit = "accuracy(\"examples/networks/digits/test.npz\", samples: 100) >= 0.9";
    let tokens: TokenStream = format!("(::tinynet) {}", digits(limit)).parse().unwrap();
    let text = tinynet_compiler::expand(tokens, &Both::default()).to_string();
    let value = compiled(&digits(limit), &Both::default()).measured[0].value;
    assert!(text.contains(&format!("pub const ACCURACY : :: core :: primitive :: f64 = {value}")), "{text}");
    let row = format!(
        "| right answers | {:.2} % | ≥ 90.00 % | 100 of the 360 samples of `examples/networks/digits/test.npz` |",
        100.0 * value
    );
    assert!(text.contains(&row), "{text}");
}

/// A network that misses its limit has the constants, so that whoever reads them sees no other error.
#[test]
fn constants_are_there_even_where_a_limit_is_missed() {
    let limit = "accuracy(\"examples/networks/digits/test.npz\") >= 1, error(\"none.npz\") <= 0.5";
    let tokens: TokenStream = format!("(::tinynet) {}", digits(limit)).parse().unwrap();
    let text = tinynet_compiler::expand(tokens, &Both::default()).to_string();
    for name in ["ACCURACY", "ERROR"] {
        assert!(text.contains(&format!("pub const {name} : :: core :: primitive :: f64 = 0")), "{text}");
    }
}

/// A test set that would take too long is run in part, and that is said.
#[test]
fn what_takes_too_long_is_run_in_part() {
    let limit = "accuracy(\"examples/networks/digits/test.npz\") >= 0.9";
    let mut compiled = compiled(&digits(limit), &Both::default());
    let mut limit = compiled.limits.measures.remove(0);
    limit.bound = Bound::Known(1.0);
    let name = proc_macro2::Ident::new("Digits", proc_macro2::Span::call_site());
    let mut errors = Errors::new();
    let steps = MOST_STEPS / 36;
    let measured = measured_on(limit.measure, &limit.test_set, None, &compiled.graph, steps);
    measures::check(&name, &limit, &measured, steps, None, &mut errors);
    assert_eq!((measured.samples, measured.all_samples), (36, 360));
    let messages = errors.messages();
    assert!(messages[0].contains(" of 36 of the 360 samples of "), "{messages:?}");
}

#[test]
fn a_part_of_the_samples_is_run_where_that_is_asked_for() {
    let files = Both::default();
    let of = |setting: &str| {
        let limit = format!("accuracy(\"examples/networks/digits/test.npz\"{setting}) >= 0.9");
        let measured = compiled(&digits(&limit), &files).measured;
        (measured[0].measure, measured[0].samples, measured[0].all_samples)
    };
    assert_eq!(of(""), (Measure::Accuracy, 360, 360));
    assert_eq!(of(", samples: 100"), (Measure::Accuracy, 100, 360));
    assert_eq!(of(", samples: 1_000"), (Measure::Accuracy, 360, 360));
}

/// The first layer's range is too small for what it makes: it loses most, whatever comes behind it.
#[test]
fn the_layer_that_loses_most_is_named() {
    let narrow = DIGITS
        .replace("LIMIT", "accuracy(\"examples/networks/digits/test.npz\") >= 0.975")
        .replace("RANGE", "range: [-0.1, 0.1]");
    let text = message(&narrow, &Both::default());
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].ends_with("%), less than the 97.50 % demanded"), "{text}");
    assert_eq!(lines[1], "= note: in real numbers, before it was quantised: 98.06 %", "{text}");
    assert!(lines[2].ends_with("outweighs that (360 samples):"), "{text}");
    assert!(lines[3].ends_with("fc1 (Dense + HardTanh)"), "{text}");
    // The other layer and the input lose less: there are no more.
    assert_eq!(lines.len(), 7, "{text}");
    assert!(lines[6].starts_with("= help: `fc1` loses most: widen its `range`"), "{text}");
    let losses: Vec<f64> = lines[3..6]
        .iter()
        .map(|line| line["= note:".len()..].split('%').next().unwrap())
        .map(number)
        .collect();
    assert!(losses[0] + 5.0 < losses[1] && losses[1] <= losses[2], "{losses:?}");
}

fn number(text: &str) -> f64 {
    text.trim().parse().unwrap()
}

#[test]
fn a_limit_beyond_the_network_in_real_numbers_says_so() {
    let limit = "accuracy(\"examples/networks/digits/test.npz\") >= 0.99";
    let text = message(&digits(limit), &Both::default());
    assert!(text.contains("the network in real numbers does not reach the limit either"), "{text}");
}

#[test]
fn an_error_that_is_too_large_says_where_it_comes_from() {
    let declaration = r#"struct SeaTemperature where error("examples/networks/sea_temperature/test.npz") <= LIMIT, {
        months: Input { shape: [12], calibration: "examples/networks/sea_temperature/calibration.npy" },
        fc: Dense { units: 1, weights: "examples/networks/sea_temperature/weight.npy", layout: PyTorch,
                    bias: "examples/networks/sea_temperature/bias.npy" },
    }"#;
    let files = Both::default();
    let value = measured(&declaration.replace("LIMIT", "1"), &files);
    // examples/networks/sea_temperature/metrics.json: 0.06737 in real numbers
    assert!((0.0673..0.0680).contains(&value), "{value}");
    let limit = (value + 0.06738) / 2.0;
    let text = message(&declaration.replace("LIMIT", &limit.to_string()), &files);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("`SeaTemperature` has a root mean squared error of 0.067"), "{text}");
    assert!(
        lines[0].contains(" samples of `examples/networks/sea_temperature/test.npz`, more than the "),
        "{text}"
    );
    assert_eq!(lines[1], "= note: in real numbers, before it was quantised: 0.06737", "{text}");
    // The dense layer and the input.
    assert_eq!(lines.len(), 6, "{text}");
}

fn zoo() -> Option<PathBuf> {
    // Relative to the repository, wherever the test runs.
    std::env::var_os("TINYNET_ZOO").map(|folder| repository().join(folder))
}

fn read(path: &Path) -> Array {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    npy::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn integers(array: &Array) -> &[i64] {
    match &array.values {
        Values::Integers(values) => values,
        Values::F32(_) => panic!("real numbers"),
    }
}

/// The share of right answers of a trained network is that of TensorFlow's own outputs.
#[test]
fn trained_networks_are_as_right_as_in_tensorflow() {
    let Some(zoo) = zoo() else { return };
    for (name, dataset) in [
        ("digits8x8_mlp_hardtanh", "digits8x8_optdigits"),
        ("fashion28_cnn", "fashion_mnist_8k"),
        ("imu_watch_cnn1d", "imu_shoulder_watch"),
        ("kws_tts_dscnn", "kws_tts_mfcc"),
        ("mnist28_cnn", "mnist10k"),
        ("touch16_mlp_hardtanh", "touch16x16_pendigits"),
        ("touch8_cnn", "touch8x8_pendigits"),
        ("wine_mlp", "wine"),
    ] {
        let folder = zoo.join("trained").join(name);
        let outputs = read(&folder.join("test_ref_out_int8_first200.npy"));
        let samples = outputs.shape[0];
        let labels = read(&zoo.join("datasets").join(dataset).join("y_test.npy"));
        let labels = &integers(&labels)[..samples];
        let mut files = Both::default();
        files.integers("y.npy", &[samples], labels);
        let folder = folder.display();
        let limit = format!("accuracy(\"{folder}/test_x_int8_first200.npy\", \"y.npy\") >= 0");
        let found = measured(&format!("struct Net = \"{folder}/ptq_int8.tflite\" where {limit};"), &files);
        let classes = integers(&outputs).chunks(outputs.shape[1]).map(arg_max);
        let right = classes.zip(labels).filter(|(class, label)| class == *label).count();
        assert_eq!(found, right as f64 / samples as f64, "{name}");
    }
}

/// Two thousand samples of a network of 350 000 multiply-accumulates, as a model of integers and as one of real numbers
/// that is quantised here.
#[test]
fn large_test_sets_are_run_whole() {
    let Some(zoo) = zoo() else { return };
    let folder = zoo.join("trained/mnist28_cnn");
    let images = read(&zoo.join("datasets/mnist10k/x_test.npy"));
    let pixels: Vec<f32> = integers(&images).iter().map(|&pixel| pixel as f32 / 255.0).collect();
    let mut files = Both::default();
    files.reals("x.npy", &images.shape, &pixels);
    let limit =
        format!("accuracy(\"x.npy\", \"{}\") >= 0.97", zoo.join("datasets/mnist10k/y_test.npy").display());
    let folder = folder.display();
    // trained/mnist28_cnn/meta.json: tflite_int8_ptq_acc
    let theirs = measured(&format!("struct Net = \"{folder}/ptq_int8.tflite\" where {limit};"), &files);
    assert!((theirs - 0.975).abs() < 0.001, "{theirs}");
    let calibration = format!("{{ image: Input {{ calibration: \"{folder}/calib.npy\" }} }}");
    let ours =
        measured(&format!("struct Net = \"{folder}/float32.tflite\" where {limit}, {calibration}"), &files);
    assert!((ours - 0.976).abs() < 0.004, "{ours}");
}

/// An autoencoder finds what is not normal as well as TensorFlow's kernels do.
#[test]
fn an_autoencoder_finds_anomalies_as_in_tensorflow() {
    let Some(zoo) = zoo() else { return };
    let folder = zoo.join("trained/anomaly_motion_ae");
    let [x, y, outputs] =
        ["test_x_int8", "test_y", "test_ref_out_int8"].map(|name| read(&folder.join(format!("{name}.npy"))));
    let folder = folder.display();
    let limit = format!("auc(\"{folder}/X.npy\", \"{folder}/test_y.npy\") >= 0.99");
    let declaration = format!("struct Net = \"{folder}/ptq_int8.tflite\" where {limit};");
    let files = Both::default();
    let compiled = compiled(&declaration.replace("X", "test_x_int8"), &files);
    let graph = &compiled.graph;
    let [input, output] = [graph.inputs[0], graph.outputs[0]].map(|id| graph.tensor(id).info.quantization);
    let square = |(&a, &b): (&i64, &i64)| (input.dequantize(a as i8) - output.dequantize(b as i8)).powi(2);
    let pairs = integers(&x).chunks(96).zip(integers(&outputs).chunks(96));
    let scores: Vec<f64> = pairs.map(|(x, y)| x.iter().zip(y).map(square).sum()).collect();
    let of =
        |kind| integers(&y).iter().zip(&scores).filter(move |(y, _)| **y == kind).map(|(_, score)| score);
    let in_order = of(1).map(|anomaly| of(0).filter(|normal| anomaly > *normal).count()).sum::<usize>();
    let area = in_order as f64 / (of(1).count() * of(0).count()) as f64;
    assert_eq!(compiled.measured[0].value, area);
    // trained/anomaly_motion_ae/meta.json: tflite_int8_ptq_auc
    let real = measured(&declaration.replace("X", "test_x"), &files);
    assert!((real - 0.998_611).abs() < 0.001, "{real}");
}
