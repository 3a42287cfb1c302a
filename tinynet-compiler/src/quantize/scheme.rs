//! What the two schemes do differently, by scheme.

use super::{affine, fixed_point};
use crate::function::Function;
use crate::graph::FloatOperator;
use crate::precision::Precision;
use crate::quantized::{Quantization, Requantize};
use crate::settings::Scheme;

/// What kind of integers a tensor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Powers of two, zero is 0.
    FixedPoint,
    /// Powers of two, zero is -128: for what is never negative, twice as fine.
    UnsignedFixedPoint,
    /// Any scale, any zero point.
    Affine,
}

impl From<Scheme> for Format {
    fn from(scheme: Scheme) -> Self {
        match scheme {
            Scheme::FixedPoint => Format::FixedPoint,
            Scheme::Affine => Format::Affine,
        }
    }
}

/// The quantisation that holds a range, which contains 0 and more.
pub(super) fn cover(format: Format, range: [f64; 2]) -> Quantization {
    match format {
        Format::FixedPoint => fixed_point::cover(range),
        Format::UnsignedFixedPoint => fixed_point::cover_unsigned(range),
        Format::Affine => affine::cover(range),
    }
}

/// The quantisation with the least error, of those that hold `range` or part of it.
pub(super) fn search(format: Format, range: [f64; 2], error: impl Fn(Quantization) -> f64) -> Quantization {
    match format {
        Format::FixedPoint | Format::UnsignedFixedPoint => fixed_point::search(cover(format, range), error),
        Format::Affine => affine::search(range, error),
    }
}

/// The quantisation of what an operator or function makes, where it follows from the operator alone.
pub(super) fn prescribed(
    scheme: Scheme,
    operator: &FloatOperator,
    function: Option<&Function>,
) -> Option<Quantization> {
    match (operator, scheme) {
        (FloatOperator::ArgMax | FloatOperator::ArgExtremum { .. }, Scheme::FixedPoint) => {
            Some(Quantization::FixedPoint { fraction_bits: 0 })
        }
        (FloatOperator::ArgMax | FloatOperator::ArgExtremum { .. }, Scheme::Affine) => {
            Some(Quantization::Affine { scale: 1.0, zero_point: 0 })
        }
        (FloatOperator::Softmax, Scheme::FixedPoint) => Some(Quantization::FixedPoint { fraction_bits: 7 }),
        (FloatOperator::Softmax, Scheme::Affine) => Some(affine::PROBABILITIES),
        (FloatOperator::LogSoftmax, _) => Some(affine::LOGARITHMS),
        (_, Scheme::FixedPoint) => None,
        (_, Scheme::Affine) => function.and_then(affine::prescribed),
    }
}

/// Brings a stated quantisation into the form of the scheme; `None` where the scheme cannot hold it.
pub(super) fn conform(scheme: Scheme, quantization: Quantization) -> Option<Quantization> {
    let (scale, zero_point) = (quantization.scale(), quantization.zero_point());
    let is_usable = scale.is_normal() && scale > 0.0 && (-128..=127).contains(&zero_point);
    match scheme {
        _ if !is_usable => None,
        Scheme::Affine => Some(Quantization::Affine { scale, zero_point }),
        Scheme::FixedPoint => (zero_point == 0 && fixed_point::is_power_of_two(scale))
            .then(|| Quantization::FixedPoint { fraction_bits: fixed_point::fraction_bits(scale) }),
    }
}

/// The quantisation with steps of at least `scale`.
pub(super) fn coarsen(scheme: Scheme, quantization: Quantization, scale: f64) -> Quantization {
    let scale = match scheme {
        Scheme::FixedPoint => fixed_point::representable(scale),
        Scheme::Affine => scale,
    };
    match quantization {
        Quantization::FixedPoint { .. } => {
            Quantization::FixedPoint { fraction_bits: fixed_point::fraction_bits(scale) }
        }
        // As many steps on each side of 0 as before.
        Quantization::Affine { zero_point, .. } => Quantization::Affine { scale, zero_point },
    }
}

/// The quantisation to int16s of what another holds as int8s; zero is 0.
pub(super) fn widened(scheme: Scheme, quantization: Quantization) -> Quantization {
    match (quantization, scheme) {
        (Quantization::FixedPoint { fraction_bits }, _) => {
            Quantization::FixedPoint { fraction_bits: fraction_bits + 8 }
        }
        // From 0 on.
        (Quantization::Affine { scale, .. }, Scheme::FixedPoint) => {
            Quantization::FixedPoint { fraction_bits: fixed_point::fraction_bits(scale) + 7 }
        }
        (Quantization::Affine { scale, zero_point }, Scheme::Affine) => {
            let farthest = (zero_point + 128).max(127 - zero_point);
            Quantization::Affine { scale: scale * f64::from(farthest) / 32767.0, zero_point: 0 }
        }
    }
}

/// The scale for the weights of an output channel, not all 0.
pub(super) fn weight_scale(scheme: Scheme, precision: Precision, weights: &[f64]) -> f64 {
    match scheme {
        Scheme::FixedPoint => fixed_point::weight_scale(precision, weights),
        Scheme::Affine => affine::weight_scale(precision, weights),
    }
}

/// Requantisation by factors; `None` where one is out of the kernels' reach.
pub(super) fn requantize(scheme: Scheme, factors: &[f64]) -> Option<Requantize> {
    match scheme {
        Scheme::FixedPoint => fixed_point::requantize(factors),
        Scheme::Affine => affine::requantize(factors),
    }
}
