//! Multiples of one number for several accumulators, by shifts and additions alone.
//!
//! A weight is a sum of powers of two, added or subtracted: of eight bits about 2.7 of them if they are as few as possible
//! (Booth, "A Signed Binary Multiplication Technique", 1951; Reitwiesner, "Binary Arithmetic", 1960). The number is shifted
//! from power to power, and every accumulator that has that power adds it or subtracts it.

use super::assembler::Assembler;
use super::multiples::Term;
use super::registers::{Low, Register};
use std::sync::LazyLock;

/// Powers of two that the magnitude of a weight has.
const POWERS: usize = 8;

/// For each power of two 1, -1 or 0.
type Digits = [i8; POWERS];

/// [All shortest ways](shortest) to write each weight, in the order of its bits.
static SHORTEST: LazyLock<Vec<Vec<Digits>>> =
    LazyLock::new(|| (0..=u8::MAX).map(|weight| shortest(weight as i8)).collect());

/// All ways to write a weight with as few powers as possible.
fn shortest(weight: i8) -> Vec<Digits> {
    let mut found = Vec::new();
    extend(i32::from(weight), 0, [0; POWERS], &mut found);
    let count = |digits: &Digits| digits.iter().filter(|&&digit| digit != 0).count();
    let least = found.iter().map(count).min();
    found.retain(|digits| Some(count(digits)) == least);
    found
}

/// What is left from a power on.
fn extend(rest: i32, power: usize, digits: Digits, found: &mut Vec<Digits>) {
    if rest == 0 {
        return found.push(digits);
    }
    if power == POWERS {
        return;
    }
    let choices: &[i8] = if rest % 2 == 0 { &[0] } else { &[1, -1] };
    for &digit in choices {
        let mut digits = digits;
        digits[power] = digit;
        extend((rest - i32::from(digit)) / 2, power + 1, digits, found);
    }
}

/// A term, and the digits of its weight.
struct Written {
    term: Term,
    digits: Digits,
}

impl Written {
    /// What the accumulator does with a power, and whether something has been put into it by then.
    fn at(&self, power: usize) -> (i8, bool) {
        let is_begun = self.term.is_begun || self.digits[..power].iter().any(|&digit| digit != 0);
        (self.digits[power], is_begun)
    }

    /// Whether a power is needed with the other sign: high registers do not subtract.
    fn needs_negative(&self, power: usize) -> bool {
        self.at(power).0 < 0 && matches!(self.term.accumulator, Register::High(_))
    }
}

/// Powers that are made, and those that are made with both signs.
#[derive(Clone, Copy, Default)]
struct Made {
    plain: [bool; POWERS],
    negative: [bool; POWERS],
}

impl Made {
    fn add(&mut self, written: &Written) {
        for power in 0..POWERS {
            self.plain[power] |= written.digits[power] != 0;
            self.negative[power] |= written.needs_negative(power);
        }
    }

    fn instructions(&self) -> usize {
        self.plain[1..].iter().chain(&self.negative).filter(|&&is_made| is_made).count()
    }
}

/// Adds to all accumulators their multiples of `number`, which is overwritten, as is `negative`.
pub(super) fn accumulate(code: &mut Assembler, number: Low, negative: Low, terms: &[Term]) {
    let written = digits(terms);
    let mut shifted = 0;
    for power in 0..POWERS {
        let of_power: Vec<_> = written.iter().filter(|written| written.digits[power] != 0).collect();
        if of_power.is_empty() {
            continue;
        }
        if power > shifted {
            code.lsls(number, number, (power - shifted) as u8);
            shifted = power;
        }
        for written in &of_power {
            match (written.at(power), written.term.accumulator) {
                ((1, true), accumulator) => code.accumulate(accumulator, number),
                ((1, false), accumulator) => code.mov(accumulator, number),
                ((_, true), Register::Low(accumulator)) => code.subs(accumulator, accumulator, number),
                ((_, false), Register::Low(accumulator)) => code.negate(accumulator, number),
                (_, Register::High(_)) => {}
            }
        }
        let mut is_made = false;
        for written in of_power.into_iter().filter(|written| written.needs_negative(power)) {
            if !std::mem::replace(&mut is_made, true) {
                code.negate(negative, number);
            }
            match written.at(power).1 {
                true => code.accumulate(written.term.accumulator, negative),
                false => code.mov(written.term.accumulator, negative),
            }
        }
    }
}

/// Digits for all terms: of the shortest those that need fewest powers besides the ones that others have.
fn digits(terms: &[Term]) -> Vec<Written> {
    let nonzero = terms.iter().filter(|term| term.weight != 0);
    let mut open: Vec<(Term, &[Digits])> =
        nonzero.map(|term| (*term, &*SHORTEST[usize::from(term.weight as u8)])).collect();
    // Those without a choice first.
    open.sort_by_key(|(_, choices)| choices.len());
    let (mut made, mut all) = (Made::default(), Vec::with_capacity(open.len()));
    for (term, choices) in open {
        let with = |&digits: &Digits| {
            let written = Written { term, digits };
            let mut made = made;
            made.add(&written);
            (made.instructions(), made, written)
        };
        let best = choices.iter().map(with).min_by_key(|(instructions, ..)| *instructions);
        if let Some((_, with, written)) = best {
            made = with;
            all.push(written);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_make_their_weight() {
        let mut powers = 0;
        for weight in i8::MIN..=i8::MAX {
            let all = shortest(weight);
            assert!(!all.is_empty(), "{weight}");
            for digits in &all {
                let value = |power: usize| i32::from(digits[power]) << power;
                assert_eq!((0..POWERS).map(value).sum::<i32>(), i32::from(weight));
            }
            powers += all[0].iter().filter(|&&digit| digit != 0).count();
        }
        assert!(powers < 256 * 28 / 10, "{powers}");
    }
}
