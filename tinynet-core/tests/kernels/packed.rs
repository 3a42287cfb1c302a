//! Packed weights: kernels that read them agree with those that read a byte a weight.

use crate::overlapping;
use crate::random::{biases, bits, rounds, values, wide_values, window};
use fastrand::Rng;
use std::panic::catch_unwind;
use tinynet_core::element::Element;
use tinynet_core::kernels::{
    Conv2d, Dense, DepthwiseConv2d, OddBits, Packed, SignedBits, Ternary, TransposeConv2d, WideConv2d, Window,
};
use tinynet_core::requantize::ShiftPerTensor;

const REQUANTIZE: ShiftPerTensor = ShiftPerTensor { shift: 3, min: -32768, max: 32767 };

/// A packing's own view of it: which weights there are, and what the bytes of a row are.
struct Form {
    weights: Vec<i8>,
    pack: fn(&[i8], u32) -> Vec<u8>,
    bits: u32,
}

impl Form {
    fn signed(bits: u32) -> Self {
        let half = 1i8 << (bits - 1);
        Self { weights: (-half..half).collect(), pack: |row, bits| from_bits(row, bits, 0), bits }
    }

    fn odd(bits: u32) -> Self {
        let largest = (1i8 << bits) - 1;
        let weights = (-largest..=largest).step_by(2).collect();
        Self { weights, pack: |row, bits| from_bits(row, bits, 1), bits }
    }

    fn ternary() -> Self {
        Self { weights: vec![-1, 0, 1], pack: |row, _| from_digits(row), bits: 0 }
    }

    fn random(&self, rng: &mut Rng, length: usize) -> Vec<i8> {
        (0..length).map(|_| self.weights[rng.usize(0..self.weights.len())]).collect()
    }

    /// Rows of so many weights.
    fn pack(&self, weights: &[i8], row: usize) -> Vec<u8> {
        weights.chunks(row.max(1)).flat_map(|row| (self.pack)(row, self.bits)).collect()
    }
}

/// One bit after the other, the lowest of each weight first; `halvings` of it are left out.
fn from_bits(row: &[i8], bits: u32, halvings: u32) -> Vec<u8> {
    let bit_of = |weight: i8, bit: u32| (weight >> halvings >> bit & 1) as u8;
    let bits: Vec<u8> =
        row.iter().flat_map(|&weight| (0..bits).map(move |bit| bit_of(weight, bit))).collect();
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | bit)).collect()
}

/// Five digits a byte, as the documentation says it.
fn from_digits(row: &[i8]) -> Vec<u8> {
    let byte = |digits: &[i8]| {
        let digit = |place: usize| u32::from(digits.get(place).map_or(0, |weight| (weight + 1) as u8));
        let number = (0..5).fold(0, |number, place| 3 * number + digit(place));
        (number * 256).div_ceil(243) as u8
    };
    row.chunks(5).map(byte).collect()
}

/// Runs the block for each packing of which eight weights are whole bytes.
macro_rules! for_each_of_eights {
    (|$form:ident, $packing:ident| $body:block) => {
        for_each_of_eights!(@ $form, $packing, $body,
            Form::signed(2), SignedBits::<2>; Form::signed(3), SignedBits::<3>; Form::signed(4), SignedBits::<4>;
            Form::signed(5), SignedBits::<5>; Form::signed(6), SignedBits::<6>;
            Form::odd(1), OddBits::<1>; Form::odd(2), OddBits::<2>;
        );
    };
    (@ $form:ident, $packing:ident, $body:block, $($of:expr, $value:expr;)*) => {
        $({
            let ($form, $packing) = ($of, $value);
            $body
        })*
    };
}

/// Runs the block for each packing, with rows of a length.
macro_rules! for_each_packing {
    ($row:expr, |$form:ident, $packing:ident| $body:block) => {
        for_each_of_eights!(|$form, $packing| $body);
        {
            let ($form, $packing) = (Form::ternary(), Ternary { row_bytes: usize::div_ceil($row, 5) });
            $body
        }
    };
}

#[test]
fn dense_layers() {
    rounds(150, |rng| dense(rng, values));
    rounds(150, |rng| dense(rng, wide_values));
}

