//! Quantisation of random networks: bit for bit against an independent evaluator, within a proven distance of the real
//! numbers, with proven bounds, the same every time.

mod bound;
mod dropped;
mod exact;
mod integer;
mod pruned;
mod random_graph;
mod slopes;

use fastrand::Rng;
use proc_macro2::Span;
use random_graph::{Builder, Case, Weights, case};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::equalize::equalize;
use tinynet_compiler::float_evaluator;
use tinynet_compiler::function::Function;
use tinynet_compiler::graph::{Filter, FloatGraph, FloatOperator, TensorId};
use tinynet_compiler::lower::lower;
use tinynet_compiler::optimize::optimize;
use tinynet_compiler::quantize::quantize;
use tinynet_compiler::quantized::{Quantization, QuantizedGraph, QuantizedOperator};
use tinynet_compiler::reference::{self, Reference};
use tinynet_compiler::settings::{Activations, InputSpans, RangeChoice, Samples, Scheme, Settings};

fn quantized(graph: &FloatGraph, settings: &Settings) -> Result<QuantizedGraph, Vec<String>> {
    let mut errors = Errors::new();
    let quantized = quantize(graph, settings, InputSpans::all(Span::call_site()), &mut errors);
    match quantized {
        Some(quantized) if errors.is_empty() => Ok(quantized),
        _ => Err(errors.messages()),
    }
}

/// Quantises a case, with or without lowering it first, and checks everything that must hold. Answers whether it could be
/// quantised.
fn check(seed: u64, case: Case, is_lowered: bool) -> Result<(), Vec<String>> {
    let Case { graph, settings, samples } = case;
    let has_four_bits = graph.nodes.iter().any(|node| node.wishes.activations == Some(Activations::Int4));
    let fewest = if has_four_bits { Activations::Int4 } else { settings.activations };
    let float = if is_lowered { equalize(lower(graph), &settings) } else { graph };
    let graph = quantized(&float, &settings)?;
    let again = quantized(&float, &settings)?;
    assert_eq!(format!("{graph:?}"), format!("{again:?}"), "seed {seed}");
    let optimized = optimize(graph.clone());
    let (reference, optimized) = (Reference::new(&graph), Reference::new(&optimized));
    let info = &graph.tensor(graph.inputs[0]).info;
    for sample in &samples {
        let input: Vec<i32> = sample.iter().map(|&value| info.quantize(f64::from(value))).collect();
        let bytes = input.iter().flat_map(|value| value.to_le_bytes().into_iter().take(info.element.bytes()));
        let bytes: Vec<i8> = bytes.map(|byte| byte as i8).collect();
        assert_eq!(optimized.output(&bytes), reference.output(&bytes), "seed {seed}");
        let tensors = reference.run(&bytes);
        let tensors: Vec<Vec<i32>> = graph
            .tensors
            .iter()
            .zip(&tensors)
            .map(|(tensor, bytes)| reference::integers(tensor, bytes))
            .collect();
        let expected = integer::run(&graph, &input);
        for ((tensor, expected), description) in tensors.iter().zip(&expected).zip(&graph.tensors) {
            let found: Vec<i128> = tensor.iter().map(|&value| i128::from(value)).collect();
            assert_eq!(&found, expected, "seed {seed}, {}", description.name);
        }
        bound::check(seed, &float, &graph, sample, &tensors, fewest);
    }
    Ok(())
}

/// A filter of integers, of which a step is a 64th.
fn filter(random: &mut Rng, outputs: usize, inputs: usize) -> Filter {
    let weights = (0..outputs * inputs).map(|_| f32::from(random.i8(-127..=127)) / 64.0).collect();
    let given_scales = Some(vec![1.0 / 64.0]);
    Filter { shape: vec![outputs, inputs], weights, bias: vec![0.25; outputs], given_scales }
}

/// Sum of the squares of what a network of two layers, whose weights lose nothing, answers more than real numbers do.
fn lost(activations: Activations, scheme: Scheme) -> f64 {
    lost_with([activations, activations], scheme)
}

