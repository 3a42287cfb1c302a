//! How far integers can be from the real numbers they stand for, element by element.
//!
//! Every operator passes the error of its input on, multiplied by how steep it is, and adds its own rounding; a real number
//! outside what integers can stand for is off by as much as it is outside.

use super::integer::{at, taps};
use tinynet_compiler::float_evaluator;
use tinynet_compiler::function::Function;
use tinynet_compiler::geometry::Window;
use tinynet_compiler::graph::{Filter, FloatGraph, FloatOperator, Node, TensorId};
use tinynet_compiler::quantized::{Linear, Quantization, QuantizedGraph, QuantizedOperator, QuantizedTensor};
use tinynet_compiler::settings::Activations;

/// Float sums in f32 tensors are themselves only this exact, relative to the largest magnitude on the way.
const FLOAT_ERROR: f64 = 1e-4;

/// Panics where an element is farther from its real number than it can be.
pub(crate) fn check(
    seed: u64,
    float: &FloatGraph,
    graph: &QuantizedGraph,
    sample: &[f32],
    tensors: &[Vec<i32>],
    activations: Activations,
) {
    let real = float_evaluator::run(float, sample);
    if real.iter().flatten().any(|value| !value.is_finite()) {
        return;
    }
    let real: Vec<Vec<f64>> =
        real.iter().map(|tensor| tensor.iter().map(|&value| f64::from(value)).collect()).collect();
    let mut errors: Vec<Vec<f64>> = vec![Vec::new(); float.tensors.len()];
    let input = float.inputs[0];
    let rounded = &graph.tensor(graph.inputs[0]).info;
    let step = rounded.quantization.scale();
    let outside_input = |x| outside(rounded.quantization, rounded.element.range(), x);
    errors[input.0] = real[input.0].iter().map(|&x| 0.5 * step + outside_input(x)).collect();
    let context = Context { float, graph, real: &real, activations };
    for node in &graph.nodes {
        context.propagate(node, &mut errors);
    }
    for (tensor, values) in graph.tensors.iter().zip(tensors) {
        let id = context.float_id(&tensor.name);
        if matches!(context.maker(id), Some(FloatOperator::ArgMax)) {
            continue;
        }
        for ((&q, &expected), &error) in values.iter().zip(&real[id.0]).zip(&errors[id.0]) {
            let quantization = tensor.info.quantization;
            let found = f64::from(q - quantization.zero_point()) * quantization.scale();
            let limit =
                error * (1.0 + 1e-9) + FLOAT_ERROR * (expected.abs() + tensor.info.quantization.scale());
            assert!(
                (found - expected).abs() <= limit,
                "seed {seed}, {}: {found} instead of {expected}, off by more than {limit}",
                tensor.name
            );
        }
    }
}

struct Context<'a> {
    float: &'a FloatGraph,
    graph: &'a QuantizedGraph,
    real: &'a [Vec<f64>],
    activations: Activations,
}

