//! Small networks whose integers can be worked out by hand.

use super::{quantized, random_graph::Builder};
use tinynet_compiler::function::{Expression, Function, NamedFunction};
use tinynet_compiler::graph::{Filter, FloatGraph, FloatOperator, TensorId};
use tinynet_compiler::precision::{Precision, PrecisionChoice};
use tinynet_compiler::quantized::{Linear, Quantization, QuantizedGraph, QuantizedOperator, Requantize};
use tinynet_compiler::settings::{Activations, RangeChoice, Samples, Scheme, Settings};

pub(crate) const FIXED: Settings = Settings {
    scheme: Scheme::FixedPoint,
    precision: PrecisionChoice::Stated(Precision::Int8),
    activations: Activations::Int8,
    prune: None,
    ranges: RangeChoice::MinMax,
    bias_correction: false,
    lookup_table: None,
    calibration: None,
};
pub(crate) const AFFINE: Settings = Settings {
    scheme: Scheme::Affine,
    precision: PrecisionChoice::Stated(Precision::Int8),
    activations: Activations::Int8,
    prune: None,
    ranges: RangeChoice::MinMax,
    bias_correction: false,
    lookup_table: None,
    calibration: None,
};

fn calibrated(settings: &Settings, shape: &[usize], values: &[f32]) -> Settings {
    let calibration = Some(Samples { shape: shape.to_vec(), values: values.to_vec() });
    Settings { calibration, ..settings.clone() }
}

fn dense(weights: &[f32], bias: &[f32]) -> FloatOperator {
    let shape = vec![bias.len(), weights.len() / bias.len()];
    FloatOperator::Dense(Filter { shape, weights: weights.to_vec(), bias: bias.to_vec(), given_scales: None })
}

fn integers(weights: &[f32], bias: &[f32], scales: &[f64]) -> FloatOperator {
    match dense(weights, bias) {
        FloatOperator::Dense(filter) => {
            FloatOperator::Dense(Filter { given_scales: Some(scales.to_vec()), ..filter })
        }
        other => other,
    }
}

/// A vector through operators that keep its size or state theirs.
pub(crate) fn chain(
    inputs: usize,
    range: Option<[f64; 2]>,
    operators: &[(FloatOperator, usize)],
) -> FloatGraph {
    let mut builder = Builder::new(&[inputs]);
    builder.graph.tensors[0].info.range = range;
    let mut last = TensorId(0);
    for (operator, size) in operators {
        last = builder.push(operator.clone(), &[last], vec![*size]);
    }
    builder.graph.outputs.push(last);
    builder.graph
}

fn first_linear(graph: &QuantizedGraph) -> &Linear {
    match &graph.nodes[0].operator {
        QuantizedOperator::Dense(linear) => linear,
        other => panic!("{other:?}"),
    }
}

fn messages(graph: &FloatGraph, settings: &Settings) -> String {
    quantized(graph, settings).map(|_| String::new()).unwrap_or_else(|messages| messages.join("\n"))
}

#[test]
fn a_dense_layer_in_fixed_point() {
    let graph = chain(2, Some([-1.0, 1.0]), &[(dense(&[0.5, -0.25, 1.5, 3.0], &[0.125, -1.0]), 2)]);
    let graph = quantized(&graph, &FIXED).unwrap();
    let linear = first_linear(&graph);
    // Largest weights 0.5 and 3.0: 7 and 5 fraction bits. Worst case 1.5 + 3.0 + 1.0: 4 fraction bits.
    assert_eq!(linear.weights, [64, -32, 48, 96]);
    assert_eq!(linear.bias, [1 << 11, -(1 << 12)]);
    assert_eq!(linear.requantize, Requantize::Shift(vec![7 + 7 - 4, 7 + 5 - 4]));
    assert_eq!(graph.tensors[1].info.quantization, Quantization::FixedPoint { fraction_bits: 4 });
    assert_eq!(linear.accumulator_bounds[0], [2048 - 128 * 64 - 127 * 32, 2048 + 127 * 64 + 128 * 32]);
}

