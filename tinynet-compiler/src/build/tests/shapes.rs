//! Shapes of what windows and shape layers make, and the numbers in their operators.

use super::{declaration, last, last_of, message, network_files, with_weights};
use crate::files::MemoryFiles;
use crate::geometry::{Padding, Window};
use crate::graph::FloatOperator;

fn window(operator: FloatOperator) -> Window {
    match operator {
        FloatOperator::Conv2d { window, .. }
        | FloatOperator::DepthwiseConv2d { window, .. }
        | FloatOperator::MaxPool(window)
        | FloatOperator::AveragePool { window, .. } => window,
        other => panic!("{other:?}"),
    }
}

#[test]
fn conv2d() {
    let files = network_files(&[("conv.weight", &[6, 2, 3, 5]), ("conv.bias", &[6])]);
    let source = with_weights(
        "[11, 12, 4]",
        "conv: Conv2d { filters: 6, kernel: [3, 5], stride: [2, 1], padding: [1, 0, 2, 3], dilation: [1, \
         2], groups: 2 }",
    );
    let (operator, shape) = last_of(&source, &files);
    assert_eq!(shape, [5, 9, 6]);
    let FloatOperator::Conv2d { window, groups, filter } = operator else { panic!("{operator:?}") };
    assert_eq!(groups, 2);
    assert_eq!(filter.shape, [6, 3, 5, 2]);
    assert_eq!((filter.weights.len(), filter.bias.len()), (180, 6));
    assert_eq!(
        window,
        Window {
            input: [11, 12, 4],
            output: [5, 9, 6],
            kernel: [3, 5],
            stride: [2, 1],
            dilation: [1, 2],
            padding: Padding { top: 1, bottom: 0, left: 2, right: 3 },
        }
    );
}

#[test]
fn numbers_stand_for_both_axes() {
    let files = network_files(&[("conv.weight", &[1, 1, 3, 3]), ("conv.bias", &[1])]);
    let conv = "conv: Conv2d { filters: 1, kernel: 3, stride: 2, padding: 1 }";
    let (operator, shape) = last_of(&with_weights("[8, 9, 1]", conv), &files);
    assert_eq!(shape, [4, 5, 1]);
    let window = window(operator);
    assert_eq!((window.kernel, window.stride, window.dilation), ([3, 3], [2, 2], [1, 1]));
    assert_eq!(window.padding, Padding { top: 1, bottom: 1, left: 1, right: 1 });
    let conv = "conv: Conv2d { filters: 1, kernel: 3, padding: [0, 1] }";
    assert_eq!(last_of(&with_weights("[8, 9, 1]", conv), &files).1, [6, 9, 1]);
}

/// A sequence is an image of height 1 to the operator; the tensor keeps its two axes.
#[test]
fn conv1d() {
    let files = network_files(&[("conv.weight", &[8, 3, 5]), ("conv.bias", &[8])]);
    let source = with_weights(
        "[128, 3]",
        "conv: Conv1d { filters: 8, kernel: 5, stride: 2, padding: [1, 2], dilation: 3 }",
    );
    let (operator, shape) = last_of(&source, &files);
    // PyTorch: (128 + 3 - 3 * 4 - 1) / 2 + 1.
    assert_eq!(shape, [60, 8]);
    let FloatOperator::Conv2d { window, groups, filter } = operator else { panic!("{operator:?}") };
    assert_eq!((groups, filter.shape), (1, vec![8, 1, 5, 3]));
    assert_eq!(
        window,
        Window {
            input: [1, 128, 3],
            output: [1, 60, 8],
            kernel: [1, 5],
            stride: [1, 2],
            dilation: [1, 3],
            padding: Padding { top: 0, bottom: 0, left: 1, right: 2 },
        }
    );
    let same = with_weights("[128, 3]", "conv: Conv1d { filters: 8, kernel: 5, stride: 2, padding: Same }");
    let (operator, shape) = last_of(&same, &files);
    assert_eq!(shape, [64, 8]);
    let padding = self::window(operator).padding;
    assert_eq!(padding, Padding { top: 0, bottom: 0, left: 1, right: 2 });
}

#[test]
fn depthwise_conv2d() {
    let files = network_files(&[("conv.weight", &[6, 1, 3, 3]), ("conv.bias", &[6])]);
    let source = with_weights(
        "[96, 96, 3]",
        "conv: DepthwiseConv2d { kernel: 3, stride: 2, padding: Same, multiplier: 2 }",
    );
    let (operator, shape) = last_of(&source, &files);
    assert_eq!(shape, [48, 48, 6]);
    let FloatOperator::DepthwiseConv2d { window, multiplier, filter } = operator else {
        panic!("{operator:?}")
    };
    assert_eq!((multiplier, filter.shape), (2, vec![3, 3, 6]));
    assert_eq!(window.padding, Padding { top: 0, bottom: 1, left: 0, right: 1 });
}

