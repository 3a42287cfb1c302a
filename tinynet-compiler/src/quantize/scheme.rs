//! What the two schemes do differently, by scheme.

use super::{affine, fixed_point};
use crate::function::Function;
use crate::graph::FloatOperator;
use crate::precision::Precision;
use crate::quantized::{Element, Quantization, Requantize};
use crate::settings::Scheme;

/// What integers a tensor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) steps: Steps,
    /// The smallest and the largest integer: a power of two below 0, and one less above.
    pub(super) ends: [i32; 2],
}

/// Which real numbers the integers of a tensor may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Steps {
    /// Powers of two, zero is 0.
    FixedPoint,
    /// Powers of two, zero is the smallest integer: for what is never negative, twice as fine.
    UnsignedFixedPoint,
    /// Any scale, any zero point.
    Affine,
    /// Any scale, zero is 0.
    Symmetric,
}

impl Format {
    /// What a scheme has of tensors whose integers lie between two ends; zero points are for int8s, as is the form for what
    /// is never negative.
    pub(super) fn new(scheme: Scheme, element: Element, ends: [i32; 2], is_unsigned: bool) -> Self {
        let is_int8 = element == Element::Int8;
        let steps = match scheme {
            Scheme::FixedPoint if is_unsigned && is_int8 => Steps::UnsignedFixedPoint,
            Scheme::FixedPoint => Steps::FixedPoint,
            Scheme::Affine if is_int8 => Steps::Affine,
            Scheme::Affine => Steps::Symmetric,
        };
        Self { steps, ends }
    }
}

impl From<Scheme> for Format {
    fn from(scheme: Scheme) -> Self {
        Self::new(scheme, Element::Int8, Element::Int8.range(), false)
    }
}

/// The quantisation that holds a range, which contains 0 and more.
pub(super) fn cover(format: Format, range: [f64; 2]) -> Quantization {
    let Format { steps, ends } = format;
    match steps {
        Steps::FixedPoint => fixed_point::cover(ends, range),
        Steps::UnsignedFixedPoint => fixed_point::cover_unsigned(ends, range),
        Steps::Affine => affine::cover(ends, range),
        Steps::Symmetric => affine::cover_symmetric(ends, range),
    }
}

/// The quantisation with the least error, of those that hold `range` or part of it.
pub(super) fn search(format: Format, range: [f64; 2], error: impl Fn(Quantization) -> f64) -> Quantization {
    match format.steps {
        Steps::FixedPoint | Steps::UnsignedFixedPoint => fixed_point::search(cover(format, range), error),
        Steps::Affine | Steps::Symmetric => affine::search(range, |range| cover(format, range), error),
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
