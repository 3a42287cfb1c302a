//! Convolutions by weights that have a zero point.

use crate::random::{biases, rescale, rounds, values, window};
use crate::reference::{Rescale, WithRequantize, at, positions, taps, wrap};
use std::panic::catch_unwind;
use tinynet_core::kernels::{AsymmetricConv2d, Window};
use tinynet_core::requantize::{Requantize, ShiftPerTensor};

struct Case<'a> {
    window: Window,
    groups: usize,
    weights: &'a [u8],
    zero_points: [i32; 2],
    bias: &'a [i32],
    rescale: &'a Rescale,
    input: &'a [i8],
}

impl Case<'_> {
    fn expected(&self) -> Vec<i8> {
        let ([_, _, channels], [_, _, filters]) = (self.window.input, self.window.output);
        let (group_channels, group_filters) = (channels / self.groups, filters / self.groups);
        let [weights_zero_point, input_zero_point] = self.zero_points.map(i64::from);
        let mut output = Vec::new();
        for position in positions(&self.window) {
            for o in 0..filters {
                let mut weights = self.weights[o * self.weights.len() / filters..].iter();
                let mut sum = i64::from(self.bias[o]);
                for tap in taps(&self.window) {
                    for c in 0..group_channels {
                        let weight = i64::from(*weights.next().unwrap()) - weights_zero_point;
                        let c = o / group_filters * group_channels + c;
                        let value = at(&self.window, self.input, position, tap, c);
                        sum += value.map_or(0, |value| value - input_zero_point) * weight;
                    }
                }
                output.push(self.rescale.apply(o, wrap(sum)) as i8);
            }
        }
        output
    }
}

impl WithRequantize for &Case<'_> {
    fn run<R: Requantize>(self, requantize: R) {
        let &Case { window, groups, weights, zero_points, bias, .. } = self;
        let [weights_zero_point, input_zero_point] = zero_points;
        let layer = AsymmetricConv2d {
            window,
            groups,
            weights,
            weights_zero_point,
            bias,
            input_zero_point,
            requantize,
        };
        let expected = self.expected();
        let mut output = vec![0; expected.len()];
        layer.run(self.input, &mut output);
        assert_eq!(output, expected, "{window:?}");
    }
}

#[test]
fn random_convolutions() {
    rounds(500, |rng| {
        let groups = rng.usize(1..=3);
        let mut window = window(rng, groups);
        window.output[2] = groups * rng.usize(1..=5);
        let length = window.kernel[0] * window.kernel[1] * window.input[2] / groups * window.output[2];
        let weights: Vec<u8> = (0..length).map(|_| rng.u8(..)).collect();
        let case = Case {
            window,
            groups,
            weights: &weights,
            zero_points: [rng.i32(0..=255), rng.i32(-128..=127)],
            bias: &biases(rng, window.output[2]),
            rescale: &rescale(rng, window.output[2], -128, 127),
            input: &values(rng, window.input.iter().product()),
        };
        case.rescale.with(&case);
    });
}

#[test]
fn lengths_are_checked() {
    let layer = AsymmetricConv2d {
        window: Window {
            input: [1, 2, 2],
            output: [1, 1, 2],
            kernel: [1, 2],
            stride: [1, 1],
            dilation: [1, 1],
            padding: [0, 0],
        },
        groups: 1,
        weights: &[0; 8],
        weights_zero_point: 3,
        bias: &[0; 2],
        input_zero_point: 0,
        requantize: ShiftPerTensor { shift: 0, min: -128, max: 127 },
    };
    layer.run(&[0; 4], &mut [0; 2]);
    assert!(catch_unwind(|| layer.run(&[0; 3], &mut [0; 2])).is_err());
    assert!(catch_unwind(|| layer.run(&[0; 4], &mut [0; 3])).is_err());
    assert!(
        catch_unwind(|| AsymmetricConv2d { weights: &[0; 7], ..layer }.run(&[0; 4], &mut [0; 2])).is_err()
    );
    assert!(catch_unwind(|| AsymmetricConv2d { bias: &[0; 1], ..layer }.run(&[0; 4], &mut [0; 2])).is_err());
    assert!(catch_unwind(|| AsymmetricConv2d { groups: 0, ..layer }.run(&[0; 4], &mut [0; 2])).is_err());
}
