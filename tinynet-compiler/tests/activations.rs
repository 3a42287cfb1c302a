//! What activations of four bits save: cycles of the very code, counted instruction by instruction. And what disappears
//! where integers of several types meet.

use std::path::Path;
use tinynet_compiler::build::{self, Declared};
use tinynet_compiler::compile::{Compiled, compile};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::equalize::equalize;
use tinynet_compiler::files::{FolderFiles, MemoryFiles};
use tinynet_compiler::lower::lower;
use tinynet_compiler::optimize::optimize;
use tinynet_compiler::quantize::quantize;
use tinynet_compiler::quantized::{QuantizedGraph, QuantizedOperator};
use tinynet_compiler::{parse, reference};

/// Two convolutions, a pointwise one and a dense layer, with flash enough to write them out.
fn network(precision: &str, activations: &str) -> Compiled {
    let matrix = |seed: u64, shape: &[usize]| {
        let mut random = fastrand::Rng::with_seed(seed);
        array(shape, &mut || random.f64() - 0.5)
    };
    let declaration = format!(
        "(::tinynet) struct Net where flash <= 128 * KIB, {{ \
         pad: Input {{ shape: [8, 8, 1], calibration: \"examples/networks/touch/calibration.npy\", \
         precision: {precision}, activations: {activations} }}, \
         conv1: Conv2d {{ filters: 8, kernel: [3, 3], padding: Same, weights: {}, use_bias: false, layout: Keras }}, Relu, \
         conv2: Conv2d {{ filters: 16, kernel: [3, 3], padding: Same, weights: {}, use_bias: false, layout: Keras }}, Relu, \
         pointwise: Conv2d {{ filters: 16, kernel: [1, 1], weights: {}, use_bias: false, layout: Keras }}, Relu, \
         Flatten {{ order: ChannelsLast }}, \
         fc: Dense {{ units: 4, weights: {}, use_bias: false, layout: PyTorch }} }}",
        matrix(1, &[3, 3, 1, 8]),
        matrix(2, &[3, 3, 8, 16]),
        matrix(3, &[1, 1, 16, 16]),
        matrix(4, &[4, 1024]),
    );
    let mut errors = Errors::new();
    let invocation = parse::parse(declaration.parse().expect("tokens"), &mut errors);
    let files = FolderFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let outcome = compile(&invocation.networks[0], &files, &mut errors);
    outcome.compiled.unwrap_or_else(|| panic!("{:#?}", errors.messages()))
}

/// `[[…], …]`
fn array(shape: &[usize], value: &mut impl FnMut() -> f64) -> String {
    match shape.split_first() {
        None => format!("{:.3}", value()),
        Some((&length, rest)) => {
            let parts: Vec<_> = (0..length).map(|_| array(rest, value)).collect();
            format!("[{}]", parts.join(", "))
        }
    }
}

/// Cycles of a layer.
fn cycles(compiled: &Compiled, label: &str) -> usize {
    let node = compiled.graph.nodes.iter().position(|node| node.label == label).expect("the layer");
    compiled.plan.steps[node].cost.cycles
}

/// The first layer reads int8s whatever lies between layers; all others take packed sums apart less often, those with
/// large weights most of all.
#[test]
fn code_for_pairs_takes_sums_apart_less_often() {
    for (precision, most) in [("Int8", 0.82), ("Int4", 0.99)] {
        let [wide, narrow] = ["Int8", "Int4"].map(|activations| network(precision, activations));
        assert_eq!(cycles(&wide, "conv1"), cycles(&narrow, "conv1"), "{precision}");
        for label in ["conv2", "pointwise"] {
            let [before, after] = [&wide, &narrow].map(|compiled| cycles(compiled, label));
            println!("{precision}, {label}: {before} cycles, {after} with activations of four bits");
            assert!(after < before, "{precision}, {label}: {before} {after}");
        }
        let [before, after] = [&wide, &narrow].map(|compiled| cycles(compiled, "conv2") as f64);
        assert!(after < most * before, "{precision}: {before} {after}");
        assert!(narrow.plan.flash < wide.plan.flash && narrow.plan.cycles < wide.plan.cycles, "{precision}");
        assert_eq!(narrow.plan.arena, wide.plan.arena, "{precision}");
    }
}

