//! Activations seen as numbers of the crate `fixed`.
//!
//! A tensor with `n` fraction bits is an array of `FixedI8<Un>`. The views cost nothing.
//!
//! ```
//! use fixed::FixedI8;
//! use fixed::types::extra::U7;
//! use tinynet_core::typed;
//!
//! let bits = [64, -128, 127];
//! let values: &[FixedI8<U7>; 3] = typed::from_bits(&bits);
//! assert_eq!(values[0], 0.5);
//! assert_eq!(values[1], -1.0);
//! assert_eq!(typed::to_bits(values), &bits);
//! ```

use core::mem::{align_of, size_of};
use fixed::FixedI8;

/// The integers as numbers with `Fraction` binary places behind the point.
#[inline(always)]
pub const fn from_bits<Fraction, const N: usize>(bits: &[i8; N]) -> &[FixedI8<Fraction>; N] {
    const { assert_same_layout::<Fraction>() };
    // SAFETY: `FixedI8` is `repr(transparent)` over `i8` and documents it; every bit pattern is a value. Same
    // lifetime.
    unsafe { &*bits.as_ptr().cast() }
}

/// The integers as numbers with `Fraction` binary places behind the point, to be written.
#[inline(always)]
pub const fn from_bits_mut<Fraction, const N: usize>(bits: &mut [i8; N]) -> &mut [FixedI8<Fraction>; N] {
    const { assert_same_layout::<Fraction>() };
    // SAFETY: as in `from_bits`, and whatever is written is a valid `i8`. The borrow stays exclusive.
    unsafe { &mut *bits.as_mut_ptr().cast() }
}

/// The integers behind the numbers.
#[inline(always)]
pub const fn to_bits<Fraction, const N: usize>(values: &[FixedI8<Fraction>; N]) -> &[i8; N] {
    const { assert_same_layout::<Fraction>() };
    // SAFETY: as in `from_bits`, the other way.
    unsafe { &*values.as_ptr().cast() }
}

/// The integers behind the numbers, to be written.
#[inline(always)]
pub const fn to_bits_mut<Fraction, const N: usize>(values: &mut [FixedI8<Fraction>; N]) -> &mut [i8; N] {
    const { assert_same_layout::<Fraction>() };
    // SAFETY: as in `from_bits_mut`, the other way.
    unsafe { &mut *values.as_mut_ptr().cast() }
}

const fn assert_same_layout<Fraction>() {
    assert!(size_of::<FixedI8<Fraction>>() == size_of::<i8>());
    assert!(align_of::<FixedI8<Fraction>>() == align_of::<i8>());
}
