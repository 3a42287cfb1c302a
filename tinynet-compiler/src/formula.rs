//! The cheapest formula for a requantisation, proven equal to it.
//!
//! A requantisation to int8 rises with its accumulator: it is a staircase of at most 255 steps, and the accumulators at
//! which it steps, its thresholds, are all there is to it. A formula with the same thresholds over all accumulators that
//! can occur is the same function, whatever the arithmetic that defined it.

use tinynet_core::requantize::{MultiplyShift, Requantize};

/// The first accumulator with each value but the smallest, of a function that never falls.
fn thresholds(range: [i64; 2], function: impl Fn(i64) -> i32) -> Vec<(i64, i64)> {
    let [first, last] = range;
    let mut from = first;
    let values = function(first) + 1..=function(last);
    let thresholds = values.map(|value| {
        // The first accumulator of the value before is not behind that of this one.
        let (mut low, mut high) = (from, last);
        while low < high {
            let middle = low + (high - low) / 2;
            if function(middle) >= value { high = middle } else { low = middle + 1 }
        }
        from = low;
        (low, i64::from(value))
    });
    thresholds.collect()
}

/// What thresholds demand of the accumulators on one side of zero.
#[derive(Default)]
struct Side {
    /// `(accumulator, value)`: the result there is `value` or more.
    at_least: Vec<(i64, i64)>,
    /// `(accumulator, value)`: the result there is less than `value`.
    below: Vec<(i64, i64)>,
}

impl Side {
    /// Narrows the multipliers `m` to those for which there is an offset `o` at a shift `s`.
    ///
    /// `x · m + o >= v · 2^s` and `y · m + o < w · 2^s` leave room between them for `o` if `(x - y) · m > (v - w) · 2^s`.
    fn narrow(&self, multipliers: &mut [i64; 2], shift: u32) {
        for (x, v) in &self.at_least {
            for (y, w) in &self.below {
                let steps = ((v - w) << shift) + 1;
                let [least, most] = multipliers;
                match x - y {
                    0 if steps > 0 => *most = -1,
                    0 => {}
                    // Quotients rounded up and down.
                    distance @ 1.. => *least = (*least).max((steps + distance - 1).div_euclid(distance)),
                    distance => *most = (*most).min((-steps).div_euclid(-distance)),
                }
            }
        }
    }

    /// The least offset that fits a multiplier of those that are left.
    fn offset(&self, multiplier: i64, shift: u32) -> Option<i64> {
        let least = self.at_least.iter().map(|(x, v)| (v << shift) - x * multiplier).max();
        let most = self.below.iter().map(|(y, w)| (w << shift) - 1 - y * multiplier).min();
        least.or(most)
    }
}

/// The numbers with which a multiplication and a shift of 32 bits are `function` for all accumulators of `range`.
///
/// `function` must never fall. `None` where there are no such numbers, or more than 32 bits would be needed on the way.
pub(crate) fn multiply_shift(range: [i64; 2], function: impl Fn(i64) -> i32) -> Option<MultiplyShift> {
    let fits = |value: i64| i32::try_from(value).is_ok();
    if range[0] > range[1] || !range.iter().all(|&end| fits(end)) {
        return None;
    }
    let (min, max) = (function(range[0]), function(range[1]));
    if !(i32::from(i8::MIN)..=max).contains(&min) || max > i32::from(i8::MAX) {
        return None;
    }
    let thresholds = thresholds(range, &function);
    let mut sides = [Side::default(), Side::default()];
    for &(at, value) in &thresholds {
        sides[usize::from(at < 0)].at_least.push((at, value));
        sides[usize::from(at - 1 < 0)].below.push((at - 1, value));
    }
    let found = (0..=30).find_map(|shift| {
        let mut multipliers = [0, i64::from(i32::MAX)];
        sides.iter().for_each(|side| side.narrow(&mut multipliers, shift));
        let [multiplier, most] = multipliers;
        // Where nothing is demanded on a side, its offset is that of the other, or the only value.
        let [positive, negative] = [0, 1].map(|side| sides[side].offset(multiplier, shift));
        let offset = positive.or(negative).unwrap_or(i64::from(min) << shift);
        let negative = negative.unwrap_or(offset);
        let is_narrow = |end: i64| fits(end * multiplier + if end < 0 { negative } else { offset });
        let ends = [range[0], range[1], (-1).clamp(range[0], range[1]), 0.clamp(range[0], range[1])];
        let all_fit = ends.into_iter().all(is_narrow) && fits(offset) && fits(negative - offset);
        (multiplier <= most && all_fit).then_some(MultiplyShift {
            multiplier: multiplier as i32,
            offset: offset as i32,
            below_zero: (negative - offset) as i32,
            shift: shift as u8,
            min,
            max,
        })
    })?;
    is_equal(&found, range, &thresholds, function).then_some(found)
}

