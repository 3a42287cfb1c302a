//! Each network's generated code against the compiler's integer evaluator, bit for bit, and against real numbers.

use differential::description::Operation;
use differential::{random, real, write};
use random_networks::{Int8Network, Noise, Visitor, visit_all};
use std::collections::BTreeMap;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::FolderFiles;
use tinynet_compiler::graph::Node;
use tinynet_compiler::plan::{self, Budget};
use tinynet_compiler::quantized::{Element, QuantizedGraph, QuantizedOperator};
use tinynet_compiler::{compile, parse, planned, reference};
use tinynet_core::kernels::arg_max;

const NETWORKS: u64 = 72;

/// The network as the compiler's library makes it.
fn compiled(seed: u64) -> QuantizedGraph {
    let declaration = write::declaration(&random::network(seed));
    let tokens = format!("(::tinynet) {declaration}").parse().expect("the declaration has tokens");
    let mut errors = Errors::new();
    let invocation = parse::parse(tokens, &mut errors);
    let files = FolderFiles::new(env!("RANDOM_NETWORKS_FOLDER"));
    let outcome = compile::compile(&invocation.networks[0], &files, &mut errors);
    assert!(errors.is_empty(), "{declaration}\n{:#?}", errors.messages());
    outcome.compiled.expect("there is no error").graph
}

#[derive(Default)]
struct AgainstIntegers {
    networks: usize,
    /// Layers with a slope a channel.
    slopes: usize,
    /// Tensors between layers that go from -8 to 7 at most, of networks that ask for it.
    narrow: usize,
    /// Tensors of int16.
    wide: usize,
    /// BatchNorms that no neighbour took in.
    lone_batch_norms: usize,
}

impl Visitor for AgainstIntegers {
    fn visit<N: Int8Network>(&mut self, seed: u64) {
        let graph = compiled(seed);
        let mut network = N::default();
        let mut noise = Noise::new(seed);
        for _ in 0..24 {
            let values: Vec<i8> = network.input_mut().as_ref().iter().map(|_| noise.byte()).collect();
            let tensors = reference::run(&graph, &values);
            let expected = &tensors[graph.outputs[0].0];
            network.input_mut().as_mut().copy_from_slice(&values);
            assert_eq!(network.run().as_ref(), expected, "run, seed {seed}");
            network.input_mut().as_mut().copy_from_slice(&values);
            let input = *network.input_mut();
            // `infer` reads its argument, whatever is left in the arena.
            network.input_mut().as_mut().fill(77);
            assert_eq!(network.infer(&input).as_ref(), expected, "infer, seed {seed}");
            let class = network.classify(&input);
            assert_eq!(class, arg_max(expected), "classify, seed {seed}");
        }
        self.networks += 1;
        let count = |is_one: fn(&Node<QuantizedOperator>) -> bool| {
            graph.nodes.iter().filter(|node| is_one(node)).count()
        };
        if random::network(seed).activations.is_some() {
            let is_narrow = |node: &&Node<QuantizedOperator>| {
                let [low, high] = graph.tensor(node.output).info.bounds;
                -8 <= low && high <= 7
            };
            self.narrow += graph.nodes.iter().filter(is_narrow).count();
        }
        self.wide += graph.tensors.iter().filter(|tensor| tensor.info.element == Element::Int16).count();
        self.slopes += count(|node| matches!(node.operator, QuantizedOperator::PRelu(_)));
        self.lone_batch_norms += count(|node| node.kind.starts_with("BatchNorm"));
    }
}

#[test]
fn generated_code_is_the_integer_evaluator_bit_for_bit() {
    let mut visitor = AgainstIntegers::default();
    visit_all(&mut visitor);
    let AgainstIntegers { networks, slopes, narrow, wide, lone_batch_norms } = visitor;
    println!("{networks} networks, {slopes} with slopes a channel, {lone_batch_norms} lone BatchNorms");
    println!("{narrow} tensors of four bits, {wide} of sixteen");
    assert!(narrow >= 10 && wide >= 10, "{narrow} {wide}");
    assert!(networks >= 72 && slopes >= 4 && lone_batch_norms >= 8, "{networks} {slopes} {lone_batch_norms}");
}

/// In one block of memory, with layers that overwrite their own input, networks answer the same.
#[test]
fn plans_hold_what_they_promise() {
    let mut overlapping = 0;
    for seed in 0..NETWORKS {
        let graph = compiled(seed);
        // As fast as they get, and as small.
        for limit in [None, Some(0)] {
            let budget = Budget { flash: limit, ram: limit, ..Budget::default() };
            let plan = plan::plan(&graph, budget, &mut Errors::new()).expect("a plan");
            overlapping += plan.steps.iter().filter(|step| step.lead.is_some()).count();
            let mut noise = Noise::new(seed);
            for _ in 0..24 {
                let inputs = graph.tensor(graph.inputs[0]).elements();
                let input: Vec<i8> = (0..inputs).map(|_| noise.byte()).collect();
                let expected = &reference::run(&graph, &input)[graph.outputs[0].0];
                assert_eq!(&planned::run(&graph, &plan, &input), expected, "seed {seed}");
            }
        }
    }
    assert!(overlapping > 20, "{overlapping}");
}

/// Mean error of each network's output, in parts of its largest real value.
#[derive(Default)]
struct AgainstReals {
    mean_errors: BTreeMap<u64, f64>,
}

impl Visitor for AgainstReals {
    fn visit<N: Int8Network>(&mut self, seed: u64) {
        let description = random::network(seed);
        // Weights of few bits, and those that are pruned, are other numbers.
        let is_pruned = description.layers.iter().any(|layer| !layer.pruning.is_empty());
        if description.precision.is_some() || description.prune.is_some() || is_pruned {
            return;
        }
        let graph = compiled(seed);
        let input = graph.tensor(graph.inputs[0]).info.quantization;
        let output = graph.tensor(graph.outputs[0]).info.quantization;
        let last = &description.layers.last().expect("there are layers").label;
        let mut network = N::default();
        let (mut error, mut count) = (0.0, 0.0);
        // A softmax says something between 0 and 1; anything else is measured by its own values.
        let is_softmax =
            matches!(description.layers.last().map(|layer| &layer.operation), Some(Operation::Softmax));
        let mut magnitude = if is_softmax { 1.0 } else { 1e-3_f64 };
        for sample in &description.calibration {
            let quantized: Vec<i8> = sample.iter().map(|&value| input.quantize(f64::from(value))).collect();
            network.input_mut().as_mut().copy_from_slice(&quantized);
            let real = &real::run(&description, sample)[last];
            for (&integer, &real) in network.run().as_ref().iter().zip(real) {
                error += (output.dequantize(integer) - real).abs();
                count += 1.0;
                magnitude = magnitude.max(real.abs());
            }
        }
        self.mean_errors.insert(seed, error / count / magnitude);
    }
}

#[test]
fn integers_follow_the_real_numbers() {
    let mut visitor = AgainstReals::default();
    visit_all(&mut visitor);
    let errors = &visitor.mean_errors;
    let mean = errors.values().sum::<f64>() / errors.len() as f64;
    let worst: Vec<_> = errors.iter().filter(|(_, error)| **error > 0.1).collect();
    println!("mean error {mean:.4} of the largest value; above 0.1: {worst:?}");
    assert!(mean < 0.03, "mean error {mean:.4} of the largest value; above 0.1: {worst:?}");
    assert!(worst.is_empty(), "{worst:?}");
}
