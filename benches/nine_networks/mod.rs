//! Nine networks that were trained in real numbers (`trained/` of the folder that `TINYNET_ZOO` names), quantised by
//! their calibration samples alone and judged on their test sets (`datasets/`), which nothing else has seen. Host and
//! chip compute the same integers: the host's evaluator judges.

use crate::declaration::with_network;
use anyhow::{Context, Result, anyhow, bail};
use std::path::Path;
use tinynet_compiler::build::{self, Declared, RealNetwork};
use tinynet_compiler::equalize::equalize;
use tinynet_compiler::float_evaluator;
use tinynet_compiler::graph::FloatGraph;
use tinynet_compiler::import::{Values, npy};
use tinynet_compiler::lower::lower;
use tinynet_compiler::quantize::quantize;
use tinynet_compiler::quantized::QuantizedGraph;
use tinynet_compiler::reference::Reference;

/// A trained network.
pub(crate) struct Network {
    /// Its folder.
    pub(crate) name: &'static str,
    /// Folder of its test set; none: its own.
    data: Option<&'static str>,
    /// From what is in the test set to what it was trained on.
    prepare: fn(f32, usize) -> f32,
    /// Shape of its input.
    shape: &'static str,
    layers: &'static str,
    /// Whether it is judged by how far its outputs are from its inputs.
    is_autoencoder: bool,
}

const IMAGES: &str = "c0: Conv2d { filters: 8, kernel: [5, 5], stride: 2, padding: Same }, Relu, \
    c1: Conv2d { filters: 16, kernel: [3, 3], padding: Same }, Relu, MaxPool2d { size: [2, 2] }, \
    c2: Conv2d { filters: 24, kernel: [3, 3] }, Relu, Flatten { order: ChannelsLast }, d0: Dense { units: 10 }";

/// All of them.
pub(crate) const NETWORKS: [Network; 9] = [
    Network {
        name: "digits8x8_mlp_hardtanh",
        data: Some("digits8x8_optdigits"),
        prepare: |value, _| value / 16.0,
        shape: "[64]",
        layers: "d0: Dense { units: 32 }, HardTanh, d1: Dense { units: 10 }",
        is_autoencoder: false,
    },
    Network {
        name: "touch8_cnn",
        data: Some("touch8x8_pendigits"),
        prepare: |value, _| value / 255.0,
        shape: "[8, 8, 1]",
        layers: "c0: Conv2d { filters: 8, kernel: [3, 3], padding: Same }, Relu, MaxPool2d { size: [2, 2] }, \
            c1: Conv2d { filters: 16, kernel: [3, 3], padding: Same }, Relu, MaxPool2d { size: [2, 2] }, \
            Flatten { order: ChannelsLast }, d0: Dense { units: 10 }",
        is_autoencoder: false,
    },
    Network {
        name: "touch16_mlp_hardtanh",
        data: Some("touch16x16_pendigits"),
        prepare: |value, _| value / 255.0,
        shape: "[256]",
        layers: "d0: Dense { units: 32 }, HardTanh, d1: Dense { units: 16 }, HardTanh, d2: Dense { units: 10 }",
        is_autoencoder: false,
    },
    Network {
        name: "mnist28_cnn",
        data: Some("mnist10k"),
        prepare: |value, _| value / 255.0,
        shape: "[28, 28, 1]",
        layers: IMAGES,
        is_autoencoder: false,
    },
    Network {
        name: "fashion28_cnn",
        data: Some("fashion_mnist_8k"),
        prepare: |value, _| value / 255.0,
        shape: "[28, 28, 1]",
        layers: IMAGES,
        is_autoencoder: false,
    },
    Network {
        name: "imu_watch_cnn1d",
        data: Some("imu_shoulder_watch"),
        prepare: |value, index| {
            let unit = if index % 6 < 3 { 1.5 } else { 4.0 };
            (value / 1024.0 / unit).clamp(-2.0, 2.0)
        },
        shape: "[100, 6]",
        layers: "c0: Conv1d { filters: 12, kernel: 5, stride: 2, padding: Same }, Relu, MaxPool1d { size: 2 }, \
            c1: Conv1d { filters: 16, kernel: 3 }, Relu, MaxPool1d { size: 2 }, Flatten { order: ChannelsLast }, \
            d0: Dense { units: 7 }",
        is_autoencoder: false,
    },
    Network {
        name: "kws_tts_dscnn",
        data: Some("kws_tts_mfcc"),
        prepare: |value, _| (value - 83.0) * 0.584_702_9 / 32.0,
        shape: "[49, 10, 1]",
        layers: "c0: Conv2d { filters: 32, kernel: [10, 4], stride: 2, padding: Same }, Relu, \
            dw0: DepthwiseConv2d { kernel: [3, 3], padding: Same }, Relu, pw0: Conv2d { filters: 32, kernel: [1, 1] }, Relu, \
            dw1: DepthwiseConv2d { kernel: [3, 3], padding: Same }, Relu, pw1: Conv2d { filters: 32, kernel: [1, 1] }, Relu, \
            dw2: DepthwiseConv2d { kernel: [3, 3], padding: Same }, Relu, pw2: Conv2d { filters: 32, kernel: [1, 1] }, Relu, \
            GlobalAvgPool2d, d0: Dense { units: 12 }",
        is_autoencoder: false,
    },
    Network {
        name: "anomaly_motion_ae",
        data: None,
        prepare: |value, _| value,
        shape: "[96]",
        layers: "d0: Dense { units: 24 }, Relu, d1: Dense { units: 8 }, Relu, d2: Dense { units: 24 }, Relu, \
            out: Dense { units: 96 }",
        is_autoencoder: true,
    },
    Network {
        name: "wine_mlp",
        data: Some("wine"),
        prepare: |value, _| value,
        shape: "[13]",
        layers: "d0: Dense { units: 8 }, Tanh, d1: Dense { units: 3 }",
        is_autoencoder: false,
    },
];

