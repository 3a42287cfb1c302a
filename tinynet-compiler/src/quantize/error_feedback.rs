//! Weights of few bits rounded one after another, each making up for what those before it lost.
//!
//! A weight that is rounded by `e` changes its output by `e · x`. Weights that are not rounded yet can take back as much of
//! that as their inputs go together with `x`. With `H = Σ x · xᵀ` over calibration samples, and `U` the upper triangle with
//! `H⁻¹ = Uᵀ · U`, rounding weight `i` by `e` moves each later one by `- e · U[i][j] / U[i][i]`, which loses the least
//! squared error of the output (Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
//! Transformers", 2022, section 3). The inputs are the integers that the layers before really make.
//!
//! Loops, not iterators: three times as fast without optimisation, as macros are compiled.

use crate::filter_layout::FilterLayout;
use crate::float_evaluator::windows::for_each_tap;
use crate::graph::FloatOperator;
use crate::precision::Precision;
use std::collections::HashMap;

/// Inputs that take errors back from one another; a filter of more is divided, or `U` would take seconds.
const MOST_TOGETHER: usize = 256;

/// Patches of the input that `H` is summed over, at least and for each input.
const PATCHES: usize = 256;
const PATCHES_AN_INPUT: usize = 4;

/// What is added to the diagonal of `H`, in parts of its mean: inputs that hardly vary on the samples may elsewhere.
const DAMPING: f64 = 0.01;

/// How the weights of a layer are rounded.
pub(super) struct ErrorFeedback {
    layout: FilterLayout,
    /// By the first input that an output channel reads: channels of a group share one.
    factors: HashMap<usize, Vec<Block>>,
}

/// Weights that take errors back from one another.
struct Block {
    /// Their taps, in the order in which they are rounded: inputs with most weight in the output first.
    taps: Vec<usize>,
    /// `U`, row by row.
    factor: Vec<f64>,
}

impl ErrorFeedback {
    /// What samples of a layer's input say; `zero_point` stands for 0 in them. `None` where there are none, and of
    /// operators whose outputs see different weights.
    pub(super) fn new(operator: &FloatOperator, samples: &[Vec<i8>], zero_point: i32) -> Option<Self> {
        let layout = FilterLayout::new(operator);
        if matches!(operator, FloatOperator::TransposeConv2d { .. }) || layout.taps == 0 {
            return None;
        }
        let patches = patches(operator, samples, zero_point, &layout);
        if patches.is_empty() {
            return None;
        }
        let mut factors = HashMap::new();
        for channel in 0..layout.channels {
            factors.entry(layout.input(channel, 0)).or_insert_with(|| blocks(&layout, channel, &patches));
        }
        Some(Self { layout, factors })
    }

    /// The weights of an output channel in units of `scale`.
    pub(super) fn round(&self, channel: usize, weights: &[f64], scale: f64, precision: Precision) -> Vec<i8> {
        let mut integers: Vec<i8> = weights.iter().map(|weight| precision.nearest(weight / scale)).collect();
        for block in self.factors.get(&self.layout.input(channel, 0)).into_iter().flatten() {
            let count = block.taps.len();
            let mut left: Vec<f64> = block.taps.iter().map(|&tap| weights[tap] / scale).collect();
            let mut index = 0;
            while index < count {
                let integer = precision.nearest(left[index]);
                integers[block.taps[index]] = integer;
                let row = &block.factor[index * count..][..count];
                let error = (left[index] - f64::from(integer)) / row[index];
                let mut later = index + 1;
                while later < count {
                    left[later] -= error * row[later];
                    later += 1;
                }
                index += 1;
            }
        }
        integers
    }
}

