//! From an accumulator to an int8 on a core that multiplies 32 by 32 bits to the low 32 alone.
//!
//! A requantisation to int8 is a staircase of at most 255 steps. What is written here is
//! `a = clamp(accumulator - first, 0, span)`, which leaves nothing but the stairs, then
//! `(a · high + (a · low >> split) + offset) >> 24`: a line of `24 + split` bits behind the point in two multiplications
//! of 32 bits, or one of `24 + 2 split` bits in three. Where its steps are those of the staircase, it is the same function
//! for every accumulator; that is checked step by step while the numbers are looked for.

use super::assembler::Assembler;
use super::registers::Low;

/// A requantisation as it was defined, of one channel.
pub trait Staircase {
    /// The int8 of an accumulator; never falls.
    fn value(&self, accumulator: i64) -> i32;
    /// About the steps of the output to one of the accumulator: what is searched near.
    fn slope(&self) -> f64;
    /// By how many bits less than one the output is smaller where the accumulator is negative: TensorFlow Lite rounds
    /// twice, the second time away from zero.
    fn kink(&self) -> Option<u32>;
}

/// The numbers of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The accumulator at which the staircase has its last step.
    pub last: i64,
    /// Distance of the accumulators before the first step and at the last one.
    pub span: u32,
    /// Factor, whole part.
    pub high: u32,
    /// Factor, the part behind the point, and what is behind that.
    pub low: [u32; 2],
    /// What is added, the smallest value in its top byte.
    pub offset: u32,
    /// What is added besides, where `a` is less than the first of the two.
    pub kink: Option<[u32; 2]>,
}

/// Accumulators and values: from this accumulator on the value is that or larger.
pub(crate) struct Steps {
    pub(crate) smallest: i32,
    /// One a value from `smallest + 1` on.
    pub(crate) at: Vec<i64>,
}

impl Steps {
    pub(crate) fn new(staircase: &impl Staircase, [first, last]: [i64; 2]) -> Self {
        let smallest = staircase.value(first);
        // About from one step to the next.
        let between = (1.0 / staircase.slope()).clamp(1.0, (last - first).max(1) as f64) as i64;
        let mut from = first;
        let at = (smallest + 1..=staircase.value(last)).map(|value| {
            // The first accumulator of the value before is not behind that of this one.
            from = first_of(staircase, value, [from, last], from + between);
            from
        });
        Self { smallest, at: at.collect() }
    }
}

/// The first accumulator within a range whose value is so large or larger; the last one's is. It is looked for near a guess,
/// twice as far away each time, then between what is known.
fn first_of(staircase: &impl Staircase, value: i32, [first, last]: [i64; 2], guess: i64) -> i64 {
    let is_reached = |accumulator: i64| staircase.value(accumulator) >= value;
    let (mut below, mut at) = (first - 1, last);
    let mut reach = 1;
    let mut probe = guess.clamp(first, last);
    if is_reached(probe) {
        while probe > below && is_reached(probe) {
            (at, probe) = (probe, probe - reach);
            reach *= 2;
        }
        below = below.max(probe);
    } else {
        while probe < at && !is_reached(probe) {
            (below, probe) = (probe, probe + reach);
            reach *= 2;
        }
        at = at.min(probe);
    }
    while at - below > 1 {
        let middle = below + (at - below) / 2;
        if is_reached(middle) { at = middle } else { below = middle }
    }
    at
}

/// Factors near a slope, with so many bits behind the point.
pub(crate) fn factors(slope: f64, point: u32) -> impl Iterator<Item = u64> + Clone {
    let ideal = slope * (1u64 << point) as f64;
    let ideal = (ideal > 0.0 && ideal < (1u64 << 62) as f64).then_some(ideal as u64);
    ideal.into_iter().flat_map(|ideal| {
        (0..=TRIES).flat_map(move |distance| {
            [ideal.checked_sub(distance), Some(ideal + 1 + distance)].into_iter().flatten()
        })
    })
}

