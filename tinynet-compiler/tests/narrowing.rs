//! Models that are quantised already, with weights of fewer bits.

use fastrand::Rng;
use proc_macro2::{Span, TokenStream};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tinynet_compiler::cache::Cache;
use tinynet_compiler::compile::{self, Compiled};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::{File, FileError, Files, MemoryFiles};
use tinynet_compiler::from_tflite::quantized_graph;
use tinynet_compiler::import::{Archive, Values, npz, tflite};
use tinynet_compiler::optimize::optimize;
use tinynet_compiler::parse;
use tinynet_compiler::precision::{Precision, PrecisionChoice};
use tinynet_compiler::pruning::PrunedWeights;
use tinynet_compiler::quantize::{Narrowing, narrow};
use tinynet_compiler::quantized::{Element, QuantizedGraph, QuantizedOperator};
use tinynet_compiler::reference::{self, Reference};
use tinynet_compiler::settings::{InputSpans, Samples};

const NARROWED: &str = "no layer has weights that can have fewer bits, or become 0";

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
            let half = Some(PrunedWeights::Share(0.5));
            for (precision, prune, calibration) in [
                (precision, None, None),
                (precision, None, Some(samples.clone())),
                (Precision::Int8, half, None),
                (Precision::Int5, half, Some(samples)),
            ] {
                let mut errors = Errors::new();
                let spans = InputSpans::all(Span::call_site());
                let precision = PrecisionChoice::Stated(precision);
                let narrowing = Narrowing { precision, prune, bias_correction: true, calibration, spans };
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

/// Labels and number formats of the layers with weights.
fn precisions(graph: &QuantizedGraph) -> Vec<(&str, Precision)> {
    let linear = graph.nodes.iter().filter_map(|node| Some((node.label.as_str(), node.operator.linear()?)));
    linear.map(|(label, linear)| (label, linear.precision)).collect()
}

#[test]
fn layers_have_what_is_asked_of_them_alone() {
    let mut files = branches();
    let original = compiled(";", &files);
    let samples = reals(&original, "50, 6, 6, 2", &images(&mut Rng::with_seed(6), 50));
    files.insert("samples.npy", samples);
    for input in ["precision: Int4", "precision: Int4, calibration: \"samples.npy\""] {
        let body = format!(
            "{{ conv_2d_0: Conv2d {{ precision: Int8 }}, x: Input {{ {input} }}, \
             fully_connected_6: Dense {{ precision: Ternary }} }}"
        );
        let graph = compiled(&body, &files);
        assert_eq!(
            precisions(&graph),
            [
                ("conv_2d_0", Precision::Int8),
                ("depthwise_conv_2d_1", Precision::Int4),
                ("fully_connected_6", Precision::Ternary)
            ]
        );
        assert_eq!(weights(&graph, "conv_2d_0"), weights(&original, "conv_2d_0"));
        assert!(weights(&graph, "fully_connected_6").iter().all(|weight| weight.abs() <= 1));
        check(input, &graph, &mut Rng::with_seed(7));
    }
    // Without an `Input`, all others stay as they are; with one of samples alone, too.
    let alone = compiled("{ fully_connected_6: Dense { precision: Int4 } }", &files);
    let eight = Precision::Int8;
    let expected =
        [("conv_2d_0", eight), ("depthwise_conv_2d_1", eight), ("fully_connected_6", Precision::Int4)];
    assert_eq!(precisions(&alone), expected);
    let with_samples = compiled(
        "{ x: Input { calibration: \"samples.npy\" }, fully_connected_6: Dense { precision: Int4 } }",
        &files,
    );
    assert_eq!(precisions(&with_samples), expected);
    assert_ne!(weights(&with_samples, "fully_connected_6"), weights(&alone, "fully_connected_6"));
    // The shape of code is no matter of weights.
    let [full, looped] = ["Full", "Loop"].map(|unroll| {
        let declaration =
            format!("struct Net = \"branches.tflite\" {{ fully_connected_6: Dense {{ unroll: {unroll} }} }}");
        let (compiled, messages) = try_compile(&declaration, &files);
        assert_eq!(messages, [""; 0]);
        compiled.expect("a network")
    });
    assert!(
        operators(&full.graph) == operators(&original) && operators(&looped.graph) == operators(&original)
    );
    assert!(full.plan.cycles < looped.plan.cycles);
}

#[test]
fn layers_of_models_of_real_numbers_have_options_of_their_own() {
    let mut files = MemoryFiles::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui/data");
    for name in ["float.tflite", "calibration.npy"] {
        files.insert(name, std::fs::read(data.join(name)).expect(name));
    }
    let compiled = |layer: &str| {
        let declaration = format!(
            "struct Net = \"float.tflite\" {{ x: Input {{ calibration: \"calibration.npy\" }}, {layer} }}"
        );
        let (compiled, messages) = try_compile(&declaration, &files);
        assert_eq!(messages, [""; 0]);
        compiled.expect("a network").graph
    };
    let graph = compiled("fully_connected_0: Dense { precision: Int5, prune: 0.5 }");
    let linear = graph.nodes.iter().find_map(|node| node.operator.linear()).expect("weights");
    assert_eq!(linear.precision, Precision::Int5);
    let zeros = |weights: &[i8]| weights.iter().filter(|&&weight| weight == 0).count();
    assert!(2 * zeros(&linear.weights) >= linear.weights.len());
    let ranges = |graph: &QuantizedGraph| {
        let node = graph.nodes.iter().find(|node| node.operator.linear().is_some()).expect("a layer");
        graph.tensor(node.output).info.quantization.scale()
    };
    let wide = compiled("fully_connected_0: Dense { range: [-1000.0, 1000.0] }");
    assert!(ranges(&wide) > 7.0, "{}", ranges(&wide));
}

/// Inputs of 2, 1 and 8 do not fall into groups of 5.
#[test]
fn groups_of_no_layer_are_refused() {
    let message = |option: &str| {
        let declaration = format!("struct Net = \"branches.tflite\" {{ image: Input {{ {option} }} }}");
        try_compile(&declaration, &branches()).1
    };
    let refused = "no layer reads inputs that fall into groups of 5 (layers read 1, 2 and 8): `prune: [3, 5]` changes \
                   nothing\n= help: state a group that divides the inputs (input channels) of some layers, or a share: \
                   `prune: 0.5`";
    assert_eq!(message("prune: [3, 5]"), [refused]);
    assert_eq!(message("prune: [3, 5], precision: Int4"), [refused]);
    assert_eq!(message("prune: [3, 8]"), [""; 0]);
}

/// What reads a variable reads no tensor.
#[test]
fn models_with_variables_are_narrowed_like_others() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui/data/counter.tflite");
    let mut files = MemoryFiles::new();
    files.insert("counter.tflite", std::fs::read(path).expect("a model"));
    for option in ["precision: Int4", "prune: 0.5", "precision: Auto"] {
        let declaration =
            format!("struct Net = \"counter.tflite\" where flash <= 1, {{ step: Input {{ {option} }} }}");
        let (_, messages) = try_compile(&declaration, &files);
        let [message] = &messages[..] else { panic!("{option}: {messages:#?}") };
        assert!(message.starts_with(NARROWED), "{option}: {message}");
    }
}

