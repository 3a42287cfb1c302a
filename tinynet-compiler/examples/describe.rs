//! Prints what a `.tflite` file holds: `cargo run --package tinynet-compiler --example describe -- model.tflite`.

use std::process::ExitCode;
use tinynet_compiler::import::tflite::{self, Model, Operator, Quantization, Subgraph, Tensor};

fn main() -> ExitCode {
    let mut all_good = true;
    for path in std::env::args_os().skip(1) {
        println!("{}", path.display());
        match std::fs::read(&path).map(|bytes| tflite::read(&bytes)) {
            Ok(Ok(model)) => describe(&model),
            Ok(Err(error)) => {
                println!("error: {error}");
                all_good = false;
            }
            Err(error) => {
                println!("error: {error}");
                all_good = false;
            }
        }
    }
    if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn describe(model: &Model) {
    println!("description: {:?}", model.description);
    for signature in &model.signatures {
        println!("signature: {signature:?}");
    }
    for (index, subgraph) in model.subgraphs.iter().enumerate() {
        println!("subgraph {index} {:?}", subgraph.name);
        list("in", subgraph, subgraph.inputs.iter());
        for (index, operator) in subgraph.operators.iter().enumerate() {
            describe_operator(model, subgraph, index, operator);
        }
        list("out", subgraph, subgraph.outputs.iter());
    }
}

fn describe_operator(model: &Model, subgraph: &Subgraph, index: usize, operator: &Operator) {
    let version = model.operator_codes[operator.code].version;
    println!("  {} version {version}", model.operator_place(index, operator));
    println!("      {:?}", operator.options);
    if !operator.unknown_options.is_empty() {
        println!("      unknown options {:?}", operator.unknown_options);
    }
    if let Some(options) = &operator.custom_options {
        println!("      custom options: bytes {options:?}");
    }
    if operator.mutating_variable_inputs.contains(&true) {
        println!("      changes inputs {:?}", operator.mutating_variable_inputs);
    }
    for (position, input) in operator.inputs.iter().enumerate() {
        match input {
            Some(input) => list("<-", subgraph, [input]),
            None => println!("      <- input {position} is left out"),
        }
    }
    list("--", subgraph, operator.intermediates.iter().flatten());
    list("->", subgraph, &operator.outputs);
}

fn list<'a>(arrow: &str, subgraph: &Subgraph, tensors: impl IntoIterator<Item = &'a usize>) {
    for &index in tensors {
        let tensor = &subgraph.tensors[index];
        println!("      {arrow} {}: {}", subgraph.tensor_place(index), shown(tensor));
    }
}

fn shown(tensor: &Tensor) -> String {
    let mut text = format!("{} {:?}", tensor.element_type, tensor.shape);
    if tensor.shape_signature.contains(&-1) {
        text += &format!(" of any {:?}", tensor.shape_signature);
    }
    if let Some(data) = &tensor.data {
        text += &format!(" constant, bytes {data:?}");
    }
    if tensor.is_variable {
        text += " variable";
    }
    if tensor.is_sparse {
        text += " sparse";
    }
    if let Some(quantization) = &tensor.quantization {
        text += &shown_quantization(quantization);
    }
    text
}

fn shown_quantization(quantization: &Quantization) -> String {
    let Quantization { scales, zero_points, quantized_dimension, has_details } = quantization;
    let details = if *has_details { " with details of another scheme" } else { "" };
    match (&scales[..], &zero_points[..]) {
        ([scale], [zero_point]) => format!(" scale {scale} zero point {zero_point}{details}"),
        _ => format!(
            " {} scales along axis {quantized_dimension} from {:?}, zero points from {:?}{details}",
            scales.len(),
            scales.first(),
            zero_points.first()
        ),
    }
}
