//! Draws networks.

use crate::description::{Layer, Network, Operation, Weights, Window};
use crate::real;
use fastrand::Rng;

/// The network of a seed.
///
/// Every layer makes something other than zeros for some calibration sample: the compiler refuses dead ones.
pub fn network(seed: u64) -> Network {
    let mut network =
        (0..).map(|attempt| draw(seed, attempt)).find(is_alive).expect("most networks are alive");
    if seed % 4 == 2 {
        narrow(&mut network, seed);
    }
    if seed % 8 == 4 {
        mix(&mut network);
    }
    if seed % 4 == 3 {
        prune(&mut network, seed);
    }
    network
}

/// Number formats of weights.
const PRECISIONS: [&str; 9] =
    ["Int4", "Int2", "Ternary", "Int8", "Binary", "Int6", "Int3", "PowerOfTwo", "Int5"];

/// Gives a network and some of its layers weights of few bits.
fn narrow(network: &mut Network, seed: u64) {
    let mut random = Rng::with_seed(seed);
    network.precision = Some(PRECISIONS[(seed / 4 % 9) as usize]);
    for layer in &mut network.layers {
        layer.precision = (is_weighted(layer) && random.bool()).then(|| PRECISIONS[random.usize(..9)]);
    }
    // Between layers with weights there is something to narrow.
    let is_deep = network.layers.iter().filter(|layer| is_weighted(layer)).count() > 1;
    network.activations = (seed % 8 == 6 && is_deep).then_some("Int4");
}

/// Gives some layers integers of their own: 16 bits where every layer up to the next with weights can take them, else 4.
fn mix(network: &mut Network) {
    let layers = &mut network.layers;
    let is_last_of =
        |layers: &[Layer], index: usize| layers[index + 1..].iter().all(|layer| !is_weighted(layer));
    for index in 0..layers.len() {
        if !is_weighted(&layers[index]) || is_last_of(layers, index) {
            continue;
        }
        match next_with_weights(layers, index) {
            Some(next) => {
                layers[index].activations = Some("Int16");
                for layer in [index, next] {
                    // Straight-line code is for int8s.
                    layers[layer].unroll = None;
                }
            }
            None => layers[index].activations = Some("Int4"),
        }
    }
}

/// The next layer with weights, where all that lies between takes int16s, and nothing else reads any of it.
fn next_with_weights(layers: &[Layer], index: usize) -> Option<usize> {
    let is_table = |layer: &Layer| match &layer.operation {
        Operation::Activation(text, _) => !is_clamp(text),
        Operation::PRelu(_) => true,
        _ => false,
    };
    let takes_int16 = |layer: &Layer| match &layer.operation {
        Operation::MaxPool(_) | Operation::AveragePool(..) | Operation::Flatten | Operation::Pad(_) => true,
        Operation::Activation(text, _) => is_clamp(text),
        _ => false,
    };
    let is_chained = |layer: &Layer| {
        let is_read =
            |label: &str| layers.iter().any(|reader| reader.inputs.iter().any(|input| input == label));
        layer.inputs.is_empty() && !is_read(&layer.label)
    };
    let next = (index + 1..layers.len()).find(|&next| !takes_int16(&layers[next]))?;
    let is_whole = layers[index..=next].iter().all(is_chained);
    let is_behind_a_table = layers.get(next + 1).is_some_and(is_table);
    (is_weighted(&layers[next]) && is_whole && !is_behind_a_table).then_some(next)
}

fn is_clamp(function: &str) -> bool {
    ["Relu", "Relu6", "HardTanh"].contains(&function)
}

fn is_weighted(layer: &Layer) -> bool {
    matches!(
        layer.operation,
        Operation::Dense(_) | Operation::Convolution { .. } | Operation::Depthwise { .. }
    )
}

/// Takes weights, channels and inputs away from a network and some of its layers.
fn prune(network: &mut Network, seed: u64) {
    let mut random = Rng::with_seed(seed);
    network.prune = [Some("0.5"), Some("[1, 2]"), None, Some("0.9")][(seed / 4 % 4) as usize];
    let is_few_bits = random.bool();
    network.precision = is_few_bits.then_some("Int4");
    // What the network answers stays.
    let last = network.layers.iter().rposition(is_weighted);
    for (index, layer) in network.layers.iter_mut().enumerate() {
        if !is_weighted(layer) {
            continue;
        }
        if random.u8(..3) == 0 {
            layer.pruning.push(["prune: 0", "prune: 0.3"][random.usize(..2)]);
        }
        if last != Some(index) && random.bool() {
            layer.pruning.push("prune_channels: 0.4");
        }
        if !matches!(layer.operation, Operation::Depthwise { .. }) && random.bool() {
            layer.pruning.push("prune_inputs: 0.4");
        }
    }
    // Pairs of no layer are refused.
    if network.prune == Some("[1, 2]") && !network.layers.iter().any(has_pairs) {
        network.prune = Some("0.5");
    }
}