/// A network of which half the channels are pruned, the layer that makes them with integers of its own, before it is optimised.
fn pruned(of_network: &str, of_layer: &str) -> QuantizedGraph {
    let folder = "examples/networks/touch";
    let declaration = format!(
        "(::tinynet) struct Net = \"{folder}/weights.safetensors\" {{ pad: Input {{ shape: [8, 8, 1], \
         calibration: \"{folder}/calibration.npy\", scheme: Affine, activations: {of_network} }}, \
         conv1: Conv2d {{ filters: 8, kernel: 3, padding: Same, prune_channels: 0.5, activations: {of_layer} }}, Relu, \
         MaxPool2d {{ size: 2 }}, Flatten, fc1: Dense {{ units: 32 }}, HardTanh, fc2: Dense {{ units: 10 }} }}"
    );
    let mut errors = Errors::new();
    let invocation = parse::parse(declaration.parse().expect("tokens"), &mut errors);
    let files = FolderFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let built = build::build(&invocation.networks[0], &files, &mut errors).declaration.expect("a network");
    let Declared::Real(network) = built.network else { panic!("integers") };
    let float = equalize(lower(network.graph), &network.settings);
    let graph = quantize(&float, &network.settings, network.spans, &mut errors);
    graph.unwrap_or_else(|| panic!("{:#?}", errors.messages()))
}

#[test]
fn channels_disappear_behind_conversions() {
    let mut conversions = 0;
    for (of_network, of_layer) in [("Int16", "Int4"), ("Int16", "Int8"), ("Int8", "Int16"), ("Int4", "Int16")]
    {
        let graph = pruned(of_network, of_layer);
        let optimized = optimize(graph.clone());
        let channels: Vec<_> = optimized
            .nodes
            .iter()
            .filter_map(|node| match &node.operator {
                QuantizedOperator::Conv2d { linear, .. } => Some(linear.bias.len()),
                QuantizedOperator::Convert(_) => {
                    conversions += 1;
                    None
                }
                _ => None,
            })
            .collect();
        assert_eq!(channels, [4], "{of_network} {of_layer}");
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..50 {
            let input: Vec<i8> = (0..graph.tensor(graph.inputs[0]).bytes()).map(|_| random.i8(..)).collect();
            let [expected, made] = [&graph, &optimized].map(|graph| {
                let mut tensors = reference::run(graph, &input);
                std::mem::take(&mut tensors[graph.outputs[0].0])
            });
            assert_eq!(made, expected, "{of_network} {of_layer}");
        }
    }
    assert!(conversions > 4, "{conversions}");
}

/// What two layers make, joined; the first states what may be said of its integers.
fn joined(of_network: &str, of_layer: &str) -> QuantizedGraph {
    let dense = "units: 2, use_bias: false, layout: PyTorch";
    let declaration = format!(
        "(::tinynet) struct Net {{ x: Input {{ shape: [2], range: [-1, 1], activations: {of_network} }}, \
         left: Dense {{ {dense}, weights: [[1.5, 2], [3, 4]], {of_layer} }}, \
         right: Dense {{ {dense}, weights: [[5, -6], [7, 80.5]], input: x }}, Concat {{ inputs: [left, right] }} }}"
    );
    let mut errors = Errors::new();
    let invocation = parse::parse(declaration.parse().expect("tokens"), &mut errors);
    let outcome = compile(&invocation.networks[0], &MemoryFiles::new(), &mut errors);
    outcome.compiled.unwrap_or_else(|| panic!("{:#?}", errors.messages())).graph
}

/// Parts are made in the steps of the whole, and just copied, whether a layer says again what the network says or not.
#[test]
fn what_the_network_states_may_be_stated_again() {
    for activations in ["Int8", "Int16"] {
        let [once, twice] = ["", &format!("activations: {activations}")].map(|of_layer| {
            let graph = joined(activations, of_layer);
            let operators: Vec<_> = graph.nodes.iter().map(|node| node.operator.clone()).collect();
            (operators, graph.tensors.into_iter().map(|tensor| tensor.info).collect::<Vec<_>>())
        });
        assert!(once == twice, "{activations}");
    }
}
