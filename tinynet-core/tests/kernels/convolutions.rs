//! Convolutions, with and without groups, and depthwise ones.

use crate::overlapping;
use crate::random::{biases, bits, rescale, rounds, values, wide_values, window};
use crate::reference::{Rescale, WithRequantize, at, positions, taps, wrap};
use std::panic::catch_unwind;
use tinynet_core::element::Element;
use tinynet_core::kernels::{Conv2d, DepthwiseConv2d, EachPatch, Window};
use tinynet_core::requantize::{Requantize, ShiftPerTensor};

struct Case<'a, T> {
    window: Window,
    groups: usize,
    weights: &'a [i8],
    bias: &'a [i32],
    input_zero_point: i32,
    rescale: &'a Rescale,
    input: &'a [T],
}

impl<T: Element> Case<'_, T> {
    fn expected(&self) -> Vec<T> {
        let ([_, _, channels], [_, _, filters]) = (self.window.input, self.window.output);
        let (group_channels, group_filters) = (channels / self.groups, filters / self.groups);
        let mut output = Vec::new();
        for position in positions(&self.window) {
            for o in 0..filters {
                let filter = &self.weights[o * self.weights.len() / filters..];
                let mut weights = filter.iter();
                let mut sum = i64::from(self.bias[o]);
                for tap in taps(&self.window) {
                    for c in 0..group_channels {
                        let c = o / group_filters * group_channels + c;
                        let value = at(&self.window, self.input, position, tap, c);
                        let value = value.unwrap_or(i64::from(self.input_zero_point));
                        sum += value * i64::from(*weights.next().unwrap());
                    }
                }
                output.push(T::narrow(self.rescale.apply(o, wrap(sum))));
            }
        }
        output
    }
}

impl<T: Element> WithRequantize for &Case<'_, T> {
    fn run<R: Requantize>(self, requantize: R) {
        let weights = bits(self.weights);
        let layer = Conv2d {
            window: self.window,
            groups: self.groups,
            weights: &weights,
            bias: self.bias,
            input_zero_point: self.input_zero_point,
            requantize,
        };
        let expected = self.expected();
        let mut output = vec![T::default(); expected.len()];
        // What the scratch holds must not matter.
        let mut scratch = vec![T::max_value(); layer.scratch()];
        layer.run(self.input, &mut output, &mut scratch);
        assert_eq!(output, expected, "{:?}", self.window);
        overlapping::check(&layer, self.input, &expected, layer.overlapping_scratch());
    }
}

#[test]
fn random_convolutions() {
    rounds(1500, |rng| {
        let groups = rng.usize(1..=3);
        let mut window = window(rng, groups);
        window.output[2] = groups * rng.usize(1..=20);
        let length = window.kernel[0] * window.kernel[1] * window.input[2] / groups;
        let weights = values(rng, length * window.output[2]);
        let bias = biases(rng, window.output[2]);
        let rescale = rescale(rng, window.output[2], -128, 127);
        let input = values(rng, window.input.iter().product());
        let input_zero_point = rng.i32(-128..=127);
        let case = Case {
            window,
            groups,
            weights: &weights,
            bias: &bias,
            input_zero_point,
            rescale: &rescale,
            input: &input,
        };
        rescale.with(&case);
    });
}

#[test]
fn random_sequences_of_int16() {
    rounds(500, |rng| {
        let mut window = window(rng, 1);
        // A sequence is an image of height 1.
        for axis in [&mut window.input, &mut window.output] {
            axis[0] = 1;
        }
        (window.kernel[0], window.padding[0]) = (1, 0);
        window.output[2] = rng.usize(1..=20);
        let weights = values(rng, window.kernel[1] * window.input[2] * window.output[2]);
        let bias = biases(rng, window.output[2]);
        let rescale = rescale(rng, window.output[2], -32768, 32767);
        let input = wide_values(rng, window.input.iter().product());
        let input_zero_point = rng.i32(-32768..=32767);
        let case = Case {
            window,
            groups: 1,
            weights: &weights,
            bias: &bias,
            input_zero_point,
            rescale: &rescale,
            input: &input,
        };
        rescale.with(&case);
    });
}

fn plain(input: [usize; 3], output: [usize; 3], kernel: [usize; 2]) -> Window {
    Window { input, output, kernel, stride: [1, 1], dilation: [1, 1], padding: [0, 0] }
}

