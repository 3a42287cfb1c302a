//! Models of real numbers: what they mean, and what becomes of them.
//!
//! `real_models/cases.npz` has small models, inputs, and what TensorFlow 2.19's reference kernels answer; the other files
//! there are the example networks. `real_models/make.py` makes them all.

use proc_macro2::{Span, TokenStream};
use std::path::{Path, PathBuf};
use tinynet_compiler::compile::{self, Compiled};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::FolderFiles;
use tinynet_compiler::float_evaluator::{self, arg_max};
use tinynet_compiler::from_tflite::{is_real, quantized_graph, real_graph};
use tinynet_compiler::graph::{FloatGraph, FloatOperator, Node, TensorId};
use tinynet_compiler::import::{Archive, Values, npy, npz, tflite};
use tinynet_compiler::measure::{self, Measure};
use tinynet_compiler::quantized::QuantizedGraph;
use tinynet_compiler::reference::{self, Reference};
use tinynet_compiler::settings::{InputSpans, RangeChoice, Samples, Scheme, Settings};
use tinynet_compiler::test_set::Answers;
use tinynet_compiler::{equalize, lower, parse, quantize};

fn archive() -> Archive {
    npz::read(include_bytes!("real_models/cases.npz")).expect("the archive of cases")
}

fn values<'a>(archive: &'a Archive, name: &str) -> &'a Values {
    let entry = archive.entries.iter().find(|(entry, _)| entry == name);
    &entry.unwrap_or_else(|| panic!("no `{name}`")).1.values
}

fn reals<'a>(archive: &'a Archive, name: &str) -> &'a [f32] {
    match values(archive, name) {
        Values::F32(values) => values,
        Values::Integers(_) => panic!("`{name}` holds integers"),
    }
}

/// A case, OPERATOR/NAME: what its model means, its inputs and what TensorFlow answers to each.
struct Case {
    name: String,
    graph: FloatGraph,
    inputs: Vec<f32>,
    outputs: Vec<f32>,
}

fn cases() -> Vec<Case> {
    let archive = archive();
    let names = archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model"));
    let case = |name: &str| {
        let Values::Integers(bytes) = values(&archive, &format!("{name}.model")) else {
            panic!("{name}: a model is bytes")
        };
        let bytes: Vec<u8> = bytes.iter().map(|&byte| byte as u8).collect();
        let model = tflite::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let graph = real_graph(&model, &bytes, &["input".into()], Span::call_site());
        Case {
            name: name.into(),
            graph: graph.unwrap_or_else(|problems| panic!("{name}: {problems:#?}")),
            inputs: reals(&archive, &format!("{name}.input")).to_vec(),
            outputs: reals(&archive, &format!("{name}.output")).to_vec(),
        }
    };
    names.map(case).collect()
}

impl Case {
    fn samples(&self) -> impl Iterator<Item = (&[f32], &[f32])> {
        let [input, output] = [self.graph.inputs[0], self.graph.outputs[0]].map(|id| self.graph.tensor(id));
        let samples = self.inputs.chunks(input.elements()).zip(self.outputs.chunks(output.elements()));
        assert!(samples.len() > 0, "{}", self.name);
        samples
    }

    /// TensorFlow rounds the inputs of int8 weights to 8 bits; sums are float64 here, float32 there.
    fn tolerance(&self) -> f64 {
        if self.name.ends_with("/dynamic_range") { 1e-2 } else { 2e-6 }
    }

    /// How far the answers of `run` are from TensorFlow's, as part of the largest of all.
    fn error(&self, run: impl Fn(&[f32]) -> Vec<f64>) -> f64 {
        let largest = self.outputs.iter().fold(0f64, |largest, &value| largest.max(f64::from(value).abs()));
        let difference = |(input, expected): (&[f32], &[f32])| {
            let made = run(input);
            assert_eq!(made.len(), expected.len(), "{}", self.name);
            let pairs = made.iter().zip(expected).map(|(made, &expected)| (made - f64::from(expected)).abs());
            pairs.fold(0f64, f64::max)
        };
        self.samples().map(difference).fold(0f64, f64::max) / largest.max(1e-9)
    }
}

#[test]
fn every_operator_means_what_it_does_in_tensorflow() {
    for case in cases() {
        for graph in [case.graph.clone(), lower::lower(case.graph.clone())] {
            let run =
                |input: &[f32]| float_evaluator::output(&graph, input).into_iter().map(f64::from).collect();
            let error = case.error(run);
            assert!(error < case.tolerance(), "{}: {error:e}", case.name);
        }
    }
}

