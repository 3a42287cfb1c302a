//! The affine scheme: TensorFlow Lite's int8.
//!
//! An int8 of a tensor stands for `(q - zero_point) · scale`, so that 0.0 is exact; weights have a scale for each output
//! channel and zero point 0. Requantising is a Q31 multiplication and a shift. (Jacob et al., "Quantization and Training of
//! Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018; TensorFlow Lite, "8-bit quantization
//! specification".)

use super::range::least_by;
use super::weight_scale;
use crate::function::Function;
use crate::precision::Precision;
use crate::quantized::{Quantization, Requantize};

/// Each end of the range is tried at `2^(-1/8)`, `2^(-2/8)` … of what calibration saw, down to an eighth.
const STEPS_AN_OCTAVE: i32 = 8;
const STEPS: i32 = 3 * STEPS_AN_OCTAVE;

/// Farthest right shift of the kernels.
const LARGEST_SHIFT: i32 = 31;

/// What TensorFlow Lite's softmax and sigmoid make.
pub(super) const PROBABILITIES: Quantization = Quantization::Affine { scale: 1.0 / 256.0, zero_point: -128 };

/// What TensorFlow Lite's logarithm of the softmax makes.
pub(super) const LOGARITHMS: Quantization = Quantization::Affine { scale: 1.0 / 16.0, zero_point: 127 };

/// What TensorFlow Lite's tanh makes.
const TANH: Quantization = Quantization::Affine { scale: 1.0 / 128.0, zero_point: 0 };

/// The quantisation that TensorFlow Lite prescribes for what a function makes.
pub(super) fn prescribed(function: &Function) -> Option<Quantization> {
    match function {
        Function::Sigmoid => Some(PROBABILITIES),
        Function::Tanh => Some(TANH),
        _ => None,
    }
}

/// The quantisation whose steps from the smallest integer to the largest span `range`, which holds 0, moved so that 0.0 is
/// exact.
pub(super) fn cover(ends: [i32; 2], [low, high]: [f64; 2]) -> Quantization {
    let [smallest, largest] = ends.map(f64::from);
    let scale = (high - low) / (largest - smallest);
    let zero_point = (smallest - low / scale).round().clamp(smallest, largest) as i32;
    Quantization::Affine { scale, zero_point }
}

/// The quantisation whose zero is 0 and whose largest integer is the end of `range` that lies farther from 0: TensorFlow
/// Lite's of int16 activations.
pub(super) fn cover_symmetric([_, largest]: [i32; 2], [low, high]: [f64; 2]) -> Quantization {
    Quantization::Affine { scale: high.max(-low) / f64::from(largest), zero_point: 0 }
}

/// The quantisation with the least `error`, of those that `cover` `range` or part of it: first the upper end is moved,
/// then the lower.
pub(super) fn search(
    [low, high]: [f64; 2],
    cover: impl Fn([f64; 2]) -> Quantization,
    error: impl Fn(Quantization) -> f64,
) -> Quantization {
    let factor = |step: i32| libm::exp2(-f64::from(step) / f64::from(STEPS_AN_OCTAVE));
    let ends = |end: f64| {
        (0..=STEPS).map(move |step| end * factor(step)).take(if end == 0.0 { 1 } else { usize::MAX })
    };
    let best_end = |ranges: &mut dyn Iterator<Item = [f64; 2]>| {
        let ranges = ranges.filter(|range| range[0] < range[1]);
        least_by(ranges, |&range| error(cover(range))).unwrap_or([low, high])
    };
    let [_, high] = best_end(&mut ends(high).map(|high| [low, high]));
    cover(best_end(&mut ends(low).map(|low| [low, high])))
}

/// The scale for weights: of int8 the largest is the last step, as in TensorFlow Lite; of fewer bits it is the one with the
/// least squared error.
pub(super) fn weight_scale(precision: Precision, weights: &[f64]) -> f64 {
    match precision {
        Precision::Int8 => weight_scale::largest(weights) / f64::from(precision.largest()),
        _ => weight_scale::search(precision, weights),
    }
}

/// Requantisation by factors; `None` where one is out of reach.
pub(super) fn requantize(factors: &[f64]) -> Option<Requantize> {
    let pairs: Option<Vec<(i32, i8)>> = factors.iter().map(|&factor| multiplier(factor)).collect();
    let (multipliers, shifts) = pairs?.into_iter().unzip();
    Some(Requantize::Multiplier { multipliers, shifts })
}

/// The Q31 multiplier in `[2^30, 2^31)` and the power of two nearest to `factor`: TensorFlow Lite's
/// `QuantizeMultiplier`. `None` unless `2^-32 <= factor < 2^30`.
pub(crate) fn multiplier(factor: f64) -> Option<(i32, i8)> {
    let (fraction, exponent) = libm::frexp(factor);
    let (rounded, exponent) = match libm::ldexp(fraction, 31).round() as i64 {
        0x8000_0000 => (0x4000_0000, exponent + 1),
        rounded => (rounded, exponent),
    };
    let is_in_reach = factor > 0.0 && (-LARGEST_SHIFT..=30).contains(&exponent);
    is_in_reach.then_some((rounded as i32, exponent as i8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_exact_and_the_ends_are_held() {
        for range in [[-1.0, 1.0], [0.0, 6.0], [-0.3, 5.1], [-7.0, 0.0], [-1e-20, 3e-20]] {
            let quantization = cover([-128, 127], range);
            assert_eq!(quantization.dequantize(quantization.quantize(0.0)), 0.0);
            let [low, high] = [-128, 127].map(|q| quantization.dequantize(q));
            let half_a_step = quantization.scale() * 0.500001;
            assert!(
                low <= range[0] + half_a_step && high >= range[1] - half_a_step,
                "{range:?}: {low} to {high}"
            );
        }
    }

    #[test]
    fn multipliers_of_tensorflow_lite() {
        assert_eq!(multiplier(0.5), Some((1 << 30, 0)));
        assert_eq!(multiplier(1.0), Some((1 << 30, 1)));
        assert_eq!(multiplier(0.3), Some((1288490189, -1)));
        assert_eq!(multiplier(1.0 - 1e-12), Some((1 << 30, 1)));
        assert_eq!(multiplier(libm::ldexp(1.0, -32)), Some((1 << 30, -31)));
        assert_eq!(multiplier(libm::ldexp(1.0, -33)), None);
        assert_eq!(multiplier(0.0), None);
    }
}
