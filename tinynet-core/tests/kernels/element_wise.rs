//! Clamps, tables, sums and products.

use crate::random::{ends, multiplier, rescale, rounds, table, values, wide_values};
use crate::reference::{self, Rescale, WithRequantize, wrap};
use std::panic::catch_unwind;
use tinynet_core::element::Element;
use tinynet_core::kernels::{AddMultiplier, AddShift, Clamp, Multiply, PRelu, Table, arg_max};
use tinynet_core::requantize::Requantize;

#[test]
fn clamps() {
    rounds(100, |rng| {
        let length = rng.usize(0..20);
        let input = values(rng, length);
        let [min, max] = ends(rng, -128, 127).map(|end| end as i8);
        let expected: Vec<i8> = input
            .iter()
            .map(|&x| {
                if x < min {
                    min
                } else if x > max {
                    max
                } else {
                    x
                }
            })
            .collect();
        let (mut output, mut data) = (vec![0; length], input.clone());
        Clamp { min, max }.run(&input, &mut output);
        Clamp { min, max }.run_in_place(&mut data);
        assert_eq!((&output, &data), (&expected, &expected));
    });
    assert!(catch_unwind(|| Clamp { min: 0i8, max: 1 }.run(&[0], &mut [0, 0])).is_err());
}

#[test]
fn tables() {
    rounds(100, |rng| {
        let length = rng.usize(0..20);
        let (input, table) = (values(rng, length), table(rng));
        let expected: Vec<i8> = input.iter().map(|&x| table[x as u8 as usize] as i8).collect();
        let (mut output, mut data) = (vec![0; length], input.clone());
        Table { table: &table }.run(&input, &mut output);
        Table { table: &table }.run_in_place(&mut data);
        assert_eq!((&output, &data), (&expected, &expected));
    });
    assert!(catch_unwind(|| Table { table: &[0; 256] }.run(&[0], &mut [0, 0])).is_err());
}

#[test]
fn slopes_by_channel() {
    rounds(300, |rng| {
        let (length, channels) = (rng.usize(0..40), rng.usize(1..=5));
        let input = values(rng, length);
        let slopes: Vec<i16> = (0..channels).map(|_| rng.i16(..)).collect();
        let zero_points = [rng.i32(-128..=127), rng.i32(-128..=127)];
        let (positive, shift) = (rng.i16(..), rng.u8(0..=30));
        let layer = PRelu { zero_points, positive, slopes: &slopes, shift, min: -100, max: 90 };
        let expected = |(index, &x): (usize, &i8)| {
            let value = i64::from(x) - i64::from(zero_points[0]);
            let factor = i64::from(if value < 0 { slopes[index % channels] } else { positive });
            let exact = (value * factor) as f64 / f64::from(1u32 << shift);
            ((exact + 0.5).floor() as i64 + i64::from(zero_points[1])).clamp(-100, 90) as i8
        };
        let expected: Vec<i8> = input.iter().enumerate().map(expected).collect();
        let (mut output, mut data) = (vec![0; length], input.clone());
        layer.run(&input, &mut output);
        layer.run_in_place(&mut data);
        assert_eq!((&output, &data), (&expected, &expected), "{layer:?}");
    });
    let none = PRelu { zero_points: [0, 0], positive: 1, slopes: &[], shift: 0, min: 0, max: 0 };
    assert!(catch_unwind(|| none.run_in_place(&mut [0i8])).is_err());
    assert!(catch_unwind(|| PRelu { slopes: &[1], ..none }.run(&[0i8], &mut [0, 0])).is_err());
}

fn check_add_shift<T: Element>(layer: &AddShift, a: &[T], b: &[T]) {
    let half = if layer.right == 0 { 0 } else { 1i64 << (layer.right - 1) };
    let sum = |(a, b): (&T, &T)| {
        let a = i64::from(a.widen()) << layer.left[0];
        let b = i64::from(b.widen()) << layer.left[1];
        let sum = (a + b + half).div_euclid(1 << layer.right);
        T::narrow(sum.max(i64::from(layer.min)).min(i64::from(layer.max)) as i32)
    };
    let expected: Vec<T> = a.iter().zip(b).map(sum).collect();
    let (mut output, mut data) = (vec![T::default(); a.len()], a.to_vec());
    layer.run(a, b, &mut output);
    layer.run_in_place(&mut data, b);
    assert_eq!((&output, &data), (&expected, &expected), "{layer:?}");
}

#[test]
fn sums_of_fixed_point() {
    rounds(400, |rng| {
        let length = rng.usize(0..20);
        let left = [rng.u8(0..=12), rng.u8(0..=12)];
        let right = rng.u8(0..=30);
        let [min, max] = ends(rng, -128, 127);
        let (a, b) = (values(rng, length), values(rng, length));
        check_add_shift(&AddShift { left, right, min, max }, &a, &b);
        let [min, max] = ends(rng, -32768, 32767);
        let (a, b) = (wide_values(rng, length), wide_values(rng, length));
        check_add_shift(&AddShift { left, right: right.min(28), min, max }, &a, &b);
    });
    let layer = AddShift { left: [0, 0], right: 0, min: -128, max: 127 };
    assert!(catch_unwind(|| layer.run(&[0i8], &[0, 0], &mut [0])).is_err());
    assert!(catch_unwind(|| layer.run(&[0i8], &[0], &mut [0, 0])).is_err());
    assert!(catch_unwind(|| layer.run_in_place(&mut [0i8], &[0, 0])).is_err());
}

