//! Transposed convolutions and interpolation; places of extremes; logarithms of softmax.

use crate::random::{biases, bits, rounds, values, wide_values};
use fastrand::Rng;
use std::panic::catch_unwind;
use tinynet_core::Element;
use tinynet_core::kernels::{ArgExtremum, Extremum, LogSoftmax, ResizeBilinear, TransposeConv2d, Window};
use tinynet_core::requantize::ShiftPerTensor;

#[test]
fn transposed_convolutions() {
    rounds(300, |rng| {
        let mut pair = |range: std::ops::Range<usize>| [rng.usize(range.clone()), rng.usize(range)];
        let ([rows, columns], [height, width]) = (pair(1..5), pair(1..9));
        let (kernel, stride, padding) = (pair(1..5), pair(1..4), pair(0..4));
        let [channels, filters] = pair(1..4);
        let window = Window {
            input: [rows, columns, channels],
            output: [height, width, filters],
            kernel,
            stride,
            dilation: [1, 1],
            padding,
        };
        let input = values(rng, rows * columns * channels);
        let weights = values(rng, filters * kernel[0] * kernel[1] * channels);
        let (weight_bits, bias, zero_point) = (bits(&weights), biases(rng, filters), rng.i32(-128..128));
        let requantize = ShiftPerTensor { shift: rng.u8(0..12), min: -128, max: 127 };
        let layer = TransposeConv2d {
            window,
            weights: &weight_bits,
            bias: &bias,
            input_zero_point: zero_point,
            requantize,
        };
        let mut output = vec![0; height * width * filters];
        layer.run(&input, &mut output);
        // Each pixel is added to all it reaches.
        let mut sums: Vec<i32> = (0..output.len()).map(|index| bias[index % filters]).collect();
        for row in 0..rows {
            for column in 0..columns {
                for v in 0..kernel[0] {
                    for h in 0..kernel[1] {
                        let y = (row * stride[0] + v).wrapping_sub(padding[0]);
                        let x = (column * stride[1] + h).wrapping_sub(padding[1]);
                        if y >= height || x >= width {
                            continue;
                        }
                        for filter in 0..filters {
                            for channel in 0..channels {
                                let weight = ((filter * kernel[0] + v) * kernel[1] + h) * channels + channel;
                                let value = i32::from(input[(row * columns + column) * channels + channel]);
                                let sum = &mut sums[(y * width + x) * filters + filter];
                                *sum = sum.wrapping_add(i32::from(weights[weight]) * (value - zero_point));
                            }
                        }
                    }
                }
            }
        }
        let expected = sums.iter().map(|sum| (sum >> requantize.shift).clamp(-128, 127) as i8);
        assert_eq!(output, expected.collect::<Vec<_>>());
    });
}

#[test]
fn interpolations_of_int8() {
    rounds(300, |rng| interpolations(rng, values));
}

#[test]
fn interpolations_of_int16() {
    rounds(300, |rng| interpolations(rng, wide_values));
}

fn interpolations<T: Element>(rng: &mut Rng, values: fn(&mut Rng, usize) -> Vec<T>) {
    let input = [rng.usize(1..5), rng.usize(1..5), rng.usize(0..3)];
    let output = [rng.usize(1..8), rng.usize(1..8)];
    let images = rng.usize(0..3);
    let (mut scales, mut offsets) = ([0; 2], [0; 2]);
    for axis in [0, 1] {
        scales[axis] = (1024 * input[axis] / output[axis]) as i32;
        offsets[axis] = if rng.bool() { scales[axis] / 2 - 512 } else { 0 };
    }
    let source = values(rng, images * input.iter().product::<usize>());
    let layer = ResizeBilinear { images, input, output, scales, offsets };
    let mut made = vec![T::default(); images * output[0] * output[1] * input[2]];
    layer.run(&source, &mut made);
    let mut made = made.iter();
    let weight = |axis: usize, index: usize, pixel: usize| {
        let place = index as f64 * f64::from(scales[axis]) + f64::from(offsets[axis]);
        let place = place.clamp(0.0, (input[axis] - 1) as f64 * 1024.0) / 1024.0;
        (1.0 - (place - pixel as f64).abs()).max(0.0)
    };
    for image in source.chunks(input.iter().product::<usize>().max(1)) {
        for y in 0..output[0] {
            for x in 0..output[1] {
                for channel in 0..input[2] {
                    let mut sum = 0.0;
                    for row in 0..input[0] {
                        for column in 0..input[1] {
                            let value = image[(row * input[1] + column) * input[2] + channel];
                            sum += weight(0, y, row) * weight(1, x, column) * f64::from(value.widen());
                        }
                    }
                    let value = made.next().map(|value| f64::from(value.widen()));
                    assert_eq!(value, Some(sum.round()), "{layer:?} {y} {x}");
                }
            }
        }
    }
}

