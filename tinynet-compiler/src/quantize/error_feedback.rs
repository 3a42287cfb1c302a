//! Weights of few bits rounded one after another, each making up for what those before it lost.
//!
//! A weight that is rounded by `e` changes its output by `e · x`. Weights that are not rounded yet can take back as much of
//! that as their inputs go together with `x`. With `H = Σ x · xᵀ` over calibration samples, and `U` the upper triangle with
//! `H⁻¹ = Uᵀ · U`, rounding weight `i` by `e` moves each later one by `- e · U[i][j] / U[i][i]`, which loses the least
//! squared error of the output (Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
//! Transformers", 2022, section 3).
//!
//! The inputs `x` are the integers that the layers before really make, `r` what they are in the network of real numbers. The
//! weights that are rounded are therefore those with which `x` comes nearest to `w · r`, least squares again:
//! `w + w · (Σ r · xᵀ - H) · H⁻¹`. Where biases make up for the mean error, only what varies counts: means are taken off.
//! Where weights become 0 (`prune`), those that stay are the nearest by least squares without the others, of which `H` has
//! then no rows and columns.
//!
//! Where steps are coarse, weights that were rounded early are then worth another look: beside all others as they are, each
//! goes to the integer that loses least, until none moves. This is coordinate descent on the same squared error (Behdin et
//! al., "QuantEase: Optimization-based Quantization for Language Models", 2023); of which number formats, [`is_descended`] says.
//!
//! Loops, not iterators: three times as fast without optimisation, as macros are compiled.

use super::range::least_by;
use crate::filter_layout::FilterLayout;
use crate::float_evaluator::windows::for_each_tap;
use crate::graph::FloatOperator;
use crate::precision::Precision;
use crate::quantized::Quantization;
use crate::settings::Scheme;
use std::borrow::Cow;
use std::collections::HashMap;

/// Inputs that take errors back from one another; a filter of more is divided, or `U` would take seconds.
pub(super) const MOST_TOGETHER: usize = 256;

/// Multiplications that all layers of a network may take together, about: some seconds without optimisation, as macros are
/// compiled. Where there would be more, fewer inputs take errors back from one another.
const MOST_WORK: u64 = 1 << 32;

/// Pieces of the input that `H` is summed over.
const PIECES: usize = 1024;

/// Scales that are tried, in parts of the one that loses least of the weights themselves.
const SCALES: [f64; 7] = [1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 1.05];

/// The same for weights of two bits or fewer and powers of two: what such weights take back from others is more than the
/// scale of the weights alone leaves room for.
const SCALES_OF_FEW_LEVELS: [f64; 7] = [1.0, 0.9, 0.8, 1.1, 1.2, 1.35, 1.6];

/// The same where scales are powers of two, of weights of three bits or fewer and powers of two.
const SCALES_BY_TWO: [f64; 2] = [1.0, 2.0];

/// What is added to the diagonal of `H`, in parts of its mean: inputs that hardly vary on the samples may elsewhere.
const DAMPING: f64 = 0.01;

/// How many inputs take errors back from one another in layers of these layouts.
pub(super) fn most_together(layouts: &[FilterLayout]) -> usize {
    let of_all = |together: usize| layouts.iter().map(|layout| work(layout, together)).sum::<u64>();
    let mut together = MOST_TOGETHER;
    while together > 1 && of_all(together) > MOST_WORK {
        together /= 2;
    }
    together
}

/// Multiplications of a layer, about.
pub(super) fn work(layout: &FilterLayout, together: usize) -> u64 {
    let together = layout.taps.min(together) as u64;
    let weights = layout.channels as u64 * layout.taps as u64;
    // Each weight is rounded for each scale and once more, half of the others behind it; what is wanted takes two more, and
    // so does the descent at most.
    let of_weights = weights * together * (SCALES.len() as u64 + 1 + 4 + 4) / 2;
    let readers = layout.channels.div_ceil(layout.sharing()) as u64;
    of_weights + readers * layout.taps as u64 * together * 2 * PIECES as u64
}

/// Whether weights of a number format are gone through again: where steps are coarse, one pass leaves much. What it leaves
/// of finer ones is less than what calibration samples can tell: on other samples, what further passes make is as often
/// farther off as nearer.
fn is_descended(precision: Precision) -> bool {
    match precision {
        Precision::Int8 | Precision::Int6 | Precision::Int5 | Precision::Int4 => false,
        Precision::Int3
        | Precision::Int2
        | Precision::Ternary
        | Precision::Binary
        | Precision::PowerOfTwo => true,
    }
}