#[test]
fn scratch_only_where_patches_are_gathered() {
    let pointwise = plain([4, 4, 8], [4, 4, 2], [1, 1]);
    assert_eq!(pointwise.scratch(1), 0);
    assert_eq!(Window { stride: [2, 2], output: [2, 2, 2], ..pointwise }.scratch(1), 0);
    assert_eq!(pointwise.scratch(2), 4);
    assert_eq!(Window { padding: [0, 1], ..pointwise }.scratch(1), 8);
    let sequence = plain([1, 9, 8], [1, 7, 2], [1, 3]);
    assert_eq!(sequence.scratch(1), 0);
    assert_eq!(Window { dilation: [1, 2], output: [1, 5, 2], ..sequence }.scratch(1), 24);
    // Padding behind the sequence only: the last patch leaves it.
    assert_eq!(Window { output: [1, 8, 2], ..sequence }.scratch(1), 24);
    assert_eq!(plain([4, 4, 8], [2, 2, 2], [3, 3]).scratch(1), 72);
}

#[test]
fn saturates_at_the_extremes() {
    let window = plain([3, 3, 8], [1, 1, 1], [3, 3]);
    let requantize = ShiftPerTensor { shift: 13, min: -128, max: 127 };
    for (x, w, expected) in [(-128, -128, 127), (127, -128, -128), (127, 127, 127)] {
        let weights = bits(&[w; 72]);
        let layer =
            Conv2d { window, groups: 1, weights: &weights, bias: &[0], input_zero_point: 0, requantize };
        let mut output = [0i8];
        layer.run(&[x; 72], &mut output, &mut [0; 72]);
        assert_eq!(output, [expected], "{x} {w}");
    }
}

#[test]
fn a_length_that_differs_is_refused() {
    let window = plain([3, 3, 2], [2, 2, 2], [2, 2]);
    let requantize = ShiftPerTensor { shift: 0, min: -128, max: 127 };
    let good =
        Conv2d { window, groups: 1, weights: &[1; 16], bias: &[0; 2], input_zero_point: 0, requantize };
    fn run<R: Requantize>(layer: Conv2d<'_, R>, input: usize, output: usize, scratch: usize) -> bool {
        let (input, mut output, mut scratch) = (vec![0i8; input], vec![0; output], vec![0; scratch]);
        layer.run(&input, &mut output, &mut scratch);
        true
    }
    assert!(run(good, 18, 8, 8));
    assert!(catch_unwind(|| run(good, 17, 8, 8)).is_err());
    assert!(catch_unwind(|| run(good, 18, 9, 8)).is_err());
    assert!(catch_unwind(|| run(good, 18, 8, 7)).is_err());
    assert!(catch_unwind(|| run(Conv2d { weights: &[1; 17], ..good }, 18, 8, 8)).is_err());
    assert!(catch_unwind(|| run(Conv2d { bias: &[0; 3], ..good }, 18, 8, 8)).is_err());
    assert!(catch_unwind(|| run(Conv2d { groups: 0, ..good }, 18, 8, 8)).is_err());
    assert!(catch_unwind(|| run(Conv2d { groups: 3, ..good }, 18, 8, 8)).is_err());
    // A stride that would take the last position past the end of the address space still wants its scratch.
    let huge =
        Window { stride: [1, usize::MAX], kernel: [1, 1], output: [1, 3, 1], input: [1, 1, 1], ..window };
    let layer =
        Conv2d { window: huge, groups: 1, weights: &[1], bias: &[0], input_zero_point: 0, requantize };
    assert!(catch_unwind(|| run(layer, 1, 3, 0)).is_err());
}

/// Copies the patches out and compares them with what lies under the window.
fn check_patches<const PATCH: usize>(window: Window, groups: usize, input: &[i8], border: i32) {
    let window = Window { output: [window.output[0], window.output[1], groups * PATCH], ..window };
    let layer = EachPatch { window, groups, border };
    let mut output = vec![0i8; window.output.iter().product()];
    let mut scratch = vec![99; layer.scratch()];
    let mut calls = Vec::new();
    layer.run(input, &mut output, &mut scratch, |group, patch: &[i8; PATCH], output: &mut [i8; PATCH]| {
        calls.push(group);
        *output = *patch;
    });
    let mut expected = Vec::new();
    let channels = window.input[2] / groups;
    for position in positions(&window) {
        for group in 0..groups {
            for tap in taps(&window) {
                for c in group * channels..(group + 1) * channels {
                    expected.push(at(&window, input, position, tap, c).unwrap_or(i64::from(border)) as i8);
                }
            }
        }
    }
    assert_eq!(output, expected, "{window:?} {groups}");
    let positions = window.output[0] * window.output[1];
    assert!(calls.iter().copied().eq((0..positions).flat_map(|_| 0..groups)));
}

#[test]
fn random_patches() {
    rounds(1000, |rng| {
        let (mut window, border) = (window(rng, 1), rng.i32(-128..=127));
        let [height, width] = window.kernel;
        window.input[2] = 2;
        let input = values(rng, window.input.iter().product());
        match height * width {
            1 => check_patches::<2>(window, 1, &input, border),
            2 => check_patches::<4>(window, 1, &input, border),
            3 => check_patches::<3>(window, 2, &input, border),
            4 => check_patches::<4>(window, 2, &input, border),
            6 => check_patches::<12>(window, 1, &input, border),
            _ => {}
        }
    });
}

