//! Random float graphs of all operators.

use fastrand::Rng;
use proc_macro2::Span;
use tinynet_compiler::function::{BinaryOperator, Expression, Function, NamedFunction};
use tinynet_compiler::geometry::{Padding, Window};
use tinynet_compiler::graph::{
    Filter, FloatGraph, FloatOperator, FloatTensor, Graph, Node, TensorId, Wishes,
};
use tinynet_compiler::precision::PrecisionChoice;
use tinynet_compiler::settings::{Activations, RangeChoice, Samples, Scheme, Settings};

/// A graph with inputs for it.
pub(crate) struct Case {
    pub(crate) graph: FloatGraph,
    pub(crate) settings: Settings,
    /// Some like the calibration samples, some far outside.
    pub(crate) samples: Vec<Vec<f32>>,
}

/// How large weights are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Weights {
    Usual,
    /// Powers of ten from `1e-30` to `1e30`, zeros, one huge among small ones.
    Extreme,
}

/// The case of a seed.
pub(crate) fn case(seed: u64, weights: Weights) -> Case {
    let mut random = Rng::with_seed(seed);
    let input_shape = match random.u8(..3) {
        0 => vec![random.usize(1..=12)],
        1 => vec![random.usize(3..=14), random.usize(1..=5)],
        _ => vec![random.usize(3..=7), random.usize(3..=7), random.usize(1..=4)],
    };
    let mut draft = Draft { builder: Builder::new(&input_shape), random, weights };
    let mut last = TensorId(0);
    for _ in 0..draft.random.usize(1..=7) {
        last = draft.layer(last);
    }
    last = draft.head(last);
    draft.builder.graph.outputs.push(last);
    let Draft { builder: Builder { mut graph }, mut random, .. } = draft;
    let settings = settings(&mut random, &mut graph, &input_shape);
    let elements = input_shape.iter().product();
    let amplitudes = [1.0, 1.0, 1.0, 30.0, 0.01];
    let samples = amplitudes.iter().map(|amplitude| values(&mut random, elements, *amplitude)).collect();
    Case { graph, settings, samples }
}

fn settings(random: &mut Rng, graph: &mut FloatGraph, input_shape: &[usize]) -> Settings {
    let elements: usize = input_shape.iter().product();
    let calibration = random.u8(..5) > 0;
    if !calibration {
        graph.tensors[0].info.range = Some([-1.0, 1.0]);
    }
    let choices = [RangeChoice::MinMax, RangeChoice::Percentile(99.0), RangeChoice::MeanSquaredError];
    Settings {
        precision: PrecisionChoice::default(),
        activations: Activations::Int8,
        prune: None,
        scheme: if random.bool() { Scheme::FixedPoint } else { Scheme::Affine },
        ranges: choices[random.usize(..3)],
        bias_correction: random.bool(),
        lookup_table: None,
        calibration: calibration
            .then(|| Samples { shape: input_shape.to_vec(), values: values(random, 10 * elements, 1.0) }),
    }
}

fn values(random: &mut Rng, count: usize, amplitude: f32) -> Vec<f32> {
    (0..count).map(|_| (random.f32() * 2.0 - 1.0) * amplitude).collect()
}

/// A graph in the making.
pub(crate) struct Builder {
    pub(crate) graph: FloatGraph,
}

impl Builder {
    /// Begins with an input.
    pub(crate) fn new(input_shape: &[usize]) -> Self {
        let mut graph = Graph::default();
        let input = graph.add_tensor("input", input_shape.to_vec(), FloatTensor::default());
        graph.inputs.push(input);
        Self { graph }
    }

    /// Adds a layer.
    pub(crate) fn push(
        &mut self,
        operator: FloatOperator,
        inputs: &[TensorId],
        shape: Vec<usize>,
    ) -> TensorId {
        let label = format!("node{}", self.graph.nodes.len());
        let output = self.graph.add_tensor(label.clone(), shape, FloatTensor::default());
        self.graph.nodes.push(Node {
            kind: label.clone(),
            label,
            operator,
            inputs: inputs.to_vec(),
            output,
            states: Vec::new(),
            span: Span::call_site(),
            wishes: Wishes::default(),
        });
        output
    }
}