#[test]
fn weights_beside_int16_stay() {
    let archive = npz::read(include_bytes!("operators/types.npz")).expect("an archive of cases");
    let mut refused = 0;
    for case in archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model")) {
        let model: Vec<u8> =
            integers(&archive, &format!("{case}.model")).iter().map(|&byte| byte as u8).collect();
        let read = tflite::read(&model).expect("a model");
        let graph = quantized_graph(&read, &model, Span::call_site()).expect("a supported model");
        let Some(node) = graph.nodes.iter().find(|node| node.operator.linear().is_some()) else { continue };
        let kind = match node.kind.as_str() {
            "FullyConnected" => "Dense",
            "Conv2d" | "DepthwiseConv2d" => &node.kind,
            _ => continue,
        };
        if graph.tensor(node.inputs[0]).info.element != Element::Int16 {
            continue;
        }
        let mut files = MemoryFiles::new();
        files.insert("model.tflite", model);
        let label = &node.label;
        let weights = format!("`{label}`: beside tensors of int16, weights stay as they are");
        let code =
            format!("`{label}`: straight-line code is for tensors of int8, and it reads or makes int16s");
        for (options, expected) in [
            ("precision: Int4", &[weights.as_str()][..]),
            ("prune_inputs: 0.5", &[&weights]),
            ("unroll: Full", &[&code]),
            ("precision: Int4, unroll: Full", &[&weights, &code]),
            ("precision: Int8, prune: 0, prune_channels: 0, prune_inputs: 0, unroll: Loop", &[]),
        ] {
            let declaration = format!("struct Net = \"model.tflite\" {{ {label}: {kind} {{ {options} }} }}");
            let (_, messages) = try_compile(&declaration, &files);
            let is_expected =
                messages.iter().zip(expected).all(|(message, expected)| message.starts_with(*expected));
            assert!(messages.len() == expected.len() && is_expected, "{options}: {messages:?}");
        }
        refused += 1;
    }
    assert!(refused > 0);
}

