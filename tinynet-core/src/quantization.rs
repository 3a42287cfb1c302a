//! Between real numbers and the integers of a network.
//!
//! Rounding is to the nearest, halves away from zero, and everything saturates: the same rule by which the
//! compiler quantises calibration samples.

mod real;

pub use real::Real;

/// What an integer stands for.
///
/// Generated types have it as associated constants; `quantize` and `dequantize` then fold to a few shifts.
///
/// ```
/// use tinynet_core::Quantization;
///
/// const PIXELS: Quantization = Quantization::fixed_point(7);
/// const LOGITS: Quantization = Quantization::affine(0.25, 3);
/// # #[cfg(feature = "fixed")] {
/// use fixed::types::I16F16;
///
/// assert_eq!(PIXELS.quantize(I16F16::from_num(0.5)), 64);
/// assert_eq!(PIXELS.quantize(I16F16::from_num(1.0)), 127); // saturated
/// assert_eq!(LOGITS.quantize(I16F16::from_num(1.5)), 9);
/// assert_eq!(LOGITS.dequantize::<I16F16>(9), I16F16::from_num(1.5));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantization {
    /// Qm.n: `q · 2^-fraction_bits`.
    FixedPoint {
        /// Binary places behind the point; may be negative, or more than 7.
        fraction_bits: i32,
    },
    /// `(q - zero_point) · scale`.
    Affine(Affine),
}

/// Scale and zero point, with the scale and its inverse as integers, so that firmware needs no floating
/// point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    scale: f64,
    zero_point: i32,
    forward: Scale,
    inverse: Scale,
}

/// `mantissa · 2^exponent`, `2^31 <= mantissa < 2^32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "fixed"), allow(dead_code, reason = "only typed values are converted by integers"))]
struct Scale {
    mantissa: u32,
    exponent: i32,
}

impl Affine {
    /// Takes the scale apart, in const evaluation.
    ///
    /// # Panics
    ///
    /// Unless `scale` is positive, finite and normal, and the zero point an int8 or a uint8.
    pub const fn new(scale: f64, zero_point: i32) -> Affine {
        assert!(-128 <= zero_point && zero_point <= 255, "a zero point is an int8 or a uint8");
        let bits = scale.to_bits();
        let biased_exponent = (bits >> 52) as i32;
        // The sign bit counts as part of the exponent here: a negative scale is beyond the largest.
        assert!(0 < biased_exponent && biased_exponent < 0x7ff, "a scale is positive, finite and normal");
        // scale = significand · 2^exponent with 2^52 <= significand < 2^53.
        let significand = (bits & ((1 << 52) - 1)) | (1 << 52);
        let exponent = biased_exponent - 1075;
        let forward = Scale::nearest((significand as u128) << 32, exponent - 32);
        let inverse = Scale::nearest((1u128 << 127) / significand as u128, -exponent - 127);
        Affine { scale, zero_point, forward, inverse }
    }

    /// Real value of one step.
    pub const fn scale(&self) -> f64 {
        self.scale
    }

    /// The integer that stands for 0.
    pub const fn zero_point(&self) -> i32 {
        self.zero_point
    }
}

impl Scale {
    /// The nearest to `value · 2^exponent`; `value >= 2^32`.
    const fn nearest(value: u128, exponent: i32) -> Scale {
        let surplus = 96 - value.leading_zeros();
        let rounded = ((value >> (surplus - 1)) + 1) >> 1;
        let exponent = exponent + surplus as i32;
        if rounded >> 32 == 1 {
            Scale { mantissa: 1 << 31, exponent: exponent + 1 }
        } else {
            Scale { mantissa: rounded as u32, exponent }
        }
    }
}

impl Quantization {
    /// Qm.n: `q · 2^-fraction_bits`.
    pub const fn fixed_point(fraction_bits: i32) -> Quantization {
        Quantization::FixedPoint { fraction_bits }
    }

    /// `(q - zero_point) · scale`.
    ///
    /// # Panics
    ///
    /// Unless `scale` is positive, finite and normal, and the zero point an int8 or a uint8. In a constant that
    /// is an error at compile time.
    pub const fn affine(scale: f64, zero_point: i32) -> Quantization {
        Quantization::Affine(Affine::new(scale, zero_point))
    }