#[test]
fn weights_of_few_bits() {
    let weights = [0.7, -0.34, 0.11, 0.0];
    let graph = chain(4, Some([-1.0, 1.0]), &[(dense(&weights, &[0.0]), 1)]);
    let weights = |scheme, precision| {
        let settings = if scheme == Scheme::Affine { AFFINE } else { FIXED };
        let graph =
            quantized(&graph, &Settings { precision: PrecisionChoice::Stated(precision), ..settings })
                .unwrap();
        let linear = first_linear(&graph);
        assert_eq!(linear.precision, precision);
        (linear.weights.clone(), linear.weight_scales[0])
    };
    // 7 steps of 0.125 hold the largest; half of them lose less.
    assert_eq!(weights(Scheme::FixedPoint, Precision::Int4), (vec![6, -3, 1, 0], 0.125));
    assert_eq!(weights(Scheme::FixedPoint, Precision::Ternary), (vec![1, -1, 0, 0], 0.5));
    assert_eq!(weights(Scheme::FixedPoint, Precision::Binary), (vec![1, -1, 1, 1], 0.25));
    let (integers, scale) = weights(Scheme::Affine, Precision::Int3);
    // By least squares: 0.7 · 3 + 0.34 · 2 + 0.11 · 1 over 3² + 2² + 1².
    assert_eq!(integers, [3, -2, 1, 0]);
    assert!((scale - 2.89 / 14.0).abs() < 1e-6, "{scale}");
    let (integers, scale) = weights(Scheme::Affine, Precision::PowerOfTwo);
    assert!(integers.iter().all(|&integer| Precision::PowerOfTwo.holds(integer.into())), "{integers:?}");
    assert!((f64::from(integers[0]) * scale - 0.7).abs() < 0.05, "{integers:?} {scale}");
}

#[test]
fn a_channel_of_zeros_stays_one_where_numbers_have_no_zero() {
    let graph = chain(2, Some([0.0, 1.0]), &[(dense(&[0.5, -0.5, 0.0, 0.0], &[0.0, 0.25]), 2)]);
    for precision in [Precision::Binary, Precision::Int2] {
        let precision = PrecisionChoice::Stated(precision);
        let graph = quantized(&graph, &Settings { precision, ..AFFINE }).unwrap();
        assert_eq!(first_linear(&graph).weights[2..], [0, 0]);
    }
}

#[test]
fn integers_are_what_their_precision_holds() {
    let message = |precision| {
        let graph = chain(2, Some([-1.0, 1.0]), &[(integers(&[0.5, -4.0], &[0.0], &[0.5]), 1)]);
        messages(&graph, &Settings { precision: PrecisionChoice::Stated(precision), ..FIXED })
    };
    assert_eq!(message(Precision::Int4), "");
    assert!(message(Precision::Ternary).contains("its weight -8 does not fit `Ternary`"));
    assert!(message(Precision::Ternary).contains("weights are -1, 0 and 1"));
}

#[test]
fn a_dense_layer_in_tensorflow_lites_scheme() {
    let graph = chain(1, None, &[(dense(&[0.5], &[1.0]), 1)]);
    let settings = calibrated(&AFFINE, &[1], &[0.0, 2.0, 1.0]);
    let graph = quantized(&graph, &settings).unwrap();
    let linear = first_linear(&graph);
    let input = Quantization::Affine { scale: 2.0 / 255.0, zero_point: -128 };
    assert_eq!(graph.tensors[0].info.quantization, input);
    // From 0, which every range holds, to 2.0.
    assert_eq!(graph.tensors[1].info.quantization, input);
    assert_eq!((linear.weights[0], linear.weight_scales[0]), (127, 0.5 / 127.0));
    assert_eq!(linear.bias[0], (127.0 * 2.0 * 255.0 / 2.0f64).round() as i32);
    let factor = 0.5 / 127.0;
    let expected = ((factor * 128.0 * (1u64 << 31) as f64).round() as i32, -7);
    assert_eq!(
        linear.requantize,
        Requantize::Multiplier { multipliers: vec![expected.0], shifts: vec![expected.1] }
    );
}

