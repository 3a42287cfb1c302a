//! Convolutions of any sizes and numbers, with all the room they want and with little.

use super::code::Room;
use super::convolution::Convolution;
use super::random_layers::{Limited, run, run_overlapping};
use super::requantize::scales;
use crate::armv6m::random_layers::{bytes, window, zero_point};
use fastrand::Rng;
use tinynet_core::kernels::{self, Window};
use tinynet_core::requantize::MultiplierPerChannel;

/// How many layers were written, with outputs beside their inputs and over them.
#[derive(Debug, Default)]
struct Written {
    apart: usize,
    overlapping: usize,
    layers: usize,
}

impl Written {
    fn check(&mut self, random: &mut Rng, window: Window) {
        let filters = window.output[2];
        let taps = window.kernel[0] * window.kernel[1] * window.input[2];
        let weights: Vec<u8> =
            bytes(random, filters * taps).into_iter().map(|weight| weight.max(-127) as u8).collect();
        let [input_zero_point, zero_point] = [zero_point(random), zero_point(random)];
        let limits = if random.bool() { [-128, 127] } else { [zero_point, 127] };
        let bias = |filter: usize| {
            let sum: i32 =
                weights[filter * taps..][..taps].iter().map(|&weight| i32::from(weight as i8)).sum();
            random.i32(-5000..5000) - sum * input_zero_point
        };
        let bias: Vec<_> = (0..filters).map(bias).collect();
        let most = 2 * 255 * 128 * taps as i64 + 5000;
        let most = most.min((1 << 23) - 1);
        let mut factor = || (30.0 + 60.0 * random.f64()) / (74.0 * 74.0 * (taps as f64).sqrt());
        let channels: Vec<_> =
            (0..filters).map(|_| (Limited::new(factor(), zero_point, limits), [-most, most])).collect();
        let (scales, form) = scales(&channels).expect("numbers");
        let (multipliers, shifts): (Vec<_>, Vec<_>) = channels
            .iter()
            .map(|(channel, _)| (channel.multiplier.multiplier, channel.multiplier.shift))
            .unzip();
        let [min, max] = limits.map(|limit| limit as i8);
        let requantize = MultiplierPerChannel {
            multipliers: &multipliers,
            shifts: &shifts,
            zero_point,
            min: min.into(),
            max: max.into(),
        };
        let kernel = kernels::Conv2d {
            window,
            groups: 1,
            input_zero_point,
            weights: &weights,
            bias: &bias,
            requantize,
        };
        let input = bytes(random, window.input.iter().product());
        let mut expected = vec![0; window.output.iter().product()];
        kernel.run(&input, &mut expected, &mut vec![0; window.scratch(1)]);
        let layer =
            Convolution { window, weights: &weights, bias: &bias, input_zero_point, scales: &scales, form };
        self.layers += 1;
        let columns = (window.output[1] - 1) * window.stride[1] + window.kernel[1];
        let rows = (window.output[0] - 1) * window.stride[0] + window.kernel[0];
        let enough = 8
            + window.input[2].next_multiple_of(4)
            + window.kernel[0].max(window.kernel[1]) * columns.max(rows) * window.input[2];
        for scratch in [0, taps.next_multiple_of(4), enough.next_multiple_of(4)] {
            if let Some(code) = layer.write(Room { scratch, overlaps: false }) {
                assert_eq!(run(&code, &input, expected.len(), scratch), expected, "{layer:?}");
                self.apart += 1;
            }
            if let Some(code) = layer.write(Room { scratch, overlaps: true }) {
                let made = run_overlapping(&code, &input, expected.len(), scratch, kernel.lead());
                assert_eq!(made, expected, "over its input {scratch} {layer:?}");
                self.overlapping += 1;
            }
        }
    }
}

#[test]
fn small_convolutions_are_exact() {
    let mut random = Rng::with_seed(5);
    let mut written = Written::default();
    for _ in 0..400 {
        let mut size = |most: usize| [random.usize(1..=most), random.usize(1..=most)];
        let (image, kernel, stride, dilation) = (size(3), size(2), size(2), size(2));
        let [padding, behind] = [(), ()].map(|()| [random.usize(..2), random.usize(..3)]);
        let positions = |axis: usize| {
            let padded = image[axis] + padding[axis] + behind[axis];
            Some(padded.checked_sub((kernel[axis] - 1) * dilation[axis] + 1)? / stride[axis] + 1)
        };
        let (Some(rows), Some(columns)) = (positions(0), positions(1)) else { continue };
        let [channels, filters] = [random.usize(1..6), random.usize(1..20)];
        let (input, output) = ([image[0], image[1], channels], [rows, columns, filters]);
        written.check(&mut random, Window { input, output, kernel, stride, dilation, padding });
    }
    assert!(written.overlapping > written.layers / 4, "{written:?}");
}

#[test]
fn convolutions_are_exact() {
    let mut random = Rng::with_seed(1);
    let mut written = Written::default();
    for _ in 0..200 {
        let mut window = window(&mut random);
        window.output[1] += (window.dilation[1] - 1) * (window.kernel[1] - 1) / window.stride[1];
        window.dilation[1] = 1;
        window.output[2] = random.usize(1..20);
        written.check(&mut random, window);
    }
    assert!(written.apart > written.layers / 2 && written.overlapping > written.layers / 2, "{written:?}");
}

#[test]
fn pointwise_layers_are_exact() {
    let mut random = Rng::with_seed(1);
    let mut written = Written::default();
    for _ in 0..80 {
        let [height, width] = [random.usize(1..6), random.usize(1..6)];
        let stride = random.usize(1..3);
        let window = Window {
            input: [height, width, random.usize(1..150)],
            output: [height.div_ceil(stride), width.div_ceil(stride), random.usize(1..40)],
            kernel: [1; 2],
            stride: [stride; 2],
            dilation: [1; 2],
            padding: [0; 2],
        };
        written.check(&mut random, window);
    }
    assert!(written.apart >= 2 * written.layers && written.overlapping >= written.layers, "{written:?}");
}

#[test]
fn dense_layers_are_exact() {
    let mut random = Rng::with_seed(1);
    let mut written = Written::default();
    for _ in 0..80 {
        let window = Window {
            input: [1, 1, random.usize(1..300)],
            output: [1, 1, random.usize(1..40)],
            kernel: [1; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: [0; 2],
        };
        written.check(&mut random, window);
    }
    assert!(written.apart >= 2 * written.layers && written.overlapping >= written.layers, "{written:?}");
}