/// Scales that are tried, in parts of the one that loses least of the weights themselves.
fn scales(scheme: Scheme, precision: Precision) -> &'static [f64] {
    match scheme {
        Scheme::FixedPoint if is_descended(precision) => &SCALES_BY_TWO,
        Scheme::FixedPoint => &[1.0],
        Scheme::Affine if is_descended(precision) && precision != Precision::Int3 => &SCALES_OF_FEW_LEVELS,
        Scheme::Affine => &SCALES,
    }
}

/// Samples of a layer's input.
pub(super) struct Inputs<'a> {
    /// Before quantisation.
    pub(super) real: &'a [Vec<f32>],
    /// What the layers before make of the same samples.
    pub(super) integers: &'a [Vec<i32>],
    /// Pixels of the output, where a window makes them, that anybody reads.
    pub(super) pixels: &'a [usize],
    /// What the integers stand for.
    pub(super) quantization: Quantization,
    /// Whether biases make up for what weights lose in the mean.
    pub(super) is_mean_corrected: bool,
}

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
    /// `H`, row by row.
    products: Vec<f64>,
    /// `Σ r · xᵀ`, row by row, with what is added to the diagonal of `H`.
    both: Vec<f64>,
}

impl ErrorFeedback {
    /// What samples say; `None` where there are none, and of operators whose outputs see different weights.
    ///
    /// At most `together` weights take errors back from one another.
    pub(super) fn new(operator: &FloatOperator, inputs: &Inputs<'_>, together: usize) -> Option<Self> {
        let layout = FilterLayout::new(operator);
        let is_transposed = matches!(operator, FloatOperator::TransposeConv2d { .. });
        let samples = inputs.integers.len();
        if is_transposed || layout.taps == 0 || samples == 0 || inputs.real.len() != samples {
            return None;
        }
        let pieces = Pieces::new(operator, inputs);
        let mut factors = HashMap::new();
        for channel in 0..layout.channels {
            factors
                .entry(layout.input(channel, 0))
                .or_insert_with(|| blocks(&layout, channel, &pieces, together));
        }
        Some(Self { layout, factors })
    }

    /// How an output channel is rounded. Of its weights, those become 0 that do not stay.
    pub(super) fn channel(
        &self,
        channel: usize,
        weights: &[f64],
        stays: Option<&[bool]>,
    ) -> ChannelFeedback<'_> {
        let blocks = self.factors.get(&self.layout.input(channel, 0)).into_iter().flatten();
        let part = |block| match stays {
            Some(stays) if block_is_pruned(block, stays) => Part::pruned(block, weights, stays),
            _ => Part::whole(block, weights),
        };
        ChannelFeedback { taps: self.layout.taps, parts: blocks.map(part).collect() }
    }
}

/// Whether some weights of a block become 0.
fn block_is_pruned(block: &Block, stays: &[bool]) -> bool {
    block.taps.iter().any(|&tap| !stays[tap])
}

/// How the weights of an output channel are rounded.
pub(super) struct ChannelFeedback<'f> {
    taps: usize,
    parts: Vec<Part<'f>>,
}

/// What is rounded together: a block, or what stays of it.
struct Part<'f> {
    taps: Cow<'f, [usize]>,
    /// `U` of these taps alone.
    factor: Cow<'f, [f64]>,
    /// `H` of these taps alone.
    products: Cow<'f, [f64]>,
    /// The weights that are rounded.
    wanted: Vec<f64>,
}

impl<'f> Part<'f> {
    fn whole(block: &'f Block, weights: &[f64]) -> Self {
        let goal = block.goal(weights);
        let wanted = solve(&block.factor, &goal);
        Self {
            taps: Cow::Borrowed(&block.taps),
            factor: Cow::Borrowed(&block.factor),
            products: Cow::Borrowed(&block.products),
            wanted,
        }
    }

