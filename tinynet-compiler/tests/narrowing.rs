//! Models that are quantised already, with weights of fewer bits.

use fastrand::Rng;
use proc_macro2::{Span, TokenStream};
use std::path::Path;
use tinynet_compiler::compile::{self, Compiled};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::MemoryFiles;
use tinynet_compiler::from_tflite::quantized_graph;
use tinynet_compiler::import::{Archive, Values, npz, tflite};
use tinynet_compiler::optimize::optimize;
use tinynet_compiler::parse;
use tinynet_compiler::precision::Precision;
use tinynet_compiler::quantize::{Narrowing, narrow};
use tinynet_compiler::quantized::{Element, QuantizedGraph, QuantizedOperator};
use tinynet_compiler::reference::{self, Reference};
use tinynet_compiler::settings::Samples;

const NARROWED: &str = "no layer has weights that can have fewer bits";

/// A model of two branches, `[6, 6, 2]` to 3 values, and how it is read.
const BRANCHES: &str = "tests/ui/data/branches.tflite";

fn branches() -> MemoryFiles {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(BRANCHES);
    let mut files = MemoryFiles::new();
    files.insert("branches.tflite", std::fs::read(path).expect("a model"));
    files
}

/// Compiles a declaration: the network, and what is wrong with it.
fn try_compile(declaration: &str, files: &MemoryFiles) -> (Option<Compiled>, Vec<String>) {
    let tokens: TokenStream = format!("(::tinynet) {declaration}").parse().unwrap();
    let mut errors = Errors::new();
    let invocation = parse::parse(tokens, &mut errors);
    let outcome = compile::compile(&invocation.networks[0], files, &mut errors);
    (outcome.compiled, errors.messages())
}

fn compiled(body: &str, files: &MemoryFiles) -> QuantizedGraph {
    let (compiled, messages) = try_compile(&format!("struct Net = \"branches.tflite\" {body}"), files);
    assert_eq!(messages, [""; 0], "{body}");
    compiled.expect("a network").graph
}

fn operators(graph: &QuantizedGraph) -> Vec<&QuantizedOperator> {
    graph.nodes.iter().map(|node| &node.operator).collect()
}

/// A `.npy` file.
fn npy(format: &str, shape: &str, values: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let header = format!("{{'descr': '{format}', 'fortran_order': False, 'shape': ({shape}), }}\n");
    let mut file =
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    file.extend(values);
    file
}

/// One of what integers of a model's input stand for.
fn reals(graph: &QuantizedGraph, shape: &str, integers: &[Vec<i8>]) -> Vec<u8> {
    let quantization = graph.tensor(graph.inputs[0]).info.quantization;
    let values = integers.iter().flatten().map(|&integer| quantization.dequantize(integer) as f32);
    npy("<f4", shape, values.flat_map(f32::to_le_bytes))
}

/// Smooth images: neighbours go together, as those of photographs do.
fn images(random: &mut Rng, count: usize) -> Vec<Vec<i8>> {
    let mut image = || -> Vec<i8> {
        let [across, down, level] = [(); 3].map(|()| random.f64() * 40.0 - 20.0);
        let mut pixel = |index: usize| {
            let (y, x) = ((index / 12) as f64, (index / 2 % 6) as f64);
            level + down * (y - 2.5) + across * (x - 2.5) + random.f64() * 8.0
        };
        (0..72).map(|index| pixel(index) as i8).collect()
    };
    (0..count).map(|_| image()).collect()
}

/// Squared differences of what two graphs answer.
fn error(graph: &QuantizedGraph, original: &QuantizedGraph, inputs: &[Vec<i8>]) -> f64 {
    let (narrowed, original) = (Reference::new(graph), Reference::new(original));
    let squares = inputs.iter().flat_map(|input| {
        let (a, b) = (narrowed.output(input), original.output(input));
        a.into_iter().zip(b).map(|(a, b)| (f64::from(a) - f64::from(b)).powi(2)).collect::<Vec<_>>()
    });
    squares.sum()
}

#[test]
fn samples_win_back_what_rounding_loses() {
    let mut random = Rng::with_seed(3);
    let (calibration, test) = (images(&mut random, 200), images(&mut random, 300));
    let mut files = branches();
    let original = compiled("{ x: Input { precision: Int8 } }", &files);
    assert!(operators(&original) == operators(&compiled(";", &files)));
    files.insert("samples.npy", reals(&original, "200, 6, 6, 2", &calibration));
    for (name, precision) in Precision::ALL.into_iter().filter(|(_, precision)| *precision != Precision::Int8)
    {
        let with = compiled(
            &format!("{{ x: Input {{ precision: {name}, calibration: \"samples.npy\" }} }}"),
            &files,
        );
        let without = compiled(&format!("{{ x: Input {{ precision: {name} }} }}"), &files);
        let [with, without] = [with, without].map(|graph| {
            let linears = || graph.nodes.iter().filter_map(|node| node.operator.linear());
            assert!(linears().count() > 2);
            for linear in linears() {
                assert_eq!(linear.precision, precision);
                assert!(
                    linear.weights.iter().all(|&weight| precision.nearest(weight.into()) == weight),
                    "{name}"
                );
            }
            error(&graph, &original, &test)
        });
        println!("{name}: {with} {without}");
        assert!(with < 0.7 * without, "{name}: {with} {without}");
    }
}

