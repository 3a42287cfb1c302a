//! Weights that become 0: how many, which, and what the others make up for.

use super::exact::{AFFINE, FIXED, chain};
use super::random_graph::{Case, Weights, case};
use super::{integer, quantized};
use fastrand::Rng;
use tinynet_compiler::float_evaluator;
use tinynet_compiler::function::Function;
use tinynet_compiler::graph::{Filter, FloatGraph, FloatOperator};
use tinynet_compiler::optimize::optimize;
use tinynet_compiler::pruning::{PrunedWeights, Pruning};
use tinynet_compiler::quantized::{Linear, QuantizedGraph, QuantizedOperator};
use tinynet_compiler::reference::Reference;
use tinynet_compiler::settings::{Samples, Settings};

fn dense(weights: &[f32], bias: &[f32]) -> FloatOperator {
    let shape = vec![bias.len(), weights.len() / bias.len()];
    FloatOperator::Dense(Filter { shape, weights: weights.to_vec(), bias: bias.to_vec(), given_scales: None })
}

fn linears(graph: &QuantizedGraph) -> Vec<&Linear> {
    let linears = graph.nodes.iter().filter_map(|node| match &node.operator {
        QuantizedOperator::Dense(linear)
        | QuantizedOperator::Conv2d { linear, .. }
        | QuantizedOperator::DepthwiseConv2d { linear, .. } => Some(linear),
        _ => None,
    });
    linears.collect()
}

fn zeros(linear: &Linear) -> usize {
    linear.weights.iter().filter(|&&weight| weight == 0).count()
}

fn pruned(weights: PrunedWeights) -> Pruning {
    Pruning { weights: Some(weights), ..Pruning::default() }
}

#[test]
fn the_smallest_go_without_samples() {
    let weights = [4.0, -1.25, 2.0, 0.5, -0.25, 0.125, 1.0, -3.0];
    let mut graph = chain(4, Some([-1.0, 1.0]), &[(dense(&weights, &[1.0, -1.0]), 2)]);
    let mut made = |pruning: Pruning| {
        graph.nodes[0].wishes.pruning = pruning;
        let graph = quantized(&graph, &FIXED).unwrap();
        (linears(&graph)[0].weights.clone(), linears(&graph)[0].bias.clone())
    };
    // Steps of 1/16 and of 1/32.
    let half = made(pruned(PrunedWeights::Share(0.5))).0;
    assert_eq!(half, [64, -20, 32, 0, 0, 0, 0, -96]);
    let two_of_four = made(pruned(PrunedWeights::Groups { kept: 2, group: 4 })).0;
    assert_eq!(two_of_four, [64, 0, 32, 0, 0, 0, 32, -96]);
    // Squares over both outputs: 16.06, 1.58, 5 and 9.25.
    let inputs = made(Pruning { inputs: Some(0.5), ..Pruning::default() }).0;
    assert_eq!(inputs, [64, 0, 0, 8, -8, 0, 0, -96]);
    // The scale is that of what stays.
    let most = made(pruned(PrunedWeights::Share(0.875)));
    assert_eq!(most, (vec![64, 0, 0, 0, 0, 0, 0, 0], most.1.clone()));
    assert!(most.1[1] < 0, "the bias of an output without weights stays");
}

/// Two dense layers, the inputs of which go together.
fn network(random: &mut Rng) -> (FloatGraph, Settings) {
    let mut weights = |count: usize| (0..count).map(|_| random.f32() * 2.0 - 1.0).collect::<Vec<f32>>();
    let (first, second) = (weights(24 * 16), weights(16 * 5));
    let operators = [
        (dense(&first, &weights(16)), 16),
        (FloatOperator::Activation(Function::Relu), 16),
        (dense(&second, &weights(5)), 5),
    ];
    let graph = chain(24, None, &operators);
    let values = (0..400).flat_map(|_| sample(random)).collect();
    let calibration = Some(Samples { shape: vec![24], values });
    (graph, Settings { calibration, bias_correction: true, ..AFFINE })
}

/// Every third input is nearly the sum of the two before it.
fn sample(random: &mut Rng) -> Vec<f32> {
    let mut values = Vec::with_capacity(24);
    while values.len() < 24 {
        let (a, b) = (random.f32() * 2.0 - 1.0, random.f32() * 2.0 - 1.0);
        values.extend([a, b, a + b + 0.1 * random.f32()]);
    }
    values
}