fn weights<'g>(graph: &'g QuantizedGraph, label: &str) -> &'g [i8] {
    let node = graph.nodes.iter().find(|node| node.label == label).expect("a layer");
    &node.operator.linear().expect("weights").weights
}

fn zeros(graph: &QuantizedGraph, label: &str) -> (usize, usize) {
    let weights = weights(graph, label);
    (weights.iter().filter(|&&weight| weight == 0).count(), weights.len())
}

#[test]
fn weights_of_models_of_integers_become_zero() {
    let mut random = Rng::with_seed(8);
    let (calibration, test) = (images(&mut random, 200), images(&mut random, 300));
    let mut files = branches();
    let original = compiled(";", &files);
    files.insert("samples.npy", reals(&original, "200, 6, 6, 2", &calibration));
    let labels = ["conv_2d_0", "depthwise_conv_2d_1", "fully_connected_6"];
    for (options, at_least) in [
        ("prune: 0.3", 0.3),
        ("prune: 0.6", 0.6),
        ("precision: Int4, prune: 0.5", 0.5),
        // Half of the layers whose inputs fall into pairs; of the depthwise convolution, none.
        ("prune: [1, 2]", 0.0),
    ] {
        let [without, with] = ["", ", calibration: \"samples.npy\""].map(|samples| {
            let graph = compiled(&format!("{{ x: Input {{ {options}{samples} }} }}"), &files);
            let (zero, all) = labels
                .iter()
                .map(|label| zeros(&graph, label))
                .fold((0, 0), |sum, of_layer| (sum.0 + of_layer.0, sum.1 + of_layer.1));
            assert!(zero as f64 >= at_least * all as f64 - 1.0, "{options}{samples}: {zero} of {all}");
            if options == "prune: [1, 2]" {
                for label in ["conv_2d_0", "fully_connected_6"] {
                    assert!(
                        weights(&graph, label).chunks(2).all(|pair| pair.contains(&0)),
                        "{label}{samples}"
                    );
                }
            }
            check(options, &graph, &mut random);
            (error(&graph, &original, &test), graph)
        });
        println!("{options}: {} {}", with.0, without.0);
        assert!(with.0 < 0.7 * without.0, "{options}: {} {}", with.0, without.0);
    }
    // In eight bits, what stays is what it was.
    let pruned = compiled("{ fully_connected_6: Dense { prune: 0.5 } }", &files);
    let [pruned, before] = [&pruned, &original].map(|graph| weights(graph, "fully_connected_6"));
    assert_eq!(pruned.iter().filter(|&&weight| weight == 0).count(), before.len().div_ceil(2));
    assert!(pruned.iter().zip(before).all(|(&pruned, &before)| pruned == 0 || pruned == before));
}

