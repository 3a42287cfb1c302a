//! Types of real numbers, so that one function converts from and to any of them.

use super::Quantization;
use crate::element::Element;

/// A type of real numbers, between which and int8 or int16 a [`Quantization`] converts.
///
/// All types of the crate `fixed` are (feature `fixed`), and `f32` is (feature `f32`). A unit of measurement can be one,
/// too:
///
/// ```
/// # #[cfg(feature = "fixed")] {
/// use fixed::types::I16F16;
/// use tinynet_core::{Element, Quantization, Real};
///
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// struct Celsius(I16F16);
///
/// impl Real for Celsius {
///     fn quantize<T: Element>(self, quantization: &Quantization) -> T {
///         self.0.quantize(quantization)
///     }
///
///     fn dequantize<T: Element>(q: T, quantization: &Quantization) -> Self {
///         Celsius(Real::dequantize(q, quantization))
///     }
/// }
///
/// const ROOM: Quantization = Quantization::fixed_point(2);
/// let temperatures = [20.75, -3.0].map(|value| Celsius(I16F16::from_num(value)));
/// let integers: [i8; 2] = ROOM.quantize_array(&temperatures);
/// assert_eq!(integers, [83, -12]);
/// assert_eq!(ROOM.dequantize_array::<i8, Celsius, 2>(&integers), temperatures);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of real numbers that can be quantised",
    label = "not a real number",
    note = "types of the crate `fixed` are, with the feature `fixed` of tinynet; `f32` is, with its feature `f32`"
)]
pub trait Real: Copy {
    /// The nearest integer of a type.
    fn quantize<T: Element>(self, quantization: &Quantization) -> T;

    /// The value of `q`, or the nearest there is.
    fn dequantize<T: Element>(q: T, quantization: &Quantization) -> Self;
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
                fn quantize<T: Element>(self, quantization: &Quantization) -> T {
                    quantization.quantize_to(self)
                }

                #[inline(always)]
                fn dequantize<T: Element>(q: T, quantization: &Quantization) -> Self {
                    quantization.dequantize_from(q)
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
    fn quantize<T: Element>(self, quantization: &Quantization) -> T {
        quantization.quantize_f32_to(self)
    }

    #[inline]
    fn dequantize<T: Element>(q: T, quantization: &Quantization) -> Self {
        quantization.dequantize_f32_from(q)
    }
}

impl Quantization {
    /// The nearest integer to each value.
    #[inline(always)]
    pub fn quantize_array<T: Element, V: Real, const N: usize>(&self, values: &[V; N]) -> [T; N] {
        let mut integers = [T::default(); N];
        for (integer, value) in integers.iter_mut().zip(values) {
            *integer = value.quantize(self);
        }
        integers
    }

    /// The value of each integer.
    #[inline(always)]
    pub fn dequantize_array<T: Element, V: Real, const N: usize>(&self, integers: &[T; N]) -> [V; N] {
        let mut values = [V::dequantize(T::default(), self); N];
        for (value, &integer) in values.iter_mut().zip(integers) {
            *value = V::dequantize(integer, self);
        }
        values
    }
}
