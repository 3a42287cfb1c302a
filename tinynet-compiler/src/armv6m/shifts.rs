//! Requantisation without multiplications, for code that is written for one channel.
//!
//! As in [`requantize`](super::requantize) a staircase becomes a line, but its factor is a sum of powers of two:
//! `a` is moved to the top of a word, and what is added or subtracted is that word, moved down so often. As few terms are
//! taken as make all steps those of the staircase: about eight, of two cycles each, instead of two multiplications of 32.

use super::assembler::Assembler;
use super::registers::Low;
use super::requantize::{Form, Line, Staircase, Steps};

/// The numbers of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftedLine {
    /// The accumulator at which the staircase has its last step.
    last: i64,
    /// Distance of the accumulators before the first step and at the last one.
    span: u32,
    /// Bits by which that fits a word.
    up: u8,
    /// Bits by which it is moved down again, and whether it is subtracted then.
    terms: Vec<(u8, bool)>,
    /// What is added, the smallest value in its top byte.
    offset: u32,
    /// What is added besides, where `a` is less than the first of the two.
    kink: Option<[u32; 2]>,
}

/// The most terms of a factor: more take longer than they are worth.
const MOST_TERMS: usize = 12;

/// Slopes, 24 bits behind the point, that rise farther from one accumulator to the next than all that terms lose by being
/// cut off.
const LEAST_SLOPE: f64 = 64.0;

impl ShiftedLine {
    /// The numbers for accumulators within `range`; `None` where there are none.
    pub fn find(staircase: &impl Staircase, range: [i64; 2]) -> Option<Self> {
        let steps = Steps::new(staircase, range);
        let (Some(&first), Some(&last)) = (steps.at.first(), steps.at.last()) else {
            // Always the same value.
            let offset = (steps.smallest as u32) << 24;
            return Some(Self { last: range[1], span: 0, up: 0, terms: Vec::new(), offset, kink: None });
        };
        if last - range[0] >= 1 << 31 || range[1] - last >= 1 << 31 {
            return None;
        }
        let span = u32::try_from(last - first + 1).ok().filter(|&span| span < 1 << 31)?;
        let up = span.leading_zeros() as u8;
        let slopes = [Some(staircase.slope()), steps.slope()];
        let slopes = slopes.into_iter().flatten().map(|slope| slope * f64::from(1 << 24));
        let slopes: Vec<_> = slopes.filter(|&slope| slope > LEAST_SLOPE).collect();
        let kink = steps.kink(staircase);
        let kinks = [None, kink].into_iter().take(if kink.is_some() { 2 } else { 1 });
        let mut choices = kinks
            .flat_map(|kink| (1..=MOST_TERMS).map(move |count| (kink, count)))
            .flat_map(|(kink, count)| slopes.iter().map(move |&slope| (kink, terms(slope, up, count))));
        choices.find_map(|(kink, terms)| {
            let product = |a: i64| i64::from(sum(&terms, (a as u32) << up));
            let offset = steps.offset(span, kink, product)?;
            let kink = kink.map(|(amount, below)| [below, amount as u32]);
            Some(Self { last, span, up, terms, offset, kink })
        })
    }

    /// What an accumulator becomes: the instructions' arithmetic.
    #[cfg(test)]
    fn apply(&self, accumulator: i64) -> i8 {
        let below = (self.last - accumulator).max(0);
        let a = (i64::from(self.span) - below).max(0) as u32;
        let kink = self.kink.filter(|&[below, _]| a < below).map_or(0, |[_, amount]| amount);
        let sum = sum(&self.terms, a << self.up);
        (sum.wrapping_add(self.offset).wrapping_add(kink) >> 24) as u8 as i8
    }

    /// `to = a · factor` of `a` in `from`, which is overwritten. Uses `spare`.
    fn product(&self, code: &mut Assembler, from: Low, to: Low, spare: Low) {
        if self.up > 0 {
            code.lsls(from, from, self.up);
        }
        let mut is_begun = false;
        for &(down, is_subtracted) in &self.terms {
            let term = if down == 0 { from } else { spare };
            let term = if is_begun { term } else { to };
            if down > 0 {
                code.lsrs(term, from, down);
            } else if !is_begun {
                code.mov(to, from);
            }
            match (is_begun, is_subtracted) {
                (false, _) => {}
                (true, false) => code.adds(to, to, term),
                (true, true) => code.subs(to, to, term),
            }
            is_begun = true;
        }
        if !is_begun {
            code.movs(to, 0);
        }
    }
}

/// A factor as so many powers of two or fewer, as near as they come: bits by which `a << up` is moved down, and which are
/// subtracted. The first is not.
fn terms(slope: f64, up: u8, count: usize) -> Vec<(u8, bool)> {
    let mut rest = slope / f64::from(up).exp2();
    let mut terms = Vec::with_capacity(count);
    while terms.len() < count && rest != 0.0 {
        // The nearer of the two powers that it lies between.
        let (fraction, exponent) = libm::frexp(rest.abs());
        let exponent = if fraction < 0.75 { exponent - 1 } else { exponent };
        let down = (-exponent).max(0);
        if down > 31 {
            break;
        }
        terms.push((down as u8, rest < 0.0));
        rest -= f64::from(-down).exp2().copysign(rest);
    }
    terms
}

fn sum(terms: &[(u8, bool)], word: u32) -> u32 {
    terms.iter().fold(0u32, |sum, &(down, is_subtracted)| {
        let term = word >> down;
        if is_subtracted { sum.wrapping_sub(term) } else { sum.wrapping_add(term) }
    })
}

