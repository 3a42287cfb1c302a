//! What a description means, in f64.

use crate::description::{Network, Operation, Weights, Window};
use std::collections::BTreeMap;

/// Values of every layer by label, and of the input as `input`.
pub fn run(network: &Network, input: &[f32]) -> BTreeMap<String, Vec<f64>> {
    let mut values = BTreeMap::new();
    let mut shapes = BTreeMap::new();
    let mut previous = "input".to_string();
    values.insert(previous.clone(), input.iter().map(|&value| f64::from(value)).collect::<Vec<_>>());
    shapes.insert(previous.clone(), network.input.clone());
    for layer in &network.layers {
        let names = if layer.inputs.is_empty() { vec![previous.clone()] } else { layer.inputs.clone() };
        let inputs: Vec<&[f64]> = names.iter().map(|name| values[name].as_slice()).collect();
        let output = operation(&layer.operation, &inputs, &shapes[&names[0]], &layer.shape);
        assert_eq!(output.len(), layer.shape.iter().product::<usize>(), "{layer:?}");
        values.insert(layer.label.clone(), output);
        shapes.insert(layer.label.clone(), layer.shape.clone());
        previous.clone_from(&layer.label);
    }
    values
}

fn operation(operation: &Operation, inputs: &[&[f64]], from: &[usize], to: &[usize]) -> Vec<f64> {
    let input = inputs[0];
    let channels = *from.last().expect("shapes have an axis");
    match operation {
        Operation::Dense(weights) => dense(weights, input, to[0]),
        Operation::Convolution { window, groups, weights } => {
            convolution(window, *groups, weights, input, image(from), image(to))
        }
        Operation::Depthwise { window, multiplier, weights } => {
            depthwise(window, *multiplier, weights, input, image(from), image(to))
        }
        Operation::MaxPool(window) => pool(window, input, image(from), image(to), |taps| {
            taps.iter().flatten().fold(f64::NEG_INFINITY, |most, &tap| most.max(tap))
        }),
        Operation::AveragePool(window, true) => pool(window, input, image(from), image(to), |taps| {
            taps.iter().flatten().sum::<f64>() / taps.len() as f64
        }),
        Operation::AveragePool(window, false) => pool(window, input, image(from), image(to), |taps| {
            taps.iter().flatten().sum::<f64>() / taps.iter().flatten().count() as f64
        }),
        Operation::GlobalMaxPool { .. } => (0..channels)
            .map(|channel| {
                input.iter().skip(channel).step_by(channels).fold(f64::NEG_INFINITY, |a, &b| a.max(b))
            })
            .collect(),
        Operation::GlobalAveragePool { .. } => (0..channels)
            .map(|channel| {
                input.iter().skip(channel).step_by(channels).sum::<f64>() / (input.len() / channels) as f64
            })
            .collect(),
        Operation::BatchNorm([gamma, beta, mean, variance]) => input
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let [gamma, beta, mean, variance] =
                    [gamma, beta, mean, variance].map(|vector| f64::from(vector[index % channels]));
                (value - mean) / (variance + 1e-5).sqrt() * gamma + beta
            })
            .collect(),
        Operation::PRelu(slopes) => input
            .iter()
            .enumerate()
            .map(
                |(index, &value)| {
                    if value < 0.0 { f64::from(slopes[index % channels]) * value } else { value }
                },
            )
            .collect(),
        Operation::Activation(_, function) => input.iter().map(|&value| function(value)).collect(),
        Operation::Add => input.iter().zip(inputs[1]).map(|(a, b)| a + b).collect(),
        Operation::Multiply => input.iter().zip(inputs[1]).map(|(a, b)| a * b).collect(),
        Operation::Concat => {
            let chunks = input.chunks(channels).zip(inputs[1].chunks(channels));
            chunks.flat_map(|(a, b)| a.iter().chain(b).copied()).collect()
        }
        Operation::Pad(padding) => pad(*padding, input, image(from), image(to)),
        Operation::Flatten => input.to_vec(),
        Operation::Softmax => {
            let most = input.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let sum: f64 = input.iter().map(|value| (value - most).exp()).sum();
            input.iter().map(|value| (value - most).exp() / sum).collect()
        }
    }
}