/// The same where the network states one kind of integers, and its last layer another.
fn lost_with([activations, of_last]: [Activations; 2], scheme: Scheme) -> f64 {
    let mut random = Rng::with_seed(7);
    let mut builder = Builder::new(&[16]);
    let hidden = FloatOperator::Dense(filter(&mut random, 12, 16));
    let hidden = builder.push(hidden, &[TensorId(0)], vec![12]);
    let hidden = builder.push(FloatOperator::Activation(Function::Relu), &[hidden], vec![12]);
    let last = builder.push(FloatOperator::Dense(filter(&mut random, 5, 12)), &[hidden], vec![5]);
    let mut float = builder.graph;
    if of_last != activations {
        float.nodes[2].wishes.activations = Some(of_last);
    }
    float.outputs.push(last);
    let values = (0..200 * 16).map(|_| random.f32() * 2.0 - 1.0).collect();
    let samples = Samples { shape: vec![16], values };
    let calibration = Some(samples.clone());
    let ranges = RangeChoice::MinMax;
    let settings = Settings { activations, scheme, ranges, calibration, ..Settings::default() };
    let graph = quantized(&float, &settings).expect("a network");
    let reference = Reference::new(&graph);
    let [input, output] = [graph.inputs[0], graph.outputs[0]].map(|id| graph.tensor(id));
    let step = output.info.quantization.scale();
    let of_sample = |index: usize| -> f64 {
        let sample = samples.sample(index);
        let integers = sample.iter().map(|&value| input.info.quantize(f64::from(value)));
        let bytes =
            integers.flat_map(|value| value.to_le_bytes().into_iter().take(activations.element().bytes()));
        let made = reference.output(&bytes.map(|byte| byte as i8).collect::<Vec<i8>>());
        let zero_point = output.info.quantization.zero_point();
        let made = reference::integers(output, &made).into_iter().map(|q| f64::from(q - zero_point) * step);
        made.zip(float_evaluator::output(&float, sample)).map(|(made, x)| (made - f64::from(x)).powi(2)).sum()
    };
    (0..samples.count()).map(of_sample).sum()
}

#[test]
fn tensors_of_16_bits_lose_nearly_nothing() {
    for scheme in [Scheme::FixedPoint, Scheme::Affine] {
        let [narrow, wide] =
            [Activations::Int8, Activations::Int16].map(|activations| lost(activations, scheme));
        println!("{scheme:?}: {}", (wide / narrow).sqrt());
        // A step is about a 256th.
        assert!(wide * 100.0 * 100.0 < narrow, "{scheme:?}: {wide} {narrow}");
    }
}

/// Inputs at the end of a stated range, which only 16 bits hold: no bias makes up for a loss that there is not.
#[test]
fn tensors_of_16_bits_reach_the_ends_of_stated_ranges() {
    for scheme in [Scheme::FixedPoint, Scheme::Affine] {
        let mut builder = Builder::new(&[16]);
        // Which lose nothing.
        let filter =
            Filter { shape: vec![1, 16], weights: vec![1.0; 16], bias: vec![0.25], given_scales: None };
        let last = builder.push(FloatOperator::Dense(filter), &[TensorId(0)], vec![1]);
        let mut float = builder.graph;
        float.tensors[0].info.range = Some([-1.0, 1.0]);
        float.outputs.push(last);
        let samples = Samples { shape: vec![16], values: vec![1.0; 64 * 16] };
        let activations = Activations::Int16;
        let settings = Settings { activations, scheme, calibration: Some(samples), ..Settings::default() };
        let graph = quantized(&float, &settings).expect("a network");
        let linear = graph.nodes[0].operator.linear().expect("weights");
        let scale = linear.weight_scales[0] * graph.tensor(TensorId(0)).info.quantization.scale();
        let bias = f64::from(linear.bias[0]) * scale;
        // By a step of each input at most.
        assert!((bias - 0.25).abs() < 0.01, "{scheme:?}: {bias}");
    }
}

/// No end of a range is lost to the zero point of int8s, which 16 bits have no use for, nor are values cut that only int8s
/// have too few steps for.
#[test]
fn tensors_of_16_bits_are_chosen_by_their_own_steps() {
    let input = |range: Option<[f64; 2]>, values: Vec<f32>, ranges: RangeChoice| {
        let filter = Filter { shape: vec![1, 1], weights: vec![0.5], bias: vec![0.0], given_scales: None };
        let mut builder = Builder::new(&[1]);
        let last = builder.push(FloatOperator::Dense(filter), &[TensorId(0)], vec![1]);
        let mut float = builder.graph;
        float.tensors[0].info.range = range;
        float.outputs.push(last);
        let samples = Samples { shape: vec![1], values };
        let settings = Settings {
            activations: Activations::Int16,
            scheme: Scheme::Affine,
            ranges,
            calibration: Some(samples),
            ..Settings::default()
        };
        let graph = quantized(&float, &settings).expect("a network");
        graph.tensor(graph.inputs[0]).info.quantization
    };
    let farthest_is_1 = Quantization::Affine { scale: 1.0 / 32767.0, zero_point: 0 };
    // The zero point of int8s, 68.15, is rounded to 68.
    assert_eq!(input(Some([-1.0, 0.3]), vec![0.25], RangeChoice::MinMax), farthest_is_1);
    let mut values = vec![-1.0, 0.3];
    assert_eq!(input(None, values.clone(), RangeChoice::MinMax), farthest_is_1);
    // Int8s would rather lose the outlier.
    values.extend((0..20_000).map(|index| (index % 1000) as f32 / 10_000.0));
    assert_eq!(input(None, values, RangeChoice::MeanSquaredError), farthest_is_1);
}