/// Their inputs can be int8s for which there is no value, whatever the samples were: 0, or those below.
const IS_UNDEFINED_SOMEWHERE: [(&str, Scheme); 5] = [
    ("LOG/all", Scheme::FixedPoint),
    ("LOG/all", Scheme::Affine),
    ("RSQRT/all", Scheme::FixedPoint),
    ("RSQRT/all", Scheme::Affine),
    ("SQRT/all", Scheme::FixedPoint),
];

/// In 8 bits; the error of a layer or three is some steps of 1/256 of the range.
#[test]
fn every_operator_survives_quantization() {
    for case in cases() {
        let float = lower::lower(case.graph.clone());
        for scheme in [Scheme::FixedPoint, Scheme::Affine] {
            let shape = float.tensor(float.inputs[0]).shape.clone();
            let samples = Samples { shape, values: case.inputs.clone() };
            let settings = Settings {
                scheme,
                calibration: Some(samples),
                ranges: RangeChoice::MinMax,
                ..Settings::default()
            };
            let mut errors = Errors::new();
            let graph =
                quantize::quantize(&float, &settings, InputSpans::all(Span::call_site()), &mut errors);
            if case.name.starts_with("LOG_SOFTMAX/") && scheme == Scheme::FixedPoint {
                assert!(
                    errors.messages()[0].contains("does not go with the fixed-point scheme"),
                    "{}",
                    case.name
                );
                continue;
            }
            if IS_UNDEFINED_SOMEWHERE.contains(&(case.name.as_str(), scheme)) {
                assert!(errors.messages()[0].contains("has no finite value at x = "), "{}", case.name);
                continue;
            }
            let graph = graph.unwrap_or_else(|| panic!("{}, {scheme:?}: {:?}", case.name, errors.messages()));
            let reference = Reference::new(&graph);
            let [input, output] =
                [graph.inputs[0], graph.outputs[0]].map(|id| graph.tensor(id).info.quantization);
            let error = case.error(|values| {
                let integers: Vec<i8> =
                    values.iter().map(|&value| input.quantize(f64::from(value))).collect();
                let tensors = reference.run(&integers);
                for (tensor, bytes) in graph.tensors.iter().zip(&tensors) {
                    let [low, high] = tensor.info.bounds;
                    let values = reference::integers(tensor, bytes);
                    let is_proven = values.iter().all(|value| (low..=high).contains(value));
                    assert!(is_proven, "{}, {scheme:?}: {} is {values:?}", case.name, tensor.name);
                }
                let made = reference::integers(graph.tensor(graph.outputs[0]), &tensors[graph.outputs[0].0]);
                let zero_point = output.zero_point();
                made.into_iter().map(|q| f64::from(q - zero_point) * output.scale()).collect()
            });
            println!("{} {scheme:?} {error:.4}", case.name);
            assert!(error < 0.06, "{}, {scheme:?}: {error}", case.name);
        }
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Compiles a declaration; file names are relative to the repository.
fn compiled(declaration: &str) -> Compiled {
    let tokens: TokenStream = format!("(::tinynet) {declaration}").parse().unwrap();
    let mut errors = Errors::new();
    let invocation = parse::parse(tokens, &mut errors);
    let outcome = compile::compile(&invocation.networks[0], &FolderFiles::new(repository()), &mut errors);
    assert!(errors.is_empty(), "{:?}", errors.messages());
    outcome.compiled.unwrap()
}

/// Every integer of two networks is the same, however their layers are called.
fn assert_same(name: &str, a: &Compiled, b: &Compiled) {
    assert_eq!(a.graph.nodes.len(), b.graph.nodes.len(), "{name}");
    for (a, b) in a.graph.nodes.iter().zip(&b.graph.nodes) {
        assert_eq!(a.operator, b.operator, "{name}: {} and {}", a.label, b.label);
        assert_eq!((&a.inputs, a.output), (&b.inputs, b.output), "{name}: {} and {}", a.label, b.label);
    }
    for (a, b) in a.graph.tensors.iter().zip(&b.graph.tensors) {
        assert_eq!((&a.shape, &a.info), (&b.shape, &b.info), "{name}: {} and {}", a.name, b.name);
    }
    let cost = |compiled: &Compiled| {
        let plan = &compiled.plan;
        (plan.flash, plan.arena, plan.macs, plan.cycles)
    };
    assert_eq!(cost(a), cost(b), "{name}");
    assert_eq!(a.measured, b.measured, "{name}");
}

/// Share of right answers, the one measure of a network.
fn accuracy(compiled: &Compiled) -> f64 {
    let [measured] = compiled.measured[..] else { panic!("{:?}", compiled.measured) };
    assert_eq!(measured.measure, Measure::Accuracy);
    measured.value
}

/// The touch pad's network, declared.
const TOUCH: &str = r#"struct Touch = "examples/networks/touch/weights.safetensors"
    where accuracy("examples/networks/touch/test.npz") >= 0.5,
    {
        pad: Input { shape: [8, 8, 1], calibration: "examples/networks/touch/calibration.npy", INPUT },
        conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
        Relu,
        MaxPool2d { size: [2, 2] },
        Flatten,
        fc1: Dense { units: 32 },
        HardTanh,
        fc2: Dense { units: 10 },
    }"#;

/// The digits' network, declared.
const DIGITS: &str = r#"struct Digits = "examples/networks/digits/weights.npz"
    where accuracy("examples/networks/digits/test.npz") >= 0.5,
    {
        pad: Input { shape: [64], calibration: "examples/networks/digits/calibration.npy", INPUT },
        fc1: Dense { units: 16 },
        HardTanh,
        fc2: Dense { units: 10 },
    }"#;

/// A network imported from `real_models/FILE.tflite`, with the data of an example network.
fn imported(file: &str, example: &str, input: &str) -> Compiled {
    let folder = format!("examples/networks/{example}");
    compiled(&format!(
        r#"struct Imported = "tinynet-compiler/tests/real_models/{file}.tflite"
            where accuracy("{folder}/test.npz") >= 0.5,
            {{ pad: Input {{ calibration: "{folder}/calibration.npy", {input} }} }}"#
    ))
}

#[test]
fn a_model_and_the_declaration_of_its_layers_are_the_same_network() {
    for (file, declaration) in [("touch", TOUCH), ("digits", DIGITS)] {
        for input in
            ["", "scheme: Affine", "ranges: Percentile(99.9), bias_correction: false", "range: [0, 1]"]
        {
            let declared = compiled(&declaration.replace("INPUT", input));
            let imported = imported(file, file, input);
            assert_same(&format!("{file}, {input}"), &declared, &imported);
        }
    }
}

/// Weights of 16 or of 8 bits, batch normalisation folded by TensorFlow: answers as right as those of the declared network.
#[test]
fn other_ways_to_store_weights_answer_as_well() {
    let declared = accuracy(&compiled(&TOUCH.replace("INPUT", "")));
    for file in ["touch_float16", "touch_dynamic_range"] {
        let imported = accuracy(&imported(file, "touch", ""));
        assert!((imported - declared).abs() < 0.01, "{file}: {imported}, declared {declared}");
    }
    let gestures = accuracy(&imported("gestures", "gestures", ""));
    // examples/networks/src/gestures.rs
    assert!(gestures >= 0.84, "{gestures}");
}

#[test]
fn a_model_may_have_two_outputs() {
    let [one, two] = ["touch", "two_outputs"].map(|file| {
        compiled(&format!(
            r#"struct Net = "tinynet-compiler/tests/real_models/{file}.tflite" {{
                pad: Input {{ calibration: "examples/networks/touch/calibration.npy" }}
            }}"#
        ))
    });
    let input: Vec<i8> = (0..64).map(|pixel| (pixel * 37 % 128) as i8).collect();
    let [one, two] = [one, two].map(|compiled| Reference::new(&compiled.graph).output(&input));
    assert_eq!((one.len(), two.len()), (10, 11));
    assert_eq!(one, two[..10]);
    // The ink's mean, in the input's steps.
    let mean = input.iter().map(|&ink| f64::from(ink)).sum::<f64>() / 64.0;
    assert!((f64::from(two[10]) - mean).abs() <= 1.0, "{}, {mean}", two[10]);
}