/// Whether a formula is a function on a range: both rise on either side of zero, so that what counts is beside each
/// threshold, beside zero and at the ends.
fn is_equal(
    formula: &MultiplyShift,
    range: [i64; 2],
    thresholds: &[(i64, i64)],
    function: impl Fn(i64) -> i32,
) -> bool {
    let beside = thresholds.iter().flat_map(|&(at, _)| [at - 1, at]);
    let ends = [range[0], range[1], (-1).clamp(range[0], range[1]), 0.clamp(range[0], range[1])];
    beside.chain(ends).all(|accumulator| formula.apply(0, accumulator as i32) == function(accumulator))
}

/// Whether two functions that never fall are the same on a range.
pub(crate) fn are_equal(range: [i64; 2], a: impl Fn(i64) -> i32, b: impl Fn(i64) -> i32) -> bool {
    if range[0] > range[1] || range.iter().any(|&end| a(end) != b(end)) {
        return false;
    }
    // Between two steps of the one the other cannot step.
    thresholds(range, &a)
        .into_iter()
        .all(|(at, _)| a(at) == b(at) && (at == range[0] || a(at - 1) == b(at - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tinynet_core::requantize::multiply;

    /// TensorFlow Lite's requantisation.
    fn requantization(multiplier: i32, shift: i8, zero_point: i32) -> impl Fn(i64) -> i32 {
        move |sum| (multiply(sum as i32, multiplier, shift) + zero_point).clamp(-128, 127)
    }

    #[test]
    fn formulas_are_equal_everywhere() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut found = 0;
        for _ in 0..200 {
            let count = random.i64(1..64);
            let factor = f64::from(random.f32()) * 4.0 / count as f64;
            let (fraction, exponent) = libm::frexp(factor);
            let multiplier = (fraction * f64::from(1u32 << 31)) as i32;
            let exact = requantization(multiplier, exponent as i8, random.i32(-128..128));
            let range = [-128 * count, 127 * count];
            if let Some(formula) = multiply_shift(range, &exact) {
                found += 1;
                for sum in range[0]..=range[1] {
                    assert_eq!(formula.apply(0, sum as i32), exact(sum), "{formula:?} of {sum}");
                }
            }
        }
        assert!(found > 180, "{found} of 200");
    }

    #[test]
    fn a_constant_needs_no_multiplication() {
        let formula = MultiplyShift { multiplier: 0, offset: 7, below_zero: 0, shift: 0, min: 7, max: 7 };
        assert_eq!(multiply_shift([-5, 5], |_| 7), Some(formula));
    }

    #[test]
    fn what_is_no_line_is_refused() {
        assert_eq!(multiply_shift([0, 100], |x| (x * x / 100) as i32), None);
        assert_eq!(multiply_shift([0, 1 << 40], |_| 0), None);
        assert_eq!(multiply_shift([1, 0], |_| 0), None);
        assert_eq!(multiply_shift([0, 1000], |x| x as i32), None);
    }

    #[test]
    fn functions_are_equal_only_if_all_their_steps_are() {
        let step = |at: i64| move |x: i64| i32::from(x >= at);
        assert!(are_equal([-10, 10], step(3), step(3)));
        assert!(!are_equal([-10, 10], step(3), step(4)));
        assert!(!are_equal([-10, 10], step(4), step(3)));
        assert!(are_equal([-10, 2], step(3), step(4)));
        assert!(!are_equal([-10, 10], |x| x as i32, |x| x as i32 + i32::from(x == 7)));
        assert!(!are_equal([3, -3], step(0), step(0)));
    }

    #[test]
    fn a_single_step_is_found() {
        let step = |x| if x < 17 { -3 } else { -2 };
        let formula = multiply_shift([-1000, 1000], step).expect("a formula");
        assert!((-1000..=1000).all(|x| formula.apply(0, x as i32) == step(x)));
    }
}