#[test]
fn negative_halves_of_fixed_point_go_up() {
    let layer = AddShift { left: [0, 0], right: 1, min: -128, max: 127 };
    let mut output = [0i8; 4];
    layer.run(&[1, -1, 3, -3], &[0; 4], &mut output);
    assert_eq!(output, [1, 0, 2, -1]);
}

#[test]
fn sums_like_tensorflow_lite() {
    rounds(1500, |rng| {
        let length = rng.usize(0..20);
        let (a, b) = (values(rng, length), values(rng, length));
        let zero_points = [rng.i32(-128..=127), rng.i32(-128..=127), rng.i32(-128..=127)];
        let multipliers = [multiplier(rng), multiplier(rng), multiplier(rng)];
        let shifts = [rng.i8(-8..=0), rng.i8(-8..=0), rng.i8(-30..=0)];
        let [min, max] = ends(rng, -128, 127);
        let layer = AddMultiplier { left_shift: 20, zero_points, multipliers, shifts, min, max };
        let sum = |(&a, &b): (&i8, &i8)| {
            let a = (i32::from(a) - zero_points[0]) << 20;
            let b = (i32::from(b) - zero_points[1]) << 20;
            let a = reference::multiply(a, multipliers[0], shifts[0]);
            let b = reference::multiply(b, multipliers[1], shifts[1]);
            let sum = reference::multiply(a.wrapping_add(b), multipliers[2], shifts[2]) + zero_points[2];
            sum.clamp(min, max) as i8
        };
        let expected: Vec<i8> = a.iter().zip(&b).map(sum).collect();
        let (mut output, mut data) = (vec![0; length], a.clone());
        layer.run(&a, &b, &mut output);
        layer.run_in_place(&mut data, &b);
        assert_eq!((&output, &data), (&expected, &expected), "{layer:?}");
    });
}

struct Product<'a, T> {
    zero_points: [i32; 2],
    rounding: i32,
    rescale: &'a Rescale,
    a: &'a [T],
    b: &'a [T],
}

impl<T: Element> WithRequantize for &Product<'_, T> {
    fn run<R: Requantize>(self, requantize: R) {
        let product = |(index, a): (usize, &T)| {
            let a = i64::from(a.widen()) - i64::from(self.zero_points[0]);
            let b = i64::from(self.b[index % self.b.len()].widen()) - i64::from(self.zero_points[1]);
            T::narrow(self.rescale.apply(0, wrap(a * b + i64::from(self.rounding))))
        };
        let expected: Vec<T> = self.a.iter().enumerate().map(product).collect();
        let layer = Multiply { zero_points: self.zero_points, rounding: self.rounding, requantize };
        let (mut output, mut data) = (vec![T::default(); self.a.len()], self.a.to_vec());
        layer.run(self.a, self.b, &mut output);
        layer.run_in_place(&mut data, self.b);
        assert_eq!((&output, &data), (&expected, &expected));
    }
}

#[test]
fn products() {
    rounds(600, |rng| {
        let (channels, rows) = (rng.usize(1..=6), rng.usize(0..6));
        let b_length = if rng.bool() { channels } else { (channels * rows).max(1) };
        let zero_points = [rng.i32(-128..=127), rng.i32(-128..=127)];
        let rounding = rng.i32(0..1 << 20);
        let narrow = rescale(rng, 1, -128, 127);
        let (a, b) = (values(rng, channels * rows), values(rng, b_length));
        narrow.with(&Product { zero_points, rounding, rescale: &narrow, a: &a, b: &b });
        let wide = rescale(rng, 1, -32768, 32767);
        let (a, b) = (wide_values(rng, channels * rows), wide_values(rng, b_length));
        wide.with(&Product { zero_points: [0, 0], rounding, rescale: &wide, a: &a, b: &b });
    });
}

#[test]
fn a_product_with_nothing_is_refused() {
    let requantize = tinynet_core::requantize::ShiftPerTensor { shift: 0, min: -128, max: 127 };
    let layer = Multiply { zero_points: [0, 0], rounding: 0, requantize };
    assert!(catch_unwind(|| layer.run(&[1i8], &[], &mut [0])).is_err());
    assert!(catch_unwind(|| layer.run(&[1i8], &[1], &mut [0, 0])).is_err());
    assert!(catch_unwind(|| layer.run_in_place(&mut [1i8], &[])).is_err());
    let requantize = tinynet_core::requantize::ShiftPerChannel { shifts: &[], min: -128, max: 127 };
    let layer = Multiply { zero_points: [0, 0], rounding: 0, requantize };
    assert!(catch_unwind(|| layer.run(&[1i8], &[1], &mut [0])).is_err());
}

#[test]
fn largest_of_equals_is_the_first() {
    assert_eq!(arg_max::<i8>(&[]), 0);
    assert_eq!(arg_max(&[i8::MIN, i8::MIN]), 0);
    assert_eq!(arg_max(&[i8::MIN, -5, 7, 7, i8::MIN]), 2);
    assert_eq!(arg_max(&[-4i16, -3, -9]), 1);
    rounds(100, |rng| {
        let length = rng.usize(1..40);
        let values = values(rng, length);
        let largest = *values.iter().max().unwrap();
        assert_eq!(arg_max(&values), values.iter().position(|&x| x == largest).unwrap());
    });
}