/// What is wrong with a declaration.
fn messages(declaration: &str) -> Vec<String> {
    let tokens: TokenStream = format!("(::tinynet) {declaration}").parse().unwrap();
    let mut errors = Errors::new();
    let invocation = parse::parse(tokens, &mut errors);
    let outcome = compile::compile(&invocation.networks[0], &FolderFiles::new(repository()), &mut errors);
    assert!(outcome.compiled.is_none());
    errors.messages()
}

#[test]
fn inputs_belong_together() {
    let said_of = |inputs: &str| {
        messages(&format!(r#"struct Sum = "tests/ui/data/float_two_inputs.tflite" {{ {inputs} }}"#))
            .join("\n")
    };
    let samples = r#"calibration: "tests/ui/data/calibration.npy""#;
    let wrong = said_of("a: Input { range: [-1, 1] }, b: Input { range: [-1, 1], scheme: Affine }");
    assert!(wrong.starts_with("`scheme` is of the network as a whole"), "{wrong}");
    let wrong = said_of(&format!("a: Input {{ {samples} }}, b: Input {{ range: [-1, 1] }}"));
    assert!(wrong.starts_with("this `Input` has no calibration samples, those before have"), "{wrong}");
    let wrong = said_of(&format!("a: Input {{ range: [-1, 1] }}, b: Input {{ {samples} }}"));
    assert!(wrong.starts_with("this `Input` has calibration samples, those before have none"), "{wrong}");
    let input = "Input { range: [-1, 1] }, ";
    for (inputs, count) in [(input.to_string(), 1), (input.repeat(3), 3)] {
        let wrong = said_of(&inputs);
        assert!(wrong.contains(&format!("has 2 inputs, not {count}")), "{wrong}");
        assert!(wrong.contains("they are [3], [3]"), "{wrong}");
    }
}

fn zoo() -> Option<PathBuf> {
    // Relative to the repository, wherever the test runs.
    std::env::var_os("TINYNET_ZOO").map(|folder| repository().join(folder))
}

fn zoo_model(path: &Path) -> FloatGraph {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let model = tflite::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(is_real(&model), "{}", path.display());
    let graph = real_graph(&model, &bytes, &["input".into()], Span::call_site());
    lower::lower(graph.unwrap_or_else(|problems| panic!("{}: {problems:#?}", path.display())))
}

fn zoo_array(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match npy::read(&bytes).expect("an array").values {
        Values::F32(values) => values,
        Values::Integers(values) => values.into_iter().map(|value| value as f32).collect(),
    }
}

/// A graph in integers; calibrated on samples.
fn quantized(name: &str, float: &FloatGraph, scheme: Scheme, values: &[f32]) -> QuantizedGraph {
    let shape = float.tensor(float.inputs[0]).shape.clone();
    let samples = Samples { shape, values: values.to_vec() };
    let settings = Settings { scheme, calibration: Some(samples), ..Settings::default() };
    let mut errors = Errors::new();
    let graph = equalize::equalize(float.clone(), &settings);
    let graph = quantize::quantize(&graph, &settings, InputSpans::all(Span::call_site()), &mut errors);
    graph.unwrap_or_else(|| panic!("{name}, {scheme:?}: {:?}", errors.messages()))
}

/// What a graph in integers answers to real numbers.
fn answer(graph: &QuantizedGraph, reference: &Reference<'_>, input: &[f32]) -> Vec<f32> {
    let [from, to] = [graph.inputs[0], graph.outputs[0]].map(|id| graph.tensor(id).info.quantization);
    let integers: Vec<i8> = input.iter().map(|&value| from.quantize(f64::from(value))).collect();
    reference.output(&integers).into_iter().map(|q| to.dequantize(q) as f32).collect()
}

/// Of trained networks, converted by TensorFlow as float32: real outputs are TensorFlow's, and so are 92 % of the answers
/// in 8 bits of the one that is least sure of them.
#[test]
fn trained_networks_keep_their_answers() {
    let Some(zoo) = zoo() else { return };
    let folders =
        std::fs::read_dir(zoo.join("trained")).expect("a folder").flatten().map(|entry| entry.path());
    let mut count = 0;
    for folder in folders.filter(|folder| folder.join("float32.tflite").exists()) {
        let name = folder.display();
        let float = zoo_model(&folder.join("float32.tflite"));
        let bytes = std::fs::read(folder.join("float_out_first50.npz")).expect("outputs");
        let archive = npz::read(&bytes).expect("an archive");
        let [x, y] = ["x", "y"].map(|entry| reals(&archive, entry));
        let [inputs, outputs] = [float.inputs[0], float.outputs[0]].map(|id| float.tensor(id).elements());
        let samples: Vec<(&[f32], &[f32])> = x.chunks(inputs).zip(y.chunks(outputs)).collect();
        assert!(samples.len() >= 30, "{name}: {} samples", samples.len());
        for (input, expected) in &samples {
            for (made, expected) in float_evaluator::output(&float, input).iter().zip(*expected) {
                assert!(
                    (made - expected).abs() <= 2e-5 * expected.abs().max(1.0),
                    "{name}: {made}, {expected}"
                );
            }
        }
        for scheme in [Scheme::FixedPoint, Scheme::Affine] {
            let graph = quantized(&name.to_string(), &float, scheme, &zoo_array(&folder.join("calib.npy")));
            let reference = Reference::new(&graph);
            let right = samples
                .iter()
                .filter(|(input, expected)| arg_max(&answer(&graph, &reference, input)) == arg_max(expected));
            let right = right.count();
            assert!(right * 100 >= samples.len() * 92, "{name}, {scheme:?}: {right} of {}", samples.len());
        }
        count += 1;
    }
    assert!(count >= 8, "{count} networks");
}

/// A model of real numbers, and the same quantised by TensorFlow.
struct Pair {
    name: &'static str,
    float: FloatGraph,
    /// What the models are for: inputs, and what TensorFlow's version answers.
    samples: Vec<(Vec<f32>, Vec<f32>)>,
}

fn pair(zoo: &Path, name: &'static str, integers: &str) -> Pair {
    let path = |name: &str| zoo.join("models").join(format!("{name}.tflite"));
    let float = zoo_model(&path(name));
    let bytes = std::fs::read(path(integers)).expect("a model");
    let model = tflite::read(&bytes).expect("a model");
    let theirs = quantized_graph(&model, &bytes, Span::call_site()).expect("a graph");
    let golden = zoo.join("golden").join(integers.replace('/', "__"));
    let real = |id: TensorId, file: &str| -> Vec<Vec<f32>> {
        let tensor = theirs.tensor(id);
        let real = |q: f32| tensor.info.quantization.dequantize(q as i8) as f32;
        let values: Vec<f32> = zoo_array(&golden.join(file)).into_iter().map(real).collect();
        values.chunks(tensor.elements()).map(<[f32]>::to_vec).collect()
    };
    let inputs = real(theirs.inputs[0], "input.npy");
    let outputs = real(theirs.outputs[0], "output_ref.npy");
    // Before them come patterns that no sensor makes.
    let patterns = 20.min(inputs.len() / 2);
    Pair { name, float, samples: inputs.into_iter().zip(outputs).skip(patterns).collect() }
}

/// Calibrated on what they are asked, models in 8 bits are nearer to the real numbers than TensorFlow's version is, and
/// classifiers choose the same class.
#[test]
fn public_models_are_nearer_to_real_numbers_than_tensorflows_versions() {
    let Some(zoo) = zoo() else { return };
    for (real, integers, is_classifier) in [
        ("mlperf_tiny/kws_ref_model_fp32", "mlperf_tiny/kws_ref_model_int8", true),
        ("mlperf_tiny/pretrainedResnet_fp32", "mlperf_tiny/pretrainedResnet_int8", true),
        ("mlperf_tiny/vww_96_fp32", "mlperf_tiny/vww_96_int8", true),
        ("mlperf_tiny/ad01_fp32", "mlperf_tiny/ad01_int8", false),
        ("mlperf_tiny/ad01_dynrange_weightonly", "mlperf_tiny/ad01_int8", false),
        ("tflm/hello_world_fp32", "tflm/hello_world_int8", false),
        ("tinymaix/mnist_dw_f", "tinymaix/mnist_dw_q", true),
        ("tinymaix/mnist_resnet_f", "tinymaix/mnist_resnet_q", true),
        ("tinymaix/mnist_valid_f", "tinymaix/mnist_valid_q", true),
    ] {
        let Pair { name, float, samples } = pair(&zoo, real, integers);
        let expected: Vec<Vec<f32>> =
            samples.iter().map(|(x, _)| float_evaluator::output(&float, x)).collect();
        let error = |answers: &[Vec<f32>]| -> f32 {
            let pairs = answers.iter().flatten().zip(expected.iter().flatten());
            pairs.map(|(a, b)| (a - b) * (a - b)).sum()
        };
        let calibration: Vec<f32> = samples.iter().flat_map(|(x, _)| x).copied().collect();
        let ours = [Scheme::FixedPoint, Scheme::Affine].map(|scheme| {
            let graph = quantized(name, &float, scheme, &calibration);
            let reference = Reference::new(&graph);
            samples.iter().map(|(x, _)| answer(&graph, &reference, x)).collect::<Vec<_>>()
        });
        let theirs: Vec<Vec<f32>> = samples.iter().map(|(_, y)| y.clone()).collect();
        assert!(error(&ours[1]) < error(&theirs), "{name}: {}, {}", error(&ours[1]), error(&theirs));
        for answers in ours.iter().filter(|_| is_classifier) {
            let is_same = |(a, b): &(&Vec<f32>, &Vec<f32>)| arg_max(a) == arg_max(b);
            let same = answers.iter().zip(&expected).filter(is_same).count();
            assert!(same * 8 >= samples.len() * 7, "{name}: {same} of {}", samples.len());
        }
    }
}

/// What each layer loses of what a network answers to the first two samples, and the network that says so.
fn losses(float: FloatGraph, values: &[f32]) -> (FloatGraph, Vec<measure::LayerLoss>) {
    let shape = float.tensor(float.inputs[0]).shape.clone();
    let samples = Samples { shape, values: values.to_vec() };
    let settings = Settings { calibration: Some(samples.clone()), ..Settings::default() };
    let float = equalize::equalize(float, &settings);
    let graph = quantize::quantize(&float, &settings, InputSpans::all(Span::call_site()), &mut Errors::new());
    let outputs = [0, 1].iter().flat_map(|&index| float_evaluator::output(&float, samples.sample(index)));
    let answers = Answers::Values(Samples {
        shape: float.tensor(float.outputs[0]).shape.clone(),
        values: outputs.collect(),
    });
    let losses = measure::losses(&float, &graph.expect("a graph"), &samples, &answers, &[0, 1]);
    (float, losses)
}

/// A layer that remembers begins each sample as after a reset.
#[test]
fn losses_are_known_of_layers_with_a_state() {
    let mut remembering = 0;
    for case in cases().into_iter().filter(|case| case.name.starts_with("UNIDIRECTIONAL_SEQUENCE_LSTM/")) {
        let Case { name, graph, inputs, .. } = case;
        let (float, losses) = losses(lower::lower(graph), &inputs);
        let has_state = |node: &&Node<FloatOperator>| matches!(node.operator, FloatOperator::Lstm(_));
        for node in float.nodes.iter().filter(has_state) {
            remembering += 1;
            let loss = losses.iter().find(|loss| loss.label == node.label);
            let loss = loss.unwrap_or_else(|| panic!("{name}: nothing of `{}`: {losses:?}", node.label));
            assert!((10.0..80.0).contains(&loss.signal_to_noise) && loss.value > 0.0, "{name}: {loss:?}");
        }
    }
    assert!(remembering >= 4, "{remembering}");
}

/// Every layer with weights rounds, and so is told of: branches, fused functions and all.
#[test]
fn losses_are_known_of_every_layer_with_weights() {
    let Some(zoo) = zoo() else { return };
    for (real, integers) in [
        ("mlperf_tiny/kws_ref_model_fp32", "mlperf_tiny/kws_ref_model_int8"),
        ("mlperf_tiny/pretrainedResnet_fp32", "mlperf_tiny/pretrainedResnet_int8"),
        ("mlperf_tiny/ad01_fp32", "mlperf_tiny/ad01_int8"),
        ("tinymaix/mnist_resnet_f", "tinymaix/mnist_resnet_q"),
    ] {
        let Pair { name, float, samples } = pair(&zoo, real, integers);
        let values: Vec<f32> = samples.iter().take(4).flat_map(|(x, _)| x).copied().collect();
        let (float, losses) = losses(float, &values);
        let with_weights = float.nodes.iter().filter(|node| node.operator.filter().is_some());
        for node in with_weights {
            let loss = losses.iter().find(|loss| loss.label == node.label);
            let loss = loss.unwrap_or_else(|| panic!("{name}: nothing of `{}`", node.label));
            // Eight bits have 40 dB and more; a layer may have the range of a larger one that it is joined with.
            let is_plausible = (10.0..80.0).contains(&loss.signal_to_noise);
            assert!(is_plausible && loss.value > 0.0, "{name}: {loss:?}");
        }
        // The input is rounded, too.
        let inputs = losses.iter().filter(|loss| loss.kind == "Input").count();
        assert_eq!(inputs, 1, "{name}: {losses:?}");
    }
}