impl Line {
    /// The numbers for accumulators within `range`; `None` where there are none.
    pub fn find(staircase: &impl Staircase, range: [i64; 2], factor: Factor) -> Option<Self> {
        let split = factor.split;
        let steps = Steps::new(staircase, range);
        let (Some(&first), Some(&last)) = (steps.at.first(), steps.at.last()) else {
            // Always the same value.
            let offset = (steps.smallest as u32) << 24;
            return Some(Self { last: range[1], span: 0, high: 0, low: [0; 2], offset, kink: None });
        };
        // What is subtracted from the last step fits 32 bits.
        if last - range[0] >= 1 << 31 || range[1] - last >= 1 << 31 {
            return None;
        }
        let span =
            u32::try_from(last - first + 1).ok().filter(|&span| u64::from(span) << split <= 1 << 32)?;
        let kink = steps.kink(staircase);
        let kinks = [None, kink].into_iter().take(if kink.is_some() { 2 } else { 1 });
        // What it was defined by, else the middle of what the steps leave room for.
        [true, false].into_iter().find_map(|is_defined| {
            let slope = if is_defined { staircase.slope() } else { steps.slope()? };
            let factors = factors(slope, 24 + factor.behind_point());
            let mut all = kinks.clone().flat_map(|kink| factors.clone().map(move |factor| (factor, kink)));
            all.find_map(|(value, kink)| steps.line(factor, value, span, kink))
        })
    }

    /// What an accumulator becomes: the instructions' arithmetic.
    pub fn apply(&self, accumulator: i64, split: u8) -> i8 {
        let below = (self.last - accumulator).max(0);
        let a = (i64::from(self.span) - below).max(0) as u32;
        let sum = self.product(a, split);
        let kink = self.kink.filter(|&[below, _]| a < below).map_or(0, |[_, amount]| amount);
        (sum.wrapping_add(self.offset).wrapping_add(kink) >> 24) as u8 as i8
    }
}

impl Line {
    /// `a · factor`, 24 bits behind the point.
    fn product(&self, a: u32, split: u8) -> u32 {
        let [low, lowest] = self.low;
        let below = a.wrapping_mul(low).wrapping_add(a.wrapping_mul(lowest) >> split) >> split;
        a.wrapping_mul(self.high).wrapping_add(below)
    }
}

/// How factors are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Bits of each part behind the first.
    pub split: u8,
    /// Two or three.
    pub parts: u8,
}

impl Factor {
    fn behind_point(&self) -> u32 {
        u32::from(self.split) * (u32::from(self.parts) - 1)
    }

    /// The parts of a factor, the first without an upper bound.
    fn divide(&self, value: u64) -> Option<(u32, [u32; 2])> {
        let part = |above: u8| (value >> (self.split * above) & ((1 << self.split) - 1)) as u32;
        let low = if self.parts == 2 { [part(0), 0] } else { [part(1), part(0)] };
        Some((u32::try_from(value >> self.behind_point()).ok()?, low))
    }
}

/// Factors that are tried on either side of the ideal one.
const TRIES: u64 = 8;

impl Steps {
    /// The middle of the slopes of lines that step there, kinks apart: between two steps, and less than one accumulator more
    /// or less, a line climbs as many values as there are. `None` where there is no such line.
    pub(crate) fn slope(&self) -> Option<f64> {
        let (mut least, mut most) = (0f64, f64::INFINITY);
        for (first, &at) in self.at.iter().enumerate() {
            for (values, &other) in self.at[first..].iter().enumerate() {
                let (values, distance) = (values as f64, (other - at) as f64);
                least = least.max(values / (distance + 1.0));
                if distance > 1.0 {
                    most = most.min(values / (distance - 1.0));
                }
            }
        }
        let middle = if most.is_finite() { (least + most) / 2.0 } else { least };
        (least < most && middle > 0.0).then_some(middle)
    }

    /// The kink of a line: what is added, and below which distance from the accumulator before the first step.
    pub(crate) fn kink(&self, staircase: &impl Staircase) -> Option<(i64, u32)> {
        let amount = staircase.kink().and_then(|bits| 24u32.checked_sub(bits)).map(|bits| -1i64 << bits);
        // Accumulators below zero, counted from the one before the first step.
        amount.zip(u32::try_from(1 - self.at.first()?).ok())
    }

