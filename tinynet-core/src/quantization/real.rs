//! Types of real numbers, so that one function converts from and to any of them.

use super::Quantization;

/// A type of real numbers, between which and int8 a [`Quantization`] converts.
///
/// All types of the crate `fixed` are (feature `fixed`), and `f32` is (feature `f32`). A unit of measurement can be one,
/// too:
///
/// ```
/// # #[cfg(feature = "fixed")] {
/// use fixed::types::I16F16;
/// use tinynet_core::{Quantization, Real};
///
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// struct Celsius(I16F16);
///
/// impl Real for Celsius {
///     fn quantize(self, quantization: &Quantization) -> i8 {
///         self.0.quantize(quantization)
///     }
///
///     fn dequantize(q: i8, quantization: &Quantization) -> Self {
///         Celsius(Real::dequantize(q, quantization))
///     }
/// }
///
/// const ROOM: Quantization = Quantization::fixed_point(2);
/// let temperatures = [20.75, -3.0].map(|value| Celsius(I16F16::from_num(value)));
/// assert_eq!(ROOM.quantize_array(&temperatures), [83, -12]);
/// assert_eq!(ROOM.dequantize_array::<Celsius, 2>(&[83, -12]), temperatures);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of real numbers that can be quantised",
    label = "not a real number",
    note = "types of the crate `fixed` are, with the feature `fixed` of tinynet; `f32` is, with its feature `f32`"
)]
pub trait Real: Copy {
    /// The nearest int8.
    fn quantize(self, quantization: &Quantization) -> i8;

    /// The value of `q`, or the nearest there is.
    fn dequantize(q: i8, quantization: &Quantization) -> Self;
}

// Not for every `F: Fixed` at once: `f32` might be one some day, says the compiler.
#[cfg(feature = "fixed")]
macro_rules! fixed_values {
    ($($family:ident)*) => {
        $(
            impl<Fraction> Real for fixed::$family<Fraction>
            where
                Self: fixed::traits::Fixed,
            {
                #[inline(always)]
                fn quantize(self, quantization: &Quantization) -> i8 {
                    quantization.quantize(self)
                }

                #[inline(always)]
                fn dequantize(q: i8, quantization: &Quantization) -> Self {
                    quantization.dequantize(q)
                }
            }
        )*
    };
}
#[cfg(feature = "fixed")]
fixed_values! {
    FixedI8 FixedI16 FixedI32 FixedI64 FixedI128 FixedU8 FixedU16 FixedU32 FixedU64 FixedU128
}

#[cfg(feature = "f32")]
impl Real for f32 {
    #[inline]
    fn quantize(self, quantization: &Quantization) -> i8 {
        quantization.quantize_f32(self)
    }

    #[inline]
    fn dequantize(q: i8, quantization: &Quantization) -> Self {
        quantization.dequantize_f32(q)
    }
}

impl Quantization {
    /// The nearest int8 to each value.
    #[inline(always)]
    pub fn quantize_array<V: Real, const N: usize>(&self, values: &[V; N]) -> [i8; N] {
        let mut integers = [0; N];
        for (integer, value) in integers.iter_mut().zip(values) {
            *integer = value.quantize(self);
        }
        integers
    }

    /// The value of each int8.
    #[inline(always)]
    pub fn dequantize_array<V: Real, const N: usize>(&self, integers: &[i8; N]) -> [V; N] {
        let mut values = [V::dequantize(0, self); N];
        for (value, &integer) in values.iter_mut().zip(integers) {
            *value = V::dequantize(integer, self);
        }
        values
    }
}