#[test]
fn pools() {
    let (operator, shape) = last("[9, 8, 3]", "MaxPool2d { size: [3, 2] }");
    assert_eq!(shape, [3, 4, 3]);
    let FloatOperator::MaxPool(window) = operator else { panic!("{operator:?}") };
    assert_eq!((window.kernel, window.stride, window.output), ([3, 2], [3, 2], [3, 4, 3]));

    let (operator, shape) =
        last("[7, 7, 2]", "AvgPool2d { size: 3, stride: 2, padding: 1, include_padding: true }");
    assert_eq!(shape, [4, 4, 2]);
    let FloatOperator::AveragePool { window, include_padding: true } = operator else {
        panic!("{operator:?}")
    };
    assert_eq!(window.padding, Padding { top: 1, bottom: 1, left: 1, right: 1 });

    let (operator, shape) = last("[10, 2]", "AvgPool1d { size: 3 }");
    assert_eq!(shape, [3, 2]);
    let FloatOperator::AveragePool { window, include_padding: false } = operator else {
        panic!("{operator:?}")
    };
    assert_eq!((window.kernel, window.stride), ([1, 3], [1, 3]));
    assert_eq!(last("[10, 2]", "MaxPool1d { size: 3, stride: 2, padding: Same }").1, [5, 2]);
}

#[test]
fn global_pools() {
    let (operator, shape) = last("[7, 5, 3]", "GlobalMaxPool2d");
    assert_eq!(shape, [3]);
    let FloatOperator::MaxPool(window) = operator else { panic!("{operator:?}") };
    assert_eq!((window.kernel, window.output), ([7, 5], [1, 1, 3]));
    let (operator, shape) = last("[12, 3]", "GlobalAvgPool1d");
    assert_eq!(shape, [3]);
    let FloatOperator::AveragePool { window, include_padding: false } = operator else {
        panic!("{operator:?}")
    };
    assert_eq!((window.input, window.kernel), ([1, 12, 3], [1, 12]));
    assert!(matches!(last("[7, 5, 3]", "GlobalAvgPool2d").0, FloatOperator::AveragePool { .. }));
    assert!(matches!(last("[7, 3]", "GlobalMaxPool1d").0, FloatOperator::MaxPool(_)));
}

#[test]
fn shape_layers() {
    assert_eq!(last("[4, 3, 1]", "Flatten"), (FloatOperator::Reshape, vec![12]));
    assert_eq!(last("[4, 3, 2]", "Reshape { shape: [12, 2] }"), (FloatOperator::Reshape, vec![12, 2]));
    let padding = Padding { top: 1, bottom: 2, left: 3, right: 4 };
    assert_eq!(
        last("[4, 3, 2]", "Pad { padding: [1, 2, 3, 4], value: -0.5 }"),
        (FloatOperator::Pad { padding, value: -0.5 }, vec![7, 10, 2])
    );
    let padding = Padding { top: 0, bottom: 0, left: 2, right: 0 };
    assert_eq!(
        last("[4, 3]", "Pad { padding: [2, 0] }"),
        (FloatOperator::Pad { padding, value: 0.0 }, vec![6, 3])
    );
}

/// The touch pad's network, as the documentation has it.
#[test]
fn a_whole_network() {
    let files = network_files(&[
        ("conv1.weight", &[8, 1, 3, 3]),
        ("conv1.bias", &[8]),
        ("fc1.weight", &[32, 128]),
        ("fc1.bias", &[32]),
        ("fc2.weight", &[10, 32]),
        ("fc2.bias", &[10]),
    ]);
    let source = with_weights(
        "[8, 8, 1]",
        "conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same }, Relu, MaxPool2d { size: [2, 2] }, \
         Flatten, fc1: Dense { units: 32 }, HardTanh, fc2: Dense { units: 10 }",
    );
    let graph = declaration(&source, &files).graph;
    let shapes: Vec<_> = graph.tensors.iter().map(|tensor| tensor.shape.as_slice()).collect();
    let expected: [&[usize]; 8] =
        [&[8, 8, 1], &[8, 8, 8], &[8, 8, 8], &[4, 4, 8], &[128], &[32], &[32], &[10]];
    assert_eq!(shapes, expected);
}

#[test]
fn windows_that_do_not_fit() {
    let help = "\n= help: make the window smaller, shrink the tensor less in the layers before, or state \
                `padding: Same`";
    assert_eq!(
        message("[6, 5, 1]", "pool: MaxPool2d { size: [8, 2] }"),
        format!("a window of 8 x 2 does not fit into [6, 5, 1], which `image` makes{help}")
    );
    assert_eq!(
        message("[6, 5, 1]", "AvgPool2d { size: 9, padding: 1 }"),
        format!("a window of 9 x 9 does not fit into [6, 5, 1] padded to 8 x 7, which `image` makes{help}")
    );
    assert_eq!(
        message("[6, 5]", "MaxPool1d { size: 7 }"),
        format!("a window of 7 does not fit into [6, 5], which `image` makes{help}")
    );
    let source = with_weights("[6, 6, 1]", "conv: Conv2d { filters: 1, kernel: 3, dilation: 3 }");
    let files = network_files(&[("conv.weight", &[1, 1, 3, 3]), ("conv.bias", &[1])]);
    assert_eq!(
        super::message_of(&source, &files),
        format!(
            "a window of 3 x 3, spread over 7 x 7 by dilation, does not fit into [6, 6, 1], which `image` \
             makes{help}"
        )
    );
}

