//! The files of a network, and its declaration in tinynet's language.

use crate::description::{Layer, Network, Operation, Weights, Window};
use std::fmt::Write;

/// The declaration: what stands inside `tinynet! { }`. Its files lie beside it, named after it.
pub fn declaration(network: &Network) -> String {
    let Network { name, input, scheme, ranges, .. } = network;
    let mut text = format!("pub struct {name} = \"{name}.safetensors\" {{\n");
    let mut calibration = format!("calibration: \"{name}.npy\", scheme: {scheme}, ranges: {ranges}");
    if let Some(precision) = network.precision {
        write!(calibration, ", precision: {precision}").expect("text grows");
    }
    if let Some(activations) = network.activations {
        write!(calibration, ", activations: {activations}").expect("text grows");
    }
    if let Some(prune) = network.prune {
        write!(calibration, ", prune: {prune}").expect("text grows");
    }
    writeln!(text, "    input: Input {{ shape: {input:?}, {calibration} }},").expect("text grows");
    for layer in &network.layers {
        writeln!(text, "    {}: {},", layer.label, self::layer(layer, network.pytorch)).expect("text grows");
    }
    text + "}\n"
}

fn layer(layer: &Layer, pytorch: bool) -> String {
    let mut options = Vec::new();
    let rank = layer.shape.len();
    let kind = match &layer.operation {
        Operation::Dense(weights) => {
            options.push(format!("units: {}", layer.shape[0]));
            use_bias(weights, &mut options);
            "Dense".into()
        }
        Operation::Convolution { window, groups, weights } => {
            options.push(format!("filters: {}", layer.shape[rank - 1]));
            self::window(window, "kernel", rank, &mut options);
            options.push(format!("groups: {groups}"));
            use_bias(weights, &mut options);
            format!("Conv{}d", rank - 1)
        }
        Operation::Depthwise { window, multiplier, weights } => {
            options.push(format!("multiplier: {multiplier}"));
            self::window(window, "kernel", rank, &mut options);
            use_bias(weights, &mut options);
            "DepthwiseConv2d".into()
        }
        Operation::MaxPool(window) => {
            self::window(window, "size", rank, &mut options);
            format!("MaxPool{}d", rank - 1)
        }
        Operation::AveragePool(window, include_padding) => {
            self::window(window, "size", rank, &mut options);
            options.push(format!("include_padding: {include_padding}"));
            format!("AvgPool{}d", rank - 1)
        }
        Operation::BatchNorm(_) => "BatchNorm".into(),
        Operation::PRelu(_) => "PRelu".into(),
        Operation::Activation(text, _) => return text.clone(),
        Operation::Add => "Add".into(),
        Operation::Multiply => "Mul".into(),
        Operation::Concat => "Concat".into(),
        Operation::Pad(padding) => {
            options.push(format!("padding: {padding:?}"));
            "Pad".into()
        }
        Operation::Flatten => {
            options.push("order: ChannelsLast".into());
            "Flatten".into()
        }
        Operation::Softmax => "Softmax".into(),
        Operation::GlobalMaxPool { axes } => format!("GlobalMaxPool{axes}d"),
        Operation::GlobalAveragePool { axes } => format!("GlobalAvgPool{axes}d"),
    };
    // The names in the file state it too; stating it must change nothing.
    if matches!(layer.operation, Operation::Dense(_)) {
        options.push(format!("layout: {}", if pytorch { "PyTorch" } else { "Keras" }));
    }
    if !layer.inputs.is_empty() {
        options.push(format!("inputs: [{}]", layer.inputs.join(", ")));
    }
    if let Some(unroll) = layer.unroll {
        options.push(format!("unroll: {unroll}"));
    }
    if let Some(precision) = layer.precision {
        options.push(format!("precision: {precision}"));
    }
    if let Some(activations) = layer.activations {
        options.push(format!("activations: {activations}"));
    }
    options.extend(layer.pruning.iter().map(|option| option.to_string()));
    if options.is_empty() { kind } else { format!("{kind} {{ {} }}", options.join(", ")) }
}

fn use_bias(weights: &Weights, options: &mut Vec<String>) {
    if weights.bias.is_none() {
        options.push("use_bias: false".into());
    }
}

fn window(window: &Window, size: &str, rank: usize, options: &mut Vec<String>) {
    let Window { kernel, stride, dilation, padding, same } = *window;
    let pair = |[vertical, horizontal]: [usize; 2]| {
        if rank == 2 { horizontal.to_string() } else { format!("[{vertical}, {horizontal}]") }
    };
    options.push(format!("{size}: {}", pair(kernel)));
    options.push(format!("stride: {}", pair(stride)));
    if size == "kernel" {
        options.push(format!("dilation: {}", pair(dilation)));
    }
    options.push(match padding {
        _ if same => "padding: Same".into(),
        [0, 0, 0, 0] => "padding: Valid".into(),
        [_, _, left, right] if rank == 2 => format!("padding: [{left}, {right}]"),
        _ => format!("padding: {padding:?}"),
    });
}

