//! Declarations from their source text to what is built, with files in memory.

mod branches;
mod hostile;
mod input;
mod layers;
mod limits;
mod order;
mod shapes;
mod weights;

use super::{Built, Declaration, Declared, RealNetwork, build};
use crate::diagnostics::Errors;
use crate::files::{Files, InvisibleFiles, MemoryFiles};
use crate::graph::FloatOperator;
use crate::{names, parse};

/// What building a declaration gives, and the messages of parser, names and this stage.
fn try_build(source: &str, files: &dyn Files) -> (Built, Vec<String>) {
    let mut errors = Errors::new();
    let tokens = format!("(tinynet) {source}").parse().unwrap();
    let invocation = parse::parse(tokens, &mut errors);
    let network = &invocation.networks[0];
    names::check(network, &mut errors);
    let built = build(network, files, &mut errors);
    (built, errors.messages())
}

/// A right declaration.
fn right(source: &str, files: &dyn Files) -> Declaration {
    let (built, messages) = try_build(source, files);
    assert_eq!(messages, [""; 0], "{source}");
    built.declaration.unwrap()
}

/// The layers of a right declaration.
fn declaration(source: &str, files: &dyn Files) -> RealNetwork {
    match right(source, files).network {
        Declared::Real(network) => network,
        Declared::Quantized(_) => panic!("{source}: a whole model"),
    }
}

/// The messages of a wrong declaration.
fn messages(source: &str, files: &dyn Files) -> Vec<String> {
    let (built, messages) = try_build(source, files);
    assert!(built.declaration.is_none(), "{source}");
    messages
}

/// A network of an input of `shape` and `layers`, without a file.
fn layers(shape: &str, layers: &str) -> String {
    format!("struct Net {{ image: Input {{ shape: {shape}, range: [-1, 1] }}, {layers} }}")
}

/// A network of an input of `shape` and `layers`, with the weights of [`network_files`].
fn with_weights(shape: &str, layers: &str) -> String {
    format!(
        "struct Net = \"net.safetensors\" {{ image: Input {{ shape: {shape}, range: [-1, 1] }}, {layers} }}"
    )
}

/// The operator and the output shape of the last of `layers`.
fn last(shape: &str, layers_text: &str) -> (FloatOperator, Vec<usize>) {
    last_of(&layers(shape, layers_text), &MemoryFiles::new())
}

/// The operator and the output shape of the last layer.
fn last_of(source: &str, files: &dyn Files) -> (FloatOperator, Vec<usize>) {
    let graph = declaration(source, files).graph;
    let node = graph.nodes.last().unwrap();
    assert_eq!(graph.outputs, [node.output]);
    (node.operator.clone(), graph.tensor(node.output).shape.clone())
}

/// The one message of a network of an input of `shape` and `layers`.
fn message(shape: &str, layers_text: &str) -> String {
    message_of(&layers(shape, layers_text), &MemoryFiles::new())
}

/// The one message of a wrong declaration.
fn message_of(source: &str, files: &dyn Files) -> String {
    let messages = messages(source, files);
    let [message] = messages.as_slice() else { panic!("{source}: {messages:#?}") };
    message.clone()
}

/// `net.safetensors` with these entries: their values count up from 0 in each.
fn network_files(entries: &[(&str, &[usize])]) -> MemoryFiles {
    let mut files = MemoryFiles::new();
    files.insert("net.safetensors", safetensors(entries));
    files
}

fn safetensors(entries: &[(&str, &[usize])]) -> Vec<u8> {
    let mut table = String::new();
    let mut data = Vec::new();
    for (name, shape) in entries {
        let start = data.len();
        let elements: usize = shape.iter().product();
        data.extend((0..elements).flat_map(|value| (value as f32).to_le_bytes()));
        let end = data.len();
        let comma = if table.is_empty() { "" } else { "," };
        table += &format!(
            "{comma}\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}"
        );
    }
    let table = format!("{{{table}}}");
    [&(table.len() as u64).to_le_bytes(), table.as_bytes(), &data].concat()
}

/// A `.npy` of float32 whose values count up from 0.
fn npy(shape: &[usize]) -> Vec<u8> {
    let axes: String = shape.iter().map(|axis| format!("{axis}, ")).collect();
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({axes}), }}\n");
    let elements: usize = shape.iter().product();
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend((0..elements).flat_map(|value| (value as f32).to_le_bytes()));
    bytes
}

#[test]
fn nodes_and_tensors_know_where_they_come_from() {
    let source = layers("[4, 4, 2]", "MaxPool2d { size: 2 }, relu: Relu, Softmax");
    let graph = declaration(&source, &MemoryFiles::new()).graph;
    let labels: Vec<_> = graph.nodes.iter().map(|node| (node.label.as_str(), node.kind.as_str())).collect();
    assert_eq!(labels, [("max_pool2d_1", "MaxPool2d"), ("relu", "Relu"), ("softmax3", "Softmax")]);
    let names: Vec<_> = graph.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["image", "max_pool2d_1", "relu", "softmax3"]);
    assert_eq!(graph.nodes[1].inputs, [graph.nodes[0].output]);
    assert_eq!(graph.nodes[0].inputs, graph.inputs);
}

#[test]
fn a_file_without_layers_is_a_whole_model() {
    let message = message_of("struct Kws = \"kws.npz\";", &MemoryFiles::new());
    assert!(message.starts_with("`Kws` has no layers: a file of weights does not say which there are"));
    let message = message_of("struct Kws = \"kws.onnx\";", &MemoryFiles::new());
    assert!(message.starts_with("`kws.onnx` is no model that can be imported"));
}

#[test]
fn an_editor_that_sees_no_files_hears_nothing_and_knows_the_shapes() {
    let source = "struct Net = \"net.npz\" where accuracy(\"test.npz\") >= 0.9 {
        image: Input { shape: [8, 8, 1], calibration: \"samples.npy\" },
        conv: Conv2d { filters: 4, kernel: 3 }, BatchNorm, PRelu, Flatten,
        fc: Dense { units: 10, weights: \"fc.npy\" },
    }";
    let (built, messages) = try_build(source, &InvisibleFiles);
    assert_eq!(messages, [""; 0]);
    assert!(built.declaration.is_none());
    assert_eq!(built.interface.input_shape(), Some(&[8, 8, 1][..]));
    assert_eq!(built.interface.output_shape(), Some(&[10][..]));
}