/// Whether the inputs of a layer fall into pairs, which it leaves to the network.
fn has_pairs(layer: &Layer) -> bool {
    let (weights, places) = match &layer.operation {
        Operation::Dense(weights) => (weights, 1),
        Operation::Convolution { window, weights, .. } => (weights, window.kernel.iter().product()),
        _ => return false,
    };
    let outputs = layer.shape.last().copied().unwrap_or(1);
    let inputs = weights.values.len() / (outputs * places);
    inputs.is_multiple_of(2) && !layer.pruning.iter().any(|option| option.starts_with("prune:"))
}

fn is_alive(network: &Network) -> bool {
    let mut alive = vec![false; network.layers.len()];
    for sample in &network.calibration {
        let values = real::run(network, sample);
        for (alive, layer) in alive.iter_mut().zip(&network.layers) {
            *alive |= values[&layer.label].iter().any(|value| value.abs() > 1e-6);
        }
    }
    !alive.contains(&false)
}

fn draw(seed: u64, attempt: u64) -> Network {
    let mut random = Rng::with_seed(0x7173 + seed + (attempt << 32));
    let rank = random.usize(1..=3);
    let input = match rank {
        1 => vec![random.usize(1..=24)],
        2 => vec![random.usize(4..=20), random.usize(1..=4)],
        _ => vec![random.usize(4..=9), random.usize(4..=9), random.usize(1..=4)],
    };
    let mut draft = Draft { random, shape: input.clone(), input: input.clone(), layers: Vec::new() };
    for _ in 0..draft.random.usize(1..=6) {
        draft.layer();
    }
    draft.finish();
    let Draft { mut random, layers, .. } = draft;
    let amplitude = [0.1, 1.0, 1.0, 8.0][random.usize(..4)];
    let mut draw = |count: usize, amplitude: f32| -> Vec<Vec<f32>> {
        let elements = input.iter().product();
        (0..count).map(|_| (0..elements).map(|_| real(&mut random) * amplitude).collect()).collect()
    };
    let calibration = draw(24, amplitude);
    let mut samples = draw(12, amplitude);
    samples.extend(draw(3, 40.0 * amplitude));
    Network {
        name: format!("Network{seed}"),
        input,
        scheme: ["FixedPoint", "FixedPoint", "Affine"][(seed % 3) as usize],
        ranges: ["MeanSquaredError", "MinMax", "Percentile(99.5)"][(seed / 3 % 3) as usize],
        precision: None,
        activations: None,
        prune: None,
        layers,
        pytorch: seed.is_multiple_of(2),
        calibration,
        samples,
    }
}

/// In [-1, 1).
fn real(random: &mut Rng) -> f32 {
    random.f32() * 2.0 - 1.0
}

struct Draft {
    random: Rng,
    input: Vec<usize>,
    shape: Vec<usize>,
    layers: Vec<Layer>,
}

impl Draft {
    fn push(&mut self, operation: Operation, inputs: Vec<String>, shape: Vec<usize>) {
        let unroll = match &operation {
            Operation::Dense(_) | Operation::Convolution { .. } | Operation::Depthwise { .. } => {
                [None, Some("Loop"), Some("Full"), Some("Auto")][self.random.usize(..4)]
            }
            _ => None,
        };
        let label = format!("layer{}", self.layers.len());
        self.shape = shape.clone();
        self.layers.push(Layer {
            label,
            operation,
            inputs,
            shape,
            unroll,
            precision: None,
            activations: None,
            pruning: Vec::new(),
        });
    }

    fn channels(&self) -> usize {
        *self.shape.last().expect("shapes have an axis")
    }

    fn layer(&mut self) {
        let choice = self.random.usize(..10);
        match (self.shape.len(), choice) {
            (1, 0..=3) => self.dense(),
            (2 | 3, 0..=2) => self.convolution(),
            (3, 3 | 4) => self.depthwise(),
            (2 | 3, 5) => self.pool(),
            (_, 6) => self.batch_norm(),
            (_, 7) => self.branch(),
            (3, 8) => self.pad(),
            (_, 9) if self.random.u8(..4) == 0 => self.prelu(),
            _ => self.activation(),
        }
    }

