//! Sums, extremes and rearrangements.

use crate::random::{rounds, values, wide_values};
use fastrand::Rng;
use std::panic::catch_unwind;
use tinynet_core::Element;
use tinynet_core::kernels::{Extremum, Gather, Rearrange, Sum};
use tinynet_core::requantize::MultiplyShift;

/// Rows, length, columns.
fn sizes(rng: &mut Rng) -> [usize; 3] {
    [rng.usize(0..5), rng.usize(1..9), rng.usize(0..7)]
}

#[test]
fn sums() {
    rounds(200, |rng| {
        let [rows, length, columns] = sizes(rng);
        let input = values(rng, rows * length * columns);
        let (bias, multiplier, offset) = (rng.i32(-999..999), rng.i32(0..1000), rng.i32(-99_999..99_999));
        let (shift, min, max) = (rng.u8(0..20), rng.i32(-128..0), rng.i32(0..128));
        let below_zero = rng.i32(-999..999);
        let requantize = MultiplyShift { multiplier, offset, below_zero, shift, min, max };
        let mut output = vec![0; rows * columns];
        Sum { rows, length, columns, bias, requantize }.run(&input, &mut output);
        for row in 0..rows {
            for column in 0..columns {
                let summands = (0..length).map(|i| i32::from(input[(row * length + i) * columns + column]));
                let sum = bias + summands.sum::<i32>();
                let offset = if sum < 0 { offset + below_zero } else { offset };
                let expected = ((sum * multiplier + offset) >> shift).clamp(min, max);
                assert_eq!(i32::from(output[row * columns + column]), expected);
            }
        }
    });
}

#[test]
fn extremes_of_int8() {
    rounds(200, |rng| extremes(rng, values));
}

#[test]
fn extremes_of_int16() {
    rounds(200, |rng| extremes(rng, wide_values));
}

fn extremes<T: Element>(rng: &mut Rng, values: fn(&mut Rng, usize) -> Vec<T>) {
    let [rows, length, columns] = sizes(rng);
    let input = values(rng, rows * length * columns);
    let largest = Extremum { rows, length, columns, mirror: Extremum::LARGEST };
    let smallest = Extremum { mirror: Extremum::SMALLEST, ..largest };
    let (mut high, mut low) = (vec![T::default(); rows * columns], vec![T::default(); rows * columns]);
    largest.run(&input, &mut high);
    smallest.run(&input, &mut low);
    for row in 0..rows {
        for column in 0..columns {
            let all = || (0..length).map(|i| input[(row * length + i) * columns + column]);
            assert_eq!(Some(high[row * columns + column]), all().max());
            assert_eq!(Some(low[row * columns + column]), all().min());
        }
    }
}

#[test]
fn rearrangements() {
    rounds(300, |rng| {
        let shape: [usize; 5] = std::array::from_fn(|_| rng.usize(1..4));
        let steps: [isize; 5] = std::array::from_fn(|_| rng.isize(-6..7));
        let reach = |axis: usize| (shape[axis] as isize - 1) * steps[axis];
        let first = -(0..5).map(|axis| reach(axis).min(0)).sum::<isize>() + rng.isize(0..3);
        let last = first + (0..5).map(|axis| reach(axis).max(0)).sum::<isize>();
        let surplus = rng.usize(0..3);
        let input = values(rng, last as usize + 1 + surplus);
        let layer = Rearrange { shape, steps, first: first as usize };
        let mut output = vec![0; shape.iter().product()];
        layer.run(&input, &mut output);
        for (index, &value) in output.iter().enumerate() {
            let (mut rest, mut place) = (index, first);
            for axis in (0..5).rev() {
                place += (rest % shape[axis]) as isize * steps[axis];
                rest /= shape[axis];
            }
            assert_eq!(value, input[place as usize]);
        }
    });
}

#[test]
fn what_lies_outside_is_refused() {
    let good = Rearrange { shape: [1, 1, 1, 2, 2], steps: [0, 0, 0, 3, -1], first: 1 };
    good.run(&[0i8; 5], &mut [0; 4]);
    assert!(catch_unwind(|| good.run(&[0i8; 4], &mut [0; 4])).is_err());
    assert!(catch_unwind(|| good.run(&[0i8; 5], &mut [0; 5])).is_err());
    assert!(catch_unwind(|| Rearrange { first: 0, ..good }.run(&[0i8; 5], &mut [0; 4])).is_err());
    let far = Rearrange { steps: [0, 0, 0, isize::MAX, 0], shape: [1, 1, 1, 4, 1], ..good };
    assert!(catch_unwind(|| far.run(&[0i8; 5], &mut [0; 4])).is_err());
    Rearrange { shape: [0, 1, 1, 1, 9], ..good }.run::<i8>(&[], &mut []);
    let sum = |length| Extremum { rows: 1, length, columns: 0, mirror: 0 }.run::<i8>(&[], &mut []);
    sum(1);
    assert!(catch_unwind(|| sum(0)).is_err());
}

#[test]
fn gatherings() {
    rounds(200, |rng| {
        let (images, height, width, block) =
            (rng.usize(0..3), rng.usize(1..6), rng.usize(1..6), rng.usize(0..5));
        let rows: Vec<u16> = (0..rng.usize(0..7)).map(|_| rng.u16(0..9)).collect();
        let columns: Vec<u16> = (0..rng.usize(0..7)).map(|_| rng.u16(0..9)).collect();
        let input = values(rng, images * height * width * block);
        let layer = Gather { images, input: [height, width, block], rows: &rows, columns: &columns };
        let mut output = vec![0; images * rows.len() * columns.len() * block];
        layer.run(&input, &mut output);
        let mut made = output.iter();
        for image in 0..images {
            for row in rows.iter().map(|&row| usize::from(row).min(height - 1)) {
                for column in columns.iter().map(|&column| usize::from(column).min(width - 1)) {
                    for element in 0..block {
                        let place = ((image * height + row) * width + column) * block + element;
                        assert_eq!(made.next(), Some(&input[place]));
                    }
                }
            }
        }
        assert_eq!(made.next(), None);
    });
}

#[test]
fn images_of_nothing_are_refused() {
    let good = Gather { images: 1, input: [1, 2, 1], rows: &[0], columns: &[1] };
    good.run(&[1i8, 2], &mut [0]);
    assert!(catch_unwind(|| good.run(&[1i8], &mut [0])).is_err());
    assert!(catch_unwind(|| good.run(&[1i8, 2], &mut [0; 2])).is_err());
    assert!(catch_unwind(|| Gather { input: [0, 2, 1], ..good }.run::<i8>(&[], &mut [0])).is_err());
    assert!(catch_unwind(|| Gather { input: [2, 0, 1], ..good }.run::<i8>(&[], &mut [0])).is_err());
}
