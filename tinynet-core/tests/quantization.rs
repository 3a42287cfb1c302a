//! Quantising and dequantising, against exact arithmetic.

use tinynet_core::Quantization;

/// `magnitude · 2^exponent` to the nearest integer, halves away from zero; 1000 or more is 1000.
fn nearest(magnitude: u128, exponent: i32) -> i64 {
    let value = if exponent >= 0 {
        if magnitude == 0 {
            return 0;
        }
        if exponent >= 120 || magnitude > 1000 {
            return 1000;
        }
        // At most 1000 · 2^10 from here on.
        magnitude << exponent.min(10)
    } else if exponent < -128 {
        0
    } else {
        let halves = if exponent == -128 { magnitude >> 127 } else { magnitude >> (-exponent - 1) };
        (halves >> 1) + (halves & 1)
    };
    value.min(1000) as i64
}

#[cfg(feature = "fixed")]
mod fixed_values {
    use super::*;
    use fastrand::Rng;
    use fixed::traits::{Fixed, FixedBits};
    use fixed::types::*;

    /// Bits of a value: anything, small numbers, and the ends of the type.
    fn bits(rng: &mut Rng) -> i128 {
        match rng.u8(0..10) {
            0 => i128::MIN,
            1 => i128::MAX,
            2 => rng.i128(-3..=3),
            _ => rng.i128(..) >> rng.u32(0..128),
        }
    }

    fn check_fixed_point<F: Fixed>(rng: &mut Rng) {
        for _ in 0..2000 {
            let fraction_bits = rng.i32(-70..=140);
            let shift = 128 - F::Bits::BITS;
            // The high bits, so that a type gets all its values; as many as fit an unsigned type, too.
            let wide = bits(rng);
            let value = if F::Bits::IS_SIGNED {
                F::Bits::try_from(wide >> shift).ok().unwrap()
            } else {
                F::Bits::try_from(wide as u128 >> shift).ok().unwrap()
            };
            let value = F::from_bits(value);
            let (negative, magnitude) = if F::Bits::IS_SIGNED {
                (wide < 0, (wide >> shift).unsigned_abs())
            } else {
                (false, wide as u128 >> shift)
            };
            let steps = nearest(magnitude, fraction_bits - F::FRAC_NBITS as i32);
            let expected = if negative { -steps } else { steps }.clamp(-128, 127);
            let quantization = Quantization::fixed_point(fraction_bits);
            assert_eq!(i64::from(quantization.quantize(value)), expected, "{value} {fraction_bits}");
        }
    }

    #[test]
    fn fixed_point_is_exact_for_every_width() {
        let rng = &mut Rng::with_seed(1);
        check_fixed_point::<I1F7>(rng);
        check_fixed_point::<I8F0>(rng);
        check_fixed_point::<U4F4>(rng);
        check_fixed_point::<I8F8>(rng);
        check_fixed_point::<I0F16>(rng);
        check_fixed_point::<I16F16>(rng);
        check_fixed_point::<I0F32>(rng);
        check_fixed_point::<U16F16>(rng);
        check_fixed_point::<I32F32>(rng);
        check_fixed_point::<U0F64>(rng);
        check_fixed_point::<I64F64>(rng);
        check_fixed_point::<U128F0>(rng);
    }

    #[test]
    fn every_int8_comes_back() {
        for q in i8::MIN..=i8::MAX {
            for fraction_bits in -8..=16 {
                let quantization = Quantization::fixed_point(fraction_bits);
                let value = quantization.dequantize::<I16F16>(q);
                assert_eq!(value.to_num::<f64>(), f64::from(q) * f64::exp2(-f64::from(fraction_bits)));
                assert_eq!(quantization.quantize(value), q, "{fraction_bits}");
            }
            for (scale, zero_point) in [(0.1, 3), (1.0 / 255.0, -128), (7.5, 127), (1e-3, 0)] {
                let quantization = Quantization::affine(scale, zero_point);
                let value = quantization.dequantize::<I16F16>(q);
                let exact = f64::from(i32::from(q) - zero_point) * scale;
                assert!((value.to_num::<f64>() - exact).abs() <= f64::exp2(-17.0) * 1.0001, "{q} {scale}");
                assert_eq!(quantization.quantize(value), q, "{scale}");
            }
        }
    }

    fn check_affine<F: Fixed>(rng: &mut Rng) {
        for _ in 0..2000 {
            let scale = f64::exp2(-20.0 + 30.0 * rng.f64());
            let zero_point = rng.i32(-128..=127);
            let quantization = Quantization::affine(scale, zero_point);
            let value = F::saturating_from_num((rng.f64() - 0.5) * 600.0 * scale);
            let exact = value.to_num::<f64>() / scale;
            // Too near to a half for the 32 places of the inverse: either neighbour will do.
            if (exact.fract().abs() - 0.5).abs() < 1e-6 {
                continue;
            }
            let expected = (exact.round() + f64::from(zero_point)).clamp(-128.0, 127.0);
            assert_eq!(f64::from(quantization.quantize(value)), expected, "{value} {scale} {zero_point}");
        }
    }

