//! Every operator against TensorFlow Lite's reference kernels, bit for bit.
//!
//! `operators/cases.npz` has small models, inputs, and what TensorFlow 2.19 answers; `operators/make.py` makes it.

use proc_macro2::Span;
use std::collections::BTreeMap;
use tinynet_compiler::from_tflite::quantized_graph;
use tinynet_compiler::import::{Archive, Values, npz, tflite};
use tinynet_compiler::reference::Reference;

fn archive() -> Archive {
    npz::read(include_bytes!("operators/cases.npz")).expect("the archive of cases")
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
    let reference = Reference::new(&graph);
    let samples = inputs.chunks(input.elements()).zip(outputs.chunks(output.elements()));
    assert!(samples.len() > 0 && inputs.len() / input.elements() == outputs.len() / output.elements());
    samples.enumerate().find_map(|(sample, (input, expected))| {
        let input: Vec<i8> = input.iter().map(|&value| value as i8).collect();
        let made = reference.output(&input);
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
    let archive = archive();
    let cases = archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model"));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut different = Vec::new();
    for case in cases {
        let (operator, _) = case.split_once('/').expect("OPERATOR/case");
        *counts.entry(operator).or_default() += 1;
        different.extend(difference(&archive, case));
    }
    assert!(different.is_empty(), "{} cases differ:\n{}", different.len(), different.join("\n"));
    println!("{counts:?}");
}