#[test]
fn pools_of_nothing_but_padding() {
    let help =
        "\n= help: the padding on each side must be smaller than the window; half of it at most makes sense";
    let message = |pool| message("[6, 5, 1]", pool);
    let empty = format!("some windows of this pool hold nothing but padding{help}");
    assert_eq!(message("MaxPool2d { size: 2, padding: 2 }"), empty);
    assert_eq!(message("AvgPool2d { size: 2, stride: 1, padding: [0, 2] }"), empty);
    // Where padding counts as zeros, its mean is 0.
    assert_eq!(last("[6, 5, 1]", "AvgPool2d { size: 2, padding: 2, include_padding: true }").1, [5, 4, 1]);
}

#[test]
fn inputs_of_the_wrong_rank() {
    assert_eq!(
        message("[3]", "MaxPool2d { size: 2 }"),
        "`MaxPool2d` takes an image [height, width, channels], but `image` makes [3]\n= help: a `Reshape` \
         before it makes an image of a vector"
    );
    assert_eq!(
        message("[8, 8]", "MaxPool2d { size: 2 }"),
        "`MaxPool2d` takes an image [height, width, channels], but `image` makes [8, 8]\n= help: an image \
         has a channel axis: state `shape: [8, 8, 1]` in `Input`"
    );
    assert_eq!(
        message("[8, 8]", "Relu, MaxPool2d { size: 2 }"),
        "`MaxPool2d` takes an image [height, width, channels], but `Relu` makes [8, 8]\n= help: `MaxPool1d` \
         takes sequences"
    );
    assert_eq!(
        message("[8, 8, 1]", "GlobalAvgPool1d"),
        "`GlobalAvgPool1d` takes a sequence [length, channels], but `image` makes [8, 8, 1]\n= help: \
         `GlobalAvgPool2d` takes images"
    );
    assert_eq!(
        message("[8]", "Pad { padding: 1 }"),
        "`Pad` takes an image [height, width, channels] or a sequence [length, channels], but `image` makes \
         [8]\n= help: a `Reshape` before it makes a sequence of a vector"
    );
}

#[test]
fn groups_must_divide() {
    let files = network_files(&[("conv.weight", &[6, 2, 1, 1]), ("conv.bias", &[6])]);
    let message = |shape, filters| {
        let conv = format!("conv: Conv2d {{ filters: {filters}, kernel: 1, groups: 3 }}");
        super::message_of(&with_weights(shape, &conv), &files)
    };
    let help = "\n= help: each group has as many channels and as many filters as the others";
    assert_eq!(
        message("[4, 4, 4]", 6),
        format!("`image` has 4 channels, which 3 groups do not divide{help}")
    );
    assert_eq!(message("[4, 4, 6]", 7), format!("`conv` has 7 filters, which 3 groups do not divide{help}"));
}

#[test]
fn reshapes() {
    assert_eq!(
        message("[6, 5, 1]", "Reshape { shape: [4, 7] }"),
        "[4, 7] has 28 values, but `image` makes [6, 5, 1], which has 30\n= help: a `Reshape` keeps the \
         number of values"
    );
    assert_eq!(
        message("[6, 5, 2]", "Reshape { shape: [60] }"),
        "nothing says in which order the values of [6, 5, 2] become [60]: PyTorch, with its channels first, \
         and Keras mean different ones\n= help: state `order: ChannelsLast` if the network was trained with \
         shapes like these, channels behind"
    );
    assert_eq!(last("[6, 5, 2]", "Reshape { shape: [60], order: ChannelsLast }").1, [60]);
    assert_eq!(
        message("[60]", "Reshape { shape: [6, 5, 2], order: ChannelsFirst }"),
        "a `Reshape` channels first would move values, which this version cannot\n= help: reorder the \
         weights of the layer before, and state `order: ChannelsLast`"
    );
}

#[test]
fn sizes_are_bounded() {
    let files = MemoryFiles::new();
    let message = |source: &str| super::message_of(source, &files);
    let help = "= help: networks for microcontrollers are far smaller: check the sizes";
    assert_eq!(
        message(&super::layers("[4096, 4096, 2]", "Relu")),
        format!("`image` makes [4096, 4096, 2], 33554432 values; a tensor may have 16777216\n{help}")
    );
    assert_eq!(
        message(&super::layers("[4096, 4096]", "Relu, Relu, Relu, Relu")),
        format!("`Relu` brings the tensors to 83886080 values; a network may have 67108864\n{help}")
    );
    assert_eq!(
        message(&super::layers("[4096, 4096, 1]", "MaxPool2d { size: 100, stride: 1 }")),
        format!("`MaxPool2d` brings one inference to 159760090000 steps; it may have 1073741824\n{help}")
    );
    assert_eq!(
        message(&super::layers("[16777217]", "Relu")),
        "`shape` is 16777217, more than the 16777216 values that a tensor may have\n= help: check the \
         number: networks for microcontrollers are far smaller"
    );
}
