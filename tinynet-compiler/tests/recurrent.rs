//! Operators with a state against TensorFlow Lite's reference kernels, bit for bit, over several inferences.
//!
//! `recurrent/cases.npz` has small models, inputs, and what TensorFlow 2.19 answers; `recurrent/make.py` makes it.

use proc_macro2::Span;
use std::collections::BTreeMap;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::from_tflite::quantized_graph;
use tinynet_compiler::import::tflite::{
    Activation, ElementType, Operator, Options, Quantization, SvdfOptions, Tensor,
    UnidirectionalSequenceLstmOptions,
};
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
        let [input, output] = [&graph.inputs, &graph.outputs].map(|ids| graph.tensor(ids[0]));
        let inputs = bytes(&archive, &format!("{case}.input"), input.info.element);
        let outputs = bytes(&archive, &format!("{case}.output"), output.info.element);
        let (input, output) = (input.bytes(), graph.outputs.iter().map(|&id| graph.tensor(id).bytes()).sum());
        assert!(inputs.len() > input && inputs.len() / input == outputs.len() / output);
        let budget = Budget { flash: Some(0), ram: Some(0), ..Budget::default() };
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

/// What is said of a case whose model is changed.
fn refusal(case: &str, change: impl FnOnce(&mut Operator, &mut [Tensor])) -> String {
    let archive = archive();
    let file: Vec<u8> = integers(&archive, &format!("{case}.model")).iter().map(|&byte| byte as u8).collect();
    let mut model = tflite::read(&file).expect("a model");
    let subgraph = &mut model.subgraphs[0];
    let operators = subgraph.operators.iter();
    let position =
        operators.map(|operator| operator.operator.to_string()).position(|name| case.starts_with(&name));
    change(&mut subgraph.operators[position.expect("the operator")], &mut subgraph.tensors);
    match quantized_graph(&model, &file, Span::call_site()) {
        Ok(_) => "nothing".into(),
        Err(problems) => problems[0].cause.clone(),
    }
}

#[test]
fn what_an_lstm_does_not_do_is_refused() {
    let refused =
        |change: fn(&mut Operator, &mut [Tensor])| refusal("UNIDIRECTIONAL_SEQUENCE_LSTM/1", change);
    let options = |change: fn(&mut UnidirectionalSequenceLstmOptions)| {
        refusal("UNIDIRECTIONAL_SEQUENCE_LSTM/1", |operator, _| match &mut operator.options {
            Options::UnidirectionalSequenceLstm(options) => change(options),
            other => panic!("{other:?}"),
        })
    };
    for (cause, word) in [
        (options(|options| options.fused_activation = Activation::Relu), "its activation is RELU"),
        (options(|options| options.cell_clip = -1.0), "limits its cells to -1"),
        (options(|options| options.proj_clip = 2.0), "limits its projection to 2"),
        (options(|options| options.asymmetric_quantize_inputs = true), "asymmetric_quantize_inputs"),
        (options(|options| options.diagonal_recurrent_tensors = true), "diagonal_recurrent_tensors"),
        (options(|options| options.time_major = true), "is not that of one sequence"),
        (refused(|operator, _| operator.inputs[9] = operator.inputs[12]), "peephole weights"),
        (refused(|operator, _| operator.inputs[16] = operator.inputs[5]), "a projection"),
        (refused(|operator, _| operator.inputs[21] = operator.inputs[12]), "layer normalisation"),
        (refused(|operator, _| operator.inputs[1] = None), "coupled to its forget gate"),
        (refused(|operator, _| operator.inputs[13] = None), "a gate has no bias"),
        (refused(|operator, _| operator.inputs[2] = operator.inputs[6]), "instead of [19, 7]"),
        (refused(|operator, _| operator.inputs[18] = operator.inputs[1]), "is no variable"),
        (refused(|operator, _| operator.inputs[19] = operator.inputs[18]), "is used elsewhere, too"),
        (
            refused(|operator, tensors| cell_tensor(operator, tensors).element_type = ElementType::Int8),
            "of type INT8",
        ),
        (refused(|operator, _| operator.intermediates.clear()), "at which scale its cells answer"),
        (
            refused(|operator, tensors| tensors[operator.inputs[18].unwrap()].shape = vec![7]),
            "not 19 elements",
        ),
        (refused(|operator, tensors| cell(operator, tensors).scales = vec![0.3]), "a power of two"),
        (refused(|operator, tensors| cell(operator, tensors).scales = vec![1.0]), "a power of two"),
    ] {
        assert!(cause.contains(word), "`{word}`: {cause}");
    }
}

fn cell<'t>(operator: &Operator, tensors: &'t mut [Tensor]) -> &'t mut Quantization {
    cell_tensor(operator, tensors).quantization.as_mut().expect("a scale")
}

fn cell_tensor<'t>(operator: &Operator, tensors: &'t mut [Tensor]) -> &'t mut Tensor {
    &mut tensors[operator.inputs[19].expect("a state")]
}

#[test]
fn what_an_svdf_does_not_do_is_refused() {
    let refused = |change: fn(&mut Operator, &mut [Tensor])| refusal("SVDF/0", change);
    let options = |change: fn(&mut SvdfOptions)| {
        refusal("SVDF/0", |operator, _| match &mut operator.options {
            Options::Svdf(options) => change(options),
            other => panic!("{other:?}"),
        })
    };
    for (cause, word) in [
        (options(|options| options.rank = 2), "its 3 filters are not 2 for each of 3 outputs"),
        (options(|options| options.rank = -1), "its 3 filters are not -1"),
        (options(|options| options.fused_activation = Activation::Relu6), "its fused activation is RELU6"),
        (options(|options| options.asymmetric_quantize_inputs = true), "asymmetric_quantize_inputs"),
        (refused(|operator, _| operator.inputs[4] = operator.inputs[2]), "is no variable"),
        (refused(|operator, _| operator.inputs[2] = operator.inputs[1]), "not 15 elements"),
        (
            refused(|operator, tensors| {
                let output = tensors[operator.outputs[0]].quantization.as_mut();
                output.expect("a scale").zero_points = vec![-100];
            }),
            "zero point is -100",
        ),
        (
            refused(|operator, tensors| {
                tensors[operator.inputs[4].expect("a state")].element_type = ElementType::Int8;
            }),
            "its state int8 ones",
        ),
    ] {
        assert!(cause.contains(word), "`{word}`: {cause}");
    }
}

#[test]
fn variables_that_contradict_themselves_are_refused() {
    let refused = |change: fn(&mut Operator, &mut [Tensor])| refusal("READ_VARIABLE/0", change);
    let cause = refused(|operator, tensors| tensors[operator.outputs[0]].shape = vec![1, 5]);
    assert!(cause.contains("the first value of the variable `total` has another type or size"), "{cause}");
    let cause = refused(|operator, _| operator.inputs = vec![Some(operator.outputs[0])]);
    assert!(cause.contains("is no handle of a variable"), "{cause}");
}