#[test]
fn random_networks() {
    let mut failures = 0;
    for seed in 0..600 {
        if let Err(messages) = check(seed, case(seed, Weights::Usual), seed % 2 == 0) {
            failures += 1;
            println!("seed {seed}: {messages:?}");
        }
    }
    // Now and then a random network is 0 everywhere.
    assert!(failures < 60, "{failures} of 600 networks could not be quantised");
}

#[test]
fn extreme_weights() {
    let mut failures = 0;
    for seed in 1000..1600 {
        if let Err(messages) = check(seed, case(seed, Weights::Extreme), seed % 2 == 0) {
            failures += 1;
            assert!(!messages.is_empty());
            println!("seed {seed}: {messages:?}");
        }
    }
    assert!(failures < 300, "{failures} of 600 networks could not be quantised");
}

/// What layers with weights read of one another.
fn read_of_one_another(graph: &QuantizedGraph) -> impl Iterator<Item = TensorId> {
    let has_weights = |node: usize| graph.nodes[node].operator.linear().is_some();
    let nodes = (0..graph.nodes.len()).filter(move |&node| has_weights(node));
    let inputs = nodes.map(|node| graph.nodes[node].inputs[0]);
    inputs.filter(move |&input| {
        graph.producer(input).is_some_and(has_weights) && !graph.outputs.contains(&input)
    })
}

/// Whether that goes from -8 to 7; counts how much has either end.
fn check_inner_tensors(graph: &QuantizedGraph, reached: &mut [usize; 2]) {
    for input in read_of_one_another(graph) {
        let [low, high] = graph.tensor(input).info.bounds;
        assert!(-8 <= low && high <= 7, "{}: [{low}, {high}]", graph.tensor(input).name);
        reached[0] += usize::from(low == -8);
        reached[1] += usize::from(high == 7);
    }
}

#[test]
fn tensors_of_4_bits() {
    let (mut failures, mut unchanged) = (0, 0);
    let mut reached = [0; 2];
    for seed in 4000..4800 {
        let mut case = case(seed, Weights::Usual);
        case.settings.activations = Activations::Int4;
        let float = if seed % 2 == 0 {
            equalize(lower(case.graph.clone()), &case.settings)
        } else {
            case.graph.clone()
        };
        let settings = case.settings.clone();
        if let Ok(graph) = quantized(&float, &settings) {
            check_inner_tensors(&graph, &mut reached);
            // Callers may give any integer.
            assert_eq!(graph.tensor(graph.inputs[0]).info.bounds, [-128, 127]);
        }
        let Err(messages) = check(seed, case, seed % 2 == 0) else { continue };
        let is_unchanged = messages[0].contains("`activations: Int4` changes nothing");
        if is_unchanged {
            unchanged += 1;
            let graph = quantized(&float, &Settings { activations: Activations::Int8, ..settings });
            assert_eq!(read_of_one_another(&graph.expect("a network")).count(), 0, "seed {seed}");
        } else {
            failures += 1;
            println!("seed {seed}: {messages:?}");
        }
    }
    println!("{reached:?}, {unchanged}");
    assert!((1..200).contains(&unchanged), "{unchanged}");
    assert!(reached[0] > 50 && reached[1] > 50, "{reached:?}");
    assert!(failures < 80, "{failures} of 800 networks could not be quantised");
}

