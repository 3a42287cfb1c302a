//! The rounding rules, against their definitions in wide integers.

use crate::random::{multiplier, rounds};
use crate::reference;
use tinynet_core::requantize::*;

const CORNERS: [i32; 17] = [
    i32::MIN,
    i32::MIN + 1,
    -(1 << 30) - 1,
    -(1 << 30),
    -(1 << 30) + 1,
    -65_537,
    -65_536,
    -65_535,
    -1,
    0,
    1,
    65_535,
    65_536,
    (1 << 30) - 1,
    1 << 30,
    i32::MAX - 1,
    i32::MAX,
];

#[test]
fn high_multiply_is_exact() {
    for a in CORNERS {
        for b in CORNERS {
            let expected = reference::doubling_high_multiply(a, b);
            assert_eq!(saturating_rounding_doubling_high_multiply(a, b), expected, "{a} {b}");
        }
    }
    rounds(20_000, |rng| {
        let (a, b) = (rng.i32(..) >> rng.u32(0..32), rng.i32(..) >> rng.u32(0..32));
        let expected = reference::doubling_high_multiply(a, b);
        assert_eq!(saturating_rounding_doubling_high_multiply(a, b), expected, "{a} {b}");
    });
}

#[test]
fn high_multiply_rounds_halves_up() {
    // ±1 · 2^30 / 2^31 = ±1/2.
    assert_eq!(saturating_rounding_doubling_high_multiply(1, 1 << 30), 1);
    assert_eq!(saturating_rounding_doubling_high_multiply(-1, 1 << 30), 0);
    assert_eq!(saturating_rounding_doubling_high_multiply(3, 1 << 30), 2);
    assert_eq!(saturating_rounding_doubling_high_multiply(-3, 1 << 30), -1);
}

#[test]
fn high_multiply_saturates() {
    assert_eq!(saturating_rounding_doubling_high_multiply(i32::MIN, i32::MIN), i32::MAX);
    assert_eq!(saturating_rounding_doubling_high_multiply(i32::MIN, i32::MAX), -i32::MAX);
}

#[test]
fn rounding_divide_is_exact() {
    for exponent in 0..=31 {
        for value in CORNERS {
            let expected = reference::divide_by_power_of_two(value, exponent);
            assert_eq!(rounding_divide_by_power_of_two(value, exponent), expected, "{value} {exponent}");
        }
        // Around the halves of small multiples, both signs.
        for multiple in -5..=5i64 {
            for offset in -2..=2 {
                let value = (multiple << exponent >> 1) + offset;
                let Ok(value) = i32::try_from(value) else { continue };
                let expected = reference::divide_by_power_of_two(value, exponent);
                assert_eq!(rounding_divide_by_power_of_two(value, exponent), expected, "{value} {exponent}");
            }
        }
    }
}

#[test]
fn rounding_divide_rounds_halves_away_from_zero() {
    assert_eq!(
        [-6, -5, -3, -2, -1, 1, 2, 3, 5, 6].map(|x| rounding_divide_by_power_of_two(x, 2)),
        [-2, -1, -1, -1, 0, 0, 1, 1, 1, 2]
    );
}

#[test]
fn multiply_is_exact() {
    for value in CORNERS {
        for multiplier in [0, 1, 1 << 30, (1 << 30) + 1, i32::MAX, -1, i32::MIN] {
            for shift in -31..=30 {
                let expected = reference::multiply(value, multiplier, shift);
                assert_eq!(multiply(value, multiplier, shift), expected, "{value} {multiplier} {shift}");
            }
        }
    }
    rounds(20_000, |rng| {
        let (value, shift) = (rng.i32(..) >> rng.u32(0..32), rng.i8(-31..=30));
        let multiplier = multiplier(rng);
        let expected = reference::multiply(value, multiplier, shift);
        assert_eq!(multiply(value, multiplier, shift), expected, "{value} {multiplier} {shift}");
    });
}

#[test]
fn multiply_rounds_twice() {
    // 1/4 is nearer to 0 than to 1, but 1 · 1/2 is rounded to 1 first, and then 1/2 to 1.
    assert_eq!(multiply(1, 1 << 30, -1), 1);
    assert_eq!(multiply(-1, 1 << 30, -1), 0);
    assert_eq!(multiply(-3, 1 << 30, -1), -1);
}

