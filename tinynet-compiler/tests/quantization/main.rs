//! Quantisation of random networks: bit for bit against an independent evaluator, within a proven distance of the real
//! numbers, with proven bounds, the same every time.

mod bound;
mod dropped;
mod exact;
mod integer;
mod pruned;
mod random_graph;
mod slopes;

use proc_macro2::Span;
use random_graph::{Case, Weights, case};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::equalize::equalize;
use tinynet_compiler::graph::FloatGraph;
use tinynet_compiler::lower::lower;
use tinynet_compiler::quantize::quantize;
use tinynet_compiler::quantized::{Element, QuantizedGraph};
use tinynet_compiler::reference::{self, Reference};
use tinynet_compiler::settings::Settings;

fn quantized(graph: &FloatGraph, settings: &Settings) -> Result<QuantizedGraph, Vec<String>> {
    let mut errors = Errors::new();
    let quantized = quantize(graph, settings, Span::call_site(), &mut errors);
    match quantized {
        Some(quantized) if errors.is_empty() => Ok(quantized),
        _ => Err(errors.messages()),
    }
}

/// Quantises a case, with or without lowering it first, and checks everything that must hold. Answers whether it could be
/// quantised.
fn check(seed: u64, case: Case, is_lowered: bool) -> Result<(), Vec<String>> {
    let Case { graph, settings, samples } = case;
    let float = if is_lowered { equalize(lower(graph), &settings) } else { graph };
    let graph = quantized(&float, &settings)?;
    let again = quantized(&float, &settings)?;
    assert_eq!(format!("{graph:?}"), format!("{again:?}"), "seed {seed}");
    let reference = Reference::new(&graph);
    let info = &graph.tensor(graph.inputs[0]).info;
    for sample in &samples {
        let input: Vec<i32> = sample.iter().map(|&value| info.quantize(f64::from(value))).collect();
        let bytes = input.iter().flat_map(|value| value.to_le_bytes().into_iter().take(info.element.bytes()));
        let tensors = reference.run(&bytes.map(|byte| byte as i8).collect::<Vec<i8>>());
        let tensors: Vec<Vec<i32>> = graph
            .tensors
            .iter()
            .zip(&tensors)
            .map(|(tensor, bytes)| reference::integers(tensor, bytes))
            .collect();
        let expected = integer::run(&graph, &input);
        for ((tensor, expected), description) in tensors.iter().zip(&expected).zip(&graph.tensors) {
            let found: Vec<i128> = tensor.iter().map(|&value| i128::from(value)).collect();
            assert_eq!(&found, expected, "seed {seed}, {}", description.name);
        }
        bound::check(seed, &float, &graph, sample, &tensors);
    }
    Ok(())
}

#[test]
fn random_networks() {
    let mut failures = 0;
    for seed in 0..600 {
        if let Err(messages) = check(seed, case(seed, Weights::Usual), seed % 2 == 0) {
            failures += 1;
            println!("seed {seed}: {messages:?}");
        }
    }
    // Now and then a random network is 0 everywhere.
    assert!(failures < 60, "{failures} of 600 networks could not be quantised");
}

#[test]
fn extreme_weights() {
    let mut failures = 0;
    for seed in 1000..1600 {
        if let Err(messages) = check(seed, case(seed, Weights::Extreme), seed % 2 == 0) {
            failures += 1;
            assert!(!messages.is_empty());
            println!("seed {seed}: {messages:?}");
        }
    }
    assert!(failures < 300, "{failures} of 600 networks could not be quantised");
}

#[test]
fn tensors_of_16_bits() {
    let mut quantized = 0;
    for seed in 2000..4000 {
        let mut case = case(seed, Weights::Usual);
        case.settings.activations = Element::Int16;
        match check(seed, case, seed % 2 == 0) {
            Ok(()) => quantized += 1,
            // Most random networks have a layer that has no kernel.
            Err(messages) => assert!(!messages.is_empty()),
        }
    }
    println!("{quantized}");
    assert!(quantized > 100, "{quantized}");
}
