//! Right sides of limits: `24 * KIB` is a number, `BOARD_RAM - 1 * KIB` is for rustc to calculate.

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use std::iter::Peekable;

/// The right side of a limit.
#[derive(Clone, Debug)]
pub enum Bound<T> {
    /// A number.
    Known(T),
    /// A constant expression that only rustc can evaluate: it names what the macro cannot see. `KIB` and `MIB` in it
    /// are `tinynet`'s.
    Expression(TokenStream),
}

/// A number of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// Without a fraction.
    Integer(i128),
    /// With a fraction.
    Real(f64),
}

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unvalued {
    /// It holds more than literals, `KIB`, `MIB` and arithmetic: rustc may know.
    Unknown,
    /// It divides by zero.
    DivisionByZero,
    /// Its value, or one on the way there, is too large.
    Overflow,
    /// Two numbers or names stand side by side: `24 KIB`.
    NoOperator,
    /// A number has a suffix that is no type of Rust: `24KIB`.
    Suffix,
    /// It mixes integers and numbers with a fraction, which Rust does not.
    Mixed,
}

/// How deep parentheses are followed; deeper ones are left to rustc.
const MAX_DEPTH: usize = 32;

/// The value of an expression of literals, `KIB`, `MIB`, `+ - * / %` and parentheses.
pub(super) fn evaluate(tokens: &TokenStream) -> Result<Number, Unvalued> {
    expression(tokens.clone(), MAX_DEPTH)
}

type Tokens = Peekable<proc_macro2::token_stream::IntoIter>;

fn expression(tokens: TokenStream, depth: usize) -> Result<Number, Unvalued> {
    let depth = depth.checked_sub(1).ok_or(Unvalued::Unknown)?;
    let mut tokens = tokens.into_iter().peekable();
    let number = sum(&mut tokens, depth)?;
    match tokens.next() {
        None => Ok(number),
        Some(TokenTree::Ident(word)) if word != "as" => Err(Unvalued::NoOperator),
        Some(TokenTree::Literal(_)) => Err(Unvalued::NoOperator),
        Some(_) => Err(Unvalued::Unknown),
    }
}

fn sum(tokens: &mut Tokens, depth: usize) -> Result<Number, Unvalued> {
    let mut left = product(tokens, depth)?;
    while let Some(operator) = eat_operator(tokens, "+-") {
        left = combine(left, operator, product(tokens, depth)?)?;
    }
    Ok(left)
}

fn product(tokens: &mut Tokens, depth: usize) -> Result<Number, Unvalued> {
    let mut left = operand(tokens, depth)?;
    while let Some(operator) = eat_operator(tokens, "*/%") {
        left = combine(left, operator, operand(tokens, depth)?)?;
    }
    Ok(left)
}

fn operand(tokens: &mut Tokens, depth: usize) -> Result<Number, Unvalued> {
    let mut is_negative = false;
    while eat_operator(tokens, "-").is_some() {
        is_negative = !is_negative;
    }
    let number = match tokens.next() {
        Some(TokenTree::Literal(literal)) => value(literal)?,
        Some(TokenTree::Ident(word)) if word == "KIB" => Number::Integer(1 << 10),
        Some(TokenTree::Ident(word)) if word == "MIB" => Number::Integer(1 << 20),
        Some(TokenTree::Group(group))
            if matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::None) =>
        {
            expression(group.stream(), depth)?
        }
        _ => return Err(Unvalued::Unknown),
    };
    Ok(match number {
        Number::Integer(value) if is_negative => Number::Integer(-value),
        Number::Real(value) if is_negative => Number::Real(-value),
        number => number,
    })
}

/// Reads an operator of one character out of `accept`.
fn eat_operator(tokens: &mut Tokens, accept: &str) -> Option<char> {
    let is_accepted =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if accept.contains(punct.as_char()));
    match tokens.next_if(is_accepted)? {
        TokenTree::Punct(punct) => Some(punct.as_char()),
        _ => None,
    }
}

