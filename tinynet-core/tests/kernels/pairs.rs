//! Operators on two tensors, the second of which repeats.

use crate::random::{rounds, values};
use fastrand::Rng;
use std::panic::catch_unwind;
use tinynet_core::kernels::{Larger, PReluMultiplier, SignedSum};
use tinynet_core::requantize::multiply;

/// Two tensors, the second at most as long.
fn tensors(rng: &mut Rng) -> (Vec<i8>, Vec<i8>) {
    let (length, repeats) = (rng.usize(1..9), rng.usize(0..6));
    (values(rng, length * repeats), values(rng, length))
}

/// Runs a kernel both ways and compares it with a function of two values.
macro_rules! check {
    ($kernel:expr, $tensors:expr, $expected:expr) => {
        let ((a, b), expected) = ($tensors, $expected);
        let expected: Vec<i8> =
            a.iter().zip(b.iter().cycle()).map(|(&a, &b)| expected(a.into(), b.into())).collect();
        let mut output = vec![0; a.len()];
        $kernel.run(&a, &b, &mut output);
        assert_eq!(output, expected);
        let mut data = a;
        $kernel.run_in_place(&mut data, &b);
        assert_eq!(data, expected);
    };
}

fn small(rng: &mut Rng) -> i32 {
    rng.i32(-128..128)
}

#[test]
fn signed_sums() {
    rounds(300, |rng| {
        let is_squared = rng.bool();
        let zero_points = [small(rng), small(rng), small(rng)];
        let multipliers = [0; 3].map(|_: i32| rng.i32(1 << 30..=i32::MAX));
        let left_shift = if is_squared { 7 } else { 20 };
        let shifts = [-rng.i8(1..5), -rng.i8(1..5), -rng.i8(8..20)];
        let signs = [0; 2].map(|_: i32| if rng.bool() { 1 } else { -1 });
        let (min, max) = (rng.i32(-128..0), rng.i32(0..128));
        let layer = SignedSum { left_shift, zero_points, multipliers, shifts, signs, is_squared, min, max };
        let scaled = |index: usize, x: i32| {
            signs[index] * multiply((x - zero_points[index]) << left_shift, multipliers[index], shifts[index])
        };
        check!(layer, tensors(rng), |a: i32, b: i32| {
            let sum = scaled(0, a) + scaled(1, b);
            let sum = if is_squared { sum * sum } else { sum };
            (multiply(sum, multipliers[2], shifts[2]) + zero_points[2]).clamp(min, max) as i8
        });
    });
}

#[test]
fn larger_and_smaller() {
    rounds(100, |rng| {
        check!(Larger { is_smaller: false }, tensors(rng), |a: i32, b: i32| a.max(b) as i8);
        check!(Larger { is_smaller: true }, tensors(rng), |a: i32, b: i32| a.min(b) as i8);
    });
}

#[test]
fn slopes_below_zero() {
    rounds(300, |rng| {
        let zero_points = [small(rng), small(rng), small(rng)];
        let multipliers = [0; 2].map(|_: i32| rng.i32(1 << 30..=i32::MAX));
        let shifts = [rng.i8(-3..3), rng.i8(-12..0)];
        let layer = PReluMultiplier { zero_points, multipliers, shifts, min: -128, max: 127 };
        check!(layer, tensors(rng), |x: i32, slope: i32| {
            let value = x - zero_points[0];
            let scaled = match value {
                0.. => multiply(value, multipliers[0], shifts[0]),
                _ => multiply(value * (slope - zero_points[1]), multipliers[1], shifts[1]),
            };
            (scaled + zero_points[2]).clamp(-128, 127) as i8
        });
    });
}

#[test]
fn an_empty_second_tensor_is_refused() {
    let larger = Larger { is_smaller: false };
    assert!(catch_unwind(|| larger.run(&[1i8], &[], &mut [0])).is_err());
    assert!(catch_unwind(|| larger.run(&[1i8], &[1], &mut [0; 2])).is_err());
    assert!(catch_unwind(|| larger.run_in_place(&mut [1i8], &[])).is_err());
}