fn image(shape: &[usize]) -> [usize; 3] {
    match *shape {
        [length, channels] => [1, length, channels],
        [height, width, channels] => [height, width, channels],
        _ => panic!("{shape:?} is no image"),
    }
}

fn bias(weights: &Weights, output: usize) -> f64 {
    weights.bias.as_ref().map_or(0.0, |bias| f64::from(bias[output]))
}

fn dense(weights: &Weights, input: &[f64], units: usize) -> Vec<f64> {
    (0..units)
        .map(|unit| {
            let row = &weights.values[unit * input.len()..][..input.len()];
            row.iter().zip(input).map(|(&weight, value)| f64::from(weight) * value).sum::<f64>()
                + bias(weights, unit)
        })
        .collect()
}

/// Row and column of a tap, if it is inside the image.
fn tap(window: &Window, image: [usize; 3], at: [usize; 2], tap: [usize; 2]) -> Option<[usize; 2]> {
    let place = |axis: usize| {
        (at[axis] * window.stride[axis] + tap[axis] * window.dilation[axis])
            .checked_sub(window.padding[2 * axis])
            .filter(|&place| place < image[axis])
    };
    Some([place(0)?, place(1)?])
}

fn each_output(to: [usize; 3], mut value: impl FnMut([usize; 2], usize) -> f64) -> Vec<f64> {
    let mut output = Vec::new();
    for y in 0..to[0] {
        for x in 0..to[1] {
            output.extend((0..to[2]).map(|channel| value([y, x], channel)));
        }
    }
    output
}

fn convolution(
    window: &Window,
    groups: usize,
    weights: &Weights,
    input: &[f64],
    from: [usize; 3],
    to: [usize; 3],
) -> Vec<f64> {
    let (inputs, filters) = (from[2] / groups, to[2] / groups);
    each_output(to, |at, filter| {
        let mut sum = bias(weights, filter);
        for ky in 0..window.kernel[0] {
            for kx in 0..window.kernel[1] {
                let Some([y, x]) = tap(window, from, at, [ky, kx]) else { continue };
                for channel in 0..inputs {
                    let weight =
                        ((filter * window.kernel[0] + ky) * window.kernel[1] + kx) * inputs + channel;
                    let value = (y * from[1] + x) * from[2] + filter / filters * inputs + channel;
                    sum += f64::from(weights.values[weight]) * input[value];
                }
            }
        }
        sum
    })
}

fn depthwise(
    window: &Window,
    multiplier: usize,
    weights: &Weights,
    input: &[f64],
    from: [usize; 3],
    to: [usize; 3],
) -> Vec<f64> {
    each_output(to, |at, filter| {
        let mut sum = bias(weights, filter);
        for ky in 0..window.kernel[0] {
            for kx in 0..window.kernel[1] {
                let Some([y, x]) = tap(window, from, at, [ky, kx]) else { continue };
                let weight = weights.values[(ky * window.kernel[1] + kx) * to[2] + filter];
                sum += f64::from(weight) * input[(y * from[1] + x) * from[2] + filter / multiplier];
            }
        }
        sum
    })
}

fn pool(
    window: &Window,
    input: &[f64],
    from: [usize; 3],
    to: [usize; 3],
    reduce: impl Fn(&[Option<f64>]) -> f64,
) -> Vec<f64> {
    each_output(to, |at, channel| {
        let mut taps = Vec::new();
        for ky in 0..window.kernel[0] {
            for kx in 0..window.kernel[1] {
                taps.push(
                    tap(window, from, at, [ky, kx])
                        .map(|[y, x]| input[(y * from[1] + x) * from[2] + channel]),
                );
            }
        }
        reduce(&taps)
    })
}

fn pad(padding: [usize; 4], input: &[f64], from: [usize; 3], to: [usize; 3]) -> Vec<f64> {
    each_output(to, |[y, x], channel| {
        let row = y.checked_sub(padding[0]).filter(|&row| row < from[0]);
        let column = x.checked_sub(padding[2]).filter(|&column| column < from[1]);
        row.zip(column).map_or(0.0, |(row, column)| input[(row * from[1] + column) * from[2] + channel])
    })
}