struct Draft {
    builder: Builder,
    random: Rng,
    weights: Weights,
}

impl Draft {
    fn push(&mut self, operator: FloatOperator, inputs: &[TensorId], shape: Vec<usize>) -> TensorId {
        self.builder.push(operator, inputs, shape)
    }

    fn shape(&self, id: TensorId) -> Vec<usize> {
        self.builder.graph.tensor(id).shape.clone()
    }

    fn channels(&self, id: TensorId) -> usize {
        self.shape(id).last().copied().unwrap_or(1)
    }

    /// Height, width, channels; a sequence has height 1.
    fn image(&self, id: TensorId) -> Option<[usize; 3]> {
        match self.shape(id)[..] {
            [length, channels] => Some([1, length, channels]),
            [height, width, channels] => Some([height, width, channels]),
            _ => None,
        }
    }

    /// A shape with as many axes as `id` has.
    fn like(&self, id: TensorId, image: [usize; 3]) -> Vec<usize> {
        if self.shape(id).len() == 2 { image[1..].to_vec() } else { image.to_vec() }
    }

    fn layer(&mut self, last: TensorId) -> TensorId {
        match self.random.u8(..13) {
            0..=2 if self.image(last).is_some() => self.convolution(last),
            3 if self.image(last).is_some() => self.depthwise(last),
            4 if self.image(last).is_some() => self.pool(last),
            5 if self.image(last).is_some() => self.pad(last),
            0..=3 => self.dense(last),
            6 => self.branch(last),
            7 => self.by_channel(last),
            8 => self.reshape(last),
            _ => self.activation(last),
        }
    }

    /// A small vector at the end.
    fn head(&mut self, last: TensorId) -> TensorId {
        let last = if self.shape(last).len() > 1 {
            let elements = self.builder.graph.tensor(last).elements();
            self.push(FloatOperator::Reshape, &[last], vec![elements])
        } else {
            last
        };
        match self.random.u8(..5) {
            0 => {
                let dense = self.dense(last);
                self.push(FloatOperator::Softmax, &[dense], self.shape(dense))
            }
            1 => {
                let dense = self.dense(last);
                self.push(FloatOperator::ArgMax, &[dense], vec![1])
            }
            2 => self.dense(last),
            _ => self.activation(last),
        }
    }

    fn filter(&mut self, shape: Vec<usize>, inputs: usize, channels: usize) -> Filter {
        let count: usize = shape.iter().product();
        let random = &mut self.random;
        let amplitude = [0.05, 1.0, 1.0, 2.5][random.usize(..4)] / (inputs as f32).sqrt();
        let is_sparse = random.u8(..4) == 0;
        let mut weights = values(random, count, amplitude);
        if is_sparse {
            weights.iter_mut().filter(|_| random.bool()).for_each(|weight| *weight = 0.0);
        }
        let mut bias = values(random, channels, 0.3);
        if self.weights == Weights::Extreme {
            self.distort(&mut weights, &mut bias);
        }
        Filter { shape, weights, bias, given_scales: None }
    }

    fn distort(&mut self, weights: &mut [f32], bias: &mut [f32]) {
        let random = &mut self.random;
        let power = |random: &mut Rng| 10f32.powi(random.i32(-30..=30));
        match random.u8(..8) {
            0 => weights.fill(0.0),
            1 => {
                let factor = power(random);
                weights.iter_mut().chain(bias).for_each(|value| *value *= factor);
            }
            2 => weights[0] = power(random),
            3 => bias[0] = power(random),
            4 => weights.iter_mut().for_each(|weight| *weight *= 1e-30),
            5 => bias.fill(0.0),
            6 => weights.iter_mut().for_each(|weight| *weight *= 10f32.powi(random.i32(-4..=4))),
            _ => {}
        }
    }

