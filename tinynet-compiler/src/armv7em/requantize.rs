//! From an accumulator to an int8 in three instructions, on a core that multiplies to 64 bits and saturates.
//!
//! An accumulator comes multiplied by 2^8, with something less than that added.
//! `((accumulator · 2^8 + fraction) · factor >> 32) + offset` is a line with `shift` bits behind the point, and saturating
//! what is before the point to eight bits is a staircase of at most 255 steps. Where its steps are
//! those of the requantisation as it was defined, it is the same function for every accumulator; that is checked step by step
//! while the numbers are looked for.

use super::assembler::{Assembler, Condition};
use super::registers::Register;
use crate::armv6m::requantize::{Staircase, Steps, factors};

/// The numbers of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    factor: i32,
    offset: i32,
    /// What is added besides where the accumulator is negative.
    kink: i32,
    /// What is added to 2^8 times the accumulator: a finer offset.
    pub fraction: u8,
}

/// Which instructions requantise: the same for all channels of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    shift: u8,
    has_kink: bool,
    has_fraction: bool,
    /// Limits of the output that are nearer than those of an int8.
    limits: Option<[i32; 2]>,
}

/// Accumulators are smaller than this, so that 2^8 of each fit a register.
const MOST: i64 = 1 << 23;

/// Bits that accumulators are shifted by.
pub const BEFORE: u8 = 8;

/// The most bits behind the point: the offset has as many more.
const MOST_SHIFT: i32 = 20;

/// Offsets are smaller: together with a product, of which 30 bits are left, they fit a register.
const MOST_OFFSET: i64 = 1 << 29;

/// Shifts that are tried.
const TRIES: i32 = 4;

/// The numbers that requantise channels within their ranges of accumulators; `None` where there are none.
pub fn scales<S: Staircase>(channels: &[(S, [i64; 2])]) -> Option<(Vec<Scale>, Form)> {
    if channels.iter().any(|(_, range)| range[0] <= -MOST || range[1] >= MOST || range[0] > range[1]) {
        return None;
    }
    let steps: Vec<_> = channels.iter().map(|(channel, range)| Steps::new(channel, *range)).collect();
    let slope = channels.iter().zip(&steps).filter(|(_, steps)| !steps.at.is_empty());
    let slope = slope.map(|((channel, _), _)| channel.slope()).fold(0f64, f64::max);
    // The largest factor is less than 2^31.
    let most = if slope > 0.0 { (31 - 24 - libm::ilogb(slope) - 1).min(MOST_SHIFT) } else { 1 };
    let ends = [
        steps.iter().map(|steps| steps.smallest).min()?,
        steps.iter().map(|steps| steps.smallest + steps.at.len() as i32).max()?,
    ];
    let limits = [None, Some(ends)];
    let shifts = (1..=most).rev().take(TRIES as usize);
    shifts.flat_map(|shift| limits.map(|limits| (shift as u8, limits))).find_map(|(shift, limits)| {
        let channels = channels.iter().zip(&steps);
        let scales = channels.map(|((channel, range), steps)| scale(channel, *range, steps, shift, limits));
        let scales: Vec<_> = scales.collect::<Option<_>>()?;
        let has_kink = scales.iter().any(|scale| scale.kink != 0);
        let has_fraction = scales.iter().any(|scale| scale.fraction != 0);
        Some((scales, Form { shift, has_kink, has_fraction, limits }))
    })
}

/// The numbers of a channel with so many bits behind the point.
fn scale(
    channel: &impl Staircase,
    range: [i64; 2],
    steps: &Steps,
    shift: u8,
    limits: Option<[i32; 2]>,
) -> Option<Scale> {
    if steps.at.is_empty() {
        return Some(Scale { factor: 0, offset: steps.smallest << shift, kink: 0, fraction: 0 });
    }
    let kink = channel.kink().and_then(|bits| u32::from(shift).checked_sub(bits)).map(|bits| -1i32 << bits);
    let kinks = [Some(0), kink];
    // What it was defined by, else the middle of what the steps leave room for.
    [true, false].into_iter().find_map(|is_defined| {
        let slope = if is_defined { channel.slope() } else { steps.slope()? };
        let all = factors(slope, 24 + u32::from(shift)).filter_map(|factor| i32::try_from(factor).ok());
        let mut all = all.flat_map(|factor| kinks.into_iter().flatten().map(move |kink| (factor, kink)));
        all.find_map(|(factor, kink)| with_offset(factor, kink, range, steps, shift, limits))
    })
}

/// The numbers with a factor, if there is an offset that makes the line step where it should.
fn with_offset(
    factor: i32,
    kink: i32,
    range: [i64; 2],
    steps: &Steps,
    shift: u8,
    limits: Option<[i32; 2]>,
) -> Option<Scale> {
    let scale = Scale { factor, offset: 0, kink, fraction: 0 };
    // All in 2^-32 of what the offset counts.
    let line = |accumulator: i64| scale.line(accumulator);
    let value = |value: i64| value << (shift + 32);
    let [low, high] = limits.unwrap_or([-128, 127]);
    let (mut least, mut most) = (-MOST_OFFSET << 32, MOST_OFFSET << 32);
    for (at_least, &at) in (i64::from(steps.smallest) + 1..).zip(&steps.at) {
        least = least.max(value(at_least) - line(at));
        most = most.min(value(at_least) - 1 - line(at - 1));
    }
    // Before the first step and behind the last there are no others, but where the output is limited anyway.
    let largest = steps.smallest + steps.at.len() as i32;
    if steps.smallest > low {
        least = least.max(value(steps.smallest.into()) - line(range[0]));
    }
    if largest < high {
        most = most.min(value(i64::from(largest) + 1) - 1 - line(range[1]));
    }
    (0..=u8::MAX).find_map(|fraction| {
        let added = i64::from(fraction) * i64::from(factor);
        let offset = (least - added + (1 << 32) - 1) >> 32;
        let fits = (offset << 32) + added <= most;
        Some(Scale { offset: i32::try_from(offset).ok().filter(|_| fits)?, fraction, ..scale })
    })
}