/// A step between layers is a 15th of the range in place of a 255th; nothing else has fewer.
#[test]
fn tensors_of_4_bits_have_16_steps_between_layers() {
    for scheme in [Scheme::FixedPoint, Scheme::Affine] {
        let [narrow, int8] =
            [Activations::Int4, Activations::Int8].map(|activations| lost(activations, scheme));
        let ratio = (narrow / int8).sqrt();
        println!("{scheme:?}: {ratio}");
        assert!((4.0..20.0).contains(&ratio), "{scheme:?}: {ratio}");
    }
    let mut builder = Builder::new(&[2]);
    let filter = |weights: [f32; 4]| {
        FloatOperator::Dense(Filter {
            shape: vec![2, 2],
            weights: weights.to_vec(),
            bias: vec![0.0; 2],
            given_scales: None,
        })
    };
    let hidden = builder.push(filter([1.0, 0.0, 0.0, 1.0]), &[TensorId(0)], vec![2]);
    let last = builder.push(filter([0.5, 0.5, 0.5, -0.5]), &[hidden], vec![2]);
    let mut float = builder.graph;
    float.outputs.push(last);
    let samples = Samples { shape: vec![2], values: vec![-0.5, 1.0, 0.25, 0.0, 0.5, 0.75] };
    let settings = Settings {
        activations: Activations::Int4,
        scheme: Scheme::Affine,
        ranges: RangeChoice::MinMax,
        calibration: Some(samples),
        ..Settings::default()
    };
    let graph = quantized(&float, &settings).expect("a network");
    let [input, hidden, output] = [0, 1, 2].map(|id| &graph.tensors[id].info);
    assert_eq!(hidden.quantization, Quantization::Affine { scale: 0.1, zero_point: -3 });
    assert_eq!([input.quantization.scale(), output.quantization.scale()], [1.5 / 255.0, 1.375 / 255.0]);
    assert!(input.bounds == [-128, 127] && output.bounds[0] < -8 && output.bounds[1] > 7);
}

#[test]
fn tensors_of_16_bits() {
    let mut quantized = 0;
    for seed in 2000..4000 {
        let mut case = case(seed, Weights::Usual);
        case.settings.activations = Activations::Int16;
        match check(seed, case, seed % 2 == 0) {
            Ok(()) => quantized += 1,
            // Most random networks have a layer that has no kernel.
            Err(messages) => assert!(!messages.is_empty()),
        }
    }
    println!("{quantized}");
    assert!(quantized > 100, "{quantized}");
}

/// What a network answers in 16 bits has no steps of its own to lose by; what comes in, and lies between, has.
#[test]
fn the_last_layer_alone_may_have_16_bits() {
    let [int8, int16] = [Activations::Int8, Activations::Int16];
    for scheme in [Scheme::FixedPoint, Scheme::Affine] {
        let all = [[int8, int8], [int8, int16], [int16, int8], [int16, int16]];
        let [narrow, wide_last, narrow_last, wide] = all.map(|activations| lost_with(activations, scheme));
        println!("{scheme:?}: {narrow} {wide_last} {narrow_last} {wide}");
        assert!(wide_last < 0.5 * narrow && narrow_last < 0.95 * narrow, "{scheme:?}");
        assert!(wide * 100.0 < wide_last && wide * 100.0 < narrow_last, "{scheme:?}");
    }
}

/// Layers that say themselves which integers they make.
#[test]
fn tensors_of_layers_own() {
    let all = [Activations::Int8, Activations::Int4, Activations::Int16];
    let (mut made, mut converted) = ([0; 3], 0);
    for seed in 6000..8000 {
        let mut case = case(seed, Weights::Usual);
        let mut random = Rng::with_seed(seed);
        case.settings.activations = all[random.usize(..3)];
        for node in &mut case.graph.nodes {
            let chooses = node.operator.filter().is_some()
                || matches!(node.operator, FloatOperator::Add | FloatOperator::Multiply);
            node.wishes.activations = (chooses && random.u8(..3) > 0).then(|| all[random.usize(..3)]);
        }
        let settings = case.settings.clone();
        let float = case.graph.clone();
        // What is known of ends is held against what was asked for.
        if let Ok(graph) = quantized(&float, &settings) {
            for node in &graph.nodes {
                converted += usize::from(matches!(node.operator, QuantizedOperator::Convert(_)));
                let Some(stated) = node.wishes.activations else { continue };
                let name = &graph.tensor(node.output).name;
                let output = graph
                    .tensors
                    .iter()
                    .find(|tensor| tensor.name == *name && tensor.info.element == stated.element());
                let info = &output.expect("a tensor as stated").info;
                let [low, high] = stated.range(true);
                assert!(low <= info.bounds[0] && info.bounds[1] <= high, "seed {seed}, {name}");
                made[all.iter().position(|activations| *activations == stated).expect("one of them")] += 1;
            }
        }
        if let Err(messages) = check(seed, case, seed % 2 == 0) {
            assert!(!messages.is_empty());
        }
    }
    println!("{made:?}, {converted}");
    assert!(made.iter().all(|made| *made > 100) && converted > 100, "{made:?}, {converted}");
}
