//! Operators with a state against TensorFlow Lite's reference kernels, bit for bit, over several inferences.
//!
//! `recurrent/cases.npz` has small models, inputs, and what TensorFlow 2.19 answers; `recurrent/make.py` makes it.

use proc_macro2::Span;
use std::collections::BTreeMap;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::from_tflite::quantized_graph;
use tinynet_compiler::import::{Archive, Values, npz, tflite};
use tinynet_compiler::optimize::optimize;
use tinynet_compiler::plan::order::in_best_order;
use tinynet_compiler::plan::{self, Budget};
use tinynet_compiler::planned::Memory;
use tinynet_compiler::quantized::{Element, QuantizedGraph};
use tinynet_compiler::reference::Reference;

fn archive() -> Archive {
    npz::read(include_bytes!("recurrent/cases.npz")).expect("the archive of cases")
}

fn integers(archive: &Archive, name: &str) -> Vec<i64> {
    let entry = archive.entries.iter().find(|(entry, _)| entry == name);
    match entry.map(|(_, array)| &array.values) {
        Some(Values::Integers(values)) => values.clone(),
        _ => panic!("no integers `{name}`"),
    }
}

/// As they lie in memory.
fn bytes(archive: &Archive, name: &str, element: Element) -> Vec<i8> {
    let bytes = |value: i64| value.to_le_bytes().into_iter().take(element.bytes()).map(|byte| byte as i8);
    integers(archive, name).into_iter().flat_map(bytes).collect()
}

fn graph(archive: &Archive, case: &str) -> QuantizedGraph {
    let model: Vec<u8> = integers(archive, &format!("{case}.model")).iter().map(|&byte| byte as u8).collect();
    let read = tflite::read(&model).unwrap_or_else(|error| panic!("{case}: {error}"));
    quantized_graph(&read, &model, Span::call_site())
        .unwrap_or_else(|problems| panic!("{case}: {problems:#?}"))
}

#[test]
fn all_cases_are_exact() {
    let archive = archive();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in archive.entries.iter().filter_map(|(name, _)| name.strip_suffix(".model")) {
        *counts.entry(case.split_once('/').expect("OPERATOR/case").0).or_default() += 1;
        let graph = in_best_order(optimize(graph(&archive, case)));
        let [input, output] = [graph.inputs[0], graph.outputs[0]].map(|id| graph.tensor(id));
        let inputs = bytes(&archive, &format!("{case}.input"), input.info.element);
        let outputs = bytes(&archive, &format!("{case}.output"), output.info.element);
        let [input, output] = [input, output].map(|tensor| tensor.bytes());
        assert!(inputs.len() > input && inputs.len() / input == outputs.len() / output);
        let budget = Budget { flash: Some(0), ram: Some(0) };
        let plan = plan::plan(&graph, budget, &mut Errors::new()).expect("a plan");
        let (reference, mut memory) = (Reference::new(&graph), Memory::new(&graph, &plan));
        let mut state = reference.first_state();
        for (sample, (input, expected)) in inputs.chunks(input).zip(outputs.chunks(output)).enumerate() {
            assert_eq!(reference.output_after(&mut state, input), expected, "{case}, sample {sample}");
            assert_eq!(memory.run(input), expected, "{case}, sample {sample}");
        }
    }
    assert_eq!(
        counts.keys().copied().collect::<Vec<_>>(),
        ["READ_VARIABLE", "SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM"]
    );
}