#[test]
fn activations_that_clamp_cost_nothing() {
    let cases = [
        (Function::Relu, [0, 127]),
        (Function::HardTanh { min: -1.0, max: 1.0 }, [-128, 127]),
        (Function::HardTanh { min: -0.25, max: 0.5 }, [-64, 127]),
        (Function::HardTanh { min: -0.25, max: 0.6 }, [-32, 77]),
    ];
    for (function, clamp) in cases {
        let layers = [(dense(&[1.0], &[0.0]), 1), (FloatOperator::Activation(function), 1)];
        let graph = quantized(&chain(1, Some([-4.0, 4.0]), &layers), &FIXED).unwrap();
        assert_eq!(graph.nodes.len(), 1);
        assert_eq!((first_linear(&graph).clamp, &first_linear(&graph).table), (clamp, &None));
        assert_eq!(graph.nodes[0].kind, "node0 + node1");
    }
}

#[test]
fn saturating_functions_get_fine_steps() {
    let layers = [(dense(&[1.0], &[0.0]), 1), (FloatOperator::Activation(Function::Tanh), 1)];
    let step = |settings: &Settings, range| {
        let graph = quantized(&chain(1, range, &layers), settings).unwrap();
        let linear = first_linear(&graph);
        assert!(linear.table.is_some());
        match &linear.requantize {
            Requantize::Shift(shifts) => {
                graph.tensors[0].info.quantization.scale()
                    * linear.weight_scales[0]
                    * 2f64.powi(shifts[0].into())
            }
            other => panic!("{other:?}"),
        }
    };
    // Beyond 4, tanh is 1 to less than a tenth of an int8's step.
    assert_eq!(step(&FIXED, Some([-60.0, 60.0])), 1.0 / 32.0);
    let values: Vec<f32> = (-600..=600).map(|index| index as f32 / 10.0).collect();
    let settings = Settings { ranges: RangeChoice::MeanSquaredError, ..calibrated(&FIXED, &[1], &values) };
    assert_eq!(step(&settings, None), 1.0 / 32.0);
}

#[test]
fn given_integers_stay() {
    let weights = [1.0, -1.0, 0.0, 127.0, -128.0, 3.0];
    let graph = chain(3, Some([-1.0, 1.0]), &[(integers(&weights, &[0.0, 0.5], &[1.0]), 2)]);
    for settings in [&FIXED, &AFFINE] {
        let graph = quantized(&graph, settings).unwrap();
        assert_eq!(first_linear(&graph).weights, [1, -1, 0, 127, -128, 3]);
        assert_eq!(first_linear(&graph).weight_scales, [1.0, 1.0]);
    }
    let scaled: Vec<f32> = weights.iter().map(|weight| weight * 0.3).collect();
    let graph = chain(3, Some([-1.0, 1.0]), &[(integers(&scaled, &[0.0, 0.5], &[0.3f32.into()]), 2)]);
    assert_eq!(first_linear(&quantized(&graph, &AFFINE).unwrap()).weights, [1, -1, 0, 127, -128, 3]);
    let message = messages(&graph, &FIXED);
    assert!(message.contains("no power of two") && message.contains("scheme: Affine"), "{message}");
}