/// How the channels of a layer requantise in code that is written for each of them.
#[derive(Clone, Copy, Debug)]
pub enum Requantizer<'a> {
    /// By multiplications.
    Multiplied(Form, &'a [Line]),
    /// By shifts.
    Shifted(&'a [ShiftedLine]),
}

impl Requantizer<'_> {
    fn has_kink(&self) -> bool {
        match self {
            Self::Multiplied(form, _) => form.has_kink,
            Self::Shifted(lines) => lines.iter().any(|line| line.kink.is_some()),
        }
    }

    /// Numbers of a channel in the order in which they are loaded, where its accumulator lacks something of the sum that
    /// requantising is defined for.
    pub fn words(&self, channel: usize, lacks: i64) -> Vec<u32> {
        match self {
            Self::Multiplied(form, lines) => {
                let line = &lines[channel];
                form.words(line, (line.last - lacks) as i32)
            }
            Self::Shifted(lines) => {
                let line = &lines[channel];
                let mut words = vec![line.span, line.offset, (line.last - lacks) as i32 as u32];
                if self.has_kink() {
                    words.extend(line.kink.unwrap_or([0; 2]));
                }
                words
            }
        }
    }

    /// Number of [`words`](Self::words).
    pub fn words_of_channel(&self) -> usize {
        self.words_before() + self.words_behind()
    }

    fn words_before(&self) -> usize {
        match self {
            Self::Multiplied(..) => 5,
            Self::Shifted(_) => 3,
        }
    }

    /// Words of a channel that [`write_kept`](Self::write_kept) leaves `r0` before.
    pub fn words_behind(&self) -> usize {
        match self {
            Self::Multiplied(form, _) => form.words_behind(),
            Self::Shifted(_) => 2 * usize::from(self.has_kink()),
        }
    }

    /// Requantises the accumulator in `r6`, whose numbers `r0` points at, to an int8 in `r6`; `r0` moves on. Uses `r2` to
    /// `r7`.
    pub fn write(&self, code: &mut Assembler, channel: usize) {
        use Low::{R0, R2, R3, R4, R5, R6, R7};
        let line = match self {
            Self::Multiplied(form, _) => return form.write(code),
            Self::Shifted(lines) => &lines[channel],
        };
        code.ldm_constants(R0, &[R2, R5, R7]);
        code.subs(R6, R7, R6);
        clamp(code);
        if self.has_kink() {
            code.ldm_constants(R0, &[R2, R7]);
            code.cmp(R6, R2);
            code.borrow(R2);
            code.ands(R2, R7);
            code.adds(R5, R5, R2);
        }
        line.product(code, R6, R4, R3);
        code.adds(R4, R4, R5);
        code.lsrs(R6, R4, 24);
    }

    /// Loads the first numbers of a channel, which [`write_kept`](Self::write_kept) wants; that of the last step into `r7`.
    pub fn load(&self, code: &mut Assembler) {
        use Low::{R0, R2, R3, R4, R5, R7};
        match self {
            Self::Multiplied(..) => code.ldm_constants(R0, &[R2, R3, R4, R5, R7]),
            Self::Shifted(_) => code.ldm_constants(R0, &[R2, R5, R7]),
        }
    }

    /// Requantises what is missing to the last step, in `r6`, to an int8 in `r6`: the second half of [`write`](Self::write)
    /// for channels whose numbers serve twice. `r0` points behind the first of them and stays. Uses `r1`, `r3`, `r4` and
    /// `r7`, of which what was loaded stays.
    pub fn write_kept(&self, code: &mut Assembler, channel: usize) {
        use Low::{R0, R1, R3, R4, R5, R6, R7};
        let line = match self {
            Self::Multiplied(form, _) => return form.write_kept(code),
            Self::Shifted(lines) => &lines[channel],
        };
        clamp(code);
        if self.has_kink() {
            code.ldr(R1, R0, 0);
            code.count_constant();
            code.cmp(R6, R1);
            code.borrow(R1);
            code.ldr(R7, R0, 4);
            code.count_constant();
            code.ands(R1, R7);
        }
        line.product(code, R6, R4, R3);
        code.adds(R4, R4, R5);
        if self.has_kink() {
            code.adds(R4, R4, R1);
        }
        code.lsrs(R6, R4, 24);
    }
}

/// From what is missing to the last step, in `r6`, to the distance from the first, of at most what is in `r2`. Uses `r7`.
fn clamp(code: &mut Assembler) {
    use Low::{R2, R6, R7};
    code.asrs(R7, R6, 31);
    code.bics(R6, R7);
    code.subs(R6, R2, R6);
    code.asrs(R7, R6, 31);
    code.bics(R6, R7);
}

#[cfg(test)]
mod tests {
    use super::super::random_layers::Multiplier;
    use super::*;

    #[test]
    fn shifted_lines_step_where_staircases_do() {
        let mut random = fastrand::Rng::with_seed(1);
        let (mut found, mut terms) = (0, 0);
        for case in 0..200 {
            let zero_point = if case % 2 == 0 { -128 } else { random.i32(-40..40) };
            let staircase = Multiplier::new((-11.5 + 6.0 * random.f64()).exp2(), zero_point);
            let Some(line) = ShiftedLine::find(&staircase, [-1 << 22, 1 << 22]) else { continue };
            found += 1;
            terms += line.terms.len();
            for _ in 0..1000 {
                let accumulator = random.i64(-1 << 20..1 << 20);
                let exact = staircase.value(accumulator);
                assert_eq!(i32::from(line.apply(accumulator)), exact, "{line:?} {accumulator}");
            }
        }
        assert!(found >= 195, "{found}");
        assert!(terms <= 9 * found, "{terms} of {found}");
    }
}
