//! Declarations put together at random: right, wrong and absurd. Whatever they hold, building ends, without a panic.

use super::{Declared, layers, try_build};
use crate::ast::{Number, ValueKind};
use crate::diagnostics::Errors;
use crate::files::MemoryFiles;
use crate::graph::{FloatGraph, FloatOperator};
use crate::vocabulary::OPERATORS;
use fastrand::Rng;

const VALUES: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "4",
    "7",
    "16",
    "128",
    "-1",
    "65536",
    "16777216",
    "16777217",
    "9007199254740992",
    "0.5",
    "1e300",
    "-0.0",
    "[1, 1]",
    "[2, 2]",
    "[3, 2]",
    "[0, 1]",
    "[2, 1, 0, 1]",
    "[4, 4, 2]",
    "[8, 3]",
    "[32]",
    "[16777216, 16777216, 16777216]",
    "[]",
    "[[1, 2], [3]]",
    "[[1, 1], [2, 3]]",
    "[[0.5]]",
    "Same",
    "Valid",
    "PyTorch",
    "Keras",
    "ChannelsFirst",
    "ChannelsLast",
    "Full",
    "Int8",
    "Affine",
    "MinMax",
    "Percentile(99.9)",
    "Percentile([])",
    "true",
    "false",
    "\"net.safetensors\"",
    "\"w.npy\"",
    "\"none.npy\"",
    "|x| x * x",
    "l0",
    "l1",
    "l2",
    "l3",
    "[l0, l1]",
    "[l1, l1]",
    "[l1, l2, l3]",
    "[l3, 4]",
    "nobody",
];

fn choose<'a, T>(random: &mut Rng, items: &'a [T]) -> &'a T {
    &items[random.usize(..items.len())]
}

/// A declaration: an input, then layers with some of their options at random values.
fn declaration(random: &mut Rng) -> String {
    let shape =
        choose(random, &["[6]", "[8, 3]", "[4, 4, 2]", "[8, 8, 1]", "[1, 1, 1]", "[1]", "[4096, 4096]"]);
    let mut text = format!(
        "struct Net = \"net.safetensors\" where {} {{ l0: Input {{ shape: {shape}, range: [-1, 1] }},",
        choose(
            random,
            &[
                "",
                "flash <= 3,",
                "ram <= (1 - 2) * KIB,",
                "accuracy(\"w.npy\") >= 0.5,",
                "error(\"w.npy\", \"w.npy\") <= 1,",
                "auc(\"w.npy\", \"w.npy\", samples: 2) >= 0,",
                "macs <= X,",
            ]
        ),
    );
    for index in 1..random.usize(1..7) {
        let operator = choose(random, OPERATORS);
        let label = if random.u8(..4) > 0 { format!("l{index}: ") } else { String::new() };
        text += &format!("{label}{} {{", operator.name);
        for option in operator.options() {
            // Usually a value that may do, so that many layers are right.
            let likely = match option.name {
                "input" | "inputs" | "weights" | "bias" | "weight_scale" | "order" if random.u8(..4) > 0 => {
                    continue;
                }
                "inputs" => format!("[l{}, l{}]", random.usize(..index), random.usize(..index)),
                "use_bias" => "false".into(),
                "kernel" | "size" | "stride" | "dilation" => random.usize(1..4).to_string(),
                "units" | "filters" => random.usize(1..5).to_string(),
                _ if option.is_required => (*choose(random, VALUES)).into(),
                _ if random.u8(..3) > 0 => continue,
                _ => (*choose(random, VALUES)).into(),
            };
            let value = if random.u8(..12) == 0 { *choose(random, VALUES) } else { &likely };
            text += &format!("{}: {value},", option.name);
        }
        text += "},";
    }
    text + "}"
}

