//! Who reads whom: labels, branches, layers that nobody reads, layers behind wrong ones.

use super::{declaration, last, layers, message, messages, network_files, try_build, with_weights};
use crate::files::MemoryFiles;
use crate::graph::{FloatOperator, TensorId};

#[test]
fn layers_read_the_one_before_or_the_one_they_name() {
    let source = layers(
        "[4, 2]",
        "a: Relu, b: Tanh { input: image }, c: Sigmoid { input: a }, d: Add { inputs: [b, c] }",
    );
    let graph = declaration(&source, &MemoryFiles::new()).graph;
    let inputs: Vec<_> = graph.nodes.iter().map(|node| node.inputs.as_slice()).collect();
    let id = TensorId;
    let expected: [&[TensorId]; 4] = [&[id(0)], &[id(0)], &[id(1)], &[id(2), id(3)]];
    assert_eq!(inputs, expected);
}

#[test]
fn one_tensor_may_be_read_twice() {
    assert_eq!(last("[4]", "Add { inputs: [image, image] }"), (FloatOperator::Add, vec![4]));
}

#[test]
fn a_product_may_have_one_value_a_channel() {
    let source = layers("[4, 4, 3]", "gate: GlobalAvgPool2d, Sigmoid, Mul { inputs: [s, image] }")
        .replace("Sigmoid", "s: Sigmoid");
    let graph = declaration(&source, &MemoryFiles::new()).graph;
    let node = graph.nodes.last().unwrap();
    // The image first, whatever the order written.
    assert_eq!((&node.operator, &node.inputs), (&FloatOperator::Multiply, &vec![TensorId(0), TensorId(2)]));
    assert_eq!(graph.tensor(node.output).shape, [4, 4, 3]);
    assert_eq!(last("[4]", "Mul { inputs: [image, image] }"), (FloatOperator::Multiply, vec![4]));
}

#[test]
fn concatenation() {
    let concat = |options: &str| {
        last(
            "[4, 6, 3]",
            &format!("a: Relu, b: Tanh {{ input: image }}, Concat {{ inputs: [a, b, image]{options} }}"),
        )
    };
    assert_eq!(concat(""), (FloatOperator::Concat { axis: 2 }, vec![4, 6, 9]));
    assert_eq!(concat(", axis: 0"), (FloatOperator::Concat { axis: 0 }, vec![12, 6, 3]));
    assert_eq!(concat(", axis: -2"), (FloatOperator::Concat { axis: 1 }, vec![4, 18, 3]));
    let pooled = "a: MaxPool2d { size: [2, 1] }, Concat { inputs: [a, image], axis: 0 }";
    assert_eq!(last("[4, 6, 3]", pooled).1, [6, 6, 3]);
}

#[test]
fn branches_that_do_not_fit() {
    assert_eq!(
        message("[6, 5, 1]", "a: MaxPool2d { size: 2 }, Add { inputs: [a, image] }"),
        "`Add` takes two tensors of one shape, but `a` makes [3, 2, 1] and `image` [6, 5, 1]\n= help: a \
         `Conv2d` with `kernel: 1` and the same stride makes a shortcut fit; only `Mul` takes one value a \
         channel"
    );
    assert_eq!(
        message("[6, 5, 4]", "b: MaxPool2d { size: 2 }, Mul { inputs: [image, b] }"),
        "`Mul` takes two tensors of one shape, or one with a value for each channel, but `image` makes [6, \
         5, 4] and `b` [3, 2, 4]\n= help: a vector must be as long as the other's last axis"
    );
    let axes = "axes are counted from 0 without the batch, channels are the last one";
    assert_eq!(
        message("[6, 5, 1]", "a: MaxPool2d { size: 2 }, Concat { inputs: [a, image], axis: 2 }"),
        format!(
            "`Concat` takes tensors that differ along axis 2 alone, but `a` makes [3, 2, 1] and `image` [6, \
             5, 1]\n= help: {axes}"
        )
    );
    assert_eq!(
        message("[6, 5, 1]", "a: Flatten, Concat { inputs: [a, image] }"),
        format!(
            "`Concat` takes tensors that differ along axis 0 alone, but `a` makes [30] and `image` [6, 5, \
             1]\n= help: {axes}"
        )
    );
    let counted =
        "axes are counted from 0 without the batch, or from -1 backwards; channels are the last one";
    assert_eq!(
        message("[6, 5, 1]", "Concat { inputs: [image, image], axis: 3 }"),
        format!("the tensors have 3 axes, and none is 3\n= help: {counted}")
    );
    assert_eq!(
        message("[6]", "Concat { inputs: [image, image], axis: -2 }"),
        format!("the tensors have 1 axis, and none is -2\n= help: {counted}")
    );
}

#[test]
fn wrong_numbers_of_inputs() {
    assert_eq!(
        message("[6]", "Add { inputs: [image] }"),
        "`Add` reads two layers, found 1\n= help: for instance `inputs: [left, right]`; more than two take \
         an `Add` each"
    );
    assert!(
        message("[6]", "Mul { inputs: [image, image, image] }")
            .starts_with("`Mul` reads two layers, found 3")
    );
    assert_eq!(
        message("[6]", "Concat { inputs: [image] }"),
        "`Concat` reads two layers or more, found 1\n= help: for instance `inputs: [left, right]`"
    );
    assert!(
        message("[6]", "Concat { inputs: [] }").starts_with("`Concat` reads two layers or more, found 0")
    );
}