/// The file of its weights, in its folder.
pub(crate) const WEIGHTS: &str = "weights_f32.npz";

impl Network {
    /// The network in real numbers and in integers, with more options of its `Input`.
    pub(crate) fn compiled(&self, zoo: &Path, options: &str) -> Result<(FloatGraph, QuantizedGraph)> {
        let name = self.name;
        let layers = self.layers(Path::new(""), options);
        let declaration = format!("pub struct Net = {WEIGHTS:?} {{ {layers} }}");
        let quantized =
            with_network(&declaration, &zoo.join("trained").join(name), |network, files, errors| {
                let Declared::Real(network) = build::build(network, files, errors).declaration?.network
                else {
                    return None;
                };
                let RealNetwork { graph, settings, spans } = network;
                let float = equalize(lower(graph), &settings);
                quantize(&float, &settings, spans, errors).map(|quantized| (float, quantized))
            });
        quantized.context(name)
    }

    /// What stands in braces behind its weights, with more options of its `Input`.
    pub(crate) fn layers(&self, folder: &Path, options: &str) -> String {
        let Self { shape, layers, .. } = self;
        let samples = folder.join("calib.npy");
        format!(
            "input: Input {{ shape: {shape}, calibration: {samples:?}, scheme: Affine, {options} }}, {layers}"
        )
    }

    /// What it is judged by.
    pub(crate) fn test_set(&self, zoo: &Path) -> Result<TestSet> {
        let folder = match self.data {
            Some(data) => zoo.join("datasets").join(data),
            None => zoo.join("trained").join(self.name),
        };
        let [x, y] = if self.data.is_some() { ["x_test", "y_test"] } else { ["test_x", "test_y"] };
        let mut samples = numbers(&folder.join(format!("{x}.npy")))?;
        let answers: Vec<usize> =
            numbers(&folder.join(format!("{y}.npy")))?.into_iter().map(|answer| answer as usize).collect();
        let elements = samples.len() / answers.len();
        if self.name == "wine_mlp" {
            let train = numbers(&folder.join("x_train.npy"))?;
            for feature in 0..elements {
                standardize(&mut samples, &train, feature, elements);
            }
        }
        let prepared =
            samples.iter().enumerate().map(|(index, &value)| (self.prepare)(value, index % elements));
        let prepared: Vec<f32> = prepared.collect();
        let samples = prepared.chunks_exact(elements).map(<[f32]>::to_vec).collect();
        Ok(TestSet { samples, answers, is_autoencoder: self.is_autoencoder })
    }
}

