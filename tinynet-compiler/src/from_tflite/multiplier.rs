//! Quotients of scales as integers.

use super::{Converted, Problem};
use crate::quantized::Requantize;

/// The Q31 multiplier and the power of two that TensorFlow Lite's `QuantizeMultiplier` makes of a factor.
pub(super) fn multiplier(factor: f64) -> Converted<(i32, i8)> {
    if factor == 0.0 {
        return Ok((0, 0));
    }
    let (fraction, exponent) = libm::frexp(factor.abs());
    let (rounded, exponent) = match libm::round(libm::ldexp(fraction, 31)) as i64 {
        0x8000_0000 => (0x4000_0000, exponent + 1),
        rounded => (rounded, exponent),
    };
    match exponent {
        ..=-32 => Ok((0, 0)),
        -31..=30 if factor.is_finite() => {
            Ok((if factor < 0.0 { -(rounded as i32) } else { rounded as i32 }, exponent as i8))
        }
        _ => Err(Problem::new(
            format!(
                "the quotient of its scales is {factor}, more than TensorFlow Lite itself can multiply by"
            ),
            "calibrate with samples that reach every value, and convert the model again",
        )
        .into()),
    }
}

/// Requantisation by a factor for each channel.
pub(super) fn requantize(factors: impl Iterator<Item = f64>) -> Converted<Requantize> {
    let (mut multipliers, mut shifts) = (Vec::new(), Vec::new());
    for factor in factors {
        let (multiplier, shift) = multiplier(factor)?;
        multipliers.push(multiplier);
        shifts.push(shift);
    }
    Ok(Requantize::Multiplier { multipliers, shifts })
}

/// The same for TensorFlow Lite's sums of 64 bits: by factors of 15 bits, rounded from those of 31.
pub(super) fn short_requantize(factors: impl Iterator<Item = f64>) -> Converted<Requantize> {
    let (multipliers, shifts) = short_multipliers(factors)?;
    Ok(Requantize::ShortMultiplier { multipliers, shifts })
}

/// The factors of 15 bits, and the powers of two that go with them.
pub(super) fn short_multipliers(factors: impl Iterator<Item = f64>) -> Converted<(Vec<i16>, Vec<i8>)> {
    let (mut multipliers, mut shifts) = (Vec::new(), Vec::new());
    for factor in factors {
        let (multiplier, shift) = multiplier(factor)?;
        if shift > MOST_SHORT_SHIFT {
            return Err(Problem::new(
                format!(
                    "the quotient of its scales is {factor}, more than TensorFlow Lite itself can multiply by"
                ),
                "calibrate with samples that reach every value, and convert the model again",
            )
            .into());
        }
        let short = if multiplier < 0x7fff_0000 { (multiplier + (1 << 15)) >> 16 } else { 0x7fff };
        multipliers.push(short as i16);
        shifts.push(shift);
    }
    Ok((multipliers, shifts))
}

/// The largest power of two of a short multiplier.
const MOST_SHORT_SHIFT: i8 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_far_below_one_vanish() {
        assert!(matches!(multiplier(0.5), Ok((0x4000_0000, 0))));
        assert!(matches!(multiplier(2f64.powi(-33)), Ok((0, 0))));
        assert!(matches!(multiplier(1.0 - 2f64.powi(-40)), Ok((0x4000_0000, 1))));
        assert!(multiplier(2f64.powi(31)).is_err());
    }
}