    fn pruned(block: &Block, weights: &[f64], stays: &[bool]) -> Self {
        let count = block.taps.len();
        let places: Vec<usize> = (0..count).filter(|&place| stays[block.taps[place]]).collect();
        let goal = block.goal(weights);
        let goal: Vec<f64> = places.iter().map(|&place| goal[place]).collect();
        let row = |&row: &usize| places.iter().map(move |&column| block.products[row * count + column]);
        let products: Vec<f64> = places.iter().flat_map(row).collect();
        let factor = inverse_factor(products.clone(), places.len());
        let wanted = solve(&factor, &goal);
        let taps = places.iter().map(|&place| block.taps[place]).collect();
        Self { taps, factor: Cow::Owned(factor), products: Cow::Owned(products), wanted }
    }

    /// Rounds one weight after another; the squared error that is left.
    fn round(&self, scale: f64, precision: Precision, integers: &mut [i8]) -> f64 {
        let (count, mut left) = (self.taps.len(), self.wanted.clone());
        let (mut squares, mut index) = (0.0, 0);
        while index < count {
            let integer = precision.nearest(left[index] / scale);
            integers[self.taps[index]] = integer;
            let row = &self.factor[index * count..][..count];
            let error = (left[index] - f64::from(integer) * scale) / row[index];
            squares += error * error;
            let mut later = index + 1;
            while later < count {
                left[later] -= error * row[later];
                later += 1;
            }
            index += 1;
        }
        squares
    }

    /// Moves weights to the integers that lose least beside all others as they are, until none moves; as often as there are
    /// weights at most.
    fn descend(&self, scale: f64, precision: Precision, integers: &mut [i8]) {
        let count = self.taps.len();
        let mut slope = self.slope(scale, integers);
        let (mut index, mut moves, mut unmoved) = (0, 0, 0);
        while unmoved < count && moves < count {
            let (place, of_index) = (self.taps[index], &self.products[index * count..][..count]);
            let now = f64::from(integers[place]);
            let integer = precision.nearest(now - slope[index] / (of_index[index] * scale));
            let step = (f64::from(integer) - now) * scale;
            // Twice the slope and the curvature: what the squared error grows by.
            if step * (2.0 * slope[index] + step * of_index[index]) < 0.0 {
                integers[place] = integer;
                add_product(&mut slope, of_index, step);
                (moves, unmoved) = (moves + 1, 0);
            } else {
                unmoved += 1;
            }
            index = (index + 1) % count;
        }
    }

    /// Half the slope of the squared error: `H · (w - wanted)`.
    fn slope(&self, scale: f64, integers: &[i8]) -> Vec<f64> {
        let count = self.taps.len();
        let mut slope = vec![0.0; count];
        for row in 0..count {
            let off = f64::from(integers[self.taps[row]]) * scale - self.wanted[row];
            add_product(&mut slope, &self.products[row * count..][..count], off);
        }
        slope
    }

    /// What the squared error of the output grows by at least if a weight becomes 0 and all others make up for it, of each:
    /// `w² / H⁻¹[i][i]` (Hassibi and Stork, "Second order derivatives for network pruning: optimal brain surgeon", 1992).
    fn costs(&self) -> Vec<f64> {
        let count = self.taps.len();
        let mut costs = Vec::with_capacity(count);
        let mut column = 0;
        while column < count {
            let (mut diagonal, mut row) = (0.0, 0);
            while row <= column {
                let value = self.factor[row * count + column];
                diagonal += value * value;
                row += 1;
            }
            costs.push(self.wanted[column] * self.wanted[column] / diagonal);
            column += 1;
        }
        costs
    }
}

impl ChannelFeedback<'_> {
    /// What it costs to do without each weight; 0 for those that are 0 already.
    pub(super) fn costs(&self) -> Vec<f64> {
        let mut costs = vec![0.0; self.taps];
        for part in &self.parts {
            for (&tap, cost) in part.taps.iter().zip(part.costs()) {
                costs[tap] = cost;
            }
        }
        costs
    }

    /// The weights that are rounded.
    pub(super) fn wanted(&self) -> Vec<f64> {
        self.parts.iter().flat_map(|part| part.wanted.iter().copied()).collect()
    }

    /// The scale near `scale`, no larger than `most`, with which the weights of an output channel lose least.
    pub(super) fn best_scale(&self, scale: f64, most: f64, scheme: Scheme, precision: Precision) -> f64 {
        let mut tried: Vec<f64> =
            scales(scheme, precision).iter().map(|factor| most.min(scale * factor)).collect();
        tried.dedup();
        least_by(tried.into_iter(), |&scale| self.one_pass(scale, precision).1).unwrap_or(scale)
    }

    /// The weights of an output channel in units of `scale`.
    pub(super) fn round(&self, scale: f64, precision: Precision) -> Vec<i8> {
        let (mut integers, _) = self.one_pass(scale, precision);
        if is_descended(precision) {
            self.parts.iter().for_each(|part| part.descend(scale, precision, &mut integers));
        }
        integers
    }

    /// The same of one pass, and the squared error that is left.
    fn one_pass(&self, scale: f64, precision: Precision) -> (Vec<i8>, f64) {
        let mut integers = vec![0; self.taps];
        let squares = self.parts.iter().map(|part| part.round(scale, precision, &mut integers)).sum();
        (integers, squares)
    }
}

