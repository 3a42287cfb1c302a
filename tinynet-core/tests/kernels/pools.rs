//! Pools.

use crate::overlapping;
use crate::random::{bits, rounds, values, wide_values, window};
use crate::reference::{at, positions, taps};
use tinynet_core::element::Element;
use tinynet_core::kernels::{AveragePool2d, MaxPool2d, Window};

fn largest<T: Element>(window: &Window, input: &[T]) -> Vec<T> {
    let mut output = Vec::new();
    for position in positions(window) {
        for c in 0..window.output[2] {
            let values = taps(window).filter_map(|tap| at(window, input, position, tap, c));
            output.push(values.max().map_or(T::min_value(), |value| T::narrow(value as i32)));
        }
    }
    output
}

#[test]
fn random_max_pools() {
    rounds(600, |rng| {
        let mut window = window(rng, 1);
        window.output[2] = window.input[2];
        let input = values(rng, window.input.iter().product());
        let expected = largest(&window, &input);
        let mut output = vec![0; expected.len()];
        MaxPool2d { window }.run(&input, &mut output);
        assert_eq!(output, expected, "{window:?}");
        overlapping::check(&MaxPool2d { window }, &input, &expected, 0);

        let input = wide_values(rng, window.input.iter().product());
        let expected = largest(&window, &input);
        let mut output = vec![0; expected.len()];
        MaxPool2d { window }.run(&input, &mut output);
        assert_eq!(output, expected, "{window:?}");
        overlapping::check(&MaxPool2d { window }, &input, &expected, 0);
    });
}

/// `sum / count` to the nearest, halves away from zero.
fn mean(sum: i64, count: i64) -> i64 {
    (2 * sum.abs() + count) / (2 * count) * sum.signum()
}

fn means<T: Element>(layer: &AveragePool2d, input: &[T]) -> Vec<T> {
    let mut output = Vec::new();
    for position in positions(&layer.window) {
        for c in 0..layer.window.output[2] {
            let values = taps(&layer.window).map(|tap| at(&layer.window, input, position, tap, c));
            let values: Vec<i64> = if layer.include_padding {
                values.map(|value| value.unwrap_or(i64::from(layer.zero_point))).collect()
            } else {
                values.flatten().collect()
            };
            let mean = if values.is_empty() { 0 } else { mean(values.iter().sum(), values.len() as i64) };
            output.push(T::narrow(mean as i32));
        }
    }
    output
}

fn check_means<T: Element>(layer: &AveragePool2d, input: &[T]) {
    let expected = means(layer, input);
    let mut output = vec![T::default(); expected.len()];
    layer.run(input, &mut output);
    assert_eq!(output, expected, "{layer:?}");
    overlapping::check(layer, input, &expected, 0);
}

#[test]
fn random_average_pools() {
    rounds(800, |rng| {
        let mut window = window(rng, 1);
        if rng.bool() {
            window.input[2] = rng.usize(1..=40);
        }
        window.output[2] = window.input[2];
        let layer = AveragePool2d { window, include_padding: rng.bool(), zero_point: rng.i32(-128..=127) };
        check_means(&layer, &values(rng, window.input.iter().product()));
        check_means(&layer, &wide_values(rng, window.input.iter().product()));
        let layer = AveragePool2d { zero_point: rng.i32(0..=255), ..layer };
        check_means(&layer, &bits(&values(rng, window.input.iter().product())));
    });
}

/// A pool over everything, of an image with one value a channel.
fn global(height: usize, width: usize, channels: usize) -> AveragePool2d {
    let window = Window {
        input: [height, width, channels],
        output: [1, 1, channels],
        kernel: [height, width],
        stride: [1, 1],
        dilation: [1, 1],
        padding: [0, 0],
    };
    AveragePool2d { window, include_padding: false, zero_point: 0 }
}

#[test]
fn halves_go_away_from_zero() {
    let mut output = [0i8; 4];
    // Sums 1, -1, 3, -3 of two.
    global(1, 2, 4).run(&[0, 0, 1, -1, 1, -1, 2, -2], &mut output);
    assert_eq!(output, [1, -1, 2, -2]);
}