/// Mean squared error of the outputs on samples that nothing was learned from.
fn error(float: &FloatGraph, graph: &QuantizedGraph) -> f64 {
    let mut random = Rng::with_seed(77);
    let reference = Reference::new(graph);
    let of = |index: usize| graph.tensor([graph.inputs[0], graph.outputs[0]][index]).info.quantization;
    let mut error = 0.0;
    for _ in 0..200 {
        let sample = sample(&mut random);
        let input: Vec<i8> = sample.iter().map(|&value| of(0).quantize(f64::from(value))).collect();
        let wanted = float_evaluator::output(float, &sample);
        for (wanted, made) in wanted.iter().zip(reference.output(&input)) {
            error += (f64::from(*wanted) - of(1).dequantize(made)).powi(2);
        }
    }
    error / 1000.0
}

/// The same with the smallest weights taken away and all others as they were.
fn by_magnitude(graph: &FloatGraph, share: f64) -> FloatGraph {
    let mut graph = graph.clone();
    for node in &mut graph.nodes {
        let Some(filter) = node.operator.filter_mut() else { continue };
        let mut sizes: Vec<f32> = filter.weights.iter().map(|weight| weight.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        let limit = sizes[(share * sizes.len() as f64).round() as usize];
        for weight in filter.weights.iter_mut().filter(|weight| weight.abs() < limit) {
            *weight = 0.0;
        }
    }
    graph
}

#[test]
fn weights_that_stay_make_up_for_the_others() {
    let (graph, settings) = network(&mut Rng::with_seed(5));
    for share in [0.3, 0.5, 0.7] {
        let mut pruned_graph = graph.clone();
        for node in [0, 2] {
            pruned_graph.nodes[node].wishes.pruning = pruned(PrunedWeights::Share(share));
        }
        let made = quantized(&pruned_graph, &settings).unwrap();
        for linear in linears(&made) {
            let gone = (share * linear.weights.len() as f64).round() as usize;
            // Rounding makes few more.
            assert!((gone..gone + 8).contains(&zeros(linear)), "{share}: {} zeros", zeros(linear));
        }
        let plain = quantized(&by_magnitude(&graph, share), &settings).unwrap();
        let [made, plain] = [error(&graph, &made), error(&graph, &plain)];
        println!("{share}: {:.3}", made / plain);
        assert!(made < 0.6 * plain, "{share}: {made}, by magnitude {plain}");
    }
}

#[test]
fn a_share_of_the_network_is_one_of_all_weights() {
    let (graph, settings) = network(&mut Rng::with_seed(6));
    let of_all = |share| Settings { prune: Some(PrunedWeights::Share(share)), ..settings.clone() };
    for share in [0.25, 0.9, 0.995] {
        let made = quantized(&graph, &of_all(share)).unwrap();
        let all: usize = linears(&made).iter().map(|linear| zeros(linear)).sum();
        let gone = (share * (24.0 * 16.0 + 16.0 * 5.0)).round() as usize;
        // What rounding adds; a share a layer is rounded too.
        assert!((gone - 1..gone + 12).contains(&all), "{share}: {all} zeros");
        assert!(linears(&made).iter().all(|linear| zeros(linear) < linear.weights.len()), "{share}");
    }
    // A layer's own share stands.
    let mut own = graph.clone();
    own.nodes[2].wishes.pruning = pruned(PrunedWeights::Share(0.0));
    let made = quantized(&own, &of_all(0.9)).unwrap();
    assert!(zeros(linears(&made)[0]) >= 345 && zeros(linears(&made)[1]) < 5);
}

#[test]
fn groups_are_thinned_everywhere_they_divide() {
    let (graph, settings) = network(&mut Rng::with_seed(7));
    for (kept, group) in [(2, 4), (1, 4), (3, 8)] {
        let prune = Some(PrunedWeights::Groups { kept, group });
        let made = quantized(&graph, &Settings { prune, ..settings.clone() }).unwrap();
        for linear in linears(&made) {
            let weights = |weights: &[i8]| weights.iter().filter(|&&weight| weight != 0).count();
            let all: Vec<usize> = linear.weights.chunks(group).map(weights).collect();
            assert!(all.iter().all(|&count| count <= kept), "[{kept}, {group}]: {all:?}");
            assert!(all.iter().sum::<usize>() > all.len() * kept * 9 / 10, "[{kept}, {group}]: {all:?}");
        }
    }
    // 24 inputs divide by 3, 16 do not.
    let prune = Some(PrunedWeights::Groups { kept: 1, group: 3 });
    let made = quantized(&graph, &Settings { prune, ..settings }).unwrap();
    assert!(zeros(linears(&made)[0]) >= 256 && zeros(linears(&made)[1]) < 5);
}

#[test]
fn channels_and_inputs_disappear() {
    let (mut graph, settings) = network(&mut Rng::with_seed(8));
    let pruning = Pruning { weights: None, channels: Some(0.5), inputs: Some(0.25) };
    graph.nodes[0].wishes.pruning = pruning;
    let made = quantized(&graph, &settings).unwrap();
    let unread = |linear: &Linear| {
        (0..24).filter(|input| linear.weights.chunks(24).all(|weights| weights[*input] == 0)).count()
    };
    assert_eq!(unread(linears(&made)[0]), 6);
    let optimized = optimize(made.clone());
    let [first, second] = linears(&optimized)[..] else { panic!("two layers") };
    assert_eq!((first.bias.len(), second.weights.len()), (8, 8 * 5));
    // No worse than without those that are worth more.
    let mut worst = graph.clone();
    let FloatOperator::Dense(filter) = &mut worst.nodes[0].operator else { panic!("dense") };
    (0..8).for_each(|channel| filter.weights[channel * 24..][..24].fill(0.0));
    worst.nodes[0].wishes.pruning = Pruning::default();
    let arbitrary = quantized(&worst, &settings).unwrap();
    assert!(error(&graph, &made) < error(&graph, &arbitrary));
}

/// Whether something with weights computes with what a layer makes, so that its channels are not what is answered.
fn stands_before_weights(graph: &FloatGraph, layer: usize) -> bool {
    let mut made = vec![graph.nodes[layer].output];
    for node in &graph.nodes[layer + 1..] {
        if node.inputs.iter().any(|input| made.contains(input)) {
            if node.operator.filter().is_some() {
                return true;
            }
            made.push(node.output);
        }
    }
    false
}

#[test]
fn random_networks_compute_what_they_say() {
    let mut zeros = [0; 2];
    for seed in 3000..3500 {
        let Case { mut graph, settings, samples } = case(seed, Weights::Usual);
        let mut random = Rng::with_seed(seed);
        let share = PrunedWeights::Share([0.3, 0.8, 0.97][random.usize(..3)]);
        let wanted = if random.bool() { share } else { PrunedWeights::Groups { kept: 1, group: 2 } };
        let settings = Settings { prune: Some(wanted), ..settings };
        let inner: Vec<usize> = (0..graph.nodes.len())
            .filter(|&node| !graph.outputs.contains(&graph.nodes[node].output))
            .filter(|&node| {
                graph.nodes[node].operator.filter().is_some() && stands_before_weights(&graph, node)
            })
            .collect();
        for node in inner {
            graph.nodes[node].wishes.pruning.channels = random.bool().then_some(0.3);
        }
        // Now and then a random network is 0 everywhere.
        let Ok(made) = quantized(&graph, &settings) else { continue };
        let again = quantized(&graph, &settings).unwrap();
        assert_eq!(format!("{made:?}"), format!("{again:?}"), "seed {seed}");
        let optimized = optimize(made.clone());
        let (reference, optimized) = (Reference::new(&made), Reference::new(&optimized));
        let quantization = made.tensor(made.inputs[0]).info.quantization;
        for sample in &samples {
            let input: Vec<i8> =
                sample.iter().map(|&value| quantization.quantize(f64::from(value))).collect();
            let expected = integer::run(&made, &input.iter().map(|&x| x.into()).collect::<Vec<i32>>());
            let found = reference.output(&input);
            let expected = &expected[made.outputs[0].0];
            assert_eq!(
                &found.iter().map(|&value| i128::from(value)).collect::<Vec<_>>(),
                expected,
                "seed {seed}"
            );
            assert_eq!(optimized.output(&input), found, "seed {seed}");
        }
        for linear in linears(&made) {
            zeros[0] += linear.weights.len();
            zeros[1] += self::zeros(linear);
        }
    }
    assert!(2 * zeros[1] > zeros[0] && zeros[0] > 20_000, "{zeros:?}");
}