/// By mean and deviation of the training samples.
fn standardize(samples: &mut [f32], train: &[f32], feature: usize, elements: usize) {
    let of_train: Vec<f64> =
        train.iter().skip(feature).step_by(elements).map(|&value| f64::from(value)).collect();
    let count = of_train.len() as f64;
    let mean = of_train.iter().sum::<f64>() / count;
    let deviation = (of_train.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    for value in samples.iter_mut().skip(feature).step_by(elements) {
        *value = ((f64::from(*value) - mean) / deviation) as f32;
    }
}

fn numbers(path: &Path) -> Result<Vec<f32>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    match npy::read(&bytes).map_err(|error| anyhow!("{}: {error:?}", path.display()))?.values {
        Values::F32(values) => Ok(values),
        Values::Integers(values) => Ok(values.into_iter().map(|value| value as f32).collect()),
        #[allow(unreachable_patterns, reason = "formats are features")]
        _ => bail!("{}: neither integers nor float32", path.display()),
    }
}

/// Samples with their answers.
pub(crate) struct TestSet {
    pub(crate) samples: Vec<Vec<f32>>,
    answers: Vec<usize>,
    is_autoencoder: bool,
}

impl TestSet {
    /// Share of right answers, or area under the curve.
    pub(crate) fn judge(&self, network: impl Fn(&[f32]) -> Vec<f32>) -> f64 {
        let outputs = self.samples.iter().map(|sample| network(sample));
        if self.is_autoencoder {
            let distance = |(output, sample): (Vec<f32>, &Vec<f32>)| -> f64 {
                output.iter().zip(sample).map(|(a, b)| f64::from(a - b).powi(2)).sum()
            };
            let distances: Vec<f64> = outputs.zip(&self.samples).map(distance).collect();
            return area_under_the_curve(&distances, &self.answers);
        }
        let right = outputs
            .zip(&self.answers)
            .filter(|(output, answer)| float_evaluator::arg_max(output) == **answer)
            .count();
        right as f64 / self.answers.len() as f64
    }
}

/// How often an anomaly is farther off than what is none.
fn area_under_the_curve(distances: &[f64], answers: &[usize]) -> f64 {
    let of = |wanted: usize| {
        let pairs = distances.iter().zip(answers).filter(move |(_, answer)| **answer == wanted);
        pairs.map(|(distance, _)| *distance).collect::<Vec<f64>>()
    };
    let (usual, anomalies) = (of(0), of(1));
    let wins = anomalies.iter().flat_map(|anomaly| {
        usual.iter().map(move |usual| match anomaly.total_cmp(usual) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
    });
    wins.sum::<f64>() / (usual.len() * anomalies.len()) as f64
}

/// What the integers that a network answers stand for.
pub(crate) fn output(graph: &QuantizedGraph, sample: &[f32]) -> Vec<f32> {
    let quantization = graph.tensor(graph.outputs[0]).info.quantization;
    let made = Reference::new(graph).output(&quantized(graph, sample));
    made.into_iter().map(|integer| quantization.dequantize(integer) as f32).collect()
}

/// What a network takes in place of a sample.
pub(crate) fn quantized(graph: &QuantizedGraph, sample: &[f32]) -> Vec<i8> {
    let input = graph.tensor(graph.inputs[0]).info.quantization;
    sample.iter().map(|&value| input.quantize(f64::from(value))).collect()
}