/// Every sum of every count up to 96, through the kernel: what is in the first column makes the sum.
#[test]
fn every_sum_of_small_windows() {
    for count in 1..=96usize {
        let sums: Vec<i64> = (-128 * count as i64..=127 * count as i64).collect();
        let layer = global(1, count, sums.len());
        let mut input = vec![0i8; count * sums.len()];
        for (channel, &sum) in sums.iter().enumerate() {
            // As even as can be: `count` values that add up to the sum.
            let (whole, rest) = (sum.div_euclid(count as i64), sum.rem_euclid(count as i64) as usize);
            for tap in 0..count {
                input[tap * sums.len() + channel] = (whole + i64::from(tap < rest)) as i8;
            }
        }
        let mut output = vec![0; sums.len()];
        layer.run(&input, &mut output);
        for (&sum, &output) in sums.iter().zip(&output) {
            assert_eq!(i64::from(output), mean(sum, count as i64), "{sum} of {count}");
        }
    }
}

/// Large windows: sums on both sides of every step of the result, which does not decrease with the sum.
#[test]
fn every_step_of_large_windows() {
    for count in [361, 362, 490, 1000, 4095, 4096, 4097, 10_007, 65_535, 65_536usize] {
        let mut sums = Vec::new();
        for step in -128..=127i64 {
            // Halfway to the next.
            let middle = (2 * step + 1) * count as i64 / 2;
            sums.extend((middle - 1..=middle + 1).filter(|&sum| sum.abs() <= 127 * count as i64));
        }
        sums.extend([-128 * count as i64, 127 * count as i64, 0]);
        // A few channels at a time, to keep the input small.
        for sums in sums.chunks(64) {
            let mut input = vec![0i8; count * sums.len()];
            for (channel, &sum) in sums.iter().enumerate() {
                let (whole, rest) = (sum.div_euclid(count as i64), sum.rem_euclid(count as i64) as usize);
                for tap in 0..count {
                    input[tap * sums.len() + channel] = (whole + i64::from(tap < rest)) as i8;
                }
            }
            let mut output = vec![0; sums.len()];
            global(1, count, sums.len()).run(&input, &mut output);
            for (&sum, &output) in sums.iter().zip(&output) {
                assert_eq!(i64::from(output), mean(sum, count as i64), "{sum} of {count}");
            }
        }
    }
}

/// Sums of uint8s on both sides of every step of the result.
#[test]
fn every_step_of_uint8() {
    for count in (1..=64).chain([361, 4096, 4097, 65_535, 65_536usize]) {
        for steps in (0..=255i64).collect::<Vec<_>>().chunks(16) {
            // Halfway to the next.
            let middles = steps.iter().map(|step| (2 * step + 1) * count as i64 / 2);
            let sums = middles.flat_map(|middle| middle - 1..=middle + 1);
            let sums: Vec<i64> = sums.map(|sum| sum.clamp(0, 255 * count as i64)).collect();
            let mut input = vec![0u8; count * sums.len()];
            for (channel, &sum) in sums.iter().enumerate() {
                let (whole, rest) = (sum / count as i64, (sum % count as i64) as usize);
                for tap in 0..count {
                    input[tap * sums.len() + channel] = (whole + i64::from(tap < rest)) as u8;
                }
            }
            let mut output = vec![0u8; sums.len()];
            global(1, count, sums.len()).run(&input, &mut output);
            for (&sum, &output) in sums.iter().zip(&output) {
                assert_eq!(i64::from(output), mean(sum, count as i64), "{sum} of {count}");
            }
        }
    }
}

#[test]
fn extremes_of_int16() {
    for value in [i16::MIN, i16::MAX, 0, -1, 1] {
        let mut output = [0];
        global(256, 256, 1).run(&vec![value; 65_536], &mut output);
        assert_eq!(output, [value]);
    }
}

#[test]
#[should_panic]
fn more_taps_than_proven_are_refused() {
    global(1, 65_537, 1).run(&vec![0i8; 65_537], &mut [0]);
}