#[test]
fn values_that_are_no_labels() {
    assert_eq!(
        message("[6]", "Relu { input: \"image\" }"),
        "`input` takes labels of layers, found text\n= help: labels are written without quotes: `image`"
    );
    assert_eq!(
        message("[6]", "Relu { input: [image] }"),
        "`input` takes the label of an earlier layer, found a list of 1 value\n= help: for instance `input: \
         conv1`"
    );
    assert_eq!(
        message("[6]", "Add { inputs: image }"),
        "`inputs` takes a list of labels of earlier layers: `[left, right]`, found `image`\n= help: for \
         instance `inputs: [left, right]`"
    );
    assert!(message("[6]", "Add { inputs: [image, 3] }").starts_with("`inputs` takes a list of labels"));
}

#[test]
fn layers_run_in_the_order_written() {
    assert_eq!(
        message("[6]", "a: Relu { input: b }, b: Tanh"),
        "`a` reads `b`, which comes after it\n= help: layers run in the order they are written: move the \
         one that is read up"
    );
    assert_eq!(
        message("[6]", "a: Relu { input: a }"),
        "`a` cannot read itself\n= help: name a layer before it"
    );
}

#[test]
fn layers_that_nobody_reads() {
    let help = "remove it, or name it in the `input` or `inputs` of another layer; the output is that of \
                the last layer, `c`";
    assert_eq!(
        messages(
            &layers(
                "[6]",
                "a: Relu, b: Tanh { input: image }, Sigmoid { input: image }, c: Relu6 { input: a }"
            ),
            &MemoryFiles::new()
        ),
        ["b", "Sigmoid"].map(|name| format!("no layer reads `{name}`\n= help: {help}"))
    );
}

#[test]
fn the_input_comes_first_and_once() {
    let first = "struct Net { a: Relu, image: Input { shape: [6], range: [0, 1] }, b: Tanh }";
    assert_eq!(
        messages(first, &MemoryFiles::new()),
        ["`Input` must be the first layer\n= help: a network has one `Input`, and begins with it"]
    );
    assert_eq!(
        message("[6]", "Relu, Input { shape: [6], range: [0, 1] }, Tanh"),
        "`Net` has one `Input` already, `image`\n= help: a network has one `Input`, and begins with it"
    );
    assert_eq!(
        messages("struct Net { fc: Relu, Tanh }", &MemoryFiles::new()),
        ["`Net` must begin with an `Input`, which says what `fc` reads\n= help: for instance `Input { \
             shape: [8, 8, 1], calibration: \"samples.npy\" }`"]
    );
    assert_eq!(
        messages("struct Net {}", &MemoryFiles::new()),
        ["`Net` has no layers\n= help: begin with `Input { shape: [8, 8, 1], calibration: \
             \"samples.npy\" }`"]
    );
    assert_eq!(
        message("[6]", ""),
        "nothing follows the `Input`\n= help: a network has at least one layer that computes"
    );
}

/// One mistake, one message: nothing follows from an unknown shape.
#[test]
fn mistakes_do_not_multiply() {
    let rest = "Relu, MaxPool2d { size: 2 }, Flatten, Dense { units: 3, weights: \"none.npy\" }, a: \
                Softmax, Add { inputs: [a, a] }, ArgMax";
    for wrong in [
        "Linear { units: 3 }",
        "MaxPool2d { size: 99 }",
        "Relu { input: nobody }",
        "Add { inputs: [nobody, image] }",
        "Pad { padding: Same }",
    ] {
        let source = layers("[8, 8, 1]", &format!("{wrong}, {rest}"));
        let found = messages(&source, &MemoryFiles::new());
        assert_eq!(found.len(), 1, "{found:#?}");
    }
}

/// Channels survive an unknown size, and with them the checks of weights; a Dense knows its output whatever it reads.
#[test]
fn weights_behind_a_mistake_are_checked() {
    let files = network_files(&[
        ("conv.weight", &[4, 2, 3, 3]),
        ("conv.bias", &[4]),
        ("fc.weight", &[3, 7]),
        ("fc.bias", &[3]),
    ]);
    let source = with_weights(
        "[8, 8, 3]",
        "MaxPool2d { size: 99 }, Relu, conv: Conv2d { filters: 4, kernel: 3 }, Flatten, fc: Dense { units: \
         3 }",
    );
    let (built, messages) = try_build(&source, &files);
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert!(messages[0].starts_with("a window of 99 x 99 does not fit"));
    assert!(
        messages[1].starts_with("`conv.weight` has shape [4, 2, 3, 3], but this `Conv2d` needs [4, 3, 3, 3]")
    );
    assert_eq!(built.interface.output_shape(), Some(&[3][..]));
}

#[test]
fn a_network_that_could_not_be_read_whole_is_not_blamed_for_what_is_missing() {
    let source = layers("[6]", "a: Relu, ? , Tanh { input: image }");
    let (built, messages) = try_build(&source, &MemoryFiles::new());
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert!(built.declaration.is_none());
    assert_eq!(built.interface.input_shape(), Some(&[6][..]));
    assert_eq!(built.interface.output_shape(), None);
    // A Flatten may be read by what was skipped.
    let source = layers("[6, 2]", "Flatten, ?");
    let (_, messages) = try_build(&source, &MemoryFiles::new());
    assert_eq!(messages.len(), 1, "{messages:#?}");
}
