//! Layers without windows: dense layers, activations, BatchNorm, heads; and options of every type.

use super::{declaration, last, last_of, layers, message, message_of, messages, network_files, with_weights};
use crate::files::MemoryFiles;
use crate::function::{Expression, Function};
use crate::graph::{FloatOperator, Unroll, Wishes};
use crate::precision::{Precision, PrecisionChoice};
use crate::pruning::{PrunedWeights, Pruning};
use crate::settings::Activations;

#[test]
fn dense() {
    let files = network_files(&[("fc.weight", &[3, 2]), ("fc.bias", &[3])]);
    let (operator, shape) = last_of(&with_weights("[2]", "fc: Dense { units: 3 }"), &files);
    let FloatOperator::Dense(filter) = operator else { panic!("{operator:?}") };
    assert_eq!((shape, filter.shape), (vec![3], vec![3, 2]));
    assert_eq!(filter.weights, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(filter.bias, [0.0, 1.0, 2.0]);
}

#[test]
fn dense_with_inline_weights() {
    let (operator, _) = last("[2]", "Dense { units: 2, weights: [[1, -1], [1, 1]], bias: [0, 0.5] }");
    let FloatOperator::Dense(filter) = operator else { panic!("{operator:?}") };
    assert_eq!((filter.weights, filter.bias), (vec![1.0, -1.0, 1.0, 1.0], vec![0.0, 0.5]));
    let (operator, _) =
        last("[2]", "Dense { units: 1, weights: [[4, -1]], weight_scale: 0.25, use_bias: false }");
    let FloatOperator::Dense(filter) = operator else { panic!("{operator:?}") };
    assert_eq!((filter.weights, filter.bias), (vec![1.0, -0.25], vec![0.0]));
    assert_eq!(filter.given_scales, Some(vec![0.25]));
}

#[test]
fn dense_takes_vectors() {
    let weights = "weights: \"w.npy\"";
    assert_eq!(
        message("[6, 5, 2]", &format!("Dense {{ units: 4, {weights} }}")),
        "`Dense` takes a vector [inputs], but `image` makes [6, 5, 2]\n= help: `Flatten` before it makes \
         [60] of it, a global pool one value a channel"
    );
}

#[test]
fn a_bias_that_is_not_used() {
    assert_eq!(
        message("[1]", "Dense { units: 1, weights: [[1]], bias: [0], use_bias: false }"),
        "this layer has a bias, but states `use_bias: false`\n= help: remove one of the two options"
    );
}

#[test]
fn activations() {
    let function = |layer: &str| match last("[3]", layer) {
        (FloatOperator::Activation(function), shape) => {
            assert_eq!(shape, [3]);
            function
        }
        other => panic!("{other:?}"),
    };
    for (name, expected) in [
        ("Relu", Function::Relu),
        ("Relu6", Function::Relu6),
        ("LeakyRelu", Function::LeakyRelu { slope: 0.01 }),
        ("LeakyRelu { slope: 0.3 }", Function::LeakyRelu { slope: 0.3 }),
        ("HardTanh", Function::HardTanh { min: -1.0, max: 1.0 }),
        ("HardTanh { min: -2, max: 0.5 }", Function::HardTanh { min: -2.0, max: 0.5 }),
        ("Tanh", Function::Tanh),
        ("Sigmoid", Function::Sigmoid),
        ("HardSigmoid", Function::HardSigmoid),
        ("HardSwish", Function::HardSwish),
        ("Silu", Function::Silu),
        ("Gelu", Function::Gelu { approximate: false }),
        ("Gelu { approximate: true }", Function::Gelu { approximate: true }),
        ("Elu", Function::Elu { alpha: 1.0 }),
        ("Elu { alpha: 0.5 }", Function::Elu { alpha: 0.5 }),
        ("Selu", Function::Selu),
        ("Softplus", Function::Softplus { beta: 1.0 }),
        ("Softplus { beta: 2 }", Function::Softplus { beta: 2.0 }),
        ("Softsign", Function::Softsign),
        ("Mish", Function::Mish),
        ("Activation { function: |x| -x }", {
            Function::Expression(Expression::Negate(Box::new(Expression::Variable)))
        }),
    ] {
        assert_eq!(function(name), expected, "{name}");
    }
}

#[test]
fn activations_with_wrong_numbers() {
    assert_eq!(
        message("[3]", "HardTanh { min: 2 }"),
        "`HardTanh` from 2 to 1 has no values\n= help: `min` must be below `max`; their defaults are -1 and 1"
    );
    assert_eq!(
        message("[3]", "Softplus { beta: 0 }"),
        "`beta` must be positive, found 0\n= help: its default is 1"
    );
    assert_eq!(
        message("[3]", "Activation { function: Tanh }"),
        "`function` takes a function: `|x| x / (1.0 + abs(x))`, found `Tanh`\n= help: for instance \
         `function: |x| x / (1.0 + abs(x))`"
    );
}

#[test]
fn constants_of_the_user_are_not_seen() {
    assert_eq!(
        message("[3]", "fc: Dense { units: HIDDEN_2, weights: \"fc.npy\" }"),
        "`units` takes a positive integer, found `HIDDEN_2`\n= help: a macro sees names, not the values of your \
         constants: write the value itself"
    );
}

#[test]
fn what_could_not_be_read_makes_no_second_error() {
    let files = network_files(&[("fc2.weight", &[2, 4]), ("fc2.bias", &[2])]);
    let source = with_weights("[3]", "fc1: Dense(4), fc2: Dense { units: 2 }");
    let messages = super::messages(&source, &files);
    assert_eq!(messages.len(), 1, "{messages:?}");
    let messages = super::messages(&source.replace("fc1: Dense(4)", "4"), &files);
    assert_eq!(messages.len(), 1, "{messages:?}");
}

#[test]
fn p_relu() {
    let files = network_files(&[("act.weight", &[2])]);
    let (operator, shape) = last_of(&with_weights("[3, 3, 2]", "act: PRelu"), &files);
    assert_eq!((operator, shape), (FloatOperator::PRelu { slopes: vec![0.0, 1.0] }, vec![3, 3, 2]));
    // Keras: one slope a channel, shared along the axes of the image.
    let files = network_files(&[("act.alpha", &[1, 1, 2])]);
    let (operator, _) = last_of(&with_weights("[3, 3, 2]", "act: PRelu"), &files);
    assert_eq!(operator, FloatOperator::PRelu { slopes: vec![0.0, 1.0] });
    let (operator, _) = last("[3]", "PRelu { slopes: 0.25 }");
    assert_eq!(operator, FloatOperator::PRelu { slopes: vec![0.25; 3] });
}

#[test]
fn batch_norm() {
    let norm = "BatchNorm { scale: [2, 1], offset: [1, -1], mean: [3, 0], variance: [4, 0.25], epsilon: 0 }";
    let (operator, shape) = last("[3, 3, 2]", norm);
    let scale = vec![1.0, 2.0];
    let offset = vec![-2.0, -1.0];
    assert_eq!((operator, shape), (FloatOperator::ChannelAffine { scale, offset }, vec![3, 3, 2]));
    // PyTorch's epsilon by default: here the variance is 0.
    let (operator, _) = last("[1]", "BatchNorm { scale: [1], offset: [0], mean: [0], variance: [0] }");
    let scale = vec![(1.0 / 1e-5_f64.sqrt()) as f32];
    assert_eq!(operator, FloatOperator::ChannelAffine { scale, offset: vec![0.0] });
    // The entries of the file count up from 0: for two channels 0, 1.
    let entries = ["norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"]
        .map(|name| (name, &[2_usize][..]));
    let (operator, _) = last_of(&with_weights("[4, 2]", "norm: BatchNorm"), &network_files(&entries));
    let factor = (1.0 / 1.00001_f64.sqrt()) as f32;
    let expected = FloatOperator::ChannelAffine {
        scale: vec![0.0, factor],
        offset: vec![0.0, (1.0 - 1.0 / 1.00001_f64.sqrt()) as f32],
    };
    assert_eq!(operator, expected);
}

#[test]
fn batch_norm_without_a_finite_scale() {
    let norm = "norm: BatchNorm { scale: [1], offset: [0], mean: [0], variance: [0], epsilon: 0 }";
    assert_eq!(
        message("[1]", norm),
        "channel 0 of `norm` has no finite scale: its variance is 0, epsilon 0\n= help: check the variance, \
         and that `epsilon` is the one of the training"
    );
    let norm = "BatchNorm { scale: [1], offset: [0], mean: [0], variance: [0], epsilon: -1 }";
    assert_eq!(
        message("[1]", norm),
        "`epsilon` must be from 0 to 1, found -1\n= help: PyTorch's default is 1e-5, Keras's 1e-3"
    );
}

#[test]
fn heads() {
    assert_eq!(last("[5, 3]", "Softmax"), (FloatOperator::Softmax, vec![5, 3]));
    assert_eq!(last("[65536]", "ArgMax"), (FloatOperator::ArgMax, vec![1]));
    assert_eq!(
        message("[65537]", "ArgMax"),
        "`ArgMax` chooses among at most 65536 values, but `image` makes 65537\n= help: without it, `classify` chooses \
         among any number"
    );
    assert_eq!(
        message("[5, 3]", "ArgMax"),
        "`ArgMax` takes a vector [classes], but `image` makes [5, 3]\n= help: `Flatten` or a global pool \
         before it makes one"
    );
    assert_eq!(
        message("[5]", "ArgMax, Relu"),
        "`ArgMax` must be the last layer\n= help: it makes the number of a class, with which nothing can be \
         calculated"
    );
}

#[test]
fn wishes() {
    let weights = "weights: [[1]], bias: [0]";
    let dense = format!(
        "fc: Dense {{ units: 1, {weights}, unroll: Full, precision: Int8, activations: Int4, range: [-2, 3.5], prune: [1, 2], \
             prune_channels: 0.25, prune_inputs: 0 }}, Relu, Dense {{ units: 1, {weights} }}"
    );
    let graph = declaration(&layers("[1]", &dense), &MemoryFiles::new()).graph;
    let range = Some([-2.0, 3.5]);
    let weights_pruned = Some(PrunedWeights::Groups { kept: 1, group: 2 });
    let pruning = Pruning { weights: weights_pruned, channels: Some(0.25), inputs: Some(0.0) };
    let expected = Wishes {
        precision: Some(PrecisionChoice::Stated(Precision::Int8)),
        activations: Some(Activations::Int4),
        pruning,
        unroll: Unroll::Full,
        range,
        is_labeled: true,
    };
    assert_eq!(graph.nodes[0].wishes, expected);
    assert_eq!(graph.tensor(graph.nodes[0].output).info.range, range);
    assert_eq!(graph.nodes[1].wishes, Wishes::default());
    assert_eq!(
        message("[1]", &format!("Dense {{ units: 1, {weights}, precision: Int9 }}")),
        "`precision` takes `Auto`, `Int8`, `Int6`, `Int5`, `Int4`, `Int3`, `Int2`, `Ternary`, `Binary` or `PowerOfTwo`, \
         found `Int9`\n= help: for instance `precision: Int8`"
    );
    assert_eq!(
        message("[1]", &format!("Dense {{ units: 1, {weights}, range: [3, 1] }}")),
        "`range` from 3 to 1 holds no numbers\n= help: state the smaller end first: `[min, max]`"
    );
}

/// Every type of option with values that people write instead.
#[test]
fn options_of_the_wrong_type() {
    let count = "`filters` takes a positive integer, found";
    let extent = "`size` takes a positive integer, or two: `[vertical, horizontal]`, found";
    let padding = "`padding` takes `Same`, `Valid`, or numbers of pixels, found";
    let conv = |options: &str| {
        let conv = format!("Conv2d {{ kernel: 1, weights: \"w.npy\", bias: \"b.npy\", {options} }}");
        message("[6, 5, 1]", &conv)
    };
    let pool = |options: &str| message("[6, 5, 1]", &format!("MaxPool2d {{ {options} }}"));
    for (message, expected) in [
        (conv("filters: 0"), format!("{count} 0\n= help: for instance `filters: 8`")),
        (conv("filters: -3"), format!("{count} -3\n= help: for instance `filters: 8`")),
        (conv("filters: 2.5"), format!("{count} 2.5\n= help: for instance `filters: 8`")),
        (conv("filters: 4.0"), format!("{count} 4.0\n= help: write it without a point: `filters: 4`")),
        (conv("filters: \"8\""), format!("{count} text\n= help: for instance `filters: 8`")),
        (conv("filters: [8]"), format!("{count} a list of 1 value\n= help: for instance `filters: 8`")),
        (conv("filters: true"), format!("{count} `true`\n= help: for instance `filters: 8`")),
        (conv("filters: Same"), format!("{count} `Same`\n= help: for instance `filters: 8`")),
        (
            pool("size: [1, 2, 3]"),
            format!("{extent} a list of 3 values\n= help: for instance `size: [2, 2]`"),
        ),
        (pool("size: []"), format!("{extent} an empty list\n= help: for instance `size: [2, 2]`")),
        (pool("size: [2, 0]"), format!("{extent} 0\n= help: for instance `size: [2, 2]`")),
        (pool("size: |x| x"), format!("{extent} a function\n= help: for instance `size: [2, 2]`")),
        (pool("size: 1, padding: \"Same\""), {
            format!("{padding} text\n= help: write it without quotes: `padding: Same`")
        }),
        (pool("size: 1, padding: Some"), "`padding` has no `Some`\n= help: did you mean `Same`?".into()),
        (
            pool("size: 1, padding: Reflect"),
            format!("{padding} `Reflect`\n= help: for instance `padding: Same`"),
        ),
        (
            pool("size: 1, padding: Same(1)"),
            format!("{padding} `Same(…)`\n= help: for instance `padding: Same`"),
        ),
        (pool("size: 3, padding: -1"), format!("{padding} -1\n= help: for instance `padding: [1, 1]`")),
        (pool("size: 3, padding: [1, 1, 1]"), {
            "`padding` cannot be a list of 3 values\n= help: around an image: one number for all sides, \
             `[vertical, horizontal]` or `[top, bottom, left, right]`"
                .into()
        }),
    ] {
        assert_eq!(message, expected);
    }
    assert_eq!(
        message("[6, 5]", "MaxPool1d { size: 3, padding: [1, 1, 1, 1] }"),
        "`padding` cannot be a list of 4 values\n= help: around a sequence: one number for both ends, or \
         `[before, after]`"
    );
    assert_eq!(
        message("[6, 5]", "MaxPool1d { size: [1, 3] }"),
        "`size` takes a positive integer, found a list of 2 values\n= help: for instance `size: 8`"
    );
    assert_eq!(
        message("[3]", "LeakyRelu { slope: \"0.1\" }"),
        "`slope` takes a number, found text\n= help: for instance `slope: 0.5`"
    );
    assert_eq!(
        message("[3]", "Gelu { approximate: 1 }"),
        "`approximate` takes `true` or `false`, found 1\n= help: for instance `approximate: true`"
    );
}

/// Each wrong number of a list, each wrong option of a layer is an error of its own.
#[test]
fn every_mistake_of_a_layer_is_reported() {
    let source = layers("[6, 5, 1]", "MaxPool2d { size: [0, -1], stride: 1.5, padding: Some, }");
    assert_eq!(messages(&source, &MemoryFiles::new()).len(), 4);
}

#[test]
fn numbers_beyond_any_tensor() {
    assert_eq!(
        message("[6, 5, 1]", "MaxPool2d { size: 16777217 }"),
        "`size` is 16777217, more than the 16777216 values that a tensor may have\n= help: check the \
         number: networks for microcontrollers are far smaller"
    );
}

#[test]
fn what_the_parser_reported_is_not_reported_again() {
    let message = message_of(&layers("[6, 5, 1]", "MaxPool2d { size: }"), &MemoryFiles::new());
    assert!(message.contains("needs a value"), "{message}");
}
