//! The scale with which weights of few bits lose least.
//!
//! With few bits the largest weights are worth saturating: the squared error is least at a scale well below the one that
//! holds them all (Banner et al., "Post-training 4-bit quantization of convolution networks for rapid-deployment", 2019,
//! section 3).
//!
//! An output channel has one scale. Groups of its weights could have that or twice as much without any other arithmetic, but
//! each takes a bit, and the packed loop would have to shift: by instructions about 6 cycles more for a word of eight weights,
//! which takes it 28. What bits are worth elsewhere, half the error for one more a weight, groups hardly beat
//! (`cargo bench --bench precision -- groups`): in most layers that were measured, groups of 8 weights of an output, or of one
//! weight of each of 8 outputs, win 0.05 to 0.3 bits for 0.125, and groups of 16 win 0.02 to 0.15 for 0.06. They win 0.4 to
//! 0.6 where a dense layer reads all pixels of an image, some of which hardly count: of 6 000 weights that is worth 200 to 300
//! bytes, less the code. Those of depthwise layers of 3 x 3 win no more than they take. A layer that needs finer weights gets
//! them by a `precision` of its own, which all code shapes have.

use super::range::least_by;
use crate::precision::Precision;

/// Scales tried, evenly from nearly 0 to the one that holds the largest weight.
const TRIED: i32 = 40;

/// Rounds of the refinement behind the search; it has settled by then.
const REFINED: usize = 3;

/// Largest magnitude. A loop, not iterators: three times as fast without optimisation, as all loops here.
pub(super) fn largest(weights: &[f64]) -> f64 {
    let (mut largest, mut index) = (0.0, 0);
    while index < weights.len() {
        let magnitude = weights[index].abs();
        if magnitude > largest {
            largest = magnitude;
        }
        index += 1;
    }
    largest
}

/// Sum of the squares of what weights lose when they are rounded to a scale.
pub(super) fn rounding_error(precision: Precision, weights: &[f64], scale: f64) -> f64 {
    let (mut sum, mut index) = (0.0, 0);
    while index < weights.len() {
        let weight = weights[index];
        let lost = weight - f64::from(precision.nearest(weight / scale)) * scale;
        sum += lost * lost;
        index += 1;
    }
    sum
}

/// The scale with the least squared error.
pub(super) fn search(precision: Precision, weights: &[f64]) -> f64 {
    let widest = largest(weights) / f64::from(precision.largest());
    let error = |scale: &f64| rounding_error(precision, weights, *scale);
    let tried = (1..=TRIED).map(|part| widest * f64::from(part) / f64::from(TRIED));
    let Some(mut best) = least_by(tried, error) else { return widest };
    for _ in 0..REFINED {
        let refined = refine(precision, weights, best);
        if error(&refined) >= error(&best) {
            break;
        }
        best = refined;
    }
    best
}

/// The scale with the least squared error for the integers that another one makes: a line through 0 by least squares.
fn refine(precision: Precision, weights: &[f64], scale: f64) -> f64 {
    let (mut products, mut squares, mut index) = (0.0, 0.0, 0);
    while index < weights.len() {
        let integer = f64::from(precision.nearest(weights[index] / scale));
        products += integer * weights[index];
        squares += integer * integer;
        index += 1;
    }
    if squares > 0.0 && products > 0.0 { products / squares } else { scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights as training leaves them: many small ones, few large ones.
    fn weights() -> Vec<f64> {
        (1..200).map(|index| f64::from(index * 37 % 199 - 99).powi(3) / 1e6).collect()
    }

    #[test]
    fn no_scale_near_it_is_better() {
        for (name, precision) in Precision::ALL {
            let weights = weights();
            let scale = search(precision, &weights);
            let error = |factor: f64| rounding_error(precision, &weights, scale * factor);
            let nearby = (50..200).map(|percent| error(f64::from(percent) / 100.0));
            let best = nearby.fold(f64::INFINITY, f64::min);
            assert!(error(1.0) <= 1.02 * best, "{name}: {} {best}", error(1.0));
        }
    }

    #[test]
    fn fewer_levels_lose_more() {
        let weights = weights();
        let error = |precision| rounding_error(precision, &weights, search(precision, &weights));
        let order = [
            Precision::Int8,
            Precision::Int6,
            Precision::Int5,
            Precision::Int4,
            Precision::Int3,
            Precision::Ternary,
        ];
        for pair in order.windows(2) {
            assert!(error(pair[0]) < error(pair[1]), "{pair:?}");
        }
        assert!(error(Precision::Int2) < error(Precision::Binary));
    }

    #[test]
    fn a_scale_that_fits_is_found() {
        let weights: Vec<f64> = [-7.0, 3.0, 0.0, 5.0, 1.0].iter().map(|weight| weight * 0.25).collect();
        assert_eq!(search(Precision::Int4, &weights), 0.25);
        assert_eq!(search(Precision::Binary, &[0.5, -0.5]), 0.5);
    }
}
