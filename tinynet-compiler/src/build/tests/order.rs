//! PyTorch flattens channels first, Keras channels last; memory is channels last.

use super::{declaration, last_of, layers, message_of, messages, network_files, npy, with_weights};
use crate::files::MemoryFiles;
use crate::graph::FloatOperator;

/// Columns of the last Dense, which has one unit: where each value of memory is counted.
fn columns(source: &str, files: &MemoryFiles) -> Vec<f32> {
    match last_of(source, files).0 {
        FloatOperator::Dense(filter) => filter.weights,
        other => panic!("{other:?}"),
    }
}

/// Channels first `[3, 2, 1]` of an image of height 2, width 1 and 3 channels, in the order of memory.
const FROM_PYTORCH: [f32; 6] = [0.0, 2.0, 4.0, 1.0, 3.0, 5.0];
const FROM_KERAS: [f32; 6] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];

fn pytorch() -> MemoryFiles {
    network_files(&[("fc.weight", &[1, 6]), ("fc.bias", &[1])])
}

fn keras() -> MemoryFiles {
    network_files(&[("fc.kernel", &[6, 1]), ("fc.bias", &[1])])
}

#[test]
fn the_next_dense_decides() {
    let source = with_weights("[4, 1, 3]", "MaxPool2d { size: [2, 1] }, Flatten, fc: Dense { units: 1 }");
    assert_eq!(columns(&source, &pytorch()), FROM_PYTORCH);
    assert_eq!(columns(&source, &keras()), FROM_KERAS);
}

#[test]
fn layers_in_between_that_do_not_care_change_nothing() {
    let source = with_weights(
        "[4, 1, 3]",
        "MaxPool2d { size: [2, 1] }, flat: Flatten, Relu, Flatten, PRelu { slopes: 0.1 }, t: Tanh, s: Add { \
         inputs: [flat, t] }, Softmax, fc: Dense { units: 1 }",
    );
    assert_eq!(columns(&source, &pytorch()), FROM_PYTORCH);
    assert_eq!(columns(&source, &keras()), FROM_KERAS);
}

#[test]
fn the_option_decides() {
    let source =
        |order| with_weights("[2, 1, 3]", &format!("Flatten {{ order: {order} }}, fc: Dense {{ units: 1 }}"));
    for files in [pytorch(), keras()] {
        assert_eq!(columns(&source("ChannelsFirst"), &files), FROM_PYTORCH);
        assert_eq!(columns(&source("ChannelsLast"), &files), FROM_KERAS);
    }
}

#[test]
fn two_readers_may_have_their_weights_from_two_frameworks() {
    let files =
        network_files(&[("a.weight", &[1, 6]), ("a.bias", &[1]), ("b.kernel", &[6, 1]), ("b.bias", &[1])]);
    let source = with_weights(
        "[4, 1, 3]",
        "MaxPool2d { size: [2, 1] }, flat: Flatten, a: Dense { units: 1 }, b: Dense { units: 1, input: flat \
         }, Add { inputs: [a, b] }",
    );
    let graph = declaration(&source, &files).graph;
    let weights = |index: usize| match &graph.nodes[index].operator {
        FloatOperator::Dense(filter) => filter.weights.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((weights(2), weights(3)), (FROM_PYTORCH.to_vec(), FROM_KERAS.to_vec()));
}

#[test]
fn branches_that_are_concatenated_keep_their_orders() {
    let files = network_files(&[("fc.weight", &[1, 14]), ("fc.bias", &[1])]);
    let source = with_weights(
        "[4, 1, 3]",
        "pool: MaxPool2d { size: [2, 1] }, a: Flatten, g: GlobalMaxPool2d { input: pool }, Concat { inputs: \
         [g, a, g] }, Concat { inputs: [x, two] }, fc: Dense { units: 1 }",
    )
    .replace(
        "Concat { inputs: [g, a, g] }",
        "x: Concat { inputs: [g, a, g] }, two: Dense { units: 2, \
                                              input: g, weights: [[1, 2, 3], [4, 5, 6]], bias: 0 }",
    );
    let columns = columns(&source, &files);
    assert_eq!(columns, [0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 4.0, 6.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0]);
}

#[test]
fn numbers_of_each_value_move_along() {
    let norm = "BatchNorm { scale: [1, 2, 3, 4, 5, 6], offset: 0, mean: 0, variance: 1, epsilon: 0 }";
    let layers = |order: &str| {
        format!(
            "Flatten {{ order: {order} }}, {norm}, PRelu {{ slopes: [1, 2, 3, 4, 5, 6] }}, fc: Dense {{ \
             units: 1 }}"
        )
    };
    let graph = declaration(&with_weights("[2, 1, 3]", &layers("ChannelsFirst")), &pytorch()).graph;
    let moved = vec![1.0, 3.0, 5.0, 2.0, 4.0, 6.0];
    assert_eq!(
        graph.nodes[1].operator,
        FloatOperator::ChannelAffine { scale: moved.clone(), offset: vec![0.0; 6] }
    );
    assert_eq!(graph.nodes[2].operator, FloatOperator::PRelu { slopes: moved });
    let graph = declaration(&with_weights("[2, 1, 3]", &layers("ChannelsLast")), &pytorch()).graph;
    assert_eq!(graph.nodes[2].operator, FloatOperator::PRelu { slopes: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] });
}