/// The weight file: `.safetensors`.
pub fn weights(network: &Network) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut from = network.input.clone();
    for layer in &network.layers {
        entries.extend(layer_entries(layer, &from, network.pytorch));
        from.clone_from(&layer.shape);
    }
    let (mut header, mut body) = (Vec::new(), Vec::new());
    for (name, shape, values) in entries {
        let begin = body.len();
        body.extend(values.iter().flat_map(|value: &f32| value.to_le_bytes()));
        header.push(format!(
            "\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{begin},{}]}}",
            body.len()
        ));
    }
    let header = format!("{{{}}}", header.join(","));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &body].concat()
}

type Entry = (String, Vec<usize>, Vec<f32>);

fn layer_entries(layer: &Layer, from: &[usize], pytorch: bool) -> Vec<Entry> {
    let label = &layer.label;
    let channels = *from.last().expect("shapes have an axis");
    let outputs = *layer.shape.last().expect("shapes have an axis");
    let entry = |name: &str, shape: Vec<usize>, values: Vec<f32>| (format!("{label}.{name}"), shape, values);
    let sequence = layer.shape.len() == 2;
    let (mut entries, weights) = match &layer.operation {
        Operation::Dense(weights) => {
            let shape = [outputs, 1, 1, channels];
            let entry = if pytorch {
                entry("weight", vec![outputs, channels], weights.values.clone())
            } else {
                entry("kernel", vec![channels, outputs], permute(&weights.values, shape, [3, 1, 2, 0]))
            };
            (vec![entry], weights)
        }
        Operation::Convolution { window: Window { kernel: [height, width], .. }, groups, weights } => {
            let shape = [outputs, *height, *width, channels / groups];
            let (name, axes) = if pytorch { ("weight", [0, 3, 1, 2]) } else { ("kernel", [1, 2, 3, 0]) };
            let mut file_shape: Vec<usize> = axes.iter().map(|&axis| shape[axis]).collect();
            if sequence {
                // The height of 1 is no axis of the file.
                file_shape.remove(if pytorch { 2 } else { 0 });
            }
            (vec![entry(name, file_shape, permute(&weights.values, shape, axes))], weights)
        }
        Operation::Depthwise { window: Window { kernel: [height, width], .. }, multiplier, weights } => {
            let shape = [*height, *width, outputs, 1];
            let entry = if pytorch {
                entry(
                    "weight",
                    vec![outputs, 1, *height, *width],
                    permute(&weights.values, shape, [2, 3, 0, 1]),
                )
            } else {
                entry(
                    "depthwise_kernel",
                    vec![*height, *width, channels, *multiplier],
                    weights.values.clone(),
                )
            };
            (vec![entry], weights)
        }
        Operation::BatchNorm(vectors) => {
            let names = if pytorch {
                ["weight", "bias", "running_mean", "running_var"]
            } else {
                ["gamma", "beta", "moving_mean", "moving_variance"]
            };
            let vectors = names.into_iter().zip(vectors);
            return vectors.map(|(name, vector)| entry(name, vec![channels], vector.clone())).collect();
        }
        Operation::PRelu(slopes) => {
            return if pytorch {
                vec![entry("weight", vec![channels], slopes.clone())]
            } else {
                // Keras shares slopes along the axes before the channels.
                let mut shape = vec![1; layer.shape.len() - 1];
                shape.push(channels);
                vec![entry("alpha", shape, slopes.clone())]
            };
        }
        _ => return Vec::new(),
    };
    entries.extend(weights.bias.as_ref().map(|bias| entry("bias", vec![outputs], bias.clone())));
    entries
}

/// The values with their axes in another order.
fn permute(values: &[f32], shape: [usize; 4], axes: [usize; 4]) -> Vec<f32> {
    let extent = axes.map(|axis| shape[axis]);
    let mut permuted = Vec::with_capacity(values.len());
    for index in 0..values.len() {
        let mut place = [0; 4];
        let mut rest = index;
        for to in (0..4).rev() {
            place[axes[to]] = rest % extent[to];
            rest /= extent[to];
        }
        permuted.push(values[((place[0] * shape[1] + place[1]) * shape[2] + place[2]) * shape[3] + place[3]]);
    }
    permuted
}

/// Samples as a `.npy` file.
pub fn samples(samples: &[Vec<f32>], shape: &[usize]) -> Vec<u8> {
    let axes: String = shape.iter().map(|axis| format!(", {axis}")).collect();
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{axes}), }}", samples.len());
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(samples.iter().flatten().flat_map(|value| value.to_le_bytes()));
    file
}