impl Block {
    /// What the weights with which the integers come nearest to what the real inputs make are the solution for:
    /// `w · Σ r · xᵀ`.
    fn goal(&self, weights: &[f64]) -> Vec<f64> {
        let count = self.taps.len();
        let mut goal = vec![0.0; count];
        let mut row = 0;
        while row < count {
            let (weight, of_row) = (weights[self.taps[row]], &self.both[row * count..][..count]);
            let mut column = 0;
            while column < count {
                goal[column] += weight * of_row[column];
                column += 1;
            }
            row += 1;
        }
        goal
    }
}

/// `sums[i] += values[i] · factor`.
fn add_product(sums: &mut [f64], values: &[f64], factor: f64) {
    let (count, mut index) = (sums.len(), 0);
    while index < count {
        sums[index] += values[index] * factor;
        index += 1;
    }
}

/// `goal · H⁻¹ = goal · Uᵀ · U`.
fn solve(factor: &[f64], goal: &[f64]) -> Vec<f64> {
    let count = goal.len();
    let mut solution = vec![0.0; count];
    let mut row = 0;
    while row < count {
        let of_row = &factor[row * count..][..count];
        let (mut sum, mut column) = (0.0, row);
        while column < count {
            sum += of_row[column] * goal[column];
            column += 1;
        }
        let mut column = row;
        while column < count {
            solution[column] += of_row[column] * sum;
            column += 1;
        }
        row += 1;
    }
    solution
}

/// Pieces of the input as a window sees them, `[kernel height, kernel width, input channels]`, in steps of the integers.
struct Pieces {
    real: Vec<Vec<f64>>,
    integers: Vec<Vec<f64>>,
}

impl Pieces {
    fn new(operator: &FloatOperator, inputs: &Inputs<'_>) -> Self {
        let window = match operator {
            FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } => {
                Some(window)
            }
            _ => None,
        };
        let places = window.map_or(1, |_| inputs.pixels.len());
        let there_are = inputs.integers.len() * places;
        let wanted = there_are.min(PIECES);
        let zero_point = i32::from(inputs.quantization.zero_point() as i16);
        let scale = inputs.quantization.scale();
        let (mut real, mut integers) = (Vec::with_capacity(wanted), Vec::with_capacity(wanted));
        for piece in 0..wanted {
            // Evenly, but not always at the same place of an image.
            let apart = there_are / wanted;
            let at = piece * apart + piece * 7919 % apart;
            let (sample, place) = (at / places, at % places);
            let of_integers = |index: usize| f64::from(inputs.integers[sample][index] - zero_point);
            let of_real = |index: usize| f64::from(inputs.real[sample][index]) / scale;
            let Some(window) = window else {
                let elements = inputs.integers[sample].len();
                integers.push((0..elements).map(of_integers).collect());
                real.push((0..elements).map(of_real).collect());
                continue;
            };
            let channels = window.input[2];
            let elements = window.kernel[0] * window.kernel[1] * channels;
            let mut both = [vec![0.0; elements], vec![0.0; elements]];
            let pixel = inputs.pixels[place];
            let (y, x) = (pixel / window.output[1], pixel % window.output[1]);
            for_each_tap(window, y, x, |tap, pixel| {
                let mut channel = 0;
                while channel < channels {
                    let [integers, real] = &mut both;
                    integers[tap * channels + channel] = of_integers(pixel * channels + channel);
                    real[tap * channels + channel] = of_real(pixel * channels + channel);
                    channel += 1;
                }
            });
            let [of_integers, of_real] = both;
            integers.push(of_integers);
            real.push(of_real);
        }
        if inputs.is_mean_corrected {
            take_means_off(&mut integers);
            take_means_off(&mut real);
        }
        Self { real, integers }
    }
}