fn value(literal: Literal) -> Result<Number, Unvalued> {
    match syn::Lit::new(literal) {
        syn::Lit::Int(literal) if !is_type(literal.suffix()) => Err(Unvalued::Suffix),
        syn::Lit::Float(literal) if !is_type(literal.suffix()) => Err(Unvalued::Suffix),
        syn::Lit::Int(literal) => literal
            .base10_parse::<u64>()
            .map(|value| Number::Integer(value.into()))
            .map_err(|_| Unvalued::Overflow),
        syn::Lit::Float(literal) => literal
            .base10_parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())
            .map(Number::Real)
            .ok_or(Unvalued::Overflow),
        _ => Err(Unvalued::Unknown),
    }
}

/// Whether Rust has numbers of this suffix.
fn is_type(suffix: &str) -> bool {
    const TYPES: &[&str] = &[
        "", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
        "f64",
    ];
    TYPES.contains(&suffix)
}

fn combine(left: Number, operator: char, right: Number) -> Result<Number, Unvalued> {
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) => {
            if right == 0 && matches!(operator, '/' | '%') {
                return Err(Unvalued::DivisionByZero);
            }
            let value = match operator {
                '+' => left.checked_add(right),
                '-' => left.checked_sub(right),
                '*' => left.checked_mul(right),
                '/' => left.checked_div(right),
                _ => left.checked_rem(right),
            };
            value.map(Number::Integer).ok_or(Unvalued::Overflow)
        }
        (Number::Real(left), Number::Real(right)) => {
            let value = match operator {
                '+' => left + right,
                '-' => left - right,
                '*' => left * right,
                '/' => left / right,
                _ => left % right,
            };
            if value.is_finite() { Ok(Number::Real(value)) } else { Err(Unvalued::Overflow) }
        }
        _ => Err(Unvalued::Mixed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluated(text: &str) -> Result<Number, Unvalued> {
        evaluate(&text.parse().unwrap())
    }

    #[test]
    fn calculates_like_rust() {
        for (text, value) in [
            ("24 * KIB", 24 * 1024),
            ("1 * MIB - 512", 1024 * 1024 - 512),
            ("2 + 3 * 4", 14),
            ("(2 + 3) * 4", 20),
            ("7 / 2 * 2", 6),
            ("7 % 4", 3),
            ("0x1_00usize", 256),
            ("-2 * -3", 6),
            ("10 - 2 - 3", 5),
        ] {
            assert_eq!(evaluated(text), Ok(Number::Integer(value)), "{text}");
        }
        assert_eq!(evaluated("0.5 + 0.25"), Ok(Number::Real(0.75)));
        assert_eq!(evaluated("1e-1f64 * 2."), Ok(Number::Real(0.2)));
    }

    #[test]
    fn leaves_to_rustc_what_only_rustc_knows() {
        for text in [
            "BOARD_RAM",
            "4 * board::RAM",
            "size_of::<u32>()",
            "1 << 4",
            "4 as usize",
            "if A { 1 } else { 2 }",
            "",
        ] {
            assert_eq!(evaluated(text), Err(Unvalued::Unknown), "{text}");
        }
        let deep = format!("{}1{}", "(".repeat(100), ")".repeat(100));
        assert_eq!(evaluated(&deep), Err(Unvalued::Unknown));
    }

    #[test]
    fn refuses_what_has_no_value() {
        assert_eq!(evaluated("1 / 0"), Err(Unvalued::DivisionByZero));
        assert_eq!(evaluated("1 % (2 - 2)"), Err(Unvalued::DivisionByZero));
        assert_eq!(evaluated("99999999999999999999999"), Err(Unvalued::Overflow));
        assert_eq!(evaluated("1e999"), Err(Unvalued::Overflow));
        assert_eq!(evaluated("1.0 / 0.0"), Err(Unvalued::Overflow));
        assert_eq!(evaluated("1.5 * KIB"), Err(Unvalued::Mixed));
        assert_eq!(evaluated("24 KIB"), Err(Unvalued::NoOperator));
        assert_eq!(evaluated("2 * (3 kB)"), Err(Unvalued::NoOperator));
        assert_eq!(evaluated("24KIB"), Err(Unvalued::Suffix));
        assert_eq!(evaluated("2 * 1.5k"), Err(Unvalued::Suffix));
        let product = ["18446744073709551615"; 3].join("*");
        assert_eq!(evaluated(&product), Err(Unvalued::Overflow));
    }
}
