//! Instructions as text, or alone what tells them from others: of all code that a layer could be, the text would take many
//! times the memory of the model, and most of the time to write it.

use std::fmt::{self, Write as _};

/// Instructions, line by line.
#[derive(Clone, Debug)]
pub struct Listing {
    /// `None` where they are only counted.
    text: Option<String>,
    fingerprint: u64,
}

/// Tells instructions from others: the same for the same lines, whether their text was kept or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

/// A line as [`line!`] makes it.
pub(crate) struct Line<'a> {
    /// The number of its template, and its operands.
    pub(crate) words: &'a [u64],
    pub(crate) text: fmt::Arguments<'a>,
}

/// A line of a template, `"adds {}, {}, {}"`, and of the [operands](Operand) in it.
macro_rules! line {
    ($template:literal $(, $operand:expr)*) => {
        $crate::listing::Line {
            words: &[
                const { $crate::listing::number($template) }
                $(, $crate::listing::Operand::word(&$operand))*
            ],
            text: format_args!($template $(, $operand)*),
        }
    };
}
pub(crate) use line;

/// What a line holds besides its template.
pub(crate) trait Operand {
    /// Another word for every other text.
    fn word(&self) -> u64;
}

impl Operand for u8 {
    fn word(&self) -> u64 {
        u64::from(*self)
    }
}

impl Operand for i32 {
    fn word(&self) -> u64 {
        *self as u64
    }
}

impl Operand for u32 {
    fn word(&self) -> u64 {
        u64::from(*self)
    }
}

impl Operand for &str {
    fn word(&self) -> u64 {
        number(self)
    }
}

impl Operand for usize {
    fn word(&self) -> u64 {
        *self as u64
    }
}

/// A word out of a word and what was there before. Of two texts that differ in one word the last ones differ: each step is
/// one to one.
const fn mixed(before: u64, word: u64) -> u64 {
    // 2^64 divided by the golden ratio, odd.
    (before.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Tells a text from others.
pub(crate) const fn number(text: &str) -> u64 {
    let (bytes, mut number, mut index) = (text.as_bytes(), 0, 0);
    while index < bytes.len() {
        number = mixed(number, bytes[index] as u64);
        index += 1;
    }
    number
}

/// The word of a list of operands and of what stands behind them.
pub(crate) fn words(operands: &[impl Operand], last: &str) -> u64 {
    // How many there are tells a list from one that has an operand of word 0 more.
    let first = mixed(number(last), operands.len() as u64 + 1);
    operands.iter().fold(first, |before, operand| mixed(before, operand.word()))
}

impl Listing {
    /// Keeps the text.
    pub fn kept() -> Self {
        Self { text: Some(String::new()), fingerprint: 0 }
    }

    /// Keeps nothing but the fingerprint.
    pub fn counted() -> Self {
        Self { text: None, fingerprint: 0 }
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: Line<'_>) {
        for &word in line.words {
            self.fingerprint = mixed(self.fingerprint, word);
        }
        if let Some(text) = &mut self.text {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", line.text);
        }
    }

    /// What was written: its text, empty where it was only counted, and its fingerprint.
    pub fn finish(self) -> (String, Fingerprint) {
        let mut text = self.text.unwrap_or_default();
        text.shrink_to_fit();
        (text, Fingerprint(self.fingerprint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(mut listing: Listing, sources: [u8; 2], last: Line<'_>) -> (String, Fingerprint) {
        let [a, b] = sources;
        listing.line(line!("adds r0, r{}, r{}", a, b));
        listing.line(last);
        listing.finish()
    }

    #[test]
    fn fingerprints_are_those_of_the_text_that_was_not_kept() {
        let (text, kept) = written(Listing::kept(), [1, 2], line!("bx lr"));
        assert_eq!(text, "adds r0, r1, r2\nbx lr\n");
        assert_eq!(written(Listing::counted(), [1, 2], line!("bx lr")), (String::new(), kept));
        for other in [
            written(Listing::counted(), [2, 1], line!("bx lr")),
            written(Listing::counted(), [1, 3], line!("bx lr")),
            written(Listing::counted(), [1, 2], line!("bx r1")),
        ] {
            assert_ne!(other.1, kept);
        }
    }
}
