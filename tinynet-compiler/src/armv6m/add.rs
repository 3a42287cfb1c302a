//! Sums of two int8 tensors of any quantisations, in two multiplications.
//!
//! However a sum was defined, it is a function of two bytes that hardly differs from `α a + β b + γ`, rounded to the nearest
//! and clamped. What is written here is
//!
//! ```text
//! output = clamp((a · A + b · B + C) >> shift, min, max)
//! ```
//!
//! with as many bits behind the point as 32 bits have room for. TensorFlow Lite rounds halves away from zero: where the sum
//! of the rescaled inputs is negative, one is subtracted before the shift, if that is what it takes. All 65 536 pairs are
//! compared while the numbers are looked for: where there are some, both functions are the same.

use super::assembler::Assembler;
use super::code::Code;
use super::registers::{High, Low};
use std::sync::Arc;
use tinynet_core::kernels::{AddMultiplier, AddShift};

/// A sum of two bytes, as a table and about a plane.
pub struct Sum {
    /// `[a][b]`, both counted from -128.
    table: Vec<i8>,
    /// Steps of the output to one of `a` and of `b`.
    slopes: [f64; 2],
    /// Where neither input counts: `[a, b]`.
    zero_points: [i32; 2],
    bounds: [i32; 2],
}

/// The numbers of the formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plane {
    shift: u8,
    /// `A` and `B`.
    factors: [i32; 2],
    /// Added before it is decided whether the sum is negative.
    center: i32,
    /// Added afterwards; `None`: nothing is decided.
    offset: Option<i32>,
}

/// Factors that are tried on either side of the ideal one.
const TRIES: i32 = 3;

/// Sums in a turn of the loop.
const TURN: usize = 4;

impl Sum {
    /// TensorFlow Lite's.
    pub fn of_multipliers(layer: &AddMultiplier) -> Self {
        let real = |at: usize| f64::from(layer.multipliers[at]) / 2f64.powi(31 - i32::from(layer.shifts[at]));
        let scale = 2f64.powi(layer.left_shift.into()) * real(2);
        let [a, b, _] = layer.zero_points;
        Self {
            table: tabulate(|a, b, output| layer.run(a, b, output)),
            slopes: [real(0) * scale, real(1) * scale],
            zero_points: [a, b],
            bounds: [layer.min, layer.max],
        }
    }

    /// The one of fixed-point numbers.
    pub fn of_shifts(layer: &AddShift) -> Self {
        let slope = |at: usize| 2f64.powi(i32::from(layer.left[at]) - i32::from(layer.right));
        Self {
            table: tabulate(|a, b, output| layer.run(a, b, output)),
            slopes: [slope(0), slope(1)],
            zero_points: [0; 2],
            bounds: [layer.min, layer.max],
        }
    }

    /// Writes `fn(a, b, output)`, the sum of so many elements; the output may be one of the inputs, but overlap neither
    /// otherwise. `None` where no numbers were found.
    pub fn write(&self, length: usize, code: Assembler) -> Option<Code> {
        let plane = (length > 0).then(|| self.plane()).flatten()?;
        let writer = Writer { plane, bounds: self.bounds, length };
        Some(Code {
            function: writer.write(code)?,
            data: Arc::default(),
            scratch: 0,
            alignment: 1,
            has_table: false,
        })
    }

    fn at(&self, a: i32, b: i32) -> i32 {
        self.table[((a + 128) * 256 + b + 128) as usize].into()
    }

    /// The numbers with which the formula is this sum.
    fn plane(&self) -> Option<Plane> {
        let [min, max] = self.bounds;
        if min > max || min < -128 || max > 127 || self.slopes.iter().any(|slope| !slope.is_finite()) {
            return None;
        }
        // More bits behind the point than the first that fits leaves are of no use.
        let shifts =
            (8..=23).rev().filter(|&shift| self.rough(shift).is_some_and(|plane| plane.fits(self.bounds)));
        shifts.take(2).find_map(|shift| {
            let rough = self.rough(shift)?;
            distances().find_map(|distance| {
                self.with_factors([0, 1].map(|at| rough.factors[at] + distance[at]), shift)
            })
        })
    }

    /// The plane that is nearest.
    fn rough(&self, shift: u8) -> Option<Plane> {
        let factor = |at: usize| {
            let factor = (self.slopes[at] * 2f64.powi(shift.into())).round();
            (factor.abs() < f64::from(1 << 30)).then_some(factor as i32)
        };
        let factors = [factor(0)?, factor(1)?];
        let [a, b] = self.zero_points.map(|zero_point| zero_point.clamp(-128, 127));
        let at_zero = i64::from(self.at(a, b)) << shift;
        let product = i64::from(factors[0]) * i64::from(a) + i64::from(factors[1]) * i64::from(b);
        let center = i32::try_from(at_zero - product).ok()?;
        Some(Plane { shift, factors, center, offset: None })
    }