#[test]
fn integers_are_those_of_the_model() {
    let mut files = branches();
    let original = compiled(";", &files);
    let inputs = images(&mut Rng::with_seed(4), 50);
    files.insert("real.npy", reals(&original, "50, 6, 6, 2", &inputs));
    let values = inputs.iter().flatten().map(|&value| value as u8);
    files.insert("integers.npy", npy("|i1", "50, 6, 6, 2", values));
    let body = |file| format!("{{ x: Input {{ precision: Int4, calibration: \"{file}\" }} }}");
    let [real, integers] = ["real.npy", "integers.npy"].map(|file| compiled(&body(file), &files));
    assert!(operators(&real) == operators(&integers));
}

#[test]
fn a_model_is_not_tested_on_its_calibration() {
    let mut files = branches();
    files.insert("x.npy", npy("<f4", "1, 6, 6, 2", [0; 4 * 72]));
    files.insert("y.npy", npy("<f4", "1, 3", [0; 4 * 3]));
    let declaration = "struct Net = \"branches.tflite\" where error(\"x.npy\", \"y.npy\") <= 1000.0, \
                       { x: Input { precision: Int4, calibration: \"x.npy\" } }";
    let (_, messages) = try_compile(declaration, &files);
    assert!(
        messages[0].starts_with("every sample of `x.npy` is one of the calibration, too"),
        "{messages:?}"
    );
}

fn integers(archive: &Archive, name: &str) -> Vec<i64> {
    let entry = archive.entries.iter().find(|(entry, _)| entry == name);
    match entry.map(|(_, array)| &array.values) {
        Some(Values::Integers(values)) => values.clone(),
        _ => panic!("no integers `{name}`"),
    }
}

/// Panics where a tensor has a value beyond what the compiler has proven, or optimisation changes an answer.
fn check(case: &str, graph: &QuantizedGraph, random: &mut Rng) {
    let optimized = optimize(graph.clone());
    let (plain, optimized) = (Reference::new(graph), Reference::new(&optimized));
    let bytes: usize = graph.inputs.iter().map(|&id| graph.tensor(id).bytes()).sum();
    for sample in 0..6 {
        let ends = [i8::MIN, i8::MAX];
        let value = |_| if sample < 3 { random.i8(..) } else { ends[random.usize(..2)] };
        let input: Vec<i8> = (0..bytes).map(value).collect();
        let tensors = plain.run(&input);
        for (tensor, values) in graph.tensors.iter().zip(&tensors) {
            let [low, high] = tensor.info.bounds;
            let values = reference::integers(tensor, values);
            assert!(values.iter().all(|value| (low..=high).contains(value)), "{case}, {}", tensor.name);
        }
        assert_eq!(optimized.output(&input), plain.output(&input), "{case}");
    }
}

/// Whether a model has weights of int8 between tensors of int8.
fn has_weights(graph: &QuantizedGraph) -> bool {
    let is_int8 = |&id: &_| graph.tensor(id).info.element == Element::Int8;
    graph
        .nodes
        .iter()
        .any(|node| node.operator.linear().is_some() && node.inputs.iter().chain([&node.output]).all(is_int8))
}

#[test]
fn what_is_proven_holds_for_every_operator() {
    let mut random = Rng::with_seed(5);
    let files = [
        &include_bytes!("operators/cases.npz")[..],
        include_bytes!("operators/types.npz"),
        include_bytes!("operators/unsigned.npz"),
        include_bytes!("operators/images.npz"),
    ];
    let mut narrowed = 0;
    for archive in files.map(|bytes| npz::read(bytes).expect("an archive of cases")) {
        for case in archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model")) {
            let model: Vec<u8> =
                integers(&archive, &format!("{case}.model")).iter().map(|&byte| byte as u8).collect();
            let read = tflite::read(&model).expect("a model");
            let graph = quantized_graph(&read, &model, Span::call_site()).expect("a supported model");
            let elements: usize = graph.inputs.iter().map(|&id| graph.tensor(id).elements()).sum();
            let values = (0..20 * elements).map(|_| random.f32() * 4.0 - 2.0).collect();
            let samples = Samples { shape: vec![elements], values };
            let (_, precision) = Precision::ALL[random.usize(1..Precision::ALL.len())];
            for calibration in [None, Some(samples)] {
                let mut errors = Errors::new();
                let span = Span::call_site();
                let narrowing = Narrowing { precision, bias_correction: true, calibration, span };
                match narrow(graph.clone(), &narrowing, &mut errors) {
                    Some(graph) => {
                        check(case, &graph, &mut random);
                        narrowed += 1;
                    }
                    None => assert!(errors.messages()[0].starts_with(NARROWED), "{:?}", errors.messages()),
                }
                assert_eq!(errors.is_empty(), has_weights(&graph), "{case}");
            }
        }
    }
    assert!(narrowed > 80, "{narrowed}");
}