#[test]
fn given_integers_that_are_none() {
    let graph = |weight: f32| chain(1, Some([-1.0, 1.0]), &[(integers(&[weight], &[0.0], &[0.5]), 1)]);
    assert!(messages(&graph(0.7), &FIXED).contains("no multiple"));
    assert!(messages(&graph(64.0), &FIXED).contains("128 does not fit `Int8`"));
    let graph = chain(1, Some([-1.0, 1.0]), &[(integers(&[1.0], &[0.0], &[-1.0]), 1)]);
    assert!(messages(&graph, &AFFINE).contains("`weight_scale` is -1"));
    let mut graph = chain(1, Some([-1.0, 1.0]), &[(integers(&[1.0], &[1e12], &[1.0]), 1)]);
    assert!(messages(&graph, &FIXED).contains("out of reach of 32 bits"));
    graph.tensors[1].info.range = Some([-2.0, 2.0]);
    let message = messages(&graph, &FIXED);
    assert!(
        message.contains("does not fit 32 bits") && message.contains("coarser `weight_scale`"),
        "{message}"
    );
}

#[test]
fn a_huge_bias_saturates_as_it_must() {
    for settings in [&FIXED, &AFFINE] {
        for bias in [1e30, -1e30] {
            let operator = dense(&[1.0, 1.0], &[bias, 0.0]);
            let mut graph = chain(1, Some([-1.0, 1.0]), &[(operator, 2)]);
            graph.tensors[1].info.range = Some([-2.0, 2.0]);
            let graph = quantized(&graph, settings).unwrap();
            let expected = if bias > 0.0 { [127, 127] } else { [-128, -128] };
            for input in [[-128], [0], [127]] {
                let output = tinynet_compiler::reference::run(&graph, &input).remove(1);
                assert_eq!(output[0], expected[0]);
            }
            // The other channel does not suffer.
            let half = graph.tensors[0].info.quantization.quantize(0.5);
            let output = tinynet_compiler::reference::run(&graph, &[half]).remove(1)[1];
            let error = graph.tensors[1].info.quantization.dequantize(output) - 0.5;
            assert!(error.abs() < 0.02, "{error}");
        }
    }
}

#[test]
fn nothing_saturates_without_calibration() {
    let weights: Vec<f32> = (0..12).map(|index| (index as f32 * 1.7).sin()).collect();
    let layers = [
        (dense(&weights, &[0.3, -0.2, 0.1, 0.0]), 4),
        (FloatOperator::Activation(Function::Relu), 4),
        (dense(&weights[..8], &[0.1, 0.2]), 2),
    ];
    let float = chain(3, Some([-2.0, 2.0]), &layers);
    for settings in [&FIXED, &AFFINE] {
        let graph = quantized(&float, settings).unwrap();
        for corner in 0..8 {
            let sample: Vec<f32> =
                (0..3).map(|bit| if corner >> bit & 1 == 0 { -2.0 } else { 2.0 }).collect();
            let real = tinynet_compiler::float_evaluator::run(&float, &sample);
            for (tensor, quantized) in [(2, 1), (3, 2)] {
                let known = graph.tensors[quantized].info.quantization;
                for value in &real[tensor] {
                    let [low, high] = [-128, 127].map(|q| known.dequantize(q));
                    let step = known.scale();
                    assert!(low - step <= f64::from(*value) && f64::from(*value) <= high + step);
                }
            }
        }
    }
}

#[test]
fn tensors_that_are_always_zero() {
    let layers = [
        (dense(&[1.0], &[-5.0]), 1),
        (FloatOperator::Activation(Function::Relu), 1),
        (dense(&[1.0], &[0.0]), 1),
    ];
    let settings = calibrated(&FIXED, &[1], &[0.5, 1.0]);
    let message = messages(&chain(1, None, &layers), &settings);
    assert!(message.contains("`node1` is 0 for all 2 calibration samples"), "{message}");
    assert_eq!(message.matches("calibration samples").count(), 1);
    let mut graph = chain(1, None, &layers);
    // Stated in front of the clamp: what comes through counts.
    graph.tensors[1].info.range = Some([-1.0, 1.0]);
    graph.tensors[3].info.range = Some([-1.0, 1.0]);
    assert_eq!(messages(&graph, &settings), "");
    // Known to be 0 without samples, so that every step is right.
    let zeros = chain(1, Some([-1.0, 1.0]), &[(dense(&[0.0], &[0.0]), 1)]);
    assert_eq!(messages(&zeros, &FIXED), "");
}