/// What every graph must hold for the stages behind this one.
fn check(graph: &FloatGraph) {
    let mut is_made = vec![false; graph.tensors.len()];
    for input in &graph.inputs {
        is_made[input.0] = true;
    }
    for node in &graph.nodes {
        assert!(node.inputs.iter().all(|input| is_made[input.0]));
        is_made[node.output.0] = true;
        let elements = |index: usize| graph.tensor(node.inputs[index]).elements();
        let output = graph.tensor(node.output);
        let channels = *output.shape.last().unwrap();
        match &node.operator {
            FloatOperator::Dense(filter) => {
                assert_eq!(filter.shape, [output.elements(), elements(0)]);
                assert_eq!((filter.weights.len(), filter.bias.len()), (elements(0) * channels, channels));
            }
            FloatOperator::Conv2d { window, filter, .. }
            | FloatOperator::DepthwiseConv2d { window, filter, .. } => {
                assert_eq!(filter.bias.len(), channels);
                assert_eq!(filter.shape.iter().product::<usize>(), filter.weights.len());
                assert_eq!(window.input.iter().product::<usize>(), elements(0));
                assert_eq!(window.output.iter().product::<usize>(), output.elements());
            }
            FloatOperator::MaxPool(window) | FloatOperator::AveragePool { window, .. } => {
                assert_eq!(window.input.iter().product::<usize>(), elements(0));
                assert_eq!(window.output.iter().product::<usize>(), output.elements());
            }
            FloatOperator::PRelu { slopes } => assert_eq!(slopes.len(), channels),
            FloatOperator::ChannelAffine { scale, offset } => {
                assert_eq!((scale.len(), offset.len()), (channels, channels));
            }
            FloatOperator::Rearrange(_)
            | FloatOperator::Gather(_)
            | FloatOperator::ResizeBilinear(_)
            | FloatOperator::LogSoftmax
            | FloatOperator::Lstm(_)
            | FloatOperator::Sum(_)
            | FloatOperator::Extremum { .. }
            | FloatOperator::ArgExtremum { .. }
            | FloatOperator::Pair { .. }
            | FloatOperator::TransposeConv2d { .. } => panic!("no declared layer is one"),
            FloatOperator::Activation(_) | FloatOperator::Reshape | FloatOperator::Softmax => {
                assert_eq!(elements(0), output.elements());
            }
            FloatOperator::Add => {
                assert_eq!((elements(0), elements(1)), (output.elements(), output.elements()))
            }
            FloatOperator::Multiply => assert_eq!(elements(0), output.elements()),
            FloatOperator::Concat { .. } => {
                let total: usize = (0..node.inputs.len()).map(elements).sum();
                assert_eq!(total, output.elements());
            }
            FloatOperator::Pad { .. } => assert!(output.elements() >= elements(0)),
            FloatOperator::ArgMax => assert_eq!(output.shape, [1]),
        }
    }
    assert!(is_made.into_iter().all(|is_made| is_made));
}

#[test]
fn random_declarations() {
    let mut files = MemoryFiles::new();
    files.insert("net.safetensors", super::safetensors(&[]));
    files.insert("w.npy", super::npy(&[2, 2]));
    let mut random = Rng::with_seed(2);
    let mut right = 0;
    for _ in 0..10_000 {
        let source = declaration(&mut random);
        let (built, messages) = try_build(&source, &files);
        match built.declaration {
            Some(declaration) => {
                assert_eq!(messages, [""; 0], "{source}");
                let Declared::Real(network) = declaration.network else { panic!("{source}: a whole model") };
                check(&network.graph);
                right += 1;
            }
            None => assert!(!messages.is_empty(), "{source}"),
        }
    }
    assert!(right > 250, "only {right} of the declarations were right");
}

/// Numbers that no parser lets through.
#[test]
fn numbers_beyond_the_language() {
    let files = MemoryFiles::new();
    let numbers =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -f64::MAX, 1e19, -1e19, 5e-324, -0.0];
    for operator in OPERATORS {
        for option in operator.options() {
            for (value, is_integer) in
                numbers.into_iter().flat_map(|number| [(number, true), (number, false)])
            {
                let options = operator.options().map(|option| format!("{}: 1,", option.name));
                let layer = format!("{} {{ {} }}", operator.name, options.collect::<String>());
                let source = match operator.name {
                    "Input" => format!("struct Net {{ {layer}, Relu }}"),
                    _ => layers("[4, 4, 2]", &layer),
                };
                let mut errors = Errors::new();
                let tokens = format!("(tinynet) {source}").parse().unwrap();
                let mut network = crate::parse::parse(tokens, &mut errors).networks.remove(0);
                let layer =
                    network.layers.as_mut().unwrap().iter_mut().find(|layer| layer.operator == operator.name);
                let written = layer.unwrap().options.iter_mut().find(|written| written.name == option.name);
                written.unwrap().value.kind = ValueKind::Number(Number { value, is_integer });
                let built = crate::build::build(&network, &files, &mut errors);
                assert_eq!(built.declaration.is_none(), !errors.is_empty());
            }
        }
    }
}