fn dense<T: Element>(rng: &mut Rng, values: fn(&mut Rng, usize) -> Vec<T>) {
    let (inputs, outputs) = (rng.usize(0..70), rng.usize(0..40));
    let (input, bias) = (values(rng, inputs), biases(rng, outputs));
    for_each_packing!(inputs, |form, packing| {
        let weights = form.random(rng, inputs * outputs);
        let (plain, packed) = (bits(&weights), form.pack(&weights, inputs));
        let layer = |weights| Dense { inputs, outputs, weights, bias: &bias, requantize: REQUANTIZE };
        let [mut expected, mut output] = [0; 2].map(|_| vec![T::default(); outputs]);
        layer(&plain).run(&input, &mut expected);
        Packed { kernel: layer(&packed), packing }.run(&input, &mut output);
        assert_eq!(output, expected, "{packing:?}");
    });
}

#[test]
fn convolutions() {
    rounds(150, |rng| convolution(rng, values));
    rounds(150, |rng| convolution(rng, wide_values));
}

fn convolution<T: Element>(rng: &mut Rng, values: fn(&mut Rng, usize) -> Vec<T>) {
    let groups = rng.usize(1..=3);
    let mut window = window(rng, groups);
    window.output[2] = groups * rng.usize(1..=20);
    let input = values(rng, window.input.iter().product());
    let (bias, input_zero_point) = (biases(rng, window.output[2]), rng.i32(-128..=127));
    let row = window.kernel[0] * window.kernel[1] * window.input[2] / groups;
    for_each_packing!(row, |form, packing| {
        let weights = form.random(rng, row * window.output[2]);
        let (plain, packed) = (bits(&weights), form.pack(&weights, row));
        let layer = |weights| Conv2d {
            window,
            groups,
            weights,
            bias: &bias,
            input_zero_point,
            requantize: REQUANTIZE,
        };
        let [mut expected, mut output] = [0; 2].map(|_| vec![T::default(); window.output.iter().product()]);
        let mut scratch = vec![T::max_value(); window.scratch(groups)];
        layer(&plain).run(&input, &mut expected, &mut scratch);
        let kernel = layer(&packed);
        let layer = Packed { kernel, packing };
        layer.run(&input, &mut output, &mut scratch);
        assert_eq!(output, expected, "{packing:?} {window:?}");
        assert_eq!(layer.lead(), kernel.lead());
        overlapping::check(&layer, &input, &expected, kernel.overlapping_scratch());
    });
}

#[test]
fn depthwise_convolutions() {
    rounds(150, |rng| depthwise(rng, values));
    rounds(150, |rng| depthwise(rng, wide_values));
}

fn depthwise<T: Element>(rng: &mut Rng, values: fn(&mut Rng, usize) -> Vec<T>) {
    let mut window = window(rng, 1);
    let multiplier = if rng.bool() { 1 } else { rng.usize(1..=5) };
    window.input[2] = rng.usize(1..=40);
    window.output[2] = multiplier * window.input[2];
    let input = values(rng, window.input.iter().product());
    let (bias, input_zero_point) = (biases(rng, window.output[2]), rng.i32(-128..=127));
    for_each_of_eights!(|form, packing| {
        let weights = form.random(rng, window.kernel[0] * window.kernel[1] * window.output[2]);
        let (plain, packed) = (bits(&weights), form.pack(&weights, window.output[2]));
        let layer = |weights| DepthwiseConv2d {
            window,
            multiplier,
            weights,
            bias: &bias,
            input_zero_point,
            requantize: REQUANTIZE,
        };
        let [mut expected, mut output] = [0; 2].map(|_| vec![T::default(); window.output.iter().product()]);
        layer(&plain).run(&input, &mut expected);
        let kernel = layer(&packed);
        let layer = Packed { kernel, packing };
        layer.run(&input, &mut output);
        assert_eq!(output, expected, "{packing:?} {window:?}");
        assert_eq!(layer.lead(), kernel.lead());
        overlapping::check(&layer, &input, &expected, 0);
    });
}

#[test]
fn transposed_convolutions() {
    rounds(150, |rng| transposed(rng, values));
    rounds(150, |rng| transposed(rng, wide_values));
}