#[test]
fn channels_of_models_of_integers_disappear() {
    let mut files = branches();
    let original = compiled(";", &files);
    let samples = reals(&original, "50, 6, 6, 2", &images(&mut Rng::with_seed(9), 50));
    files.insert("samples.npy", samples);
    let declaration = |layer: &str| {
        format!("struct Net = \"branches.tflite\" {{ x: Input {{ calibration: \"samples.npy\" }}, {layer} }}")
    };
    let plan = |layer: &str| {
        let (compiled, messages) = try_compile(&declaration(layer), &files);
        assert_eq!(messages, [""; 0], "{layer}");
        let compiled = compiled.expect("a network");
        check(layer, &compiled.graph, &mut Rng::with_seed(10));
        compiled.plan
    };
    let whole = try_compile("struct Net = \"branches.tflite\";", &files).0.expect("a network").plan;
    let fewer = plan("conv_2d_0: Conv2d { prune_channels: 0.5 }");
    assert!(fewer.macs < whole.macs && fewer.flash < whole.flash, "{} {}", fewer.macs, whole.macs);
    // Half of the inputs of the last layer are read by none of its 3 outputs.
    let inputs = |body: &str| {
        let graph = compiled(body, &files);
        let weights = weights(&graph, "fully_connected_6");
        let count = weights.len() / 3;
        (0..count).filter(|&input| (0..3).any(|output| weights[output * count + input] != 0)).count()
    };
    let all = inputs(";");
    assert_eq!(inputs("{ fully_connected_6: Dense { prune_inputs: 0.5 } }"), all / 2);
    // The answers are no channels to take away.
    let (_, messages) = try_compile(&declaration("fully_connected_6: Dense { prune_channels: 0.5 }"), &files);
    assert!(messages[0].contains("its output channels are what the network answers"), "{messages:?}");
    let (_, messages) =
        try_compile(&declaration("fully_connected_6: Dense { prune: 0.5, precision: Binary }"), &files);
    assert!(messages[0].contains("`Binary` has no 0 for weights that are pruned"), "{messages:?}");
}

/// Files in memory, and a place to keep what was found out.
struct Keeping<'f> {
    files: &'f MemoryFiles,
    folder: PathBuf,
}

impl Files for Keeping<'_> {
    fn read(&self, path: &syn::LitStr) -> Result<File, FileError> {
        self.files.read(path)
    }

    fn cache(&self) -> Option<Cache> {
        Some(Cache::new(&self.folder, Duration::ZERO))
    }
}

#[test]
fn the_compiler_chooses_for_models_of_integers() {
    let mut random = Rng::with_seed(11);
    let (calibration, test) = (images(&mut random, 100), images(&mut random, 200));
    let mut files = branches();
    let original = compiled(";", &files);
    files.insert("samples.npy", reals(&original, "100, 6, 6, 2", &calibration));
    let declaration = |limits: &str, input: &str, layers: &str| {
        format!(
            "struct Net = \"branches.tflite\" {limits} {{ x: Input {{ {input}, calibration: \"samples.npy\" }}, {layers} }}"
        )
    };
    let compiled = |declaration: &str| {
        let (compiled, messages) = try_compile(declaration, &files);
        assert_eq!(messages, [""; 0], "{declaration}");
        compiled.expect("a network")
    };
    // Where nothing is limited, the model stays as it is.
    let unlimited = compiled(&declaration("", "precision: Auto", ""));
    assert!(operators(&unlimited.graph) == operators(&original));
    let smallest = |input: &str| compiled(&declaration("where flash <= SMALLEST,", input, "")).plan.flash;
    let [wide, narrow] = [smallest("prune: 0"), smallest("precision: Int2")];
    let limit = (wide + narrow) / 2;
    let limited = format!("where flash <= {limit},");
    let chosen = compiled(&declaration(&limited, "precision: Auto", ""));
    let choices = chosen.choices.as_ref().expect("choices");
    assert!(chosen.plan.flash <= limit && choices.is_of_integers);
    assert_eq!(choices.labels, ["conv_2d_0", "depthwise_conv_2d_1", "fully_connected_6"]);
    let formats: Vec<Precision> =
        precisions(&chosen.graph).into_iter().map(|(_, precision)| precision).collect();
    assert_eq!(formats, choices.chosen);
    assert!(formats.iter().any(|precision| *precision != Precision::Int8));
    check("chosen", &chosen.graph, &mut random);
    // What is right is what the model makes as it is: eight bits have no noise.
    let front = choices.front();
    let exact = front.iter().find(|tried| tried.precisions.iter().all(|level| *level == Precision::Int8));
    assert_eq!(exact.map(|tried| tried.noise), Some(0.0));
    let of_narrowest = compiled(&declaration("", "precision: Int2", ""));
    let [of_chosen, of_narrowest] =
        [&chosen, &of_narrowest].map(|compiled| error(&compiled.graph, &original, &test));
    assert!(of_chosen < 0.5 * of_narrowest, "{of_chosen} {of_narrowest}");
    // What a layer states stays, and one alone may leave it to the compiler.
    let stated = compiled(&declaration(&limited, "precision: Auto", "conv_2d_0: Conv2d { precision: Int5 }"));
    assert_eq!(precisions(&stated.graph)[0].1, Precision::Int5);
    let alone =
        compiled(&declaration(&limited, "precision: Int4", "fully_connected_6: Dense { precision: Auto }"));
    let labels = alone.choices.expect("choices").labels;
    assert_eq!(labels, ["fully_connected_6"]);
    // Weights that become 0 do so in all that is tried.
    let pruned = compiled(&declaration(&limited, "precision: Auto, prune: 0.5", ""));
    assert!(pruned.plan.flash <= limit);
    // A second build writes the same.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("narrowing-choices");
    let _ = std::fs::remove_dir_all(&folder);
    let keeping = Keeping { files: &files, folder: folder.clone() };
    let expanded = |files: &dyn Files| {
        let text = format!("(::tinynet) {}", declaration(&limited, "precision: Auto", ""));
        tinynet_compiler::expand(text.parse().unwrap(), files).to_string()
    };
    let expected = expanded(&files);
    assert!(expected.contains("chose what comes nearest to the model as its file has it"));
    let kept = || std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(expanded(&keeping), expected);
    let first = kept();
    assert_eq!((expanded(&keeping) == expected, kept()), (true, first));
    // Nothing meets it.
    let (none, messages) = try_compile(&declaration("where flash <= 100,", "precision: Auto", ""), &files);
    assert!(none.is_none());
    assert!(
        messages[0].starts_with("no precisions that `Auto` tried meet all limits of `Net`"),
        "{messages:?}"
    );
}