    /// The line with a factor, if there is an offset that makes it step where it should.
    fn line(&self, factor: Factor, value: u64, span: u32, kink: Option<(i64, u32)>) -> Option<Line> {
        let (high, low) = factor.divide(value)?;
        if (u128::from(span) * u128::from(value)) >> factor.behind_point() >= 1 << 32 {
            return None;
        }
        let mut line = Line { last: *self.at.last()?, span, high, low, offset: 0, kink: None };
        line.offset = self.offset(span, kink, |a| i64::from(line.product(a as u32, factor.split)))?;
        line.kink = kink.map(|(amount, below)| [below, amount as u32]);
        Some(line)
    }

    /// What makes a line step where it should, the smallest value in its top byte; its `product`, 24 bits behind the point,
    /// never falls.
    pub(crate) fn offset(
        &self,
        span: u32,
        kink: Option<(i64, u32)>,
        product: impl Fn(i64) -> i64,
    ) -> Option<u32> {
        let first = *self.at.first()?;
        let product = |a: i64| {
            let kink = kink.filter(|&(_, below)| a < i64::from(below)).map_or(0, |(amount, _)| amount);
            product(a) + kink
        };
        let (mut least, mut most) = (-product(0), (1i64 << 24) - 1 - product(0));
        for (index, &at) in self.at.iter().enumerate() {
            // Distance from the accumulator before the first step.
            let a = at - first + 1;
            let value = (index as i64 + 1) << 24;
            least = least.max(value - product(a));
            most = most.min(value - 1 - product(a - 1));
        }
        let last = product(i64::from(span));
        most = most.min((1 << 32) - 1 - last);
        let offset = (least <= most).then_some(least + (most - least) / 2)?;
        Some((offset as u32).wrapping_add((self.smallest as u32) << 24))
    }
}

/// Which instructions requantise: the same for all channels of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// How factors are divided.
    pub factor: Factor,
    /// Whether there are kinks.
    pub has_kink: bool,
}

impl Form {
    /// Numbers of a channel in the order in which [`write`](Self::write) loads them; `last` is the accumulator of the last
    /// step, in the accumulator's own count.
    pub fn words(&self, line: &Line, last: i32) -> Vec<u32> {
        let mut words = vec![line.span, line.high, line.low[0], line.offset, last as u32];
        if self.factor.parts == 3 {
            words.push(line.low[1]);
        }
        if self.has_kink {
            words.extend(line.kink.unwrap_or([0; 2]));
        }
        words
    }

    /// Requantises the accumulator in `r6`, whose numbers `r0` points at, to an int8 in `r6`; `r0` moves on. Uses `r2` to
    /// `r7`.
    pub fn write(&self, code: &mut Assembler) {
        use Low::{R0, R2, R3, R4, R5, R6, R7};
        code.ldm_constants(R0, &[R2, R3, R4, R5, R7]);
        code.subs(R6, R7, R6);
        code.asrs(R7, R6, 31);
        code.bics(R6, R7);
        code.subs(R6, R2, R6);
        code.asrs(R7, R6, 31);
        code.bics(R6, R7);
        let split = self.factor.split;
        if self.factor.parts == 3 {
            code.ldm_constants(R0, &[R2]);
            code.muls(R2, R6);
            code.lsrs(R2, R2, split);
            code.muls(R4, R6);
            code.adds(R4, R4, R2);
        } else {
            code.muls(R4, R6);
        }
        code.lsrs(R4, R4, split);
        if self.has_kink {
            code.ldm_constants(R0, &[R2, R7]);
            code.cmp(R6, R2);
            code.borrow(R2);
            code.ands(R2, R7);
            code.adds(R5, R5, R2);
        }
        code.muls(R6, R3);
        code.adds(R6, R6, R4);
        code.adds(R6, R6, R5);
        code.lsrs(R6, R6, 24);
    }
}

impl Form {
    /// Requantises what is missing to the last step, in `r6`, to an int8 in `r6`: the second half of
    /// [`write`](Self::write) for channels whose numbers serve twice. They are in `r2` to `r5`, and `r0` points behind
    /// them and stays. Uses `r1` and `r7`.
    pub fn write_kept(&self, code: &mut Assembler) {
        use Low::{R0, R2, R6, R7};
        code.asrs(R7, R6, 31);
        code.bics(R6, R7);
        code.subs(R6, R2, R6);
        self.write_line(code, |code, to, word| {
            code.ldr(to, R0, 4 * word);
            code.count_constant();
        });
    }