    /// Brings what there is to a small output.
    fn finish(&mut self) {
        let axes = self.shape.len() - 1;
        if axes > 0 {
            match self.random.usize(..3) {
                0 => self.push(Operation::GlobalAveragePool { axes }, vec![], vec![self.channels()]),
                1 => self.push(Operation::GlobalMaxPool { axes }, vec![], vec![self.channels()]),
                _ => self.push(Operation::Flatten, vec![], vec![self.shape.iter().product()]),
            }
        }
        self.dense();
        if self.random.bool() {
            self.push(Operation::Softmax, vec![], self.shape.clone());
        }
    }

    fn weights(&mut self, count: usize, inputs: usize, outputs: usize) -> Weights {
        let random = &mut self.random;
        let amplitude = [1.0, 1.0, 0.05, 4.0][random.usize(..4)] / (inputs as f32).sqrt();
        let sparse = random.u8(..4) == 0;
        let mut value = |amplitude: f32| {
            let zero = sparse && random.u8(..10) < 6;
            if zero { 0.0 } else { real(random) * amplitude }
        };
        let mut values: Vec<f32> = (0..count).map(|_| value(amplitude)).collect();
        // A layer that makes nothing but zeros is refused, and rightly so.
        values[0] = amplitude;
        let bias = (0..outputs).map(|_| value(0.3)).collect();
        let bias = self.random.u8(..4).gt(&0).then_some(bias);
        Weights { values, bias }
    }

    fn dense(&mut self) {
        let inputs = self.shape[0];
        let units = self.random.usize(1..=12);
        let weights = self.weights(inputs * units, inputs, units);
        self.push(Operation::Dense(weights), vec![], vec![units]);
    }

    /// A window that fits, and the height and width behind it.
    fn window(&mut self, dilated: bool) -> Option<(Window, [usize; 2])> {
        let [height, width] = match self.shape[..] {
            [length, _] => [1, length],
            [height, width, _] => [height, width],
            _ => return None,
        };
        let random = &mut self.random;
        let (mut kernel, mut stride, mut dilation) = ([1; 2], [1; 2], [1; 2]);
        for (axis, extent) in [height, width].into_iter().enumerate().filter(|(_, extent)| *extent > 1) {
            kernel[axis] = random.usize(1..=extent.min(4));
            stride[axis] = random.usize(1..=3);
            if dilated && (kernel[axis] - 1) * 2 < extent {
                dilation[axis] = random.usize(1..=2);
            }
        }
        let same = random.bool();
        let mut padding = [0; 4];
        let mut output = [0; 2];
        for (axis, extent) in [height, width].into_iter().enumerate() {
            let reach = (kernel[axis] - 1) * dilation[axis] + 1;
            if same {
                output[axis] = extent.div_ceil(stride[axis]);
                let total = ((output[axis] - 1) * stride[axis] + reach).saturating_sub(extent);
                padding[2 * axis] = total / 2;
                padding[2 * axis + 1] = total - total / 2;
            } else {
                if extent > 1 && random.bool() {
                    // Less than the kernel: every window must see something of the image.
                    padding[2 * axis] = random.usize(..kernel[axis]);
                    padding[2 * axis + 1] = random.usize(..kernel[axis]);
                }
                let padded = extent + padding[2 * axis] + padding[2 * axis + 1];
                output[axis] = padded.checked_sub(reach)? / stride[axis] + 1;
            }
        }
        Some((Window { kernel, stride, dilation, padding, same }, output))
    }

    fn windowed_shape(&self, output: [usize; 2], channels: usize) -> Vec<usize> {
        if self.shape.len() == 2 { vec![output[1], channels] } else { vec![output[0], output[1], channels] }
    }

    fn convolution(&mut self) {
        let Some((window, output)) = self.window(true) else { return };
        let channels = self.channels();
        let groups = if channels.is_multiple_of(2) && self.random.u8(..4) == 0 { 2 } else { 1 };
        let filters = self.random.usize(1..=6) * groups;
        let inputs = window.kernel[0] * window.kernel[1] * channels / groups;
        let weights = self.weights(filters * inputs, inputs, filters);
        let shape = self.windowed_shape(output, filters);
        self.push(Operation::Convolution { window, groups, weights }, vec![], shape);
    }

    fn depthwise(&mut self) {
        let Some((window, output)) = self.window(true) else { return };
        let multiplier = self.random.usize(1..=2);
        let filters = self.channels() * multiplier;
        let taps = window.kernel[0] * window.kernel[1];
        let weights = self.weights(taps * filters, taps, filters);
        let shape = self.windowed_shape(output, filters);
        self.push(Operation::Depthwise { window, multiplier, weights }, vec![], shape);
    }

    fn pool(&mut self) {
        let Some((window, output)) = self.window(false) else { return };
        let shape = self.windowed_shape(output, self.channels());
        let operation = match self.random.usize(..3) {
            0 => Operation::MaxPool(window),
            1 => Operation::AveragePool(window, false),
            _ => Operation::AveragePool(window, true),
        };
        self.push(operation, vec![], shape);
    }

