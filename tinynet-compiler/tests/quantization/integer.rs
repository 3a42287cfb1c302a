//! The arithmetic of quantised graphs, slowly, in 128 bits, from the definitions in `quantized.rs`. It shares no code with
//! the kernels.

use tinynet_compiler::geometry::{Padding, Window};
use tinynet_compiler::graph::{Node, TensorId};
use tinynet_compiler::quantized::{
    Add, Element, Linear, QuantizedGraph, QuantizedOperator, Requantize, Softmax, Table,
};

type Tensor = Vec<i128>;

/// Every tensor for one input. Panics where a value leaves its proven bounds.
pub(crate) fn run(graph: &QuantizedGraph, input: &[i32]) -> Vec<Tensor> {
    let mut tensors: Vec<Tensor> = vec![Vec::new(); graph.tensors.len()];
    tensors[graph.inputs[0].0] = input.iter().map(|&value| i128::from(value)).collect();
    for node in &graph.nodes {
        let inputs: Vec<&Tensor> = node.inputs.iter().map(|id| &tensors[id.0]).collect();
        let output = run_node(graph, node, &inputs);
        let [low, high] = graph.tensor(node.output).info.bounds.map(i128::from);
        for &value in &output {
            assert!((low..=high).contains(&value), "{}: {value} outside [{low}, {high}]", node.label);
            let [low, high] = graph.tensor(node.output).info.element.range().map(i128::from);
            assert!((low..=high).contains(&value));
        }
        assert_eq!(output.len(), graph.tensor(node.output).elements(), "{}", node.label);
        tensors[node.output.0] = output;
    }
    tensors
}