    /// The integer that stands for 0.
    pub const fn zero_point(&self) -> i32 {
        match self {
            Quantization::FixedPoint { .. } => 0,
            Quantization::Affine(affine) => affine.zero_point,
        }
    }
}

/// `2^17` steps are more than there are from any zero point to the end of any element's range.
#[cfg(any(feature = "fixed", feature = "f32"))]
const ENOUGH_BITS: usize = 17;

#[cfg(feature = "fixed")]
mod fixed_values {
    use super::{ENOUGH_BITS, Quantization};
    use crate::element::Element;
    use fixed::traits::{Fixed, FixedBits};
    use num_traits::{AsPrimitive, PrimInt, Unsigned};

    impl Quantization {
        /// The nearest int8 to a value of any type of the crate `fixed`.
        ///
        /// With a fixed-point quantisation the result is exact. With an affine one the inverse of the scale
        /// is rounded to 32 binary places, which can only matter within `2^-24` of a step around halves.
        #[inline(always)]
        pub fn quantize<F: Fixed>(&self, value: F) -> i8 {
            self.quantize_to(value)
        }

        /// The same for any type of integers.
        #[inline(always)]
        pub(super) fn quantize_to<F: Fixed, T: Element>(&self, value: F) -> T {
            let bits = value.to_bits();
            let negative = bits < F::Bits::default();
            let magnitude = if F::Bits::BITS <= 32 {
                // Always `Ok`: 32 bits fit.
                let bits: i64 = bits.try_into().unwrap_or(0);
                self.steps(bits.unsigned_abs(), F::FRAC_NBITS as i32)
            } else {
                self.wide_steps::<F>(bits)
            };
            let steps = if negative { -magnitude } else { magnitude };
            T::saturate(steps + self.zero_point())
        }

        /// The nearest value of a type of the crate `fixed`, saturated.
        #[inline(always)]
        pub fn dequantize<F: Fixed>(&self, q: i8) -> F {
            self.dequantize_from(q)
        }

        /// The same for any type of integers.
        #[inline(always)]
        pub(super) fn dequantize_from<F: Fixed, T: Element>(&self, q: T) -> F {
            let steps = i64::from(q.widen().wrapping_sub(self.zero_point()));
            let (magnitude, exponent) = match self {
                Quantization::FixedPoint { fraction_bits } => {
                    (steps.unsigned_abs(), fraction_bits.saturating_neg())
                }
                Quantization::Affine(affine) => {
                    (steps.unsigned_abs() * u64::from(affine.forward.mantissa), affine.forward.exponent)
                }
            };
            let shift = exponent.saturating_add(F::FRAC_NBITS as i32);
            F::from_bits(if F::Bits::BITS <= 32 {
                signed::<F::Bits>(steps < 0, scaled(magnitude, shift).into())
            } else {
                signed::<F::Bits>(steps < 0, scaled(u128::from(magnitude), shift))
            })
        }

        /// Number of steps nearest to `bits · 2^-fraction_bits`, where `bits` has no more than 32 bits;
        /// `2^ENOUGH_BITS` stands for more than it.
        #[inline(always)]
        fn steps(&self, bits: u64, fraction_bits: i32) -> i32 {
            match self {
                Quantization::FixedPoint { fraction_bits: target } => {
                    small(scaled(bits, target.saturating_sub(fraction_bits)))
                }
                Quantization::Affine(affine) => {
                    let product = bits * u64::from(affine.inverse.mantissa);
                    small(scaled(product, affine.inverse.exponent.saturating_sub(fraction_bits)))
                }
            }
        }

        /// As [`steps`](Quantization::steps), for types of 64 and 128 bits.
        fn wide_steps<F: Fixed>(&self, bits: F::Bits) -> i32 {
            let magnitude = match TryInto::<i128>::try_into(bits) {
                Ok(bits) => bits.unsigned_abs(),
                // An unsigned number beyond i128.
                Err(_) => bits.try_into().unwrap_or(u128::MAX),
            };
            let fraction_bits = F::FRAC_NBITS as i32;
            match self {
                Quantization::FixedPoint { fraction_bits: target } => {
                    small(scaled(magnitude, target.saturating_sub(fraction_bits)))
                }
                Quantization::Affine(affine) => {
                    // Room for 32 more bits: drop the lowest, whether any was set kept in the new lowest.
                    let (magnitude, fraction_bits) = if magnitude >> 96 == 0 {
                        (magnitude, fraction_bits)
                    } else {
                        (magnitude >> 32 | u128::from(magnitude as u32 != 0), fraction_bits - 32)
                    };
                    let product = magnitude * u128::from(affine.inverse.mantissa);
                    small(scaled(product, affine.inverse.exponent.saturating_sub(fraction_bits)))
                }
            }
        }
    }