/// Layers of every kind, and inputs and outputs of every type.
#[test]
fn choices_hold_what_is_proven() {
    let mut random = Rng::with_seed(12);
    let files = [&include_bytes!("operators/cases.npz")[..], include_bytes!("operators/types.npz")];
    let mut chosen = 0;
    for archive in files.map(|bytes| npz::read(bytes).expect("an archive of cases")) {
        for case in archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model")) {
            let model: Vec<u8> =
                integers(&archive, &format!("{case}.model")).iter().map(|&byte| byte as u8).collect();
            let read = tflite::read(&model).expect("a model");
            let graph = quantized_graph(&read, &model, Span::call_site()).expect("a supported model");
            if !has_weights(&graph) || graph.inputs.len() != 1 || !graph.states().is_empty() {
                continue;
            }
            let tensor = graph.tensor(graph.inputs[0]);
            let shape: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
            let values = (0..6 * tensor.elements()).flat_map(|_| (random.f32() * 4.0 - 2.0).to_le_bytes());
            let mut files = MemoryFiles::new();
            files.insert("samples.npy", npy("<f4", &format!("6, {}", shape.join(", ")), values));
            files.insert("model.tflite", model);
            let of = |limit: usize| {
                format!(
                    "struct Net = \"model.tflite\" where flash <= {limit}, \
                     {{ x: Input {{ precision: Auto, calibration: \"samples.npy\" }} }}"
                )
            };
            let (Some(whole), messages) = try_compile(&of(1 << 20), &files) else { panic!("{case}") };
            assert_eq!(messages, [""; 0], "{case}");
            let (limited, messages) = try_compile(&of(whole.plan.flash * 9 / 10), &files);
            match limited {
                Some(limited) => {
                    assert!(limited.plan.flash <= whole.plan.flash * 9 / 10, "{case}");
                    check(case, &limited.graph, &mut random);
                    chosen += 1;
                }
                None => assert!(messages[0].starts_with("no precisions that `Auto` tried"), "{messages:?}"),
            }
        }
    }
    println!("{chosen}");
    assert!(chosen > 0);
}