fn run_node(graph: &QuantizedGraph, node: &Node<QuantizedOperator>, inputs: &[&Tensor]) -> Tensor {
    let input = inputs[0];
    let zero_point = |id: TensorId| i128::from(graph.tensor(id).info.quantization.zero_point());
    let shape = |id: TensorId| graph.tensor(id).shape.clone();
    match &node.operator {
        QuantizedOperator::Dense(linear) => {
            let outputs = linear.bias.len();
            (0..outputs)
                .map(|o| linear_output(linear, o, (0..input.len()).map(|i| (o * input.len() + i, input[i]))))
                .collect()
        }
        QuantizedOperator::Conv2d { window, groups, linear } => {
            let [group_inputs, group_outputs] = [window.input[2] / groups, window.output[2] / groups];
            each_output(window, |y, x, o| {
                let taps = taps(window, y, x)
                    .flat_map(|(ky, kx, position)| (0..group_inputs).map(move |c| (ky, kx, c, position)));
                let products = taps.filter_map(|(ky, kx, c, position)| {
                    let weight = ((o * window.kernel[0] + ky) * window.kernel[1] + kx) * group_inputs + c;
                    let channel = o / group_outputs * group_inputs + c;
                    position.map(|(row, column)| (weight, input[at(window.input, row, column, channel)]))
                });
                linear_output(linear, o, products)
            })
        }
        QuantizedOperator::DepthwiseConv2d { window, multiplier, linear } => {
            each_output(window, |y, x, o| {
                let products = taps(window, y, x).filter_map(|(ky, kx, position)| {
                    let weight = (ky * window.kernel[1] + kx) * window.output[2] + o;
                    position
                        .map(|(row, column)| (weight, input[at(window.input, row, column, o / multiplier)]))
                });
                linear_output(linear, o, products)
            })
        }
        QuantizedOperator::MaxPool(window) => each_output(window, |y, x, c| {
            let inside = taps(window, y, x).filter_map(|(_, _, position)| position);
            inside
                .map(|(row, column)| input[at(window.input, row, column, c)])
                .max()
                .expect("an empty window")
        }),
        QuantizedOperator::AveragePool { window, include_padding } => each_output(window, |y, x, c| {
            let zero_point = zero_point(node.inputs[0]);
            let values: Vec<i128> = taps(window, y, x)
                .filter_map(|(_, _, position)| match position {
                    Some((row, column)) => Some(input[at(window.input, row, column, c)]),
                    None => include_padding.then_some(zero_point),
                })
                .collect();
            away_from_zero(values.iter().sum(), values.len() as i128)
        }),
        QuantizedOperator::Table(table) => input.iter().map(|&x| look_up(table, x)).collect(),
        QuantizedOperator::Clamp([low, high]) => {
            input.iter().map(|&x| x.max(i128::from(*low)).min(i128::from(*high))).collect()
        }
        QuantizedOperator::PRelu(prelu) => {
            let [input_zero, output_zero] = prelu.zero_points.map(i128::from);
            let value = |(index, &x): (usize, &i128)| {
                let slope = prelu.slopes[index % prelu.slopes.len()];
                let factor = i128::from(if x < input_zero { slope } else { prelu.positive });
                // Halves up: floor of the quotient and a half.
                let halves =
                    ((x - input_zero) * factor * 2 + (1 << prelu.shift)).div_euclid(2 << prelu.shift);
                clamped(halves + output_zero, prelu.clamp)
            };
            input.iter().enumerate().map(value).collect()
        }
        QuantizedOperator::Add(parameters) => {
            let element = graph.tensor(node.output).info.element;
            input.iter().zip(inputs[1]).map(|(&a, &b)| add(parameters, element, a, b)).collect()
        }
        QuantizedOperator::Multiply(multiply) => {
            let [a_zero, b_zero, output_zero] = multiply.zero_points.map(i128::from);
            let product = |(index, &a): (usize, &i128)| {
                let b = inputs[1][index % inputs[1].len()];
                let value = requantize(&multiply.requantize, 0, (a - a_zero) * (b - b_zero)) + output_zero;
                clamped(value, multiply.clamp)
            };
            input.iter().enumerate().map(product).collect()
        }
        QuantizedOperator::Concat { axis, tables } => {
            let rows: usize = shape(node.output)[..*axis].iter().product();
            let mut output = Vec::new();
            for row in 0..rows {
                for (input, table) in inputs.iter().zip(tables) {
                    let part = input.len() / rows;
                    let values = &input[row * part..(row + 1) * part];
                    output
                        .extend(values.iter().map(|&x| table.as_ref().map_or(x, |table| look_up(table, x))));
                }
            }
            output
        }
        QuantizedOperator::Convert(_) => {
            // Between layers of different types steps stay what they are.
            let places = [node.inputs[0], node.output];
            let [from, to] = places.map(|id| graph.tensor(id).info.quantization);
            assert_eq!(from.scale().to_bits(), to.scale().to_bits());
            let [from, to] = places.map(zero_point);
            input.iter().map(|&x| x - from + to).collect()
        }
        QuantizedOperator::Pad { padding, value } => {
            let image = |shape: Vec<usize>| match shape[..] {
                [length, channels] => [1, length, channels],
                _ => [shape[0], shape[1], shape[2]],
            };
            let (from, to) = (image(shape(node.inputs[0])), image(shape(node.output)));
            let Padding { top, left, .. } = *padding;
            let mut output = vec![i128::from(*value); to.iter().product()];
            for row in 0..from[0] {
                for column in 0..from[1] {
                    for channel in 0..from[2] {
                        output[at(to, row + top, column + left, channel)] =
                            input[at(from, row, column, channel)];
                    }
                }
            }
            output
        }
        QuantizedOperator::Reshape => input.clone(),
        QuantizedOperator::Softmax(parameters) => {
            let classes = *shape(node.output).last().expect("an axis");
            input.chunks(classes).flat_map(|row| softmax(parameters, row)).collect()
        }
        QuantizedOperator::AsymmetricConv2d { .. }
        | QuantizedOperator::WideConv2d { .. }
        | QuantizedOperator::Lookup(_)
        | QuantizedOperator::FlipSign
        | QuantizedOperator::Rescale(_)
        | QuantizedOperator::Logistic16(_)
        | QuantizedOperator::Tanh16(_)
        | QuantizedOperator::Interpolation(_)
        | QuantizedOperator::Softmax16(_)
        | QuantizedOperator::GemmlowpSoftmax { .. }
        | QuantizedOperator::Sum(_)
        | QuantizedOperator::Extremum { .. }
        | QuantizedOperator::Rearrange(_)
        | QuantizedOperator::Gather(_)
        | QuantizedOperator::Pair(_)
        | QuantizedOperator::TransposeConv2d { .. }
        | QuantizedOperator::ResizeBilinear(_)
        | QuantizedOperator::ArgExtremum { .. }
        | QuantizedOperator::LogSoftmax(_)
        | QuantizedOperator::Lstm(_)
        | QuantizedOperator::ReadVariable { .. }
        | QuantizedOperator::AssignVariable { .. }
        | QuantizedOperator::Svdf(_) => panic!("an operator of imported models"),
        QuantizedOperator::ArgMax => {
            let largest = input.iter().max().expect("a value");
            vec![input.iter().position(|x| x == largest).expect("the largest") as i128]
        }
    }
}

/// `table[clamp(requantize(bias[o] + Σ weights · (x - input_zero_point)))]`, from the index of each weight and its `x`.
fn linear_output(linear: &Linear, channel: usize, products: impl Iterator<Item = (usize, i128)>) -> i128 {
    let zero_point = i128::from(linear.input_zero_point);
    let fits = |value: i128| assert!(i32::try_from(value).is_ok(), "{value} does not fit 32 bits");
    let (mut accumulator, mut raw, mut total) = (i128::from(linear.bias[channel]), 0, 0);
    for (weight, x) in products {
        let weight = i128::from(linear.weights[weight]);
        accumulator += weight * (x - zero_point);
        (raw, total) = (raw + weight * x, total + weight);
        fits(accumulator);
        fits(raw);
    }
    fits(total * zero_point);
    let [low, high] = linear.accumulator_bounds[channel].map(i128::from);
    assert!((low..=high).contains(&accumulator), "{accumulator} outside [{low}, {high}]");
    let value = requantize(&linear.requantize, channel, accumulator) + i128::from(linear.output_zero_point);
    let value = clamped(value, linear.clamp);
    linear.table.as_ref().map_or(value, |table| look_up(table, value))
}

