//! The integer types that activations are stored in.

use num_traits::{AsPrimitive, PrimInt};

mod sealed {
    pub trait Sealed {}
    impl Sealed for i8 {}
    impl Sealed for u8 {}
    impl Sealed for i16 {}
    impl Sealed for i32 {}
}

/// An integer type that activations are stored in: `i8`, or `i16` where eight bits are not enough; `u8` and `i32` where a
/// model takes or gives such numbers.
///
/// Every bit pattern is a value, so that an [`Arena`](crate::Arena) can hand out its bytes as elements; the
/// trait is sealed for that reason.
///
/// ```
/// use tinynet_core::Element;
///
/// assert_eq!(i8::saturate(200), 127);
/// assert_eq!(i16::saturate(200), 200);
/// assert_eq!((-3i8).widen(), -3);
/// ```
pub trait Element:
    PrimInt + AsPrimitive<i32> + Default + core::fmt::Debug + sealed::Sealed + 'static
{
    /// The value as a 32-bit integer.
    #[inline(always)]
    fn widen(self) -> i32 {
        self.as_()
    }

    /// The low bits of `value`. Callers have clamped it to the range of the type.
    fn narrow(value: i32) -> Self;

    /// `value`, or the end of the range that it lies beyond.
    #[inline(always)]
    fn saturate(value: i32) -> Self {
        Self::narrow(value.clamp(Self::min_value().widen(), Self::max_value().widen()))
    }
}

impl Element for i8 {
    #[inline(always)]
    fn narrow(value: i32) -> i8 {
        value as i8
    }
}

impl Element for i16 {
    #[inline(always)]
    fn narrow(value: i32) -> i16 {
        value as i16
    }
}

impl Element for i32 {
    #[inline(always)]
    fn narrow(value: i32) -> i32 {
        value
    }
}

impl Element for u8 {
    #[inline(always)]
    fn narrow(value: i32) -> u8 {
        value as u8
    }
}