#[test]
fn functions_must_be_defined_where_they_are_used() {
    let logarithm = Function::Expression(Expression::Call(NamedFunction::Ln, vec![Expression::Variable]));
    let activation = || FloatOperator::Activation(logarithm.clone());
    let message = messages(&chain(1, Some([-1.0, 1.0]), &[(activation(), 1)]), &FIXED);
    assert!(message.contains("no finite value at x = -1: it gives NaN"), "{message}");
    let layers = [(FloatOperator::Activation(Function::Relu), 1), (activation(), 1)];
    let message = messages(&chain(1, Some([-1.0, 1.0]), &layers), &FIXED);
    assert!(message.contains("at x = 0: it gives -inf") && message.contains("from 0 to"), "{message}");
    // Fused, it is used where the layer's output can be.
    let layers = [(dense(&[0.25], &[2.0]), 1), (activation(), 1)];
    assert_eq!(messages(&chain(1, Some([-1.0, 1.0]), &layers), &FIXED), "");
}

#[test]
fn ranges_that_are_none() {
    let graph = |range| chain(1, Some(range), &[(dense(&[1.0], &[0.0]), 1)]);
    assert!(messages(&graph([0.5, 1.0]), &FIXED).contains("does not contain 0"));
    assert!(messages(&graph([0.5, 1.0]), &AFFINE).contains("does not contain 0"));
    assert!(messages(&graph([1.0, -1.0]), &FIXED).contains("is no range"));
    assert!(messages(&graph([0.0, f64::INFINITY]), &FIXED).contains("is no range"));
    assert!(messages(&chain(1, None, &[(dense(&[1.0], &[0.0]), 1)]), &FIXED).contains("nothing says"));
}

#[test]
fn a_stated_input() {
    let mut graph = chain(1, None, &[(dense(&[1.0], &[0.0]), 1)]);
    let mut state = |quantization| {
        graph.tensors[0].info.quantization = Some(quantization);
        [&FIXED, &AFFINE].map(|settings| {
            quantized(&graph, settings)
                .map(|graph| graph.tensors[0].info.quantization)
                .map_err(|errors| errors.join(""))
        })
    };
    let fixed = Quantization::FixedPoint { fraction_bits: 3 };
    let affine = Quantization::Affine { scale: 0.125, zero_point: 0 };
    assert_eq!(state(fixed), [Ok(fixed), Ok(affine)]);
    assert_eq!(state(affine), [Ok(fixed), Ok(affine)]);
    let shifted = Quantization::Affine { scale: 0.125, zero_point: 3 };
    let [in_fixed_point, in_affine] = state(shifted);
    assert!(in_fixed_point.unwrap_err().contains("scheme: Affine"));
    assert_eq!(in_affine, Ok(shifted));
}

#[test]
fn samples_that_overflow() {
    let graph = chain(1, None, &[(dense(&[1e38], &[0.0]), 1)]);
    let message = messages(&graph, &calibrated(&FIXED, &[1], &[1.0, 100.0]));
    assert!(message.contains("`node0` is inf for calibration sample 1"), "{message}");
    let message = messages(&graph, &calibrated(&FIXED, &[2], &[1.0, 100.0]));
    assert!(message.contains("shape [2] for an input of 1 values"), "{message}");
}

#[test]
fn more_classes_than_are_counted() {
    let graph = |classes: usize| {
        let mut builder = Builder::new(&[classes]);
        builder.graph.tensors[0].info.range = Some([-1.0, 1.0]);
        let output = builder.push(FloatOperator::ArgMax, &[TensorId(0)], vec![1]);
        builder.graph.outputs.push(output);
        builder.graph
    };
    assert_eq!(messages(&graph(65_536), &FIXED), "");
    assert!(messages(&graph(65_537), &FIXED).contains("chooses among 65537 values"));
}