fn transposed<T: Element>(rng: &mut Rng, values: fn(&mut Rng, usize) -> Vec<T>) {
    let mut pair = |range: std::ops::Range<usize>| [rng.usize(range.clone()), rng.usize(range)];
    let ([rows, columns], [height, width]) = (pair(1..5), pair(1..9));
    let (kernel, stride, padding) = (pair(1..5), pair(1..4), pair(0..4));
    let [channels, filters] = [rng.usize(1..30), rng.usize(1..4)];
    let (input, output) = ([rows, columns, channels], [height, width, filters]);
    let window = Window { input, output, kernel, stride, dilation: [1, 1], padding };
    let input = values(rng, rows * columns * channels);
    let (bias, input_zero_point) = (biases(rng, filters), rng.i32(-128..=127));
    for_each_packing!(channels, |form, packing| {
        let weights = form.random(rng, filters * kernel[0] * kernel[1] * channels);
        let (plain, packed) = (bits(&weights), form.pack(&weights, channels));
        let layer = |weights| TransposeConv2d {
            window,
            weights,
            bias: &bias,
            input_zero_point,
            requantize: REQUANTIZE,
        };
        let [mut expected, mut output] = [0; 2].map(|_| vec![T::default(); height * width * filters]);
        layer(&plain).run(&input, &mut expected);
        Packed { kernel: layer(&packed), packing }.run(&input, &mut output);
        assert_eq!(output, expected, "{packing:?} {window:?}");
    });
}

#[test]
fn sums_of_64_bits() {
    rounds(150, |rng| {
        let groups = rng.usize(1..=3);
        let mut window = window(rng, groups);
        // More than are summed in 32 bits.
        window.input[2] *= [1, 300][rng.usize(0..2)];
        window.output[2] = groups * rng.usize(1..=3);
        let filters = window.output[2];
        let input = wide_values(rng, window.input.iter().product());
        let bias: Vec<i64> = (0..filters).map(|_| rng.i64(-1 << 40..1 << 40)).collect();
        let multipliers: Vec<i16> = (0..filters).map(|_| rng.i16(1 << 14..)).collect();
        let shifts: Vec<i8> = (0..filters).map(|_| rng.i8(-24..-4)).collect();
        let row = window.input[2] / groups;
        for_each_of_eights!(|form, packing| {
            let weights = form.random(rng, window.kernel[0] * window.kernel[1] * row * filters);
            let (plain, packed) = (bits(&weights), form.pack(&weights, row));
            let layer = |weights| WideConv2d {
                window,
                groups,
                weights,
                bias: &bias,
                multipliers: &multipliers,
                shifts: &shifts,
                min: -32768,
                max: 32767,
            };
            let [mut expected, mut output] = [0; 2].map(|_| vec![0; window.output.iter().product()]);
            layer(&plain).run(&input, &mut expected);
            Packed { kernel: layer(&packed), packing }.run(&input, &mut output);
            assert_eq!(output, expected, "{packing:?} {window:?}");
        });
    });
}

#[test]
fn bytes_that_are_too_few_or_too_many_are_refused() {
    fn dense(weights: &[u8]) -> Dense<'_, ShiftPerTensor> {
        Dense { inputs: 9, outputs: 2, weights, bias: &[0; 2], requantize: REQUANTIZE }
    }
    let four = |bytes: &[u8]| {
        let layer = Packed { kernel: dense(bytes), packing: SignedBits::<4> };
        layer.run(&[1i8; 9], &mut [0; 2]);
    };
    four(&[0; 10]);
    assert!(catch_unwind(|| four(&[0; 9])).is_err());
    assert!(catch_unwind(|| four(&[0; 18])).is_err());
    let ternary = |row_bytes, bytes: &[u8]| {
        let layer = Packed { kernel: dense(bytes), packing: Ternary { row_bytes } };
        layer.run(&[1i8; 9], &mut [0; 2]);
    };
    ternary(2, &[0; 4]);
    assert!(catch_unwind(|| ternary(2, &[0; 5])).is_err());
    assert!(catch_unwind(|| ternary(3, &[0; 6])).is_err());
    assert!(catch_unwind(|| ternary(1, &[0; 2])).is_err());
}
