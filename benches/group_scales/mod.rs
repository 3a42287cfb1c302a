//! What scales of groups of weights would win, and what they would cost.
//!
//! Weights have a scale for each output channel. A group of them could have that or twice as much for one more bit,
//! without any other arithmetic. Of each layer of nine networks and of MLPerf Tiny's keyword spotter, the squared error
//! of weights that are rounded with such groups is held against that of as many bits spent on the weights themselves:
//! one more bit a weight halves the error.

use crate::declaration::with_network;
use crate::nine_networks::NETWORKS;
use anyhow::{Context, Result};
use std::path::Path;
use tinynet_compiler::build::{self, Declared};
use tinynet_compiler::graph::{FloatOperator, Node};
use tinynet_compiler::precision::Precision;
use tinynet_compiler::quantized::QuantizedOperator;

const MODEL: &str = "models/mlperf_tiny/kws_ref_model_int8.tflite";

const PRECISIONS: [(&str, Precision); 3] =
    [("Int4", Precision::Int4), ("Int3", Precision::Int3), ("Ternary", Precision::Ternary)];

/// What shares a scale: so many outputs, so many of their weights one behind the other.
const GROUPS: [[usize; 2]; 4] = [[1, 8], [1, 16], [1, 32], [8, 1]];

/// Scales that are tried, evenly up to the one that holds the largest weight.
const TRIED: usize = 80;

/// Prints it, layer by layer.
pub(crate) fn print(zoo: &Path) -> Result<()> {
    let names = GROUPS.map(|[outputs, taps]| format!("{:>18}", format!("{outputs} x {taps}"))).concat();
    println!("{:23}{:24}{:8}{names}", "network", "layer", "weights");
    for network in NETWORKS {
        let (graph, _) = network.compiled(zoo, "")?;
        for node in &graph.nodes {
            if let Some(filter) = node.operator.filter() {
                let is_depthwise = matches!(node.operator, FloatOperator::DepthwiseConv2d { .. });
                let layer = Layer::new(&node.label, &filter.weights, filter.bias.len(), is_depthwise);
                print_layer(network.name, &layer);
            }
        }
    }
    for layer in keyword_spotter(zoo)? {
        print_layer("kws_ref_model_int8", &layer);
    }
    println!(
        "bits that the error is worth less, and bits a weight that the groups take: outputs x weights of each;"
    );
    println!("nothing where a layer has no such groups, or no error with them");
    Ok(())
}

/// The weights of a layer, those of an output channel one behind the other.
struct Layer {
    name: String,
    channels: Vec<Vec<f64>>,
}

impl Layer {
    fn new(name: &str, weights: &[f32], channels: usize, is_depthwise: bool) -> Self {
        let taps = weights.len() / channels;
        let weight = |channel: usize, tap: usize| match is_depthwise {
            true => weights[tap * channels + channel],
            false => weights[channel * taps + tap],
        };
        let of_channel = |channel| (0..taps).map(|tap| f64::from(weight(channel, tap))).collect();
        Self { name: name.into(), channels: (0..channels).map(of_channel).collect() }
    }

    /// The squared error that is left with groups, and how many there are.
    fn error(&self, precision: Precision, [outputs, taps]: [usize; 2]) -> (f64, usize) {
        let blocks = self.channels.chunks(outputs);
        let error = blocks.map(|channels| error_of_block(precision, channels, taps)).sum();
        (error, self.channels.len().div_ceil(outputs) * self.channels[0].len().div_ceil(taps))
    }
}