    fn batch_norm(&mut self) {
        let channels = self.channels();
        let random = &mut self.random;
        let mut draw = |low: f32, high: f32| -> Vec<f32> {
            (0..channels).map(|_| low + (high - low) * random.f32()).collect()
        };
        let vectors = [draw(0.5, 1.5), draw(-0.3, 0.3), draw(-0.3, 0.3), draw(0.3, 2.0)];
        self.push(Operation::BatchNorm(vectors), vec![], self.shape.clone());
    }

    fn prelu(&mut self) {
        let slopes = (0..self.channels()).map(|_| self.random.f32() * 1.75 - 0.25).collect();
        self.push(Operation::PRelu(slopes), vec![], self.shape.clone());
    }

    fn pad(&mut self) {
        let padding = [(); 4].map(|()| self.random.usize(..3));
        if padding == [0; 4] || self.shape[0] + self.shape[1] > 24 {
            return;
        }
        let shape = vec![
            self.shape[0] + padding[0] + padding[1],
            self.shape[1] + padding[2] + padding[3],
            self.channels(),
        ];
        self.push(Operation::Pad(padding), vec![], shape);
    }

    fn branch(&mut self) {
        let Some(last) = self.layers.last() else { return };
        let last = last.label.clone();
        let mut earlier: Vec<String> = self.layers[..self.layers.len() - 1]
            .iter()
            .filter(|layer| layer.shape == self.shape)
            .map(|layer| layer.label.clone())
            .collect();
        if self.input == self.shape {
            earlier.push("input".into());
        }
        if earlier.is_empty() {
            return self.activation();
        }
        let other = earlier.swap_remove(self.random.usize(..earlier.len()));
        let mut inputs = vec![last, other];
        if self.random.bool() {
            inputs.reverse();
        }
        match self.random.usize(..4) {
            0 | 1 => self.push(Operation::Add, inputs, self.shape.clone()),
            2 => self.push(Operation::Multiply, inputs, self.shape.clone()),
            _ => {
                let mut shape = self.shape.clone();
                *shape.last_mut().expect("shapes have an axis") *= 2;
                self.push(Operation::Concat, inputs, shape);
            }
        }
    }

    fn activation(&mut self) {
        let (text, function) = ACTIVATIONS[self.random.usize(..ACTIVATIONS.len())];
        self.push(Operation::Activation(text.into(), function), vec![], self.shape.clone());
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    if x > 30.0 { x } else { x.exp().ln_1p() }
}

/// Abramowitz and Stegun, *Handbook of Mathematical Functions*, 7.1.26: error below 1.5e-7.
fn normal_distribution(x: f64) -> f64 {
    let z = x.abs() / 2f64.sqrt();
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let polynomial = t
        * (0.254_829_592
            + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let erf = 1.0 - polynomial * (-z * z).exp();
    0.5 * (1.0 + if x < 0.0 { -erf } else { erf })
}

type Function = fn(f64) -> f64;

/// As the language writes them, and their meaning.
const ACTIVATIONS: &[(&str, Function)] = &[
    ("Relu", |x| x.max(0.0)),
    ("Relu", |x| x.max(0.0)),
    ("Relu6", |x| x.clamp(0.0, 6.0)),
    ("LeakyRelu { slope: 0.1 }", |x| if x < 0.0 { 0.1 * x } else { x }),
    ("HardTanh", |x| x.clamp(-1.0, 1.0)),
    ("HardTanh { min: -0.5, max: 2 }", |x| x.clamp(-0.5, 2.0)),
    ("Tanh", f64::tanh),
    ("Sigmoid", sigmoid),
    ("HardSigmoid", |x| (x / 6.0 + 0.5).clamp(0.0, 1.0)),
    ("HardSwish", |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
    ("Silu", |x| x * sigmoid(x)),
    ("Gelu", |x| x * normal_distribution(x)),
    ("Elu { alpha: 1.5 }", |x| if x < 0.0 { 1.5 * x.exp_m1() } else { x }),
    ("Selu", |x| 1.050_700_987_355_480_5 * if x < 0.0 { 1.673_263_242_354_377_2 * x.exp_m1() } else { x }),
    ("Softplus", softplus),
    ("Softsign", |x| x / (1.0 + x.abs())),
    ("Mish", |x| x * softplus(x).tanh()),
    ("Activation { function: |x| x / (1.0 + abs(x)) }", |x| x / (1.0 + x.abs())),
    ("Activation { function: |x| max(x, 0.25) - 0.5 * x * x }", |x| x.max(0.25) - 0.5 * x * x),
];
