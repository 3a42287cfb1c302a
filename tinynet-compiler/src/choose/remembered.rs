//! Choices as they are kept from build to build: a line each, the chosen one last.
//!
//! `Int8 Int4 flash ram stack cycles noise`, the noise as the bits of an `f64`.

use super::{Choices, Figures, LEVELS, Precisions, Tried};
use crate::precision::Precision;
use std::fmt::Write;

/// All that was tried and what was chosen of it.
pub(super) fn write(choices: &Choices) -> String {
    let mut text = String::new();
    let chosen = choices.tried.iter().find(|tried| tried.precisions == choices.chosen);
    for Tried { precisions, figures, noise } in choices.tried.iter().chain(chosen) {
        for precision in precisions {
            // Writing to a string cannot fail.
            let _ = write!(text, "{} ", precision.name());
        }
        let Figures { flash, ram, stack, cycles } = figures;
        let _ = writeln!(text, "{flash} {ram} {stack} {cycles} {}", noise.to_bits());
    }
    text
}

/// What [`write()`] has written of a network that leaves so many layers to the compiler.
pub(super) fn read(text: &str, layers: usize) -> Option<(Vec<Tried>, Precisions)> {
    let mut tried: Vec<Tried> = text.lines().map(|line| read_line(line, layers)).collect::<Option<_>>()?;
    let chosen = tried.pop()?;
    tried.contains(&chosen).then_some((tried, chosen.precisions))
}

fn read_line(line: &str, layers: usize) -> Option<Tried> {
    let mut words = line.split(' ');
    let level = |name: &str| LEVELS.into_iter().find(|level| level.name() == name);
    let precisions: Vec<Precision> = words.by_ref().take(layers).map(level).collect::<Option<_>>()?;
    let mut number = || words.next()?.parse().ok();
    let figures = Figures { flash: number()?, ram: number()?, stack: number()?, cycles: number()? };
    let noise = f64::from_bits(words.next()?.parse().ok()?);
    (words.next().is_none() && precisions.len() == layers).then_some(Tried { precisions, figures, noise })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(precisions: &[Precision], flash: usize, noise: f64) -> Tried {
        let figures = Figures { flash, ram: 2, stack: 3, cycles: 4 };
        Tried { precisions: precisions.to_vec(), figures, noise }
    }

    #[test]
    fn choices_are_read_as_they_were_written() {
        let tried = vec![
            tried(&[Precision::Int8, Precision::Ternary], 5000, 0.1),
            tried(&[Precision::Int4, Precision::Int8], 4000, 1.0 / 3.0),
            tried(&[Precision::Int2, Precision::Int2], 3000, f64::INFINITY),
        ];
        let chosen = tried[1].precisions.clone();
        let choices = Choices { labels: vec![], chosen, tried: tried.clone(), is_of_integers: false };
        let text = write(&choices);
        assert_eq!(read(&text, 2), Some((tried, choices.chosen)));
        assert_eq!(read(&text, 1), None);
        assert_eq!(read(&text, 3), None);
        assert_eq!(read("", 2), None);
        assert_eq!(read(&text.replace("Int4", "Binary"), 2), None);
    }
}