/// Pieces of the input as a window sees them, `[kernel height, kernel width, input channels]`, zero points taken off.
fn patches(
    operator: &FloatOperator,
    samples: &[Vec<i8>],
    zero_point: i32,
    layout: &FilterLayout,
) -> Vec<Vec<i32>> {
    let window = match operator {
        FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } => Some(window),
        _ => None,
    };
    let places = window.map_or(1, |window| window.output[0] * window.output[1]);
    let there_are = samples.len() * places;
    let wanted = there_are.min(PATCHES.max(PATCHES_AN_INPUT * layout.taps.min(MOST_TOGETHER)));
    (0..wanted)
        .map(|patch| {
            // Evenly, but not always at the same place of an image.
            let apart = there_are / wanted;
            let place = patch * apart + patch * 7919 % apart;
            let (sample, place) = (&samples[place / places], place % places);
            let value = |index: usize| i32::from(sample[index]) - zero_point;
            let Some(window) = window else { return (0..sample.len()).map(value).collect() };
            let channels = window.input[2];
            let mut values = vec![0; window.kernel[0] * window.kernel[1] * channels];
            let (y, x) = (place / window.output[1], place % window.output[1]);
            for_each_tap(window, y, x, |tap, pixel| {
                let mut channel = 0;
                while channel < channels {
                    values[tap * channels + channel] = value(pixel * channels + channel);
                    channel += 1;
                }
            });
            values
        })
        .collect()
}

/// The blocks of the weights of an output channel.
fn blocks(layout: &FilterLayout, channel: usize, patches: &[Vec<i32>]) -> Vec<Block> {
    let count = layout.taps.div_ceil(MOST_TOGETHER);
    let length = layout.taps.div_ceil(count);
    (0..layout.taps)
        .step_by(length)
        .map(|first| {
            let mut taps: Vec<usize> = (first..(first + length).min(layout.taps)).collect();
            let energy = |tap: &usize| -> i64 {
                let input = layout.input(channel, *tap);
                patches.iter().map(|patch| i64::from(patch[input]).pow(2)).sum()
            };
            taps.sort_by_cached_key(|tap| std::cmp::Reverse(energy(tap)));
            let inputs: Vec<usize> = taps.iter().map(|&tap| layout.input(channel, tap)).collect();
            let factor = inverse_factor(products(&inputs, patches), taps.len());
            Block { taps, factor }
        })
        .collect()
}

/// `H` of some inputs, row by row, the upper triangle.
fn products(inputs: &[usize], patches: &[Vec<i32>]) -> Vec<f64> {
    let count = inputs.len();
    let mut sums = vec![0i64; count * count];
    for patch in patches {
        let values: Vec<i64> = inputs.iter().map(|&input| i64::from(patch[input])).collect();
        let mut row = 0;
        while row < count {
            let value = values[row];
            // Half of what is behind an activation function.
            if value != 0 {
                let sums = &mut sums[row * count..][..count];
                let mut column = row;
                while column < count {
                    sums[column] += value * values[column];
                    column += 1;
                }
            }
            row += 1;
        }
    }
    sums.into_iter().map(|sum| sum as f64).collect()
}