#[test]
fn patches_of_another_size_are_refused() {
    let window = plain([3, 3, 2], [2, 2, 2], [2, 2]);
    fn run<const PATCH: usize, const FILTERS: usize>(window: Window, groups: usize) -> bool {
        let layer = EachPatch { window, groups, border: 0 };
        let filters = |_, _: &[i8; PATCH], _: &mut [i8; FILTERS]| {};
        layer.run(&[0; 18], &mut [0; 8], &mut [0; 8], filters);
        true
    }
    assert!(run::<8, 2>(window, 1) && run::<4, 1>(window, 2));
    assert!(catch_unwind(|| run::<7, 2>(window, 1)).is_err());
    assert!(catch_unwind(|| run::<8, 3>(window, 1)).is_err());
    assert!(catch_unwind(|| run::<8, 2>(window, 0)).is_err());
    assert!(catch_unwind(|| run::<8, 2>(window, 3)).is_err());
}

struct Depthwise<'a, T> {
    window: Window,
    multiplier: usize,
    weights: &'a [i8],
    bias: &'a [i32],
    input_zero_point: i32,
    rescale: &'a Rescale,
    input: &'a [T],
}

impl<T: Element> Depthwise<'_, T> {
    fn expected(&self) -> Vec<T> {
        let [_, _, filters] = self.window.output;
        let mut output = Vec::new();
        for position in positions(&self.window) {
            for o in 0..filters {
                let mut sum = i64::from(self.bias[o]);
                for (index, tap) in taps(&self.window).enumerate() {
                    if let Some(value) = at(&self.window, self.input, position, tap, o / self.multiplier) {
                        let value = value - i64::from(self.input_zero_point);
                        sum += value * i64::from(self.weights[index * filters + o]);
                    }
                }
                output.push(T::narrow(self.rescale.apply(o, wrap(sum))));
            }
        }
        output
    }
}

impl<T: Element> WithRequantize for &Depthwise<'_, T> {
    fn run<R: Requantize>(self, requantize: R) {
        let weights = bits(self.weights);
        let layer = DepthwiseConv2d {
            window: self.window,
            multiplier: self.multiplier,
            weights: &weights,
            bias: self.bias,
            input_zero_point: self.input_zero_point,
            requantize,
        };
        let expected = self.expected();
        let mut output = vec![T::default(); expected.len()];
        layer.run(self.input, &mut output);
        assert_eq!(output, expected, "{:?} {}", self.window, self.multiplier);
        overlapping::check(&layer, self.input, &expected, 0);
    }
}

#[test]
fn random_depthwise_convolutions() {
    rounds(1500, |rng| {
        let mut window = window(rng, 1);
        if rng.bool() {
            window.input[2] = rng.usize(1..=40);
        }
        let multiplier = if rng.bool() { 1 } else { rng.usize(1..=20) };
        window.output[2] = window.input[2] * multiplier;
        let weights = values(rng, window.kernel[0] * window.kernel[1] * window.output[2]);
        let bias = biases(rng, window.output[2]);
        let rescale = rescale(rng, window.output[2], -128, 127);
        let input = values(rng, window.input.iter().product());
        let input_zero_point = rng.i32(-128..=127);
        let case = Depthwise {
            window,
            multiplier,
            weights: &weights,
            bias: &bias,
            input_zero_point,
            rescale: &rescale,
            input: &input,
        };
        rescale.with(&case);
    });
}

#[test]
fn a_depthwise_length_that_differs_is_refused() {
    let window = plain([3, 3, 2], [2, 2, 4], [2, 2]);
    let requantize = ShiftPerTensor { shift: 0, min: -128, max: 127 };
    let good = DepthwiseConv2d {
        window,
        multiplier: 2,
        weights: &[1; 16],
        bias: &[0; 4],
        input_zero_point: 0,
        requantize,
    };
    fn run<R: Requantize>(layer: DepthwiseConv2d<'_, R>, input: usize, output: usize) -> bool {
        layer.run(&vec![0i8; input], &mut vec![0; output]);
        true
    }
    assert!(run(good, 18, 16));
    assert!(catch_unwind(|| run(good, 17, 16)).is_err());
    assert!(catch_unwind(|| run(good, 18, 15)).is_err());
    assert!(catch_unwind(|| run(DepthwiseConv2d { multiplier: 1, ..good }, 18, 16)).is_err());
    assert!(catch_unwind(|| run(DepthwiseConv2d { weights: &[1; 15], ..good }, 18, 16)).is_err());
    assert!(catch_unwind(|| run(DepthwiseConv2d { bias: &[0; 3], ..good }, 18, 16)).is_err());
}