    /// `magnitude · 2^exponent`, to the nearest, halves up, saturated.
    #[inline(always)]
    fn scaled<M: PrimInt + Unsigned>(magnitude: M, exponent: i32) -> M {
        let width = M::zero().count_zeros();
        if exponent >= 0 {
            let exponent = exponent.unsigned_abs();
            let fits = exponent < width && magnitude <= M::max_value() >> exponent as usize;
            if fits {
                magnitude << exponent as usize
            } else if magnitude.is_zero() {
                magnitude
            } else {
                M::max_value()
            }
        } else {
            let exponent = exponent.unsigned_abs();
            if exponent > width {
                return M::zero();
            }
            let doubled = magnitude >> (exponent - 1) as usize;
            (doubled >> 1) + (doubled & M::one())
        }
    }

    /// `steps`, or `2^ENOUGH_BITS` where it is more: beyond all elements, whatever the zero point.
    #[inline(always)]
    fn small<M: PrimInt + Unsigned + AsPrimitive<i32>>(steps: M) -> i32 {
        steps.min(M::one() << ENOUGH_BITS).as_()
    }

    /// `magnitude` with a sign, saturated to the type.
    #[inline(always)]
    fn signed<B: FixedBits>(negative: bool, magnitude: u128) -> B {
        if !negative {
            return B::try_from(magnitude).unwrap_or(B::MAX);
        }
        match i128::try_from(magnitude) {
            Ok(magnitude) => B::try_from(-magnitude).unwrap_or(B::MIN),
            Err(_) => B::MIN,
        }
    }
}

#[cfg(feature = "f32")]
mod f32_values {
    use super::{ENOUGH_BITS, Quantization};
    use crate::element::Element;

    impl Quantization {
        /// Real value of one step.
        #[inline]
        const fn scale(&self) -> f32 {
            match self {
                Quantization::FixedPoint { fraction_bits } => power_of_two(fraction_bits.saturating_neg()),
                Quantization::Affine(affine) => affine.scale as f32,
            }
        }

        /// The nearest int8 to `value / scale`, plus the zero point. NaN counts as 0.
        #[inline]
        pub fn quantize_f32(&self, value: f32) -> i8 {
            self.quantize_f32_to(value)
        }

        /// The same for any type of integers.
        #[inline]
        pub(super) fn quantize_f32_to<T: Element>(&self, value: f32) -> T {
            T::saturate(round(value / self.scale()) + self.zero_point())
        }

        /// The real value of `q`.
        #[inline]
        pub fn dequantize_f32(&self, q: i8) -> f32 {
            self.dequantize_f32_from(q)
        }

        /// The same for any type of integers.
        #[inline]
        pub(super) fn dequantize_f32_from<T: Element>(&self, q: T) -> f32 {
            (q.widen() - self.zero_point()) as f32 * self.scale()
        }
    }

    /// The nearest integer, halves away from zero; within `-2^ENOUGH_BITS` and `2^ENOUGH_BITS`.
    fn round(value: f32) -> i32 {
        const ENOUGH: f32 = (1u32 << ENOUGH_BITS) as f32;
        let value = value.clamp(-ENOUGH, ENOUGH);
        let whole = value as i32;
        // Exact: both are below 2^24 and the difference below 1.
        let rest = value - whole as f32;
        whole + i32::from(rest >= 0.5) - i32::from(rest <= -0.5)
    }

    /// `2^exponent`, 0 or infinite beyond the range of the type.
    const fn power_of_two(exponent: i32) -> f32 {
        match exponent {
            128.. => f32::INFINITY,
            -126..=127 => f32::from_bits(((exponent + 127) as u32) << 23),
            -149..=-127 => f32::from_bits(1 << (exponent + 149)),
            _ => 0.0,
        }
    }
}