#[test]
fn shifts_round_halves_up() {
    assert_eq!([-3, -2, -1, 0, 1, 2, 3].map(|x| shift_right(x, 1)), [-1, -1, 0, 0, 1, 1, 2]);
    assert_eq!([-6, -5, -2, -1, 1, 2, 5, 6].map(|x| shift_right(x, 2)), [-1, -1, 0, 0, 0, 1, 1, 2]);
    assert_eq!(shift_right(-7, 0), -7);
    assert_eq!(shift_right(1 << 29, 30), 1);
    assert_eq!(shift_right(-(1 << 29), 30), 0);
    assert_eq!(shift_right(-(1 << 29) - 1, 30), -1);
    assert_eq!([0, 1, 2, 30].map(half), [0, 1, 2, 1 << 29]);
}

#[test]
fn shifts_clamp_at_the_ends_of_the_accumulator() {
    for shift in [0, 1, 8, 23, 24, 30] {
        let requantize = ShiftPerTensor { shift, min: -128, max: 127 };
        for accumulator in CORNERS {
            let expected = (i64::from(accumulator).div_euclid(1 << shift)).clamp(-128, 127);
            assert_eq!(i64::from(requantize.apply(0, accumulator)), expected, "{accumulator} {shift}");
        }
    }
}

#[test]
fn tables_apply_last() {
    let table: [u8; 256] = std::array::from_fn(|index| (index as u8 as i8).wrapping_neg() as u8);
    let requantize =
        ThenTable { requantize: ShiftPerTensor { shift: 1, min: -100, max: 100 }, table: &table };
    assert_eq!(requantize.apply(3, 9), -4);
    assert_eq!(requantize.apply(3, -1000), 100);
    assert_eq!(requantize.channels(), usize::MAX);
}

#[test]
#[should_panic]
fn a_channel_without_parameters_is_refused() {
    ShiftPerChannel { shifts: &[1, 2], min: 0, max: 1 }.apply(2, 0);
}

#[test]
fn fractions_give_the_same_as_multipliers() {
    let accumulators = |rng: &mut fastrand::Rng| rng.i32(-(1 << 30) + 1..1 << 30) >> rng.u32(0..30);
    rounds(20_000, |rng| {
        let (multiplier, halvings) = (rng.i32(1 << 30..), rng.u8(0..=30));
        let (shift, zero_point) = (-1 - halvings as i8, rng.i32(-128..128));
        let (min, max) = (-128, 127);
        let expected = MultiplierPerTensor { multiplier, shift, zero_point, min, max };
        let fraction = FractionPerTensor { multiplier, halvings, zero_point, min, max };
        for accumulator in [accumulators(rng), -(1 << 30) + 1, -1, 0, 1, (1 << 30) - 1] {
            let expected = expected.apply(0, accumulator);
            assert_eq!(fraction.apply(0, accumulator), expected, "{fraction:?} of {accumulator}");
        }
    });
}

#[test]
fn packed_fractions_are_multipliers_and_halvings() {
    rounds(20_000, |rng| {
        let (multiplier, spread) = (rng.i32(1 << 30..), rng.u32(2..=8));
        let further = rng.u32(0..1 << spread);
        let kept = multiplier as u32 >> (spread - 2) << (spread - 2);
        assert_eq!(unpack_fraction(pack_fraction(multiplier, further, spread), spread), (kept, further));
    });
    rounds(5_000, |rng| {
        let (multiplier, halvings, zero_point) = (rng.i32(1 << 30..), rng.u8(0..=15), rng.i32(-128..128));
        let (min, max) = (-128, 127);
        let further = rng.u32(0..4);
        let fractions = &[0, pack_fraction(multiplier, further, 2)][..];
        let packed = FractionPerChannel::<2> { fractions, halvings, zero_point, min, max };
        let shift = -1 - halvings as i8 - further as i8;
        let expected = MultiplierPerTensor { multiplier, shift, zero_point, min, max };
        let accumulator = rng.i32(-(1 << 30) + 1..1 << 30) >> rng.u32(0..30);
        assert_eq!(
            packed.apply(1, accumulator),
            expected.apply(0, accumulator),
            "{packed:?} of {accumulator}"
        );
    });
}
