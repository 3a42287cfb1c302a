//! Optimised graphs answer what the graphs that they come from answer, on random networks with many weights of 0.

use differential::{random, write};
use random_networks::Noise;
use tinynet_compiler::build::Declared;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::FolderFiles;
use tinynet_compiler::quantized::{Linear, QuantizedGraph, QuantizedOperator};
use tinynet_compiler::{build, equalize, lower, optimize, parse, quantize, reference};

const NETWORKS: u64 = 72;
/// Ways to lose weights, for each network.
const VARIANTS: u64 = 6;

/// The network of a seed before it is optimised.
fn quantized(seed: u64) -> QuantizedGraph {
    let declaration = write::declaration(&random::network(seed));
    let tokens = format!("(::tinynet) {declaration}").parse().expect("the declaration has tokens");
    let mut errors = Errors::new();
    let invocation = parse::parse(tokens, &mut errors);
    let files = FolderFiles::new(env!("RANDOM_NETWORKS_FOLDER"));
    let built = build::build(&invocation.networks[0], &files, &mut errors);
    let Some(Declared::Real(network)) = built.declaration.map(|declaration| declaration.network) else {
        panic!("{:#?}", errors.messages())
    };
    let graph = equalize::equalize(lower::lower(network.graph), &network.settings);
    let graph = quantize::quantize(&graph, &network.settings, network.spans, &mut errors);
    graph.unwrap_or_else(|| panic!("{:#?}", errors.messages()))
}

/// Takes weights away: single ones, and all of an output or of an input channel.
fn thin_out(graph: &mut QuantizedGraph, noise: &mut Noise) {
    for node in &mut graph.nodes {
        let (linear, inputs) = match &mut node.operator {
            QuantizedOperator::Dense(linear) => {
                let inputs = linear.shape[1];
                (linear, inputs)
            }
            QuantizedOperator::Conv2d { window, groups: 1, linear } => (linear, window.input[2]),
            QuantizedOperator::DepthwiseConv2d { linear, .. } => (linear, 1),
            _ => continue,
        };
        let outputs = linear.bias.len();
        let is_depthwise = inputs == 1 && linear.shape.len() == 3;
        let lost_outputs: Vec<bool> = (0..outputs).map(|_| noise.byte() > 40).collect();
        let lost_inputs: Vec<bool> = (0..inputs).map(|_| noise.byte() > 40).collect();
        let taps = linear.weights.len() / outputs;
        for (index, weight) in linear.weights.iter_mut().enumerate() {
            let output = if is_depthwise { index % outputs } else { index / taps };
            if lost_outputs[output] || lost_inputs[index % inputs] && !is_depthwise || noise.byte() > 100 {
                *weight = 0;
            }
        }
        // What was proven with the weights that are gone holds with fewer, but for the bias that bounds include.
        widen(linear);
    }
}

/// Bounds that hold whatever the weights.
fn widen(linear: &mut Linear) {
    for bounds in &mut linear.accumulator_bounds {
        *bounds = [i64::from(i32::MIN), i64::from(i32::MAX)];
    }
}

#[test]
fn nothing_is_lost_but_what_has_no_effect() {
    let (mut channels_before, mut channels_after) = (0, 0);
    for seed in 0..NETWORKS {
        let whole = quantized(seed);
        for variant in 0..VARIANTS {
            let mut noise = Noise::new(seed * VARIANTS + variant + 1);
            let mut graph = whole.clone();
            thin_out(&mut graph, &mut noise);
            for tensor in &mut graph.tensors {
                tensor.info.bounds = [-128, 127];
            }
            let optimized = optimize::optimize(graph.clone());
            let count = |graph: &QuantizedGraph| -> usize {
                graph.tensors.iter().map(|tensor| tensor.shape.last().copied().unwrap_or(1)).sum()
            };
            channels_before += count(&graph);
            channels_after += count(&optimized);
            let inputs = graph.tensor(graph.inputs[0]).elements();
            for _ in 0..8 {
                let input: Vec<i8> = (0..inputs).map(|_| noise.byte()).collect();
                let [before, after] = [&graph, &optimized]
                    .map(|graph| reference::run(graph, &input)[graph.outputs[0].0].clone());
                assert_eq!(before, after, "seed {seed}, variant {variant}");
            }
        }
    }
    println!("{channels_after} of {channels_before} channels are left");
    assert!(channels_after * 10 < channels_before * 9, "{channels_after} of {channels_before}");
}
