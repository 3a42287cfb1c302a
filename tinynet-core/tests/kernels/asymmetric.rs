//! Convolutions by weights that have a zero point.

use crate::overlapping;
use crate::random::{biases, bits, rescale, rounds, values, wide_values, window};
use crate::reference::{Rescale, WithRequantize, at, positions, taps, wrap};
use std::panic::catch_unwind;
use tinynet_core::Element;
use tinynet_core::kernels::{AsymmetricConv2d, Conv2d, Window};
use tinynet_core::requantize::{Requantize, ShiftPerTensor};

struct Case<'a, T> {
    window: Window,
    groups: usize,
    weights: &'a [i8],
    weights_zero_point: i32,
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
                let mut weights = self.weights[o * self.weights.len() / filters..].iter();
                let mut sum = i64::from(self.bias[o]);
                for tap in taps(&self.window) {
                    for c in 0..group_channels {
                        let weight = i64::from(*weights.next().unwrap()) - i64::from(self.weights_zero_point);
                        let c = o / group_filters * group_channels + c;
                        let value = at(&self.window, self.input, position, tap, c);
                        sum += value.unwrap_or(i64::from(self.input_zero_point)) * weight;
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
        let &Case { window, groups, bias, input_zero_point, weights_zero_point, .. } = self;
        let weights = &bits(self.weights);
        let convolution = Conv2d { window, groups, weights, bias, input_zero_point, requantize };
        let layer = AsymmetricConv2d { convolution, weights_zero_point };
        let expected = self.expected();
        let mut output = vec![T::default(); expected.len()];
        // What the scratch holds must not matter.
        let mut scratch = vec![T::max_value(); convolution.scratch()];
        layer.run(self.input, &mut output, &mut scratch);
        assert_eq!(output, expected, "{window:?}");
        overlapping::check(&layer, self.input, &expected, convolution.overlapping_scratch());
    }
}

#[test]
fn random_convolutions() {
    rounds(500, |rng| {
        let groups = rng.usize(1..=3);
        let mut window = window(rng, groups);
        window.output[2] = groups * rng.usize(1..=20);
        let length = window.kernel[0] * window.kernel[1] * window.input[2] / groups;
        let weights = values(rng, length * window.output[2]);
        let bias = biases(rng, window.output[2]);
        let (weights_zero_point, input_zero_point) = (rng.i32(-128..=127), rng.i32(-128..=127));
        macro_rules! check {
            ($values:ident, $lowest:expr, $highest:expr) => {
                let case = Case {
                    window,
                    groups,
                    weights: &weights,
                    weights_zero_point,
                    bias: &bias,
                    input_zero_point,
                    rescale: &rescale(rng, window.output[2], $lowest, $highest),
                    input: &$values(rng, window.input.iter().product()),
                };
                case.rescale.with(&case);
            };
        }
        check!(values, -128, 127);
        check!(wide_values, -32768, 32767);
    });
}

#[test]
fn lengths_are_checked() {
    let window = Window {
        input: [1, 2, 2],
        output: [1, 1, 2],
        kernel: [1, 2],
        stride: [1, 1],
        dilation: [1, 1],
        padding: [0, 0],
    };
    let requantize = ShiftPerTensor { shift: 0, min: -128, max: 127 };
    let convolution =
        Conv2d { window, groups: 1, weights: &[0; 8], bias: &[0; 2], input_zero_point: 0, requantize };
    let run = |convolution, input: &[i8]| {
        AsymmetricConv2d { convolution, weights_zero_point: 3 }.run(input, &mut [0; 2], &mut []);
    };
    run(convolution, &[0; 4]);
    assert!(catch_unwind(|| run(convolution, &[0; 3])).is_err());
    assert!(catch_unwind(|| run(Conv2d { weights: &[0; 7], ..convolution }, &[0; 4])).is_err());
    assert!(catch_unwind(|| run(Conv2d { bias: &[0; 1], ..convolution }, &[0; 4])).is_err());
}