    #[test]
    fn affine_is_nearest_for_every_width() {
        let rng = &mut Rng::with_seed(2);
        check_affine::<I8F0>(rng);
        check_affine::<I8F8>(rng);
        check_affine::<I16F16>(rng);
        check_affine::<U16F16>(rng);
        check_affine::<I32F0>(rng);
        check_affine::<I32F32>(rng);
        check_affine::<I64F64>(rng);
        check_affine::<I100F28>(rng);
    }

    type I100F28 = fixed::FixedI128<fixed::types::extra::U28>;

    #[test]
    fn affine_halves_go_away_from_zero() {
        let quantization = Quantization::affine(0.5, 10);
        let quantize = |value: f64| quantization.quantize(I16F16::from_num(value));
        assert_eq!([-0.75, -0.25, 0.25, 0.75].map(quantize), [8, 9, 11, 12]);
        let wide = |value: f64| quantization.quantize(I64F64::from_num(value));
        assert_eq!([-0.75, -0.25, 0.25, 0.75].map(wide), [8, 9, 11, 12]);
    }

    #[test]
    fn ends_of_the_types() {
        for quantization in [Quantization::fixed_point(7), Quantization::affine(1e-6, 5)] {
            assert_eq!(quantization.quantize(I16F16::MAX), 127);
            assert_eq!(quantization.quantize(I16F16::MIN), -128);
            assert_eq!(quantization.quantize(I64F64::MAX), 127);
            assert_eq!(quantization.quantize(I64F64::MIN), -128);
            assert_eq!(quantization.quantize(U128F0::MAX), 127);
        }
        for quantization in [Quantization::fixed_point(-100), Quantization::affine(1e30, 0)] {
            assert_eq!(quantization.quantize(I16F16::MIN), 0);
            assert_eq!(quantization.dequantize::<I16F16>(1), I16F16::MAX);
            assert_eq!(quantization.dequantize::<I16F16>(-1), I16F16::MIN);
            assert_eq!(quantization.dequantize::<I16F16>(0), 0);
            assert_eq!(quantization.dequantize::<U16F16>(-1), 0);
            assert_eq!(quantization.dequantize::<I32F32>(1), I32F32::MAX);
            assert_eq!(quantization.dequantize::<I32F32>(-1), I32F32::MIN);
        }
        assert_eq!(Quantization::fixed_point(-127).dequantize::<U128F0>(1), 1u128 << 127);
        assert_eq!(Quantization::fixed_point(-127).dequantize::<I128F0>(-1), i128::MIN);
        assert_eq!(Quantization::fixed_point(-128).dequantize::<U128F0>(1), u128::MAX);
        assert_eq!(Quantization::fixed_point(i32::MAX).dequantize::<I16F16>(127), 0);
        assert_eq!(Quantization::fixed_point(i32::MIN).dequantize::<I16F16>(127), I16F16::MAX);
        assert_eq!(Quantization::fixed_point(i32::MAX).quantize(I16F16::from_bits(1)), 127);
        assert_eq!(Quantization::fixed_point(i32::MIN).quantize(I16F16::MAX), 0);
    }

    #[test]
    fn smallest_and_largest_scales() {
        let smallest = Quantization::affine(f64::MIN_POSITIVE, 0);
        assert_eq!(smallest.quantize(I16F16::from_bits(1)), 127);
        assert_eq!(smallest.quantize(I16F16::ZERO), 0);
        assert_eq!(smallest.dequantize::<I16F16>(127), 0);
        let largest = Quantization::affine(f64::MAX, 0);
        assert_eq!(largest.quantize(I16F16::MAX), 0);
        assert_eq!(largest.dequantize::<I16F16>(127), I16F16::MAX);
    }
}

#[cfg(feature = "f32")]
mod f32_values {
    use super::*;
    use fastrand::Rng;

    #[test]
    fn every_int8_comes_back() {
        for q in i8::MIN..=i8::MAX {
            for fraction_bits in [-100, -3, 0, 7, 20, 126, 127, 130, 149] {
                let quantization = Quantization::fixed_point(fraction_bits);
                let value = quantization.dequantize_f32(q);
                assert_eq!(f64::from(value), f64::from(q) * f64::exp2(-f64::from(fraction_bits)));
                assert_eq!(quantization.quantize_f32(value), q, "{fraction_bits}");
            }
            for (scale, zero_point) in [(0.1, 3), (1.0 / 255.0, -128), (7.5, 127)] {
                let quantization = Quantization::affine(scale, zero_point);
                assert_eq!(quantization.quantize_f32(quantization.dequantize_f32(q)), q, "{scale}");
            }
        }
    }

