//! Softmax, against real numbers.

use crate::random::rounds;
use std::panic::catch_unwind;
use tinynet_core::kernels::{GemmlowpExponential, GemmlowpSoftmax, Softmax};

/// The table as its definition says, without the zeros at its end.
fn exponentials(scale: f64) -> Vec<u16> {
    let mut table: Vec<u16> =
        (0..256).map(|d| (65535.0 * (-scale * f64::from(d)).exp()).round() as u16).collect();
    while table.last() == Some(&0) {
        table.pop();
    }
    table
}

fn check(input: &[i8], classes: usize, scale: f64, output_steps: u32, output_zero_point: i32) {
    let table = exponentials(scale);
    let mut output = vec![0; input.len()];
    Softmax { classes, exponentials: &table, output_steps, output_zero_point }.run(input, &mut output);
    for (input, output) in input.chunks(classes).zip(output.chunks(classes)) {
        let largest = input.iter().copied().max().unwrap();
        let real = input.iter().map(|&x| (scale * (f64::from(x) - f64::from(largest))).exp());
        let sum: f64 = real.clone().sum();
        for (real, &output) in real.zip(output) {
            let exact = real / sum * f64::from(output_steps) + f64::from(output_zero_point);
            let error = f64::from(output) - exact.clamp(-128.0, 127.0);
            assert!(error.abs() <= 1.0, "{classes} classes, scale {scale}: {output} instead of {exact}");
        }
    }
}

#[test]
fn random_inputs() {
    rounds(1000, |rng| {
        let (classes, count) = (rng.usize(1..=250), rng.usize(1..=3));
        let scale = f64::exp2(-12.0 + 14.0 * rng.f64());
        let width = rng.i8(0..=127);
        let input: Vec<i8> = (0..classes * count).map(|_| rng.i8(-width..=width)).collect();
        check(&input, classes, scale, 256, -128);
        check(&input, classes, scale, 128, 0);
    });
}

#[test]
fn corners() {
    for classes in [1, 2, 3, 10, 250] {
        for scale in [1e-6, 0.01, 0.1, 1.0, 20.0] {
            for (steps, zero_point) in [(256, -128), (128, 0)] {
                for value in [i8::MIN, 0, i8::MAX] {
                    check(&vec![value; classes], classes, scale, steps, zero_point);
                }
                let mut input = vec![i8::MIN; classes];
                input[classes / 2] = i8::MAX;
                check(&input, classes, scale, steps, zero_point);
                input.fill(i8::MAX);
                input[classes / 2] = i8::MIN;
                check(&input, classes, scale, steps, zero_point);
            }
        }
    }
}

/// Exponentials that all round down by nearly one half: the worst that rounding the table can do.
#[test]
fn many_small_exponentials() {
    let scale = (2.0 * 65535.0 / 0.99f64).ln() / 255.0;
    let mut input = vec![i8::MIN; 250];
    input[0] = i8::MAX;
    check(&input, 250, scale, 256, -128);
    check(&input, 250, scale, 128, 0);
}

#[test]
fn certainty_saturates() {
    let mut output = [0; 2];
    let layer = Softmax { classes: 2, exponentials: &[65535], output_steps: 128, output_zero_point: 0 };
    layer.run(&[0, 1], &mut output);
    assert_eq!(output, [0, 127]);
    Softmax { output_steps: 256, output_zero_point: -128, ..layer }.run(&[0, 1], &mut output);
    assert_eq!(output, [-128, 127]);
}

#[test]
fn as_many_classes_as_the_sum_holds() {
    let layer =
        Softmax { classes: 65_536, exponentials: &[65535], output_steps: 256, output_zero_point: -128 };
    let mut output = vec![0; 65_536];
    layer.run(&vec![5; 65_536], &mut output);
    assert!(output.iter().all(|&x| x == -128));
}