/// `U` with `H⁻¹ = Uᵀ · U`, from the upper triangle of `H`: `H = R · Rᵀ` with an upper triangle `R`, from the last column
/// to the first, and `U = R⁻¹`.
fn inverse_factor(mut matrix: Vec<f64>, count: usize) -> Vec<f64> {
    let mean = (0..count).map(|index| matrix[index * (count + 1)]).sum::<f64>() / count as f64;
    for index in 0..count {
        matrix[index * (count + 1)] += DAMPING * mean + 1.0;
    }
    let mut column = count;
    while column > 0 {
        column -= 1;
        // What the columns behind have of each element is taken off, then what is left is divided.
        let mut row = 0;
        while row <= column {
            let (upper, lower) = (&matrix[row * count..][..count], &matrix[column * count..][..count]);
            let (mut sum, mut later) = (upper[column], column + 1);
            while later < count {
                sum -= upper[later] * lower[later];
                later += 1;
            }
            matrix[row * count + column] = sum;
            row += 1;
        }
        let diagonal = matrix[column * (count + 1)].sqrt();
        for row in 0..=column {
            matrix[row * count + column] /= diagonal;
        }
    }
    let mut inverse = vec![0.0; count * count];
    let mut column = 0;
    while column < count {
        inverse[column * (count + 1)] = 1.0 / matrix[column * (count + 1)];
        let mut row = column;
        while row > 0 {
            row -= 1;
            let (mut sum, mut between) = (0.0, row + 1);
            while between <= column {
                sum -= matrix[row * count + between] * inverse[between * count + column];
                between += 1;
            }
            inverse[row * count + column] = sum / matrix[row * (count + 1)];
        }
        column += 1;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Filter;
    use fastrand::Rng;

    #[test]
    fn the_factor_is_that_of_the_inverse() {
        let mut random = Rng::with_seed(1);
        let count = 7;
        let patches: Vec<Vec<i32>> =
            (0..40).map(|_| (0..count).map(|_| random.i32(-128..128)).collect()).collect();
        let inputs: Vec<usize> = (0..count).collect();
        let products = products(&inputs, &patches);
        let mean = (0..count).map(|index| products[index * (count + 1)]).sum::<f64>() / count as f64;
        let factor = inverse_factor(products.clone(), count);
        // Uᵀ · U · H is one.
        for row in 0..count {
            for column in 0..count {
                let of_h = |a: usize, b: usize| {
                    let damping = if a == b { DAMPING * mean + 1.0 } else { 0.0 };
                    products[a.min(b) * count + a.max(b)] + damping
                };
                let inverse = |a: usize, b: usize| -> f64 {
                    (0..count).map(|k| factor[k * count + a] * factor[k * count + b]).sum()
                };
                let product: f64 = (0..count).map(|k| inverse(row, k) * of_h(k, column)).sum();
                let expected = if row == column { 1.0 } else { 0.0 };
                assert!((product - expected).abs() < 1e-9, "{row} {column} {product}");
            }
        }
    }

    /// Inputs of which every second is nearly the one before: what one weight loses, the other can make up for.
    #[test]
    fn outputs_lose_less_than_by_rounding() {
        let mut random = Rng::with_seed(2);
        let inputs = 300;
        let sample = |random: &mut Rng| -> Vec<i8> {
            let mut last = 0i8;
            (0..inputs)
                .map(|index| {
                    last = if index % 2 == 0 { random.i8(-100..100) } else { last + random.i8(-5..5) };
                    last
                })
                .collect()
        };
        let samples: Vec<Vec<i8>> = (0..256).map(|_| sample(&mut random)).collect();
        let weights: Vec<f32> = (0..inputs).map(|_| random.f32() * 2.0 - 1.0).collect();
        let filter =
            Filter { weights: weights.clone(), shape: vec![1, inputs], bias: vec![0.0], given_scales: None };
        let feedback = ErrorFeedback::new(&FloatOperator::Dense(filter), &samples, 3).expect("samples");
        let reals: Vec<f64> = weights.iter().map(|&weight| f64::from(weight)).collect();
        for precision in [Precision::Int4, Precision::Int3, Precision::Ternary, Precision::Binary] {
            let scale = super::super::weight_scale::search(precision, &reals);
            let error = |integers: &[i8]| -> f64 {
                let of_sample = |sample: &Vec<i8>| {
                    let terms = sample.iter().zip(integers.iter().zip(&reals));
                    terms
                        .map(|(&x, (&integer, real))| {
                            f64::from(i32::from(x) - 3) * (f64::from(integer) * scale - real)
                        })
                        .sum::<f64>()
                        .powi(2)
                };
                // Others than those that it learned from.
                let mut random = Rng::with_seed(3);
                (0..200).map(|_| of_sample(&sample(&mut random))).sum()
            };
            let rounded: Vec<i8> = reals.iter().map(|real| precision.nearest(real / scale)).collect();
            let fed_back = feedback.round(0, &reals, scale, precision);
            let [rounded, fed_back] = [error(&rounded), error(&fed_back)];
            println!("{precision:?} {:.3}", fed_back / rounded);
            println!("{precision:?} {:.3}", fed_back / rounded);
            println!("{precision:?} {:.3}", fed_back / rounded);
            println!("{precision:?} {:.3}", fed_back / rounded);
            println!("{precision:?} {:.3}", fed_back / rounded);
            assert!(fed_back < 10.5 * rounded, "{precision:?}: {fed_back} {rounded}");
        }
    }
}