fn take_means_off(pieces: &mut [Vec<f64>]) {
    let (count, elements) = (pieces.len() as f64, pieces.first().map_or(0, Vec::len));
    let mut element = 0;
    while element < elements {
        let mut sum = 0.0;
        for piece in &*pieces {
            sum += piece[element];
        }
        for piece in &mut *pieces {
            piece[element] -= sum / count;
        }
        element += 1;
    }
}

/// The blocks of the weights of an output channel.
fn blocks(layout: &FilterLayout, channel: usize, pieces: &Pieces, together: usize) -> Vec<Block> {
    let length = layout.taps.div_ceil(layout.taps.div_ceil(together));
    let of_taps = |first: usize| {
        let mut taps: Vec<usize> = (first..(first + length).min(layout.taps)).collect();
        let energy = |tap: usize| -> f64 {
            let input = layout.input(channel, tap);
            pieces.integers.iter().map(|piece| piece[input] * piece[input]).sum()
        };
        let mut energies: Vec<(f64, usize)> = taps.iter().map(|&tap| (energy(tap), tap)).collect();
        energies.sort_by(|a, b| b.0.total_cmp(&a.0));
        taps = energies.into_iter().map(|(_, tap)| tap).collect();
        let inputs: Vec<usize> = taps.iter().map(|&tap| layout.input(channel, tap)).collect();
        let mut products = products(&inputs, &pieces.integers, &pieces.integers);
        let mut both = self::products(&inputs, &pieces.real, &pieces.integers);
        let damping = damping(&products, taps.len());
        for index in 0..taps.len() {
            products[index * (taps.len() + 1)] += damping;
            both[index * (taps.len() + 1)] += damping;
        }
        let factor = inverse_factor(products.clone(), taps.len());
        Block { taps, products, factor, both }
    };
    (0..layout.taps).step_by(length).map(of_taps).collect()
}

