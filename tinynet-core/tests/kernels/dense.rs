//! Fully connected layers.

use crate::random::{biases, bits, rescale, rounds, values, wide_values};
use crate::reference::{Rescale, WithRequantize, wrap};
use std::panic::catch_unwind;
use tinynet_core::element::Element;
use tinynet_core::kernels::Dense;
use tinynet_core::requantize::{Requantize, ShiftPerChannel, ShiftPerTensor};

struct Case<'a, T> {
    inputs: usize,
    outputs: usize,
    weights: &'a [i8],
    bias: &'a [i32],
    rescale: &'a Rescale,
    input: &'a [T],
}

impl<T: Element> Case<'_, T> {
    fn expected(&self) -> Vec<T> {
        (0..self.outputs)
            .map(|o| {
                let row = &self.weights[o * self.inputs..][..self.inputs];
                let products = row.iter().zip(self.input).map(|(&w, &x)| i64::from(w) * i64::from(x.widen()));
                let accumulator = wrap(i64::from(self.bias[o]) + products.sum::<i64>());
                T::narrow(self.rescale.apply(o, accumulator))
            })
            .collect()
    }
}

impl<T: Element> WithRequantize for &Case<'_, T> {
    fn run<R: Requantize>(self, requantize: R) {
        let weights = bits(self.weights);
        let layer = Dense {
            inputs: self.inputs,
            outputs: self.outputs,
            weights: &weights,
            bias: self.bias,
            requantize,
        };
        let mut output = vec![T::default(); self.outputs];
        layer.run(self.input, &mut output);
        assert_eq!(output, self.expected());
    }
}

#[test]
fn random_layers() {
    rounds(600, |rng| {
        let (inputs, outputs) = (rng.usize(0..70), rng.usize(0..40));
        let (weights, bias) = (values(rng, inputs * outputs), biases(rng, outputs));
        let rescale = rescale(rng, outputs, -128, 127);
        let input = values(rng, inputs);
        let case = Case { inputs, outputs, weights: &weights, bias: &bias, rescale: &rescale, input: &input };
        rescale.with(&case);
    });
}

#[test]
fn random_layers_of_int16() {
    rounds(300, |rng| {
        let (inputs, outputs) = (rng.usize(0..70), rng.usize(0..40));
        let (weights, bias) = (values(rng, inputs * outputs), biases(rng, outputs));
        let rescale = rescale(rng, outputs, -32768, 32767);
        let input = wide_values(rng, inputs);
        let case = Case { inputs, outputs, weights: &weights, bias: &bias, rescale: &rescale, input: &input };
        rescale.with(&case);
    });
}

#[test]
fn every_length_around_the_blocks_of_the_loop() {
    for inputs in 0..40 {
        let weights: Vec<i8> = (0..inputs).map(|index| (index * 37 + 11) as i8).collect();
        let input: Vec<i8> = (0..inputs).map(|index| (index * 59 - 90) as i8).collect();
        let rescale = Rescale::ShiftPerTensor { shift: 0, ends: [-32768, 32767] };
        let wide: Vec<i16> = input.iter().map(|&x| i16::from(x)).collect();
        let case = Case {
            inputs: inputs as usize,
            outputs: 1,
            weights: &weights,
            bias: &[7],
            rescale: &rescale,
            input: &wide,
        };
        rescale.with(&case);
    }
}

#[test]
fn saturates_at_the_extremes() {
    // 64 · 128 · 128 = 2^20: a shift of 13 makes ±128, of which one is too large.
    for (x, w, expected) in [(-128, -128, 127), (127, -128, -127), (-128, 127, -127), (127, 127, 126)] {
        let weights = bits(&[w; 64]);
        let requantize = ShiftPerTensor { shift: 13, min: -128, max: 127 };
        let layer = Dense { inputs: 64, outputs: 1, weights: &weights, bias: &[0], requantize };
        let mut output = [0i8];
        layer.run(&[x; 64], &mut output);
        assert_eq!(output, [expected], "{x} {w}");
    }
}

#[test]
fn a_length_that_differs_is_refused() {
    let requantize = ShiftPerChannel { shifts: &[0, 0], min: -128, max: 127 };
    let good = Dense { inputs: 2, outputs: 2, weights: &[1; 4], bias: &[0; 2], requantize };
    good.run(&[1i8, 2], &mut [0, 0]);
    assert!(catch_unwind(|| good.run(&[1i8], &mut [0, 0])).is_err());
    assert!(catch_unwind(|| good.run(&[1i8, 2], &mut [0])).is_err());
    assert!(catch_unwind(|| Dense { weights: &[1; 3], ..good }.run(&[1i8, 2], &mut [0, 0])).is_err());
    assert!(catch_unwind(|| Dense { bias: &[0], ..good }.run(&[1i8, 2], &mut [0, 0])).is_err());
    let requantize = ShiftPerChannel { shifts: &[0], ..requantize };
    assert!(catch_unwind(|| Dense { requantize, ..good }.run(&[1i8, 2], &mut [0, 0])).is_err());
    // 2^63 · 2 wraps to 0.
    let wraps = Dense { inputs: 1 << (usize::BITS - 1), outputs: 2, weights: &[], bias: &[0; 2], requantize };
    assert!(catch_unwind(|| wraps.run(&[1i8, 2], &mut [0, 0])).is_err());
}