#[test]
fn what_the_arithmetic_does_not_cover_is_refused() {
    let good = Softmax { classes: 2, exponentials: &[65535], output_steps: 128, output_zero_point: 0 };
    good.run(&[0, 1, 2, 3], &mut [0; 4]);
    assert!(catch_unwind(|| good.run(&[0, 1, 2], &mut [0; 3])).is_err());
    assert!(catch_unwind(|| good.run(&[0, 1], &mut [0; 3])).is_err());
    assert!(catch_unwind(|| Softmax { classes: 0, ..good }.run(&[], &mut [])).is_err());
    assert!(catch_unwind(|| Softmax { output_steps: 100, ..good }.run(&[0, 1], &mut [0; 2])).is_err());
    assert!(catch_unwind(|| Softmax { exponentials: &[], ..good }.run(&[0, 1], &mut [0; 2])).is_err());
    assert!(catch_unwind(|| Softmax { exponentials: &[1], ..good }.run(&[0, 1], &mut [0; 2])).is_err());
}

/// Calculated or looked up, exponentials are the same.
#[test]
fn softmax_needs_no_table() {
    rounds(500, |rng| {
        let exponential = GemmlowpExponential { multiplier: rng.i32(1 << 30..), shift: rng.u8(16..=27) };
        let last = exponential.largest_difference().min(255);
        let table: Vec<i32> = (0..=last).map(|difference| exponential.of(difference)).collect();
        let classes = rng.usize(1..20);
        let input: Vec<i8> = (0..classes).map(|_| rng.i8(..)).collect();
        let (mut calculated, mut looked_up) = (vec![0i8; classes], vec![0i8; classes]);
        GemmlowpSoftmax { classes, exponentials: exponential }.run(&input, &mut calculated);
        GemmlowpSoftmax { classes, exponentials: table.as_slice() }.run(&input, &mut looked_up);
        assert_eq!(calculated, looked_up, "{exponential:?} of {input:?}");
    });
}

/// `e^-x`, and shares of its sum, to what TensorFlow's arithmetic keeps of them; goldens have its very bits.
#[test]
fn exponentials_and_their_shares_are_near() {
    rounds(300, |rng| {
        let exponential = GemmlowpExponential { multiplier: rng.i32(1 << 30..), shift: rng.u8(16..=27) };
        let step = f64::from(exponential.multiplier) * 2f64.powi(i32::from(exponential.shift) - 31 - 26);
        let largest = exponential.largest_difference();
        assert_eq!(exponential.of(0), i32::MAX);
        assert_eq!([1, 255].map(|beyond| exponential.of(largest + beyond)), [0; 2]);
        for difference in 1..=largest.min(255) {
            let exact = (-step * f64::from(difference)).exp();
            let near = f64::from(exponential.of(difference)) * 2f64.powi(-31);
            // The series ends with the fourth power of 1/8 at most: what follows is 8^-5 / 120.
            assert!((near - exact).abs() < 3e-7, "{exponential:?} of {difference}: {near}, {exact}");
        }
        let classes = rng.usize(1..20);
        let input: Vec<i8> = (0..classes).map(|_| rng.i8(..)).collect();
        let most = input.iter().map(|&x| i32::from(x)).max().unwrap();
        let exact =
            input.iter().map(|&x| most - i32::from(x)).map(|difference| match difference <= largest {
                true => (-step * f64::from(difference)).exp(),
                false => 0.0,
            });
        let exact: Vec<f64> = exact.collect();
        let sum: f64 = exact.iter().sum();
        let (mut bytes, mut words) = (vec![0i8; classes], vec![0i16; classes]);
        let softmax = GemmlowpSoftmax { classes, exponentials: exponential };
        softmax.run(&input, &mut bytes);
        softmax.run(&input, &mut words);
        for (index, exact) in exact.into_iter().enumerate() {
            let [byte, word] = [255.0f64, 65_535.0].map(|most| ((exact / sum) * (most + 1.0)).min(most));
            let [near_byte, near_word] =
                [f64::from(bytes[index]) + 128.0, f64::from(words[index]) + 32_768.0];
            assert!((near_byte - byte).abs() < 0.51, "{softmax:?} of {input:?}: {near_byte}, {byte}");
            assert!((near_word - word).abs() < 1.5, "{softmax:?} of {input:?}: {near_word}, {word}");
        }
    });
}