    #[test]
    fn nearest_halves_away_from_zero() {
        let quantization = Quantization::fixed_point(0);
        let inputs = [-1.5, -0.5, -0.49999997, 0.49999997, 0.5, 1.5, 126.5, -127.5];
        assert_eq!(inputs.map(|x| quantization.quantize_f32(x)), [-2, -1, 0, 0, 1, 2, 127, -128]);
        assert_eq!(Quantization::affine(1.0, 10).quantize_f32(-0.5), 9);
        let rng = &mut Rng::with_seed(3);
        for _ in 0..2000 {
            let value = (rng.f32() - 0.5) * 300.0;
            let expected = f64::from(value).round().clamp(-128.0, 127.0);
            assert_eq!(f64::from(quantization.quantize_f32(value)), expected, "{value}");
        }
    }

    #[test]
    fn numbers_that_are_none() {
        let quantization = Quantization::affine(0.1, 7);
        assert_eq!(quantization.quantize_f32(f32::INFINITY), 127);
        assert_eq!(quantization.quantize_f32(f32::NEG_INFINITY), -128);
        assert_eq!(quantization.quantize_f32(f32::NAN), 7);
    }
}

/// A network's type of numbers may be any of them.
#[cfg(all(feature = "fixed", feature = "f32"))]
#[test]
fn arrays_of_any_real_numbers() {
    use fixed::types::{I1F7, I4F12, I16F16, I32F32, I64F64, U4F4, U8F8, U16F16, U32F32, U64F64};
    use tinynet_core::Real;

    fn check<V: Real + PartialEq + std::fmt::Debug>(values: [V; 3]) {
        for quantization in [Quantization::fixed_point(7), Quantization::affine(1.0 / 128.0, -100)] {
            let zero = quantization.zero_point() as i8;
            let integers = [zero, zero + 16, zero + 96];
            assert_eq!(quantization.quantize_array::<i8, V, 3>(&values), integers);
            assert_eq!(quantization.dequantize_array::<i8, V, 3>(&integers), values);
        }
    }

    let values = [0.0, 0.125, 0.75];
    macro_rules! check_all {
        ($($type:ident)*) => {
            $(check(values.map($type::from_num));)*
        };
    }
    check_all!(I1F7 I4F12 I16F16 I32F32 I64F64 U4F4 U8F8 U16F16 U32F32 U64F64);
    check(values.map(|value| value as f32));
    assert_eq!(Quantization::fixed_point(0).quantize_array::<i8, f32, 0>(&[]), [0_i8; 0]);
}

/// Where int8 ends, int16 goes on.
#[cfg(all(feature = "fixed", feature = "f32"))]
#[test]
fn arrays_of_int16() {
    use fixed::types::{I16F16, I48F16};
    for quantization in [Quantization::fixed_point(7), Quantization::affine(1.0 / 128.0, 0)] {
        let integers = [i16::MIN, -300, 0, 12_345, i16::MAX];
        let values = integers.map(|integer| f32::from(integer) / 128.0);
        assert_eq!(quantization.quantize_array::<i16, f32, 5>(&values), integers);
        assert_eq!(quantization.dequantize_array::<i16, f32, 5>(&integers), values);
        let fixed = values.map(I16F16::from_num);
        assert_eq!(quantization.quantize_array::<i16, _, 5>(&fixed), integers);
        assert_eq!(quantization.dequantize_array::<i16, I16F16, 5>(&integers), fixed);
        let beyond = [1e9, -1e9].map(I48F16::from_num);
        assert_eq!(quantization.quantize_array::<i16, _, 2>(&beyond), [i16::MAX, i16::MIN]);
        assert_eq!(quantization.quantize_array::<i16, _, 2>(&[f32::INFINITY, -257.0]), [i16::MAX, i16::MIN]);
    }
}

#[test]
fn parts_are_kept() {
    let Quantization::Affine(affine) = Quantization::affine(0.0078125, -3) else { panic!() };
    assert_eq!((affine.scale(), affine.zero_point()), (0.0078125, -3));
    assert_eq!(Quantization::affine(0.5, -3).zero_point(), -3);
    assert_eq!(Quantization::fixed_point(5).zero_point(), 0);
    assert_eq!(Quantization::fixed_point(5), Quantization::FixedPoint { fraction_bits: 5 });
}

#[test]
fn scales_that_are_none_are_refused() {
    for scale in [0.0, -0.0, -0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-310] {
        assert!(std::panic::catch_unwind(|| Quantization::affine(scale, 0)).is_err(), "{scale}");
    }
}

#[test]
fn zero_points_that_are_none_are_refused() {
    for zero_point in [-129, 256, i32::MIN, i32::MAX] {
        assert!(std::panic::catch_unwind(|| Quantization::affine(1.0, zero_point)).is_err(), "{zero_point}");
    }
}

/// The reference itself, on numbers that can be followed.
#[test]
fn reference() {
    assert_eq!((nearest(3, -1), nearest(1, -1), nearest(1, -2)), (2, 1, 0));
    assert_eq!((nearest(5, 2), nearest(0, 99), nearest(1, 99)), (20, 0, 1000));
    assert_eq!((nearest(1 << 127, -128), nearest(1 << 127, -129), nearest(u128::MAX, -128)), (1, 0, 1));
}