impl Context<'_> {
    fn float_id(&self, name: &str) -> TensorId {
        TensorId(
            self.float.tensors.iter().position(|tensor| tensor.name == name).expect("a tensor of that name"),
        )
    }

    /// The smallest and the largest integer of a tensor.
    fn ends(&self, id: TensorId) -> [i32; 2] {
        let tensor = self.graph.tensor(id);
        let made = self.graph.tensors.iter().rfind(|other| other.name == tensor.name);
        match made.map(|made| &made.info) {
            // Saturated already as the int8s that it will be.
            Some(made) if made.element.bytes() < tensor.info.element.bytes() => {
                self.ends_of(made).map(|end| end - made.quantization.zero_point())
            }
            _ => self.ends_of(&tensor.info),
        }
    }

    fn ends_of(&self, info: &QuantizedTensor) -> [i32; 2] {
        let narrow = Activations::Int4.range(true);
        let is_narrow = narrow[0] <= info.bounds[0] && info.bounds[1] <= narrow[1];
        if self.activations == Activations::Int4 && is_narrow { narrow } else { info.element.range() }
    }

    fn maker(&self, id: TensorId) -> Option<&FloatOperator> {
        self.float.producer(id).map(|node| &self.float.nodes[node].operator)
    }

    /// Works out how far the output of a node can be off.
    fn propagate(&self, node: &Node<QuantizedOperator>, errors: &mut [Vec<f64>]) {
        let id = |id: TensorId| self.float_id(&self.graph.tensor(id).name);
        let inputs: Vec<TensorId> = node.inputs.iter().map(|&input| id(input)).collect();
        let output = id(node.output);
        let quantization = self.graph.tensor(node.output).info.quantization;
        let ends = self.ends(node.output);
        let own = |x: f64, error: f64| error + 0.5 * quantization.scale() + outside(quantization, ends, x);
        let real = &self.real[output.0];
        let input = inputs[0];
        let error = &errors[input.0];
        let operator =
            self.float.nodes.iter().find(|float| float.label == node.label).map(|node| &node.operator);
        let result: Vec<f64> = match (&node.operator, operator) {
            (
                QuantizedOperator::Dense(linear)
                | QuantizedOperator::Conv2d { linear, .. }
                | QuantizedOperator::DepthwiseConv2d { linear, .. },
                Some(operator),
            ) => {
                let sums = self.linear(operator, linear, input, error, quantization);
                self.behind_linear(node, linear, sums, real, quantization)
            }
            (QuantizedOperator::MaxPool(window), _) => {
                windowed(window, |taps| taps.iter().map(|&tap| error[tap]).fold(0.0, f64::max))
            }
            (QuantizedOperator::AveragePool { window, include_padding }, _) => windowed(window, |taps| {
                let count = if *include_padding { window.kernel.iter().product() } else { taps.len().max(1) };
                taps.iter().map(|&tap| error[tap]).sum::<f64>() / count as f64 + 0.5 * quantization.scale()
            }),
            (
                QuantizedOperator::Table(_) | QuantizedOperator::Clamp(_),
                Some(FloatOperator::Activation(function)),
            ) => {
                let steepness = steepness(function);
                real.iter().zip(error).map(|(&y, error)| own(y, steepness * error)).collect()
            }
            (QuantizedOperator::PRelu(_), Some(FloatOperator::PRelu { slopes })) => {
                let steepness = |index: usize| f64::from(slopes[index % slopes.len()].abs()).max(1.0);
                real.iter()
                    .zip(error)
                    .enumerate()
                    .map(|(index, (&y, error))| own(y, steepness(index) * error))
                    .collect()
            }
            (QuantizedOperator::Add(_), _) => {
                // Multipliers round each summand to a part of a step, and once more.
                let slack = 0.51 * quantization.scale();
                let other = &errors[inputs[1].0];
                (0..real.len()).map(|index| own(real[index], error[index] + other[index] + slack)).collect()
            }
            (QuantizedOperator::Multiply(_), _) => {
                let (other, size) = (&errors[inputs[1].0], errors[inputs[1].0].len());
                let product = |index: usize| {
                    let [a, b] = [self.real[input.0][index], self.real[inputs[1].0][index % size]];
                    let (da, db) = (error[index], other[index % size]);
                    own(real[index], a.abs() * db + b.abs() * da + da * db + 0.51 * quantization.scale())
                };
                (0..real.len()).map(product).collect()
            }
            (QuantizedOperator::Concat { axis, .. }, _) => {
                let rows: usize = self.float.tensor(output).shape[..*axis].iter().product();
                let mut joined = Vec::new();
                for row in 0..rows {
                    for input in &inputs {
                        let part = errors[input.0].len() / rows;
                        joined.extend_from_slice(&errors[input.0][row * part..][..part]);
                    }
                }
                real.iter().zip(joined).map(|(&y, error)| own(y, error)).collect()
            }
            (QuantizedOperator::Pad { .. }, _) => {
                // Wherever a value comes from, it is off by no more than the worst.
                let worst = error.iter().copied().fold(0.0, f64::max);
                real.iter().map(|&y| own(y, worst)).collect()
            }
            (QuantizedOperator::Reshape | QuantizedOperator::Convert(_), _) => error.clone(),
            (QuantizedOperator::Softmax(_), _) => {
                // No row of the Jacobian, p_i (δ_ij - p_j), sums up to more than 1/2; the kernel is good to a step.
                let classes = self.float.tensor(output).shape.last().copied().unwrap_or(1);
                let worst =
                    |row: usize| error[row * classes..][..classes].iter().copied().fold(0.0, f64::max);
                let bound = |index: usize| 0.5 * worst(index / classes) + quantization.scale();
                (0..real.len()).map(|index| own(real[index], bound(index))).collect()
            }
            (QuantizedOperator::ArgMax, _) => vec![f64::INFINITY; real.len()],
            (operator, float) => panic!("{operator:?} stands for {float:?}"),
        };
        errors[output.0] = result;
    }

    /// Error of `bias + Σ weight · x`, before it is rounded.
    fn linear(
        &self,
        operator: &FloatOperator,
        linear: &Linear,
        input: TensorId,
        error: &[f64],
        _: Quantization,
    ) -> Vec<f64> {
        let x = &self.real[input.0];
        let input_scale = self.input_scale(input);
        let output = |filter: &Filter, channel: usize, products: &[(usize, usize)]| {
            let scale = linear.weight_scales[channel];
            let bias = f64::from(linear.bias[channel]) * input_scale * scale;
            let mut sum = (bias - f64::from(filter.bias[channel])).abs();
            for &(weight, value) in products {
                let (exact, rounded) =
                    (f64::from(filter.weights[weight]), f64::from(linear.weights[weight]) * scale);
                let is_cut = linear.weights[weight].unsigned_abs() == 127 && rounded.abs() < exact.abs();
                assert!(is_cut || (rounded - exact).abs() <= 0.5001 * scale, "{exact} became {rounded}");
                if exact == 0.0 {
                    assert_eq!(linear.weights[weight], 0);
                }
                sum += rounded.abs() * error[value] + (rounded - exact).abs() * x[value].abs();
                sum += FLOAT_ERROR * 1e-2 * (exact * x[value]).abs();
            }
            sum
        };
        match operator {
            FloatOperator::Dense(filter) => {
                let products = |o: usize| (0..x.len()).map(|i| (o * x.len() + i, i)).collect::<Vec<_>>();
                (0..filter.bias.len()).map(|o| output(filter, o, &products(o))).collect()
            }
            FloatOperator::Conv2d { window, groups, filter } => {
                let [group_inputs, group_outputs] = [window.input[2] / groups, window.output[2] / groups];
                each(window, |y, x, o| {
                    let mut products = Vec::new();
                    for (ky, kx, position) in taps(window, y, x) {
                        let Some((row, column)) = position else { continue };
                        for c in 0..group_inputs {
                            let weight =
                                ((o * window.kernel[0] + ky) * window.kernel[1] + kx) * group_inputs + c;
                            let channel = o / group_outputs * group_inputs + c;
                            products.push((weight, at(window.input, row, column, channel)));
                        }
                    }
                    output(filter, o, &products)
                })
            }
            FloatOperator::DepthwiseConv2d { window, multiplier, filter } => each(window, |y, x, o| {
                let mut products = Vec::new();
                for (ky, kx, position) in taps(window, y, x) {
                    let Some((row, column)) = position else { continue };
                    let weight = (ky * window.kernel[1] + kx) * window.output[2] + o;
                    products.push((weight, at(window.input, row, column, o / multiplier)));
                }
                output(filter, o, &products)
            }),
            other => panic!("{other:?} has no weights"),
        }
    }

    fn input_scale(&self, input: TensorId) -> f64 {
        let name = &self.float.tensor(input).name;
        let tensor = self.graph.tensors.iter().find(|tensor| tensor.name == *name);
        tensor.expect("a tensor of that name").info.quantization.scale()
    }

    /// Rounding, and a fused function.
    fn behind_linear(
        &self,
        node: &Node<QuantizedOperator>,
        linear: &Linear,
        sums: Vec<f64>,
        real: &[f64],
        output: Quantization,
    ) -> Vec<f64> {
        let element = self.graph.tensor(node.output).info.element;
        let ends = self.ends(node.output);
        let steps = f64::from(element.range()[1] - element.range()[0] + 1);
        // Multipliers have 31 bits, and round twice.
        let rounding = |scale: f64| 0.51 * scale + 1e-9 * steps * scale;
        let float = self.float.nodes.iter().find(|float| float.label == node.label).expect("the layer");
        let Some(_) = &linear.table else {
            let error = |(&y, sum): (&f64, f64)| {
                sum + 0.5 * output.scale() + rounding(output.scale()) + outside(output, ends, y)
            };
            return real.iter().zip(sums).map(error).collect();
        };
        let function = self.float.consumers(float.output);
        let FloatOperator::Activation(function) = &self.float.nodes[function[0]].operator else {
            panic!("a table without a function")
        };
        let zero_point = linear.output_zero_point;
        let scale = self.table_scale(linear, self.input_scale(float.inputs[0]));
        let read = Quantization::Affine { scale, zero_point };
        let exact = &self.real[float.output.0];
        let error = |index: usize| {
            let before =
                sums[index] + 0.5 * scale + rounding(scale) + outside(read, element.range(), exact[index]);
            steepness(function) * before + 0.5 * output.scale() + outside(output, ends, real[index])
        };
        (0..real.len()).map(error).collect()
    }

    /// The real value of one step of what a fused table reads: what requantisation divides an accumulator step by.
    fn table_scale(&self, linear: &Linear, input_scale: f64) -> f64 {
        use tinynet_compiler::quantized::Requantize;
        let factor = match &linear.requantize {
            Requantize::Shift(shifts) => 2f64.powi(-i32::from(shifts[0])),
            Requantize::Multiplier { multipliers, shifts } => {
                f64::from(multipliers[0]) * 2f64.powi(i32::from(shifts[0]) - 31)
            }
            Requantize::ShortMultiplier { .. } => panic!("declared networks are of int8"),
        };
        input_scale * linear.weight_scales[0] / factor
    }
}