    /// The plane with some factors that is this sum.
    fn with_factors(&self, factors: [i32; 2], shift: u8) -> Option<Plane> {
        let middle = |[least, most]: [i64; 2]| i32::try_from(least + (most - least) / 2).ok();
        let mut plane = Plane { shift, factors, center: 0, offset: None };
        match self.offsets(&plane) {
            Some(offsets) => plane.center = middle(offsets)?,
            None => {
                // Nothing but what the inputs are more than their zero points.
                let [a, b] = [0, 1].map(|at| i64::from(factors[at]) * i64::from(self.zero_points[at]));
                plane.center = i32::try_from(-a - b).ok()?;
                plane.offset = Some(0);
                plane.offset = Some(middle(self.offsets(&plane)?)?);
            }
        }
        plane.fits(self.bounds).then_some(plane)
    }

    /// The least and the most that may be added to a plane, for all pairs.
    fn offsets(&self, plane: &Plane) -> Option<[i64; 2]> {
        let [min, max] = self.bounds;
        let [mut least, mut most] = [i64::MIN, i64::MAX];
        for a in -128..=127 {
            for b in -128..=127 {
                let (value, y) = (self.at(a, b), plane.value(a, b));
                if value > min {
                    least = least.max((i64::from(value) << plane.shift) - y);
                }
                if value < max {
                    most = most.min((i64::from(value + 1) << plane.shift) - 1 - y);
                }
            }
            if least > most {
                return None;
            }
        }
        // Always the same value: any other would be one of 32 bits, too.
        Some([
            if least == i64::MIN { most.min(0) } else { least },
            if most == i64::MAX { least.max(0) } else { most },
        ])
    }
}

/// All sums.
fn tabulate(add: impl Fn(&[i8; 256], &[i8; 256], &mut [i8])) -> Vec<i8> {
    let b = std::array::from_fn(|index| (index as i32 - 128) as i8);
    let mut table = vec![0; 256 * 256];
    for (a, row) in (i8::MIN..=i8::MAX).zip(table.chunks_exact_mut(256)) {
        add(&[a; 256], &b, row);
    }
    table
}

/// Distances of factors, the nearest first.
fn distances() -> impl Iterator<Item = [i32; 2]> {
    let mut pairs: Vec<_> = (-TRIES..=TRIES).flat_map(|a| (-TRIES..=TRIES).map(move |b| [a, b])).collect();
    pairs.sort_by_key(|[a, b]| a.abs() + b.abs());
    pairs.into_iter()
}

impl Plane {
    /// `y`
    fn value(&self, a: i32, b: i32) -> i64 {
        let [a, b] = [i64::from(a), i64::from(b)];
        let y = a * i64::from(self.factors[0]) + b * i64::from(self.factors[1]) + i64::from(self.center);
        match self.offset {
            Some(offset) => y + (y >> 63) + i64::from(offset),
            None => y,
        }
    }

    /// Whether nothing needs more than 32 bits, wherever it is clamped.
    fn fits(&self, bounds: [i32; 2]) -> bool {
        let corners = [[-128, -128], [-128, 127], [127, -128], [127, 127]];
        let center = Self { offset: None, ..*self };
        let fits = |value: i64| i32::try_from(value).is_ok();
        let distances = self.distances(bounds);
        distances.iter().all(|&distance| fits(distance))
            && corners.iter().all(|&[a, b]| {
                // Terms may wrap, and wrap back; where it matters that a sum is negative there are these two.
                (self.offset.is_none() || fits(center.value(a, b))) && fits(self.value(a, b) - distances[0])
            })
    }

    /// What the largest value and what the whole staircase take.
    fn distances(&self, [min, max]: [i32; 2]) -> [i64; 2] {
        [(i64::from(max + 1) << self.shift) - 1, (i64::from(max - min + 1) << self.shift) - 1]
    }
}

struct Writer {
    plane: Plane,
    bounds: [i32; 2],
    length: usize,
}

/// Constants of the loop.
const CENTER: High = High::R8;
const OFFSET: High = High::R9;
const SPAN: High = High::R10;

impl Writer {
    /// `r0` and `r1` point behind the inputs, `r2` behind the output, and `r3` counts up to zero.
    fn write(&self, mut code: Assembler) -> Option<super::assembler::Function> {
        use Low::{R0, R1, R2, R3, R4};
        let code_ref = &mut code;
        code_ref.enter();
        let length = self.length as i32;
        [R0, R1, R2].into_iter().for_each(|pointer| code_ref.advance(pointer, length, R4));
        self.constants(code_ref);
        code_ref.constant(R3, -length);
        let turn = TURN.min(self.length);
        let turns = self.length / turn;
        (turn * turns..self.length).for_each(|_| self.sum(code_ref));
        code_ref.repeat(turns, |code| (0..turn).for_each(|_| self.sum(code)), |_| {});
        code_ref.leave();
        code.finish()
    }

    fn constants(&self, code: &mut Assembler) {
        let plane = &self.plane;
        let [last, span] = plane.distances(self.bounds).map(|distance| distance as i32);
        let mut keep = |to: High, value: i32| {
            code.constant(Low::R4, value);
            code.mov(to, Low::R4);
        };
        keep(SPAN, span);
        match plane.offset {
            Some(offset) => {
                keep(CENTER, plane.center);
                keep(OFFSET, offset.wrapping_sub(last));
            }
            None => keep(OFFSET, plane.center.wrapping_sub(last)),
        }
        code.constant(Low::R6, plane.factors[0]);
        code.constant(Low::R7, plane.factors[1]);
    }