#[test]
fn order_does_not_matter_with_one_channel_or_one_position() {
    for shape in ["[6, 1, 1]", "[1, 1, 6]", "[1, 6]", "[3, 2, 1]", "[6]"] {
        let source = with_weights(shape, "Flatten, fc: Dense { units: 1 }");
        assert_eq!(columns(&source, &pytorch()), FROM_KERAS, "{shape}");
    }
    assert!(!super::declaration(&layers("[6, 5, 1]", "Flatten"), &MemoryFiles::new()).graph.nodes.is_empty());
}

const HELP: &str = "\n= help: state `order: ChannelsLast` if the values of one position stand side by side \
                    (Keras, or an input of this shape as it is), `order: ChannelsFirst` if those of one \
                    channel do (PyTorch's `[channels, …]`)";

fn asks(source: &str, files: &MemoryFiles, reason: &str) {
    let flattens = "flattens 2 x 3 values, and nothing says in which order";
    assert_eq!(message_of(source, files), format!("`flat` {flattens}: {reason}{HELP}"));
}

/// PyTorch users flatten `[samples, features]` of a sensor as they are: nothing says that channels came first.
#[test]
fn pytorch_weights_behind_an_input_are_ambiguous() {
    let source = with_weights("[2, 3]", "Relu, flat: Flatten, fc: Dense { units: 1 }");
    asks(
        &source,
        &pytorch(),
        "`fc` has PyTorch's weights, but no layer before the `Flatten` says which axis PyTorch has for the \
         channels",
    );
    assert_eq!(columns(&source, &keras()), FROM_KERAS);
}

#[test]
fn weights_without_a_name_are_ambiguous() {
    let source = |dense: &str| {
        layers(
            "[4, 3]",
            &format!("MaxPool1d {{ size: 2 }}, flat: Flatten, fc: Dense {{ units: 1, bias: 0, {dense} }}"),
        )
    };
    let mut files = MemoryFiles::new();
    files.insert("w.npy", npy(&[1, 6]));
    let reason = "the weights of `fc` do not say which framework they come from";
    asks(&source("weights: [[0, 1, 2, 3, 4, 5]]"), &files, reason);
    asks(&source("weights: \"w.npy\""), &files, reason);
    assert_eq!(columns(&source("weights: \"w.npy\", layout: PyTorch"), &files), FROM_PYTORCH);
}

#[test]
fn readers_that_need_the_order_ask() {
    let none = MemoryFiles::new();
    let asks = |rest: &str, reason: &str| {
        let source = layers("[4, 3]", &format!("MaxPool1d {{ size: 2 }}, flat: Flatten, {rest}"));
        asks(&source.replace(", }", " }"), &none, reason);
    };
    asks("", "the caller reads the output");
    asks("Relu", "the caller reads the output");
    asks("Reshape { shape: [6, 1] }", "`Reshape` reads them");
    asks("ArgMax", "`ArgMax` reads them");
    asks(
        "norm: BatchNorm { scale: 1, offset: 0, mean: 0, variance: 1 }, ArgMax",
        "`norm` has a number for each value",
    );
    asks("act: PRelu { slopes: [1, 2, 3, 4, 5, 6] }, ArgMax", "`act` has a number for each value");
    let other =
        "v: GlobalMaxPool1d { input: image }, w: Concat { inputs: [v, v] }, sum: Add { inputs: [w, flat] }";
    asks(other, "`sum` reads them");
}

#[test]
fn channels_first_is_for_dense_alone() {
    let help = "\n= help: memory is channels last, and only weights can be moved to suit it: state `order: \
                ChannelsLast` and count the values so";
    let flatten = "flat: Flatten { order: ChannelsFirst }";
    assert_eq!(
        message_of(&layers("[2, 3]", flatten), &MemoryFiles::new()),
        format!("the caller of the network reads `flat` channels first, which only a `Dense` can{help}")
    );
    assert_eq!(
        message_of(&layers("[2, 3]", &format!("{flatten}, ArgMax")), &MemoryFiles::new()),
        format!("`ArgMax` reads `flat` channels first, which only a `Dense` can{help}")
    );
}

#[test]
fn one_flatten_is_asked_for_once() {
    let source = layers(
        "[2, 3]",
        "flat: Flatten, a: Reshape { shape: [6, 1] }, b: Reshape { shape: [1, 6], input: flat }, c: Flatten \
         { input: a }, d: Flatten { input: b }, Add { inputs: [c, d] }",
    );
    assert_eq!(messages(&source, &MemoryFiles::new()).len(), 1);
}
