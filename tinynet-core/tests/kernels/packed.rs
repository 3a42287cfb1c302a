//! Packed weights: kernels that read them agree with those that read a byte a weight.

use crate::overlapping;
use crate::random::{biases, bits, rounds, values, wide_values, window};
use fastrand::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
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

/// All bytes that there are, as rows of five weights and of fewer: digits behind the last weight do not matter.
#[test]
fn ternary_bytes() {
    for number in 0..243 {
        let weights = [81, 27, 9, 3, 1].map(|place| (number / place % 3) as i8 - 1);
        let byte = from_digits(&weights);
        for inputs in 1..=5 {
            let requantize = ShiftPerTensor { shift: 0, ..REQUANTIZE };
            let kernel = Dense { inputs, outputs: 1, weights: &byte, bias: &[0], requantize };
            let mut output = [0i16];
            // No two rows have the same sum.
            let input = &[1, 3, 9, 27, 81][..inputs];
            Packed { kernel, packing: Ternary { row_bytes: 1 } }.run(input, &mut output);
            let expected: i16 =
                input.iter().zip(weights).map(|(input, weight)| input * i16::from(weight)).sum();
            assert_eq!(output, [expected], "{weights:?}");
        }
    }
}

/// Of all numbers of bytes up to twice the right one, a kernel takes the right one.
fn takes(right: usize, run: impl Fn(&[u8])) {
    for bytes in 0..=2 * right {
        let is_taken = catch_unwind(AssertUnwindSafe(|| run(&vec![0; bytes]))).is_ok();
        assert_eq!(is_taken, bytes == right, "{bytes} bytes instead of {right}");
    }
}

#[test]
fn bytes_that_are_too_few_or_too_many_are_refused() {
    let packing = SignedBits::<4>;
    takes(2 * 5, |bytes| Packed { kernel: small_dense(bytes), packing }.run(&[1i8; 9], &mut [0; 2]));
    takes(2 * 3, |bytes| {
        Packed { kernel: small_convolution(bytes), packing }.run(&[1i8; 9], &mut [0; 4], &mut []);
    });
    takes(2 * 2, |bytes| {
        let kernel = DepthwiseConv2d {
            window: Window { output: [1, 2, 3], ..SMALL },
            multiplier: 1,
            weights: bytes,
            bias: &[0; 3],
            input_zero_point: 0,
            requantize: REQUANTIZE,
        };
        Packed { kernel, packing }.run(&[1i8; 9], &mut [0; 6]);
    });
    takes(2 * 2 * 2, |bytes| Packed { kernel: small_transposed(bytes), packing }.run(&[1i8; 9], &mut [0; 8]));
    takes(2 * 2 * 2, |bytes| {
        let kernel = WideConv2d {
            window: SMALL,
            groups: 1,
            weights: bytes,
            bias: &[0; 2],
            multipliers: &[1 << 14; 2],
            shifts: &[-20; 2],
            min: -32768,
            max: 32767,
        };
        Packed { kernel, packing }.run(&[1; 9], &mut [0; 4]);
    });
}

/// Rows that Ternary says to be of more or fewer bytes than they are, with as many bytes as that makes.
#[test]
fn ternary_rows_of_other_lengths_are_refused() {
    let is_taken = |run: &dyn Fn(Ternary)| {
        [0, 1, 2, 3].map(|row_bytes| catch_unwind(AssertUnwindSafe(|| run(Ternary { row_bytes }))).is_ok())
    };
    let dense = is_taken(&|packing| {
        let bytes = vec![0; 2 * packing.row_bytes];
        Packed { kernel: small_dense(&bytes), packing }.run(&[1i8; 9], &mut [0; 2]);
    });
    assert_eq!(dense, [false, false, true, false]);
    let convolution = is_taken(&|packing| {
        let bytes = vec![0; 2 * packing.row_bytes];
        Packed { kernel: small_convolution(&bytes), packing }.run(&[1i8; 9], &mut [0; 4], &mut []);
    });
    assert_eq!(convolution, [false, false, true, false]);
    let transposed = is_taken(&|packing| {
        let bytes = vec![0; 4 * packing.row_bytes];
        Packed { kernel: small_transposed(&bytes), packing }.run(&[1i8; 9], &mut [0; 8]);
    });
    assert_eq!(transposed, [false, true, false, false]);
}

/// Two taps on three channels.
const SMALL: Window = Window {
    input: [1, 3, 3],
    output: [1, 2, 2],
    kernel: [1, 2],
    stride: [1, 1],
    dilation: [1, 1],
    padding: [0, 0],
};

fn small_dense(weights: &[u8]) -> Dense<'_, ShiftPerTensor> {
    Dense { inputs: 9, outputs: 2, weights, bias: &[0; 2], requantize: REQUANTIZE }
}

fn small_convolution(weights: &[u8]) -> Conv2d<'_, ShiftPerTensor> {
    Conv2d { window: SMALL, groups: 1, weights, bias: &[0; 2], input_zero_point: 0, requantize: REQUANTIZE }
}

fn small_transposed(weights: &[u8]) -> TransposeConv2d<'_, ShiftPerTensor> {
    let window = Window { output: [1, 4, 2], ..SMALL };
    TransposeConv2d { window, weights, bias: &[0; 2], input_zero_point: 0, requantize: REQUANTIZE }
}