    /// Requantises an accumulator that counts from the last step, in `r6`, to an int8 in `r6`. The first four numbers are
    /// in `r2` to `r5` and stay; what is [behind](Self::words_behind) `last` is in the stack frame from `behind` on. Uses
    /// `r1` and `r7`.
    pub fn write_from_last(&self, code: &mut Assembler, behind: usize) {
        use Low::{R2, R6, R7};
        code.asrs(R7, R6, 31);
        code.ands(R6, R7);
        code.adds(R6, R6, R2);
        self.write_line(code, |code, to, word| code.load_local(to, behind + word));
    }

    /// What has still to be kept from falling below zero, in `r6`, to an int8 in `r6`; `load` loads what is behind the first
    /// numbers.
    fn write_line(&self, code: &mut Assembler, load: impl Fn(&mut Assembler, Low, usize)) {
        use Low::{R1, R3, R4, R5, R6, R7};
        code.asrs(R7, R6, 31);
        code.bics(R6, R7);
        let split = self.factor.split;
        code.mov(R7, R4);
        code.muls(R7, R6);
        let mut word = 0;
        if self.factor.parts == 3 {
            load(code, R1, 0);
            code.muls(R1, R6);
            code.lsrs(R1, R1, split);
            code.adds(R7, R7, R1);
            word = 1;
        }
        code.lsrs(R7, R7, split);
        if self.has_kink {
            code.adds(R7, R7, R5);
            load(code, R1, word);
            code.cmp(R6, R1);
            code.borrow(R1);
            code.muls(R6, R3);
            code.adds(R6, R6, R7);
            load(code, R7, word + 1);
            code.ands(R1, R7);
            code.adds(R6, R6, R1);
        } else {
            code.muls(R6, R3);
            code.adds(R6, R6, R7);
            code.adds(R6, R6, R5);
        }
        code.lsrs(R6, R6, 24);
    }

    /// Number of [`words`](Self::words).
    pub fn words_of_channel(&self) -> usize {
        5 + self.words_behind()
    }

    /// Words of a channel that [`write_kept`](Self::write_kept) leaves `r0` before.
    pub fn words_behind(&self) -> usize {
        usize::from(self.factor.parts == 3) + if self.has_kink { 2 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tinynet_core::requantize::multiply;

    struct TensorFlowLite {
        multiplier: i32,
        shift: i8,
        zero_point: i32,
    }

    impl Staircase for TensorFlowLite {
        fn value(&self, accumulator: i64) -> i32 {
            (multiply(accumulator as i32, self.multiplier, self.shift) + self.zero_point).clamp(-128, 127)
        }

        fn slope(&self) -> f64 {
            f64::from(self.multiplier) / 2f64.powi(31 - i32::from(self.shift))
        }

        fn kink(&self) -> Option<u32> {
            (self.shift < 0).then(|| -i32::from(self.shift) as u32)
        }
    }

    #[test]
    fn lines_step_where_staircases_do() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut found = [0; 2];
        for case in 0..400 {
            let is_relu = case % 2 == 0;
            let factor = 2f64.powf(-11.5 + 6.0 * random.f64());
            let (fraction, exponent) = libm::frexp(factor);
            let zero_point = if is_relu { -128 } else { random.i32(-40..40) };
            let staircase = TensorFlowLite {
                multiplier: (fraction * f64::from(1u32 << 31)) as i32,
                shift: exponent as i8,
                zero_point,
            };
            let bits = (256.0 / factor).log2().ceil() as u8;
            let line = (8..=(32 - bits).min(16))
                .rev()
                .flat_map(|split| [2, 3].map(|parts| Factor { split, parts }))
                .find_map(|factor| Some((Line::find(&staircase, [-1 << 22, 1 << 22], factor)?, factor)));
            let Some((line, factor)) = line else { continue };
            found[usize::from(factor.parts == 2)] += 1;
            for _ in 0..1000 {
                let accumulator = random.i64(-1 << 20..1 << 20);
                let exact = staircase.value(accumulator);
                assert_eq!(i32::from(line.apply(accumulator, factor.split)), exact, "{line:?} {accumulator}");
            }
        }
        assert_eq!(found.iter().sum::<i32>(), 400);
        assert!(found[1] >= 390, "{found:?}");
    }
}
