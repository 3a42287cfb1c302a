//! What nobody reads has no say in how a network is quantised.

use super::exact::{AFFINE, FIXED};
use super::quantized;
use super::random_graph::Builder;
use fastrand::Rng;
use tinynet_compiler::function::Function;
use tinynet_compiler::geometry::{Padding, Window};
use tinynet_compiler::graph::{Filter, FloatGraph, FloatOperator, TensorId};
use tinynet_compiler::precision::{Precision, PrecisionChoice};
use tinynet_compiler::quantized::{Gather, QuantizedGraph};
use tinynet_compiler::settings::{RangeChoice, Samples, Settings};

const ROWS: usize = 6;
const CHANNELS: usize = 5;
const FILTERS: usize = 4;

/// A convolution row by row, perhaps a function, and some rows of what they make.
fn graph(depthwise: bool, function: Option<Function>, rows: &[u16]) -> FloatGraph {
    let mut random = Rng::with_seed(3);
    let mut builder = Builder::new(&[ROWS, 1, CHANNELS]);
    builder.graph.tensors[0].info.range = Some([-1.0, 1.0]);
    let filters = if depthwise { CHANNELS } else { FILTERS };
    let window = Window {
        input: [ROWS, 1, CHANNELS],
        output: [ROWS, 1, filters],
        kernel: [1; 2],
        stride: [1; 2],
        dilation: [1; 2],
        padding: Padding::default(),
    };
    let shape = if depthwise { vec![1, 1, filters] } else { vec![filters, 1, 1, CHANNELS] };
    let weights = (0..shape.iter().product()).map(|_| random.f32() - 0.3).collect();
    let filter = Filter { weights, shape, bias: vec![0.1; filters], given_scales: None };
    let operator = match depthwise {
        true => FloatOperator::DepthwiseConv2d { window, multiplier: 1, filter },
        false => FloatOperator::Conv2d { window, groups: 1, filter },
    };
    let mut last = builder.push(operator, &[TensorId(0)], window.output.to_vec());
    if let Some(function) = function {
        last = builder.push(FloatOperator::Activation(function), &[last], window.output.to_vec());
    }
    let gather = Gather { images: 1, input: window.output, rows: rows.to_vec(), columns: vec![0] };
    last = builder.push(FloatOperator::Gather(gather), &[last], vec![rows.len(), 1, filters]);
    builder.graph.outputs.push(last);
    builder.graph
}

/// Samples alike in `rows`; what is in the others depends on `seed` and may be ten times as large.
fn samples(rows: &[u16], seed: u64) -> Samples {
    let (mut read, mut others) = (Rng::with_seed(1), Rng::with_seed(seed));
    let mut values = Vec::new();
    for row in (0..50).flat_map(|_| 0..ROWS) {
        for _ in 0..CHANNELS {
            let value = 0.1 * read.f32();
            values.push(if rows.contains(&(row as u16)) { value } else { 2.0 * others.f32() - 1.0 });
        }
    }
    Samples { shape: vec![ROWS, 1, CHANNELS], values }
}

fn with_samples(graph: &FloatGraph, settings: &Settings, samples: Samples) -> QuantizedGraph {
    let settings = Settings {
        precision: PrecisionChoice::Stated(Precision::Int4),
        ranges: RangeChoice::MeanSquaredError,
        bias_correction: true,
        calibration: Some(samples),
        ..settings.clone()
    };
    quantized(graph, &settings).expect("a network")
}

#[test]
fn rows_that_are_dropped_do_not_count() {
    let tanh = Function::Tanh;
    for (depthwise, function) in
        [(false, None), (false, Some(tanh.clone())), (false, Some(Function::Relu)), (true, Some(tanh))]
    {
        for settings in [&FIXED, &AFFINE] {
            let with = |rows: &[u16], seed| {
                let graph = graph(depthwise, function.clone(), rows);
                format!("{:?}", with_samples(&graph, settings, samples(&[0, 2, 3], seed)))
            };
            assert_eq!(with(&[0, 2, 3], 4), with(&[0, 2, 3], 5), "{depthwise} {function:?}");
            // What is read does.
            assert_ne!(with(&[0, 1, 3], 4), with(&[0, 1, 3], 5), "{depthwise} {function:?}");
        }
    }
}