#[test]
fn parts_of_a_concatenation_are_made_in_its_quantisation() {
    let mut builder = Builder::new(&[2]);
    let small = builder.push(dense(&[0.01, 0.02], &[0.0]), &[TensorId(0)], vec![1]);
    let large = builder.push(dense(&[3.0, 4.0], &[0.0]), &[TensorId(0)], vec![1]);
    let both = builder.push(FloatOperator::Concat { axis: 0 }, &[small, large, TensorId(0)], vec![4]);
    builder.graph.outputs.push(both);
    let settings = calibrated(&FIXED, &[2], &[1.0, 1.0, -1.0, -1.0]);
    let graph = quantized(&builder.graph, &settings).unwrap();
    let QuantizedOperator::Concat { tables, .. } = &graph.nodes[2].operator else {
        panic!("no concatenation")
    };
    // The input is not the compiler's to choose: others fill it.
    assert_eq!(tables.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(graph.tensors[1].info.quantization, Quantization::FixedPoint { fraction_bits: 4 });
}

#[test]
fn bias_correction_takes_the_mean_error_out() {
    // Weights round up by a quarter of a step each; all inputs are 1.
    let weights: Vec<f32> = (0..16).map(|_| (64.0 + 0.25) / 128.0).chain([127.0 / 128.0]).collect();
    let graph = chain(17, None, &[(dense(&weights, &[0.0]), 1)]);
    let exact = 16.0 * 64.25 / 128.0 + 127.0 / 128.0;
    let settings = calibrated(&FIXED, &[17], &[1.0; 17]);
    let settings = Settings { bias_correction: true, ..settings };
    let graph = quantized(&graph, &settings).unwrap();
    let linear = first_linear(&graph);
    assert_eq!(linear.weights[..2], [64, 64]);
    let input = graph.tensors[0].info.quantization;
    let sum: i32 =
        linear.weights.iter().map(|&weight| i32::from(weight) * i32::from(input.quantize(1.0))).sum();
    let found = f64::from(sum + linear.bias[0]) * input.scale() / 128.0;
    assert!((found - exact).abs() <= 0.5 * input.scale() / 128.0, "{found} instead of {exact}");
}

/// Four times as much as the stated range holds, then as it is.
fn saturating(input: Option<[f64; 2]>) -> FloatGraph {
    let mut graph = chain(1, input, &[(dense(&[4.0], &[0.0]), 1), (dense(&[1.0], &[0.0]), 1)]);
    graph.tensors[1].info.range = Some([-1.0, 1.0]);
    graph
}

#[test]
fn what_follows_a_stated_range_sees_it_saturated() {
    for scheme in [&FIXED, &AFFINE] {
        let calibrations =
            [(Some([-1.0, 1.0]), scheme.clone()), (None, calibrated(scheme, &[1], &[-1.0, 1.0, 0.5, 0.0]))];
        for (input, settings) in calibrations {
            let graph = quantized(&saturating(input), &settings).unwrap();
            let [stated, behind] = [1, 2].map(|index| graph.tensors[index].info.quantization.scale());
            assert!((behind / stated - 1.0).abs() < 0.01, "{stated} then {behind}: {settings:?}");
        }
    }
}

/// Nothing but saturation lies between the real numbers and the integers, and that is meant.
#[test]
fn biases_do_not_make_up_for_a_stated_range() {
    for scheme in [&FIXED, &AFFINE] {
        let settings = calibrated(scheme, &[1], &[0.5, 0.75, 1.0, 1.0]);
        let settings = Settings { bias_correction: true, ..settings };
        let graph = quantized(&saturating(None), &settings).unwrap();
        let QuantizedOperator::Dense(linear) = &graph.nodes[1].operator else { panic!("a dense layer") };
        let scale = graph.tensors[1].info.quantization.scale() * linear.weight_scales[0];
        assert!((f64::from(linear.bias[0]) * scale).abs() < 0.01, "{}", linear.bias[0]);
    }
}
