//! Concatenation and padding.

use crate::random::{rounds, table, values, wide_values};
use std::panic::catch_unwind;
use tinynet_core::kernels::{Concat, Pad};

#[test]
fn concatenations() {
    rounds(200, |rng| {
        let rows = rng.usize(0..5);
        let parts: Vec<usize> = (0..rng.usize(1..=4)).map(|_| rng.usize(0..20)).collect();
        let whole: usize = parts.iter().sum();
        let (mut output, mut expected) = (vec![0; rows * whole], vec![0; rows * whole]);
        let mut offset = 0;
        for part in parts {
            let (input, table) = (values(rng, rows * part), rng.bool().then(|| table(rng)));
            let layer = Concat { rows, part, whole, offset };
            match &table {
                Some(table) => layer.run_with_table(table, &input, &mut output),
                None => layer.run(&input, &mut output),
            }
            for row in 0..rows {
                for element in 0..part {
                    let value = input[row * part + element];
                    let value = table.map_or(value, |table| table[value as u8 as usize] as i8);
                    expected[row * whole + offset + element] = value;
                }
            }
            offset += part;
        }
        assert_eq!(output, expected);
    });
}

#[test]
fn a_part_that_does_not_fit_is_refused() {
    let good = Concat { rows: 2, part: 1, whole: 3, offset: 2 };
    good.run(&[1i8, 2], &mut [0; 6]);
    assert!(catch_unwind(|| good.run(&[1i8], &mut [0; 6])).is_err());
    assert!(catch_unwind(|| good.run(&[1i8, 2], &mut [0; 5])).is_err());
    assert!(catch_unwind(|| Concat { offset: 3, ..good }.run(&[1i8, 2], &mut [0; 6])).is_err());
    assert!(catch_unwind(|| Concat { offset: usize::MAX, ..good }.run(&[1i8, 2], &mut [0; 6])).is_err());
    assert!(
        catch_unwind(|| Concat { offset: 3, ..good }.run_with_table(&[0; 256], &[1, 2], &mut [0; 6]))
            .is_err()
    );
}

#[test]
fn paddings() {
    rounds(200, |rng| {
        let input = [rng.usize(0..5), rng.usize(0..5), rng.usize(0..4)];
        let before = [rng.usize(0..4), rng.usize(0..4)];
        let output_shape =
            [input[0] + before[0] + rng.usize(0..4), input[1] + before[1] + rng.usize(0..4), input[2]];
        let source = wide_values(rng, input.iter().product());
        let value = rng.i16(..);
        let mut output = vec![0; output_shape.iter().product()];
        Pad { input, output: output_shape, before, value }.run(&source, &mut output);
        let mut index = 0;
        for y in 0..output_shape[0] {
            for x in 0..output_shape[1] {
                for c in 0..input[2] {
                    let (row, column) = (y.wrapping_sub(before[0]), x.wrapping_sub(before[1]));
                    let inside = row < input[0] && column < input[1];
                    let expected =
                        if inside { source[(row * input[1] + column) * input[2] + c] } else { value };
                    assert_eq!(output[index], expected, "{y} {x} {c}");
                    index += 1;
                }
            }
        }
    });
}

#[test]
fn an_image_that_does_not_fit_is_refused() {
    let good = Pad { input: [1, 2, 1], output: [2, 3, 1], before: [1, 1], value: 0i8 };
    good.run(&[1, 2], &mut [0; 6]);
    assert!(catch_unwind(|| good.run(&[1], &mut [0; 6])).is_err());
    assert!(catch_unwind(|| good.run(&[1, 2], &mut [0; 5])).is_err());
    assert!(catch_unwind(|| Pad { before: [2, 1], ..good }.run(&[1, 2], &mut [0; 6])).is_err());
    assert!(catch_unwind(|| Pad { before: [1, 2], ..good }.run(&[1, 2], &mut [0; 6])).is_err());
    assert!(catch_unwind(|| Pad { output: [2, 1, 3], ..good }.run(&[1, 2], &mut [0; 6])).is_err());
}