/// How far a real number is outside what integers can stand for.
fn outside(quantization: Quantization, ends: [i32; 2], x: f64) -> f64 {
    let [low, high] = ends.map(|q| f64::from(q - quantization.zero_point()) * quantization.scale());
    (low - x).max(x - high).max(0.0)
}

/// The largest slope of a function.
fn steepness(function: &Function) -> f64 {
    match function {
        Function::Sigmoid => 0.25,
        Function::HardSigmoid => 1.0 / 6.0,
        Function::HardSwish => 1.5,
        Function::Selu => 1.76,
        Function::Silu | Function::Gelu { .. } | Function::Mish => 1.15,
        // Bounded by 1: clamps, tanh, softplus, softsign, elu, and the expression for softsign.
        _ => 1.0,
    }
}

fn each(window: &Window, output: impl Fn(usize, usize, usize) -> f64) -> Vec<f64> {
    let [height, width, channels] = window.output;
    let mut values = Vec::new();
    for y in 0..height {
        for x in 0..width {
            values.extend((0..channels).map(|channel| output(y, x, channel)));
        }
    }
    values
}

/// `output` of the indices under each place of a pool.
fn windowed(window: &Window, output: impl Fn(&[usize]) -> f64) -> Vec<f64> {
    each(window, |y, x, channel| {
        let inside = taps(window, y, x).filter_map(|(_, _, position)| position);
        let indices: Vec<usize> =
            inside.map(|(row, column)| at(window.input, row, column, channel)).collect();
        output(&indices)
    })
}