    fn dense(&mut self, last: TensorId) -> TensorId {
        let (inputs, outputs) = (self.builder.graph.tensor(last).elements(), self.random.usize(1..=8));
        let last = if self.shape(last).len() > 1 {
            self.push(FloatOperator::Reshape, &[last], vec![inputs])
        } else {
            last
        };
        let mut filter = self.filter(vec![outputs, inputs], inputs, outputs);
        if self.random.u8(..6) == 0 {
            // Integers with a scale, a power of two so that both schemes take it.
            let scale = 2f64.powi(self.random.i32(-9..=1));
            filter.given_scales = Some(vec![scale]);
            for weight in &mut filter.weights {
                *weight = self.random.i8(..) as f32 * scale as f32;
            }
        }
        self.push(FloatOperator::Dense(filter), &[last], vec![outputs])
    }

    fn window(&mut self, input: [usize; 3], channels: usize, largest_kernel: usize) -> Window {
        let random = &mut self.random;
        let mut axis = |size: usize| {
            let kernel = random.usize(1..=largest_kernel.min(size));
            let dilation = if kernel > 1 && (kernel - 1) * 2 < size { random.usize(1..=2) } else { 1 };
            let stride = random.usize(1..=2);
            let [before, after] = [0, 1].map(|_| if random.bool() { random.usize(..kernel) } else { 0 });
            let output = (size + before + after - (kernel - 1) * dilation - 1) / stride + 1;
            (kernel, dilation, stride, before, after, output)
        };
        let [v, h] = [axis(input[0]), axis(input[1])];
        Window {
            input,
            output: [v.5, h.5, channels],
            kernel: [v.0, h.0],
            stride: [v.2, h.2],
            dilation: [v.1, h.1],
            padding: Padding { top: v.3, bottom: v.4, left: h.3, right: h.4 },
        }
    }

    fn convolution(&mut self, last: TensorId) -> TensorId {
        let Some(input) = self.image(last) else { return last };
        let groups = if input[2].is_multiple_of(2) && self.random.bool() { 2 } else { 1 };
        let filters = groups * self.random.usize(1..=4);
        let window = self.window(input, filters, 3);
        let shape = vec![filters, window.kernel[0], window.kernel[1], input[2] / groups];
        let inputs = shape[1..].iter().product();
        let filter = self.filter(shape, inputs, filters);
        let output = self.like(last, window.output);
        self.push(FloatOperator::Conv2d { window, groups, filter }, &[last], output)
    }

    fn depthwise(&mut self, last: TensorId) -> TensorId {
        let Some(input) = self.image(last) else { return last };
        let multiplier = self.random.usize(1..=2);
        let channels = input[2] * multiplier;
        let window = self.window(input, channels, 3);
        let shape = vec![window.kernel[0], window.kernel[1], channels];
        let filter = self.filter(shape, window.kernel.iter().product(), channels);
        let output = self.like(last, window.output);
        self.push(FloatOperator::DepthwiseConv2d { window, multiplier, filter }, &[last], output)
    }

    fn pool(&mut self, last: TensorId) -> TensorId {
        let Some(input) = self.image(last) else { return last };
        let mut window = self.window(input, input[2], 3);
        if (0..2).any(|axis| window.dilation[axis] > 1) {
            // A dilated pool may find nothing but padding.
            let Padding { top, bottom, left, right } = window.padding;
            let padded = [input[0] + top + bottom, input[1] + left + right];
            window.dilation = [1, 1];
            for (axis, size) in padded.into_iter().enumerate() {
                window.output[axis] = (size - window.kernel[axis]) / window.stride[axis] + 1;
            }
        }
        let output = self.like(last, window.output);
        let operator = match self.random.u8(..3) {
            0 => FloatOperator::AveragePool { window, include_padding: self.random.bool() },
            _ => FloatOperator::MaxPool(window),
        };
        self.push(operator, &[last], output)
    }

