//! Multiples of one number for several accumulators, each made from the others: multiple constant multiplication.
//!
//! What weights of few bits multiply an input by is one of a few numbers, most of which are an addition, a subtraction or a
//! shift away from one another (Bull and Horrocks, "Primitive operator digital filters", 1991; here greedily). A multiple is
//! made once, and every accumulator that wants it adds it.

use super::assembler::Assembler;
use super::digits;
use super::registers::{Low, Register};
use super::timing::Multiplier;

/// What an accumulator wants of a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) accumulator: Register,
    pub(super) weight: i8,
    /// Whether something is in the accumulator, to which the product is added.
    pub(super) is_begun: bool,
}

impl Term {
    /// Whether a low register subtracts as well as it adds.
    fn can_subtract(&self) -> bool {
        self.is_begun && matches!(self.accumulator, Register::Low(_))
    }

    /// Whether a multiple, added or subtracted, is what is wanted.
    fn takes(&self, multiple: i32) -> bool {
        let weight = i32::from(self.weight);
        multiple == weight || self.can_subtract() && multiple == -weight
    }

    fn write(&self, code: &mut Assembler, product: Low, multiple: i32) {
        match self.accumulator {
            Register::Low(accumulator) if self.is_begun && multiple != i32::from(self.weight) => {
                code.subs(accumulator, accumulator, product);
            }
            accumulator if self.is_begun => code.accumulate(accumulator, product),
            accumulator => code.mov(accumulator, product),
        }
    }
}

/// How a multiple is made from those in registers.
#[derive(Clone, Copy, Debug)]
enum Step {
    Negate(Low),
    Shift(Low, u8),
    Add(Low, Low),
    Subtract(Low, Low),
    /// By multiplication.
    Multiply(u8, Low),
}

/// Adds to all accumulators their multiples of `number`, which may be overwritten; `spare` are two registers or more to work
/// with.
pub(super) fn accumulate(
    code: &mut Assembler,
    number: Low,
    spare: &[Low],
    terms: &[Term],
    multiplier: Multiplier,
) {
    debug_assert!(spare.len() >= 2);
    if !multiplier.is_slow() {
        chain(code, number, spare, terms, multiplier);
        return;
    }
    // What no step makes, or everything, power by power.
    let mixed = |code: &mut Assembler| {
        let rest = chain(code, number, spare, terms, multiplier);
        digits::accumulate(code, number, spare[0], &rest);
    };
    let by_digits = |code: &mut Assembler| digits::accumulate(code, number, spare[0], terms);
    let count = |write: &dyn Fn(&mut Assembler)| {
        let mut code = Assembler::counting();
        write(&mut code);
        code.instructions()
    };
    if count(&mixed) < count(&by_digits) { mixed(code) } else { by_digits(code) }
}

/// Makes multiples from one another; says which terms are left because none of them is an instruction away.
fn chain(
    code: &mut Assembler,
    number: Low,
    spare: &[Low],
    terms: &[Term],
    multiplier: Multiplier,
) -> Vec<Term> {
    let mut pending: Vec<Term> = terms.iter().copied().filter(|term| term.weight != 0).collect();
    // Those in registers, the oldest first.
    let mut known = vec![(number, 1)];
    while !pending.is_empty() {
        pending.retain(|term| match known.iter().find(|(_, multiple)| term.takes(*multiple)) {
            Some(&(register, multiple)) => {
                term.write(code, register, multiple);
                false
            }
            None => true,
        });
        let next = one_step(&known, &pending).or_else(|| match multiplier {
            Multiplier::SingleCycle => by_multiplication(&known, &pending),
            Multiplier::Iterative => None,
        });
        let Some((step, multiple)) = next else { break };
        let free = spare.iter().copied().find(|spare| known.iter().all(|(register, _)| register != spare));
        let to = match free {
            Some(free) => free,
            // The number itself, which is the first, stays, and so does what is multiplied after its place has been taken.
            None => {
                let stays = |register| matches!(step, Step::Multiply(_, from) if from == register);
                let Some(oldest) = (1..known.len()).find(|&index| !stays(known[index].0)) else { break };
                known.remove(oldest).0
            }
        };
        match step {
            Step::Negate(from) => code.negate(to, from),
            Step::Shift(from, by) => code.lsls(to, from, by),
            Step::Add(a, b) => code.adds(to, a, b),
            Step::Subtract(a, b) => code.subs(to, a, b),
            Step::Multiply(by, from) => {
                code.movs(to, by);
                code.muls(to, from);
            }
        }
        known.push((to, multiple));
    }
    pending
}

/// The next multiple: one that takes one instruction and serves most.
fn one_step(known: &[(Low, i32)], pending: &[Term]) -> Option<(Step, i32)> {
    let serves = |multiple: i32| pending.iter().filter(|term| term.takes(multiple)).count();
    let mut best: Option<(usize, Step, i32)> = None;
    let mut offer = |step: Step, multiple: i32| {
        let serves = serves(multiple);
        if serves > 0 && best.is_none_or(|(most, ..)| serves > most) {
            best = Some((serves, step, multiple));
        }
    };
    for (index, &(a, of_a)) in known.iter().enumerate() {
        offer(Step::Negate(a), -of_a);
        for by in 1..8 {
            offer(Step::Shift(a, by), of_a << by);
        }
        for &(b, of_b) in &known[..index] {
            offer(Step::Add(a, b), of_a + of_b);
            offer(Step::Subtract(a, b), of_a - of_b);
            offer(Step::Subtract(b, a), of_b - of_a);
        }
    }
    best.map(|(_, step, multiple)| (step, multiple))
}

/// The smallest multiple, by multiplication.
fn by_multiplication(known: &[(Low, i32)], pending: &[Term]) -> Option<(Step, i32)> {
    let smallest = pending.iter().min_by_key(|term| term.weight.unsigned_abs())?;
    let magnitude = smallest.weight.unsigned_abs();
    let (number, _) = known[0];
    let negative = known.iter().find(|(_, multiple)| *multiple == -1);
    Some(match negative {
        Some(&(negative, _)) if smallest.weight < 0 && !smallest.can_subtract() => {
            (Step::Multiply(magnitude, negative), -i32::from(magnitude))
        }
        _ => (Step::Multiply(magnitude, number), i32::from(magnitude)),
    })
}