impl Scale {
    /// The line, in 2^-32 of what its offset counts, which is left out.
    fn line(&self, accumulator: i64) -> i64 {
        let kink = if accumulator < 0 { i64::from(self.kink) } else { 0 };
        ((accumulator << BEFORE) + i64::from(self.fraction)) * i64::from(self.factor) + (kink << 32)
    }
}

impl Form {
    /// Numbers of a channel in the order in which [`load`](Self::load) loads them.
    pub fn words(&self, scale: &Scale) -> Vec<u32> {
        let mut words = vec![scale.factor as u32, scale.offset as u32];
        if self.has_kink {
            words.push(scale.kink as u32);
        }
        if self.has_fraction {
            words.push(scale.fraction.into());
        }
        words
    }

    /// Number of [`words`](Self::words).
    pub fn words_of_channel(&self) -> usize {
        self.words_loaded() + usize::from(self.has_fraction)
    }

    fn words_loaded(&self) -> usize {
        2 + usize::from(self.has_kink)
    }

    /// Whether there is something to add where accumulators are negative.
    pub fn has_kink(&self) -> bool {
        self.has_kink
    }

    /// Whether there is a fraction to add.
    pub fn has_fraction(&self) -> bool {
        self.has_fraction
    }

    /// Loads a channel's fraction into a register, if there is any.
    pub fn load_fraction(&self, code: &mut Assembler, base: Register, offset: usize, to: Register) {
        if self.has_fraction {
            code.ldr(to, base, offset + 4 * self.words_loaded());
        }
    }

    /// Shifts an accumulator as [`write`](Self::write) wants it, and adds the fraction, if there is any.
    pub fn shift(&self, code: &mut Assembler, sum: Register, fraction: Register) {
        if self.has_fraction {
            code.add_shifted(sum, fraction, sum, BEFORE);
        } else {
            code.lsl(sum, sum, BEFORE);
        }
    }

    /// Loads a channel's numbers into registers.
    pub fn load(&self, code: &mut Assembler, base: Register, offset: usize, to: [Register; 3]) {
        for (word, &register) in to[..self.words_loaded()].iter().enumerate() {
            code.ldr(register, base, offset + 4 * word);
        }
    }

    /// Requantises the accumulator in a register, [shifted](BEFORE) and with the fraction added, to an int8.
    pub fn write(
        &self,
        code: &mut Assembler,
        sum: Register,
        [factor, offset, kink]: [Register; 3],
        spare: Register,
    ) {
        if self.has_kink {
            code.mask_if_negative(spare, kink, sum);
        }
        code.smmla(sum, sum, factor, offset);
        if self.has_kink {
            code.add(sum, sum, spare);
        }
        code.ssat8(sum, sum, self.shift);
        if let Some([low, high]) = self.limits {
            code.cmp_number(sum, low);
            code.number_if(Condition::Less, sum, low);
            code.cmp_number(sum, high);
            code.number_if(Condition::Greater, sum, high);
        }
    }

    /// What an accumulator becomes: the instructions' arithmetic.
    #[cfg(test)]
    fn apply(&self, scale: &Scale, accumulator: i64) -> i32 {
        let sum = i32::try_from((scale.line(accumulator) >> 32) + i64::from(scale.offset)).expect("32 bits");
        let [low, high] = self.limits.unwrap_or([-128, 127]);
        (sum >> self.shift).clamp(-128, 127).clamp(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random_layers::Limited;
    use super::*;

    #[test]
    fn scales_step_where_staircases_do() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut found = 0;
        for case in 0..400 {
            let channels: Vec<_> = (0..4)
                .map(|_| {
                    let factor = 2f64.powf(-13.0 + 12.0 * random.f64());
                    let zero_point = if case % 2 == 0 { -128 } else { random.i32(-128..128) };
                    let limits = if case % 3 == 0 { [zero_point, 127] } else { [-128, 127] };
                    let most = random.i64(1..MOST);
                    (Limited::new(factor, zero_point, limits), [-most, most])
                })
                .collect();
            let Some((scales, form)) = scales(&channels) else { continue };
            found += 1;
            for ((channel, [first, last]), scale) in channels.iter().zip(&scales) {
                for _ in 0..2000 {
                    let near = random.bool();
                    let accumulator = random.i64(*first..=*last) / if near { 1000 } else { 1 };
                    assert_eq!(
                        form.apply(scale, accumulator),
                        channel.value(accumulator),
                        "{scale:?} {form:?} {accumulator}"
                    );
                }
                for end in [*first, *last] {
                    assert_eq!(form.apply(scale, end), channel.value(end), "{scale:?} {form:?} {end}");
                }
            }
        }
        assert!(found > 150, "{found} of 400");
    }

    #[test]
    fn nearly_all_multipliers_of_layers_have_scales() {
        let mut random = fastrand::Rng::with_seed(2);
        let found = (0..300).filter(|case| {
            let base = 2f64.powf(-11.5 + 6.0 * random.f64());
            let zero_point = if case % 2 == 0 { -128 } else { random.i32(-40..40) };
            let channels: Vec<_> = (0..8)
                .map(|_| {
                    let factor = base * 2f64.powf(-2.5 * random.f64());
                    (Limited::new(factor, zero_point, [-128, 127]), [-1 << 21, 1 << 21])
                })
                .collect();
            scales(&channels).is_some()
        });
        assert!(found.count() >= 297);
    }
}