#[test]
fn places_of_extremes() {
    rounds(200, |rng| {
        let (rows, length, columns) = (rng.usize(0..4), rng.usize(1..=128), rng.usize(0..4));
        let input: Vec<i8> = values(rng, rows * length * columns).iter().map(|x| x / 16).collect();
        let largest = ArgExtremum { rows, length, columns, mirror: Extremum::LARGEST };
        let (mut high, mut low) = (vec![0i8; rows * columns], vec![0i8; rows * columns]);
        largest.run(&input, &mut high);
        ArgExtremum { mirror: Extremum::SMALLEST, ..largest }.run(&input, &mut low);
        for row in 0..rows {
            for column in 0..columns {
                let at = |i: usize| i32::from(input[(row * length + i) * columns + column]);
                let place = |best: i32| (0..length).find(|&i| at(i) == best).expect("a place") as i8;
                let output = row * columns + column;
                assert_eq!(high[output], place((0..length).map(at).max().expect("a value")));
                assert_eq!(low[output], place((0..length).map(at).min().expect("a value")));
            }
        }
    });
    let long = ArgExtremum { rows: 1, length: 129, columns: 0, mirror: 0 };
    assert!(catch_unwind(|| long.run::<i8>(&[], &mut [])).is_err());
    assert!(catch_unwind(|| ArgExtremum { length: 0, ..long }.run::<i8>(&[], &mut [])).is_err());
}

/// An int32 holds more places than an int8.
#[test]
fn places_behind_those_of_an_int8() {
    let largest = ArgExtremum { rows: 1, length: 40_000, columns: 1, mirror: Extremum::LARGEST };
    let mut input = vec![-128i8; 40_000];
    for place in [39_999, 32_768, 128, 127, 0] {
        input[place] = 5;
        let mut index = [0i32];
        largest.run(&input, &mut index);
        assert_eq!(index, [place as i32]);
    }
}

/// Within a step of the true value, and ordered as the input.
#[test]
fn logarithms_of_softmax() {
    rounds(200, |rng| {
        // Steps of 2^-places, in Q5.26 by a multiplier of 1/2.
        let (places, classes) = (rng.i8(0..7), rng.usize(1..40));
        let scale = 0.5f64.powi(places.into());
        let exponential = |d: i32| ((-scale * f64::from(d)).exp() * f64::from(1 << 19)).round() as i32;
        let exponentials: Vec<i32> = (0..256).map(exponential).collect();
        let layer = LogSoftmax {
            classes,
            exponentials: &exponentials,
            multiplier: 1 << 30,
            shift: 27 - places,
            reverse_multiplier: 1 << 30,
            reverse_shift: places - 25,
            least_difference: -((31 << places) >> 1),
        };
        let input = values(rng, classes);
        let mut output = vec![0; classes];
        layer.run(&input, &mut output);
        let sum: f64 = input.iter().map(|&x| (scale * f64::from(x)).exp()).sum();
        for (&x, &y) in input.iter().zip(&output) {
            let expected = (127.0 + 16.0 * (scale * f64::from(x) - sum.ln())).max(-128.0);
            assert!((f64::from(y) - expected).abs() < 1.0, "{x}: {y}, {expected}");
        }
    });
}