/// The squared error of output channels that share the shifts of their groups. Scales and shifts are chosen in turn.
fn error_of_block(precision: Precision, channels: &[Vec<f64>], taps: usize) -> f64 {
    let groups = channels[0].len().div_ceil(taps);
    let scales = |shifts: &[u32]| -> Vec<(f64, f64)> {
        channels.iter().map(|weights| best_scale(precision, weights, shifts, taps)).collect()
    };
    let sum = |scales: &[(f64, f64)]| scales.iter().map(|(error, _)| error).sum::<f64>();
    let mut chosen = scales(&vec![0; groups]);
    let mut least = sum(&chosen);
    // What is the scale of all is between the two that there will be.
    chosen.iter_mut().for_each(|(_, scale)| *scale *= 0.7);
    for _ in 0..3 {
        let error = |group: usize, shift: u32| -> f64 {
            let of_channel = |(weights, (_, scale)): (&Vec<f64>, &(f64, f64))| {
                let weights = weights.chunks(taps).nth(group).unwrap_or_default();
                lost(precision, weights, scale * f64::from(1 << shift))
            };
            channels.iter().zip(&chosen).map(of_channel).sum()
        };
        let shifts: Vec<u32> =
            (0..groups).map(|group| u32::from(error(group, 1) < error(group, 0))).collect();
        chosen = scales(&shifts);
        least = least.min(sum(&chosen));
    }
    least
}

/// The least squared error of an output channel with these shifts of its groups, and the scale for it.
fn best_scale(precision: Precision, weights: &[f64], shifts: &[u32], taps: usize) -> (f64, f64) {
    let largest = weights.iter().fold(0.0, |largest: f64, weight| largest.max(weight.abs()));
    let widest = 1.1 * largest / f64::from(precision.largest());
    let error = |scale: f64| {
        let groups = weights.chunks(taps).zip(shifts);
        groups.map(|(weights, &shift)| lost(precision, weights, scale * f64::from(1 << shift))).sum::<f64>()
    };
    let tried = (1..=TRIED).map(|part| widest * part as f64 / TRIED as f64);
    tried.map(|scale| (error(scale), scale)).min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default()
}

/// What weights lose that are rounded to a scale: the sum of squares.
fn lost(precision: Precision, weights: &[f64], scale: f64) -> f64 {
    if scale == 0.0 {
        return 0.0;
    }
    weights.iter().map(|weight| (weight - f64::from(precision.nearest(weight / scale)) * scale).powi(2)).sum()
}

fn print_layer(network: &str, layer: &Layer) {
    let weights = layer.channels.len() * layer.channels[0].len();
    for (name, precision) in PRECISIONS {
        let (whole, _) = layer.error(precision, [1, weights]);
        let column = |group: [usize; 2]| {
            let (error, groups) = layer.error(precision, group);
            let is_divided = groups > layer.channels.len().div_ceil(group[0]);
            // Where nothing is lost anyway, as of weights that are 0, bits are worth nothing.
            match is_divided && error > 0.0 {
                true => {
                    format!("{:+.2} for {:.2}", (whole / error).log2() / 2.0, groups as f64 / weights as f64)
                }
                false => String::new(),
            }
        };
        let columns = GROUPS.map(|group| format!("{:>18}", column(group))).concat();
        println!("{network:23}{:24}{weights:>5}{name:>9}{columns}", layer.name);
    }
}

fn keyword_spotter(zoo: &Path) -> Result<Vec<Layer>> {
    let declaration = format!("struct Keywords = {MODEL:?};");
    let model = with_network(&declaration, zoo, |network, files, errors| {
        match build::build(network, files, errors).declaration?.network {
            Declared::Quantized(model) => Some(model),
            Declared::Real(_) => None,
        }
    })?;
    let layer = |node: &Node<QuantizedOperator>| {
        let linear = node.operator.linear()?;
        let is_depthwise = matches!(node.operator, QuantizedOperator::DepthwiseConv2d { .. });
        let weights: Vec<f32> = linear.weights.iter().map(|&weight| f32::from(weight)).collect();
        Some(Layer::new(&node.label, &weights, linear.bias.len(), is_depthwise))
    };
    let layers: Vec<Layer> = model.graph.nodes.iter().filter_map(layer).collect();
    (!layers.is_empty()).then_some(layers).context("layers with weights")
}