    fn pad(&mut self, last: TensorId) -> TensorId {
        let Some([height, width, channels]) = self.image(last) else { return last };
        let [left, right] = [0, 1].map(|_| self.random.usize(..=2));
        let [top, bottom] =
            if self.shape(last).len() == 2 { [0, 0] } else { [0, 1].map(|_| self.random.usize(..=1)) };
        let padding = Padding { top, bottom, left, right };
        let value = [0.0, 0.0, 0.5, -3.0][self.random.usize(..4)];
        let output = self.like(last, [height + top + bottom, width + left + right, channels]);
        self.push(FloatOperator::Pad { padding, value }, &[last], output)
    }

    fn reshape(&mut self, last: TensorId) -> TensorId {
        let elements = self.builder.graph.tensor(last).elements();
        let factor = (2..=4).find(|factor| elements.is_multiple_of(*factor)).unwrap_or(1);
        let shape = match self.random.u8(..2) {
            0 => vec![elements],
            _ => vec![elements / factor, factor],
        };
        self.push(FloatOperator::Reshape, &[last], shape)
    }

    fn by_channel(&mut self, last: TensorId) -> TensorId {
        let (channels, shape) = (self.channels(last), self.shape(last));
        let operator = match self.random.bool() {
            true => FloatOperator::PRelu { slopes: values(&mut self.random, channels, 0.5) },
            false => FloatOperator::ChannelAffine {
                scale: values(&mut self.random, channels, 1.5),
                offset: values(&mut self.random, channels, 0.5),
            },
        };
        self.push(operator, &[last], shape)
    }

    fn activation(&mut self, last: TensorId) -> TensorId {
        use Function::*;
        let variable = || Box::new(self::Expression::Variable);
        let absolute = self::Expression::Call(NamedFunction::Abs, vec![self::Expression::Variable]);
        let one = Box::new(self::Expression::Constant(1.0));
        let divisor = self::Expression::Binary(BinaryOperator::Add, one, Box::new(absolute));
        let softsign = self::Expression::Binary(BinaryOperator::Divide, variable(), Box::new(divisor));
        let functions = [
            Relu,
            Relu,
            Relu6,
            LeakyRelu { slope: 0.1 },
            HardTanh { min: -1.0, max: 1.0 },
            HardTanh { min: -0.3, max: 2.0 },
            Tanh,
            Sigmoid,
            HardSigmoid,
            HardSwish,
            Silu,
            Gelu { approximate: false },
            Gelu { approximate: true },
            Elu { alpha: 1.0 },
            Selu,
            Softplus { beta: 1.0 },
            Softsign,
            Mish,
            Function::Expression(softsign),
        ];
        let function = functions[self.random.usize(..functions.len())].clone();
        self.push(FloatOperator::Activation(function), &[last], self.shape(last))
    }

    /// Two ways that come together.
    fn branch(&mut self, last: TensorId) -> TensorId {
        let shape = self.shape(last);
        let left = if self.random.bool() { self.activation(last) } else { last };
        let right = self.activation(last);
        match self.random.u8(..5) {
            0 => self.push(FloatOperator::Multiply, &[left, right], shape),
            1 => {
                // One value a channel.
                let channels = self.channels(last);
                let gate = self.dense(last);
                let (inputs, gates) = (self.builder.graph.tensor(gate).elements(), channels);
                let filter = self.filter(vec![gates, inputs], inputs, gates);
                let gate = self.push(FloatOperator::Dense(filter), &[gate], vec![gates]);
                let gate = self.push(FloatOperator::Activation(Function::Sigmoid), &[gate], vec![gates]);
                self.push(FloatOperator::Multiply, &[left, gate], shape)
            }
            2 => {
                let axis = self.random.usize(..shape.len());
                let mut whole = shape;
                whole[axis] *= 2;
                self.push(FloatOperator::Concat { axis }, &[left, right], whole)
            }
            _ => {
                let sum = self.push(FloatOperator::Add, &[left, right], shape.clone());
                if self.random.bool() {
                    return sum;
                }
                self.push(FloatOperator::Activation(Function::Relu), &[sum], shape)
            }
        }
    }
}
