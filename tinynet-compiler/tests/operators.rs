//! Every operator against TensorFlow Lite's reference kernels, bit for bit.
//!
//! The archives in `operators` (`cases.npz`, `types.npz`, `indices.npz`, `unsigned.npz`, `images.npz`) have small models, inputs,
//! and what TensorFlow 2.19 answers; `make.py`, `make_types.py` and so on make them.

use proc_macro2::Span;
use std::collections::BTreeMap;
use tinynet_compiler::from_tflite::quantized_graph;
use tinynet_compiler::import::{Archive, Values, npz, tflite};
use tinynet_compiler::quantized::{Element, QuantizedOperator};
use tinynet_compiler::reference::{self, Reference};

fn archives() -> [Archive; 5] {
    let files = [
        &include_bytes!("operators/cases.npz")[..],
        include_bytes!("operators/types.npz"),
        include_bytes!("operators/indices.npz"),
        include_bytes!("operators/unsigned.npz"),
        include_bytes!("operators/images.npz"),
    ];
    files.map(|bytes| npz::read(bytes).expect("an archive of cases"))
}

/// Integers of a tensor as they lie in memory.
fn to_bytes(element: Element, values: &[i64]) -> Vec<i8> {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes().into_iter().take(element.bytes()));
    bytes.map(|byte| byte as i8).collect()
}

fn integers(archive: &Archive, name: &str) -> Vec<i64> {
    let entry = archive.entries.iter().find(|(entry, _)| entry == name);
    match entry.map(|(_, array)| &array.values) {
        Some(Values::Integers(values)) => values.clone(),
        _ => panic!("no integers `{name}`"),
    }
}

/// What is different in a case; nothing where all bits are the same.
fn difference(archive: &Archive, case: &str) -> Option<String> {
    let model: Vec<u8> = integers(archive, &format!("{case}.model")).iter().map(|&byte| byte as u8).collect();
    let [inputs, outputs] = ["input", "output"].map(|part| integers(archive, &format!("{case}.{part}")));
    let read = tflite::read(&model).expect("a model");
    let graph = match quantized_graph(&read, &model, Span::call_site()) {
        Ok(graph) => graph,
        Err(problems) => return Some(format!("{case}: {}; {}", problems[0].cause, problems[0].remedy)),
    };
    let [input, output] = [graph.inputs[0], graph.outputs[0]].map(|id| graph.tensor(id));
    let element = input.info.element;
    let kernels = Reference::new(&graph);
    let samples = inputs.chunks(input.elements()).zip(outputs.chunks(output.elements()));
    assert!(samples.len() > 0 && inputs.len() / input.elements() == outputs.len() / output.elements());
    samples.enumerate().find_map(|(sample, (input, expected))| {
        let made = kernels.output(&to_bytes(element, input));
        let made = reference::integers(output, &made);
        let at = (0..made.len()).find(|&index| i64::from(made[index]) != expected[index])?;
        let bounds = output.info.bounds;
        Some(format!(
            "{case}, sample {sample}: output {at} is {}, not {}; bounds {bounds:?}",
            made[at], expected[at]
        ))
    })
}

#[test]
fn all_cases_are_exact() {
    let archives = archives();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut different = Vec::new();
    for archive in &archives {
        for case in archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model")) {
            let (operator, _) = case.split_once('/').expect("OPERATOR/case");
            *counts.entry(operator).or_default() += 1;
            different.extend(difference(archive, case));
        }
    }
    assert!(different.is_empty(), "{} cases differ:\n{}", different.len(), different.join("\n"));
    println!("{counts:?}");
}

/// Weights with a zero point are int8s where those have room for their differences to it.
#[test]
fn weights_have_a_zero_point_where_they_must() {
    let mut asymmetric = 0;
    for archive in &archives() {
        for case in archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model")) {
            let Some((_, zero_point)) = case.split_once("/uint8_").filter(|_| case.contains("CONV_2D/"))
            else {
                continue;
            };
            let model: Vec<u8> =
                integers(archive, &format!("{case}.model")).iter().map(|&byte| byte as u8).collect();
            let read = tflite::read(&model).expect("a model");
            let graph = quantized_graph(&read, &model, Span::call_site()).expect("a supported model");
            let is_asymmetric = |operator: &_| matches!(operator, QuantizedOperator::AsymmetricConv2d { .. });
            let has_asymmetric = graph.nodes.iter().any(|node| is_asymmetric(&node.operator));
            assert_eq!(has_asymmetric, !zero_point.ends_with("_128"), "{case}");
            asymmetric += usize::from(has_asymmetric);
        }
    }
    assert!(asymmetric > 20, "{asymmetric}");
}

/// Only where 32 bits are not enough do sums have 64.
#[test]
fn sums_are_as_long_as_they_must_be() {
    let mut wide = 0;
    for archive in &archives() {
        for case in archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model")) {
            let model: Vec<u8> =
                integers(archive, &format!("{case}.model")).iter().map(|&byte| byte as u8).collect();
            let read = tflite::read(&model).expect("a model");
            let graph = quantized_graph(&read, &model, Span::call_site()).expect("a supported model");
            let is_wide =
                graph.nodes.iter().any(|node| matches!(node.operator, QuantizedOperator::WideConv2d { .. }));
            assert_eq!(is_wide, case.contains("/wide_"), "{case}");
            wide += usize::from(is_wide);
        }
    }
    assert!(wide > 3, "{wide}");
}