    /// One sum.
    fn sum(&self, code: &mut Assembler) {
        use Low::{R0, R1, R2, R3, R4, R5, R6, R7};
        code.ldrsb(R4, R0, R3);
        code.muls(R4, R6);
        code.ldrsb(R5, R1, R3);
        code.muls(R5, R7);
        code.adds(R4, R4, R5);
        if self.plane.offset.is_some() {
            code.add(R4, CENTER);
            code.asrs(R5, R4, 31);
            code.adds(R4, R4, R5);
        }
        code.add(R4, OFFSET);
        // What is above the last step is at it, and what is below the first one at zero.
        code.asrs(R5, R4, 31);
        code.ands(R4, R5);
        code.add(R4, SPAN);
        code.asrs(R5, R4, 31);
        code.bics(R4, R5);
        code.lsrs(R4, R4, self.plane.shift);
        // The low byte counts.
        if self.bounds[0] != 0 {
            code.adds_immediate(R4, self.bounds[0] as u8);
        }
        code.strb_indexed(R4, R2, R3);
        code.adds_immediate(R3, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::random_layers::{Multiplier, bytes, run, run_in_place, zero_point};
    use super::*;
    use fastrand::Rng;

    /// TensorFlow Lite's sum of tensors of these scales, the output's last.
    fn layer(random: &mut Rng, scales: [f64; 3]) -> AddMultiplier {
        let twice = 2.0 * scales[0].max(scales[1]);
        let factors = [scales[0] / twice, scales[1] / twice, twice / (f64::from(1 << 20) * scales[2])];
        let multipliers = factors.map(|factor| Multiplier::new(factor, 0));
        let zero_points = std::array::from_fn(|_| zero_point(random));
        let [has_min, has_max] = [random.bool(), random.bool()];
        AddMultiplier {
            left_shift: 20,
            zero_points,
            multipliers: multipliers.each_ref().map(|multiplier| multiplier.multiplier),
            shifts: multipliers.each_ref().map(|multiplier| multiplier.shift),
            min: if has_min { zero_points[2] } else { -128 },
            max: if has_max { (zero_points[2] + 60).min(127) } else { 127 },
        }
    }

    /// Every 13th pair, in another order for each layer.
    fn pairs(random: &mut Rng) -> [Vec<i8>; 2] {
        let first = random.usize(..13);
        let pairs = (first..1 << 16).step_by(13);
        pairs.map(|pair| ((pair >> 8) as u8 as i8, pair as u8 as i8)).collect::<(_, _)>().into()
    }

    fn check(sum: &Sum, [a, b]: [Vec<i8>; 2], expected: &[i8]) -> bool {
        let Some(code) = sum.write(a.len(), Assembler::new()) else { return false };
        assert_eq!(run(&code, &[&a, &b], a.len()), expected);
        for overwritten in [0, 1] {
            assert_eq!(run_in_place(&code, &[&a, &b], overwritten), expected);
        }
        true
    }

    #[test]
    fn sums_are_exact() {
        let mut random = Rng::with_seed(1);
        let mut found = 0;
        for case in 0..60 {
            let scales = match case % 4 {
                0 => [0.5, [0.5, 0.25, 1.0][random.usize(..3)], [0.5, 0.25, 1.0][random.usize(..3)]],
                _ => std::array::from_fn(|_| 2f64.powf(-5.0 + 3.0 * random.f64())),
            };
            let layer = layer(&mut random, scales);
            let [a, b] = pairs(&mut random);
            let mut expected = vec![0; a.len()];
            layer.run(&a, &b, &mut expected);
            found += usize::from(check(&Sum::of_multipliers(&layer), [a, b], &expected));
        }
        assert!(found >= 58, "{found} of 60");
    }

    #[test]
    fn sums_of_fixed_point_numbers_are_exact() {
        let mut random = Rng::with_seed(2);
        for _ in 0..20 {
            let left = [random.u8(..4), random.u8(..4)];
            let layer = AddShift { left, right: random.u8(..6), min: -random.i32(0..129), max: 127 };
            let [a, b] = pairs(&mut random);
            let mut expected = vec![0; a.len()];
            layer.run(&a, &b, &mut expected);
            assert!(check(&Sum::of_shifts(&layer), [a, b], &expected), "{layer:?}");
        }
    }

    #[test]
    fn any_length_is_exact() {
        let mut random = Rng::with_seed(3);
        let layer = layer(&mut random, [0.1, 0.07, 0.13]);
        for length in 1..20 {
            let [a, b] = [bytes(&mut random, length), bytes(&mut random, length)];
            let mut expected = vec![0; length];
            layer.run(&a, &b, &mut expected);
            assert!(check(&Sum::of_multipliers(&layer), [a, b], &expected));
        }
        assert!(Sum::of_multipliers(&layer).write(0, Assembler::new()).is_none());
    }
}