/// `Σ a · bᵀ` of some inputs, row by row.
fn products(inputs: &[usize], a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<f64> {
    let count = inputs.len();
    let mut sums = vec![0.0; count * count];
    for (a, b) in a.iter().zip(b) {
        let of_b: Vec<f64> = inputs.iter().map(|&input| b[input]).collect();
        let mut row = 0;
        while row < count {
            let value = a[inputs[row]];
            let sums = &mut sums[row * count..][..count];
            let mut column = 0;
            while column < count {
                sums[column] += value * of_b[column];
                column += 1;
            }
            row += 1;
        }
    }
    // Of few pieces, what goes together may do so by chance.
    let trusted = a.len() as f64 / (a.len() + count) as f64;
    let mut index = 0;
    while index < sums.len() {
        if index % (count + 1) != 0 {
            sums[index] *= trusted;
        }
        index += 1;
    }
    sums
}

/// What is added to the diagonal of `H`.
fn damping(products: &[f64], count: usize) -> f64 {
    let mean = (0..count).map(|index| products[index * (count + 1)]).sum::<f64>() / count as f64;
    DAMPING * mean + 1.0
}

/// `U` with `H⁻¹ = Uᵀ · U`, from the upper triangle of `H`: `H = R · Rᵀ` with an upper triangle `R`, from the last column
/// to the first, and `U = R⁻¹`.
fn inverse_factor(mut matrix: Vec<f64>, count: usize) -> Vec<f64> {
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

    /// The larger the layers, the fewer weights take errors back from one another.
    #[test]
    fn work_is_bounded() {
        let layout = |inputs: usize, outputs: usize| {
            let filter = Filter {
                weights: vec![0.0; inputs * outputs],
                shape: vec![outputs, inputs],
                bias: vec![0.0; outputs],
                given_scales: None,
            };
            FilterLayout::new(&FloatOperator::Dense(filter))
        };
        assert_eq!(most_together(&[layout(1024, 1024), layout(256, 64)]), MOST_TOGETHER);
        let large = [layout(2048, 2048), layout(2048, 1024)];
        let together = most_together(&large);
        assert!((8..MOST_TOGETHER).contains(&together), "{together}");
        assert!(large.iter().map(|layout| work(layout, together)).sum::<u64>() <= MOST_WORK);
        assert_eq!(most_together(&vec![layout(4096, 1024); 1000]), 1);
    }

    #[test]
    fn the_factor_is_that_of_the_inverse() {
        let mut random = Rng::with_seed(1);
        let count = 7;
        let pieces: Vec<Vec<f64>> =
            (0..40).map(|_| (0..count).map(|_| f64::from(random.i32(-128..128))).collect()).collect();
        let inputs: Vec<usize> = (0..count).collect();
        let products = products(&inputs, &pieces, &pieces);
        let damping = damping(&products, count);
        let mut damped = products.clone();
        (0..count).for_each(|index| damped[index * (count + 1)] += damping);
        let factor = inverse_factor(damped, count);
        // Uᵀ · U · H is one.
        for row in 0..count {
            for column in 0..count {
                let of_h = |a: usize, b: usize| {
                    let damping = if a == b { damping } else { 0.0 };
                    products[a * count + b] + damping
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

    /// A layer of a few outputs that reads inputs of which every second is nearly the one before, and which were rounded
    /// to steps of 8 on the way.
    struct Case {
        weights: Vec<Vec<f64>>,
        random: Rng,
    }

    impl Case {
        const INPUTS: usize = 40;

        fn new() -> Self {
            let mut random = Rng::with_seed(2);
            let row = |random: &mut Rng| (0..Self::INPUTS).map(|_| random.f64() * 2.0 - 1.0).collect();
            let weights = (0..20).map(|_| row(&mut random)).collect();
            Self { weights, random }
        }

        fn sample(&mut self) -> Vec<f32> {
            let mut last = 0.0;
            let next = |index: usize| {
                let step = self.random.f32() * 2.0 - 1.0;
                last = if index.is_multiple_of(2) { step * 90.0 } else { last + step * 8.0 };
                last
            };
            (0..Self::INPUTS).map(next).collect()
        }

        fn integers(sample: &[f32]) -> Vec<i32> {
            sample.iter().map(|value| 3 + 8 * (value / 8.0).round() as i32).collect()
        }

        /// Squared errors of outputs on other samples than those that were learned from.
        fn error(&mut self, rounded: &[(Vec<i8>, f64)]) -> f64 {
            let mut error = 0.0;
            for _ in 0..200 {
                let real = self.sample();
                let integers = Self::integers(&real);
                for (weights, (rounded, scale)) in self.weights.iter().zip(rounded) {
                    let wanted: f64 = weights.iter().zip(&real).map(|(w, &x)| w * f64::from(x)).sum();
                    let made: f64 =
                        rounded.iter().zip(&integers).map(|(&w, &x)| f64::from(w) * f64::from(x - 3)).sum();
                    error += (made * scale - wanted).powi(2);
                }
            }
            error
        }

        /// What 400 samples say.
        fn feedback(&mut self) -> ErrorFeedback {
            let real: Vec<Vec<f32>> = (0..400).map(|_| self.sample()).collect();
            let integers: Vec<Vec<i32>> = real.iter().map(|sample| Case::integers(sample)).collect();
            let weights: Vec<f32> = self.weights.concat().into_iter().map(|weight| weight as f32).collect();
            let bias = vec![0.0; self.weights.len()];
            let shape = vec![self.weights.len(), Case::INPUTS];
            let filter = Filter { weights, shape, bias, given_scales: None };
            let inputs = Inputs {
                real: &real,
                integers: &integers,
                pixels: &[],
                quantization: Quantization::Affine { scale: 1.0, zero_point: 3 },
                is_mean_corrected: false,
            };
            ErrorFeedback::new(&FloatOperator::Dense(filter), &inputs, MOST_TOGETHER).expect("samples")
        }
    }

    #[test]
    fn outputs_lose_less_than_by_rounding() {
        let mut case = Case::new();
        let feedback = case.feedback();
        for precision in [Precision::Int4, Precision::Int3, Precision::Int2, Precision::Ternary] {
            let scale = |weights: &[f64]| super::super::weight_scale::search(precision, weights);
            let nearest = |weights: &Vec<f64>| {
                let scale = scale(weights);
                (weights.iter().map(|weight| precision.nearest(weight / scale)).collect(), scale)
            };
            let nearest: Vec<(Vec<i8>, f64)> = case.weights.iter().map(nearest).collect();
            let fed_back = |(channel, weights): (usize, &Vec<f64>)| {
                let feedback = feedback.channel(channel, weights, None);
                let scale = feedback.best_scale(scale(weights), f64::INFINITY, Scheme::Affine, precision);
                (feedback.round(scale, precision), scale)
            };
            let fed_back: Vec<(Vec<i8>, f64)> = case.weights.iter().enumerate().map(fed_back).collect();
            let [nearest, fed_back] = [case.error(&nearest), case.error(&fed_back)];
            println!("{precision:?}: {:.3}", fed_back / nearest);
            assert!(fed_back < 0.75 * nearest, "{precision:?}: {fed_back} {nearest}");
        }
    }

    /// On other samples, too, few levels want steps that are coarser than the weights alone do, in either scheme.
    #[test]
    fn few_levels_want_coarser_steps() {
        let mut case = Case::new();
        // Many small weights, few large ones.
        case.weights.iter_mut().flatten().for_each(|weight| *weight = weight.powi(3));
        let feedback = case.feedback();
        for scheme in [Scheme::Affine, Scheme::FixedPoint] {
            for precision in [Precision::Int2, Precision::Ternary, Precision::Binary] {
                let mut rounded = [Vec::new(), Vec::new()];
                for (channel, weights) in case.weights.iter().enumerate() {
                    let feedback = feedback.channel(channel, weights, None);
                    let of_weights = super::super::scheme::weight_scale(scheme, precision, weights);
                    let chosen = feedback.best_scale(of_weights, f64::INFINITY, scheme, precision);
                    assert!(scheme == Scheme::Affine || [1.0, 2.0].contains(&(chosen / of_weights)));
                    for (rounded, scale) in rounded.iter_mut().zip([of_weights, chosen]) {
                        rounded.push((feedback.round(scale, precision), scale));
                    }
                }
                let [of_weights, chosen] = rounded.map(|rounded| case.error(&rounded));
                println!("{scheme:?} {precision:?}: {:.3}", chosen / of_weights);
                assert!(chosen < 0.98 * of_weights, "{scheme:?} {precision:?}: {chosen} {of_weights}");
            }
        }
    }

    /// Where one pass is not all, no weight alone can make it better, and it was worth it.
    #[test]
    fn no_weight_of_coarse_steps_is_worth_moving() {
        let mut case = Case::new();
        let feedback = case.feedback();
        for (name, precision) in Precision::ALL {
            let mut sums = [0.0; 2];
            for (channel, weights) in case.weights.iter().enumerate() {
                let feedback = feedback.channel(channel, weights, None);
                let scale = super::super::weight_scale::search(precision, weights);
                let scale = feedback.best_scale(scale, f64::INFINITY, Scheme::Affine, precision);
                let (one_pass, squares) = feedback.one_pass(scale, precision);
                let mut integers = feedback.round(scale, precision);
                if !is_descended(precision) {
                    assert_eq!(integers, one_pass, "{name}");
                    continue;
                }
                // One pass knows what it leaves.
                let before = lost(&feedback, scale, &one_pass);
                assert!((before - squares).abs() < 1e-6 * squares, "{name}: {before} {squares}");
                let after = lost(&feedback, scale, &integers);
                for index in 0..integers.len() {
                    let chosen = integers[index];
                    for other in (-64..=64).filter(|&other| precision.nearest(other.into()) == other) {
                        integers[index] = other;
                        let moved = lost(&feedback, scale, &integers);
                        assert!(
                            moved > after - 1e-6 * after,
                            "{name}: weight {index} from {chosen} to {other}"
                        );
                    }
                    integers[index] = chosen;
                }
                sums = [sums[0] + before, sums[1] + after];
            }
            assert!(!is_descended(precision) || sums[1] < sums[0], "{name}: {sums:?}");
        }
    }

    /// The squared error of the output, from the definition.
    fn lost(feedback: &ChannelFeedback<'_>, scale: f64, integers: &[i8]) -> f64 {
        let of_part = |part: &Part<'_>| {
            let off = |place: usize| f64::from(integers[part.taps[place]]) * scale - part.wanted[place];
            let count = part.taps.len();
            let of_row = |row: usize| -> f64 {
                (0..count).map(|column| off(row) * part.products[row * count + column] * off(column)).sum()
            };
            (0..count).map(of_row).sum::<f64>()
        };
        feedback.parts.iter().map(of_part).sum()
    }
}