fn requantize(parameters: &Requantize, channel: usize, accumulator: i128) -> i128 {
    match parameters {
        Requantize::Shift(shifts) => half_up(accumulator, 1 << shifts[channel]),
        Requantize::Multiplier { multipliers, shifts } => {
            multiplied(accumulator, multipliers[channel], shifts[channel])
        }
        Requantize::ShortMultiplier { multipliers, shifts } => {
            half_up(accumulator * i128::from(multipliers[channel]), 1 << (15 - shifts[channel]))
        }
    }
}

/// TensorFlow Lite's `MultiplyByQuantizedMultiplier` with two roundings. gemmlowp's doubling high multiply truncates
/// towards 0 behind a nudge that depends on the sign, which comes to: halves up.
fn multiplied(accumulator: i128, multiplier: i32, shift: i8) -> i128 {
    let (left, right) = if shift > 0 { (shift, 0) } else { (0, -shift) };
    let shifted = accumulator << left;
    assert!(i32::try_from(shifted).is_ok(), "{accumulator} << {left} does not fit 32 bits");
    away_from_zero(half_up(shifted * i128::from(multiplier), 1 << 31), 1 << right)
}

/// The integer nearest to `a / b`, halves up; `b > 0`.
fn half_up(a: i128, b: i128) -> i128 {
    (2 * a + b).div_euclid(2 * b)
}

/// The integer nearest to `a / b`, halves away from 0; `b > 0`.
fn away_from_zero(a: i128, b: i128) -> i128 {
    a.signum() * half_up(a.abs(), b)
}

fn add(parameters: &Add, element: Element, a: i128, b: i128) -> i128 {
    match *parameters {
        Add::Shift { left, right, clamp } => {
            let sum = (a << left[0]) + (b << left[1]);
            assert!(i32::try_from(sum + (1 << right)).is_ok());
            clamped(half_up(sum, 1 << right), clamp)
        }
        Add::Multiplier { left_shift, zero_points, multipliers, shifts, clamp } => {
            // TensorFlow Lite's, by type.
            assert_eq!(left_shift, if element == Element::Int16 { 15 } else { 20 });
            let scaled = |value: i128, index: usize| {
                let shifted = (value - i128::from(zero_points[index])) << left_shift;
                multiplied(shifted, multipliers[index], shifts[index])
            };
            let sum = scaled(a, 0) + scaled(b, 1);
            clamped(multiplied(sum, multipliers[2], shifts[2]) + i128::from(zero_points[2]), clamp)
        }
    }
}

/// `E[d] = round(65535 · e^(-scale · d))`, `d` steps below the largest; `E · steps / Σ E` to the nearest, by the rounded
/// reciprocal of the sum in 31 bits.
fn softmax(parameters: &Softmax, row: &[i128]) -> Vec<i128> {
    let largest = *row.iter().max().expect("a class");
    let exponential =
        |x: &i128| (65535.0 * (-parameters.input_scale * (largest - x) as f64).exp()).round() as i128;
    let sum: i128 = row.iter().map(exponential).sum();
    let reciprocal = half_up(1 << 31, sum);
    let steps = i128::from(parameters.output_steps);
    let output = |x: &i128| {
        let steps = half_up(exponential(x) * reciprocal * steps, 1 << 31);
        clamped(steps + i128::from(parameters.output_zero_point), [-128, 127])
    };
    row.iter().map(output).collect()
}

fn look_up(table: &Table, x: i128) -> i128 {
    i128::from(table.0[x.rem_euclid(256) as usize])
}

fn clamped(value: i128, [low, high]: [i32; 2]) -> i128 {
    value.max(i128::from(low)).min(i128::from(high))
}

fn each_output(window: &Window, output: impl Fn(usize, usize, usize) -> i128) -> Tensor {
    let [height, width, channels] = window.output;
    let mut tensor = Vec::new();
    for y in 0..height {
        for x in 0..width {
            tensor.extend((0..channels).map(|channel| output(y, x, channel)));
        }
    }
    tensor
}

/// Each place of the kernel, and what lies under it in the image.
pub(crate) fn taps(
    window: &Window,
    y: usize,
    x: usize,
) -> impl Iterator<Item = (usize, usize, Option<(usize, usize)>)> {
    let window = *window;
    let inside = move |axis: usize, place: usize, tap: usize, before: usize| {
        let position = (place * window.stride[axis] + tap * window.dilation[axis]).checked_sub(before)?;
        (position < window.input[axis]).then_some(position)
    };
    (0..window.kernel[0]).flat_map(move |ky| {
        (0..window.kernel[1]).map(move |kx| {
            let row = inside(0, y, ky, window.padding.top);
            let column = inside(1, x, kx, window.padding.left);
            (ky, kx, row.zip(column))
        })
    })
}

/// Index in an image of shape height, width, channels.
pub(crate) fn at([_, width, channels]: [usize; 3], row: usize, column: usize, channel: usize) -> usize {
    (row * width + column) * channels + channel
}
