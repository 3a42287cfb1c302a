//! Arguments of the plugin.

use crate::timing::Multiplier;
use std::path::PathBuf;

/// A function to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Address of the first instruction.
    pub(crate) start: u32,
    /// Bytes of code, literal pools included.
    pub(crate) length: u32,
}

impl Span {
    pub(crate) fn contains(self, address: u32) -> bool {
        address.wrapping_sub(self.start) < self.length
    }
}

/// What the user asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) out: PathBuf,
    pub(crate) multiplier: Multiplier,
    pub(crate) regions: Vec<Span>,
}

impl Arguments {
    /// Parses `name=value` arguments; the error is a sentence for the user.
    pub(crate) fn parse<'a>(arguments: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut out = None;
        let mut multiplier = Multiplier::default();
        let mut regions = Vec::new();
        for argument in arguments {
            match argument.split_once('=') {
                Some(("out", path)) => out = Some(PathBuf::from(path)),
                Some(("multiplier", "1")) => multiplier = Multiplier::SingleCycle,
                Some(("multiplier", "32")) => multiplier = Multiplier::Iterative,
                Some(("region", span)) => regions.push(parse_span(span)?),
                _ => return Err(format!("`{argument}`: expected out=, region= or multiplier=1 or 32")),
            }
        }
        refuse_overlaps(&regions)?;
        Ok(Self { out: out.ok_or("out=FILE is missing")?, multiplier, regions })
    }
}

/// `START+LENGTH`, both hexadecimal with `0x` or decimal.
fn parse_span(text: &str) -> Result<Span, String> {
    let span = text.split_once('+').and_then(|(start, length)| {
        let span = Span { start: parse_number(start)?, length: parse_number(length)? };
        (span.length > 0).then_some(span)
    });
    span.ok_or_else(|| format!("region={text}: expected START+LENGTH, for example 0x1f4+0x38"))
}

fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// An instruction belongs to one function at most, else own counts would be counted twice.
fn refuse_overlaps(regions: &[Span]) -> Result<(), String> {
    let mut sorted = regions.to_vec();
    sorted.sort_by_key(|span| span.start);
    match sorted.windows(2).find(|pair| pair[0].contains(pair[1].start)) {
        Some(pair) => Err(format!("regions at {:#x} and {:#x} overlap", pair[0].start, pair[1].start)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(arguments.iter().copied())
    }

    #[test]
    fn all_arguments_are_understood() {
        let parsed = parse(&["out=a.json", "region=0x100+0x10", "region=512+8", "multiplier=32"]);
        let regions = vec![Span { start: 0x100, length: 0x10 }, Span { start: 512, length: 8 }];
        let out = PathBuf::from("a.json");
        assert_eq!(parsed, Ok(Arguments { out, multiplier: Multiplier::Iterative, regions }));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse(&[]).unwrap_err(), "out=FILE is missing");
        assert!(parse(&["out=a", "multiplier=2"]).unwrap_err().starts_with("`multiplier=2`"));
        for region in ["region=", "region=0x100", "region=0x100+0", "region=x+1", "region=1+0xfffffffff"] {
            assert!(parse(&["out=a", region]).unwrap_err().contains("expected START+LENGTH"), "{region}");
        }
        let overlap = parse(&["out=a", "region=0x110+8", "region=0x100+0x11"]).unwrap_err();
        assert_eq!(overlap, "regions at 0x100 and 0x110 overlap");
    }
}
