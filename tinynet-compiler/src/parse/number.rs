//! Numbers: literals, named constants and arithmetic.

use super::cursor::{Cursor, is_punct};
use crate::ast::Number;
use crate::diagnostics::with_help;
use crate::function::BinaryOperator;
use proc_macro2::{Ident, Literal, Span, TokenTree};
use std::f64::consts;
use syn::{Error, Lit, Result};

/// Integers up to here are exact in a double, and so is every sum, product and quotient of them that stays below.
const LARGEST_INTEGER: f64 = 9_007_199_254_740_992.0;

/// The constants of the language. A label cannot have one of these names.
pub const CONSTANTS: &[(&str, Number)] = &[
    ("KIB", Number { value: 1024.0, is_integer: true }),
    ("MIB", Number { value: 1_048_576.0, is_integer: true }),
    ("PI", real(consts::PI)),
    ("TAU", real(consts::TAU)),
    ("E", real(consts::E)),
    ("SQRT_2", real(consts::SQRT_2)),
    ("FRAC_1_SQRT_2", real(consts::FRAC_1_SQRT_2)),
    ("FRAC_2_SQRT_PI", real(consts::FRAC_2_SQRT_PI)),
    ("FRAC_1_PI", real(consts::FRAC_1_PI)),
    ("FRAC_2_PI", real(consts::FRAC_2_PI)),
    ("FRAC_PI_2", real(consts::FRAC_PI_2)),
    ("LN_2", real(consts::LN_2)),
    ("LN_10", real(consts::LN_10)),
];

const fn real(value: f64) -> Number {
    Number { value, is_integer: false }
}

/// The constant called `name`.
pub(super) fn constant(name: &Ident) -> Option<Number> {
    CONSTANTS.iter().find(|(known, _)| name == known).map(|(_, number)| *number)
}

/// The value of a number literal; `None` for a literal of another kind.
pub(super) fn literal(literal: &Literal) -> Option<Result<Number>> {
    let text = literal.to_string();
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        return None;
    }
    // Nearly every literal is plain digits: an inline tensor has hundreds of thousands.
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
    let is_integer = !text.contains('.');
    Some(match text.parse::<f64>() {
        Ok(value) if plain => checked(Number { value, is_integer }, literal.span()),
        _ => unusual(literal),
    })
}

/// A literal with an exponent, a radix, underscores or a suffix.
fn unusual(literal: &Literal) -> Result<Number> {
    let span = literal.span();
    let (digits, suffix, is_integer) = match Lit::new(literal.clone()) {
        Lit::Int(int) => (int.base10_digits().to_owned(), int.suffix().to_owned(), true),
        Lit::Float(float) => (float.base10_digits().to_owned(), float.suffix().to_owned(), false),
        _ => return Err(Error::new(span, "this is no number")),
    };
    if !suffix.is_empty() {
        let message = format!("numbers have no type here: the suffix `{suffix}` is not allowed");
        return Err(with_help(span, message, format_args!("write `{digits}`")));
    }
    match digits.parse() {
        Ok(value) => checked(Number { value, is_integer }, span),
        Err(_) => Err(Error::new(span, "this is no number")),
    }
}

/// Refuses what a double cannot hold.
fn checked(number: Number, span: Span) -> Result<Number> {
    if number.is_integer && number.value.abs() > LARGEST_INTEGER {
        return Err(Error::new(span, "integers beyond 2^53 are not supported"));
    }
    if !number.value.is_finite() {
        return Err(Error::new(span, "this number is too large for a double"));
    }
    Ok(number)
}

/// Reads one of `+ - * /` if `accept` has it.
pub(super) fn eat_operator(cursor: &mut Cursor, accept: &[char]) -> Option<(BinaryOperator, Span)> {
    let character = *accept.iter().find(|&&character| cursor.at(character))?;
    let span = cursor.span();
    cursor.next();
    let operator = match character {
        '+' => BinaryOperator::Add,
        '-' => BinaryOperator::Subtract,
        '*' => BinaryOperator::Multiply,
        _ => BinaryOperator::Divide,
    };
    Some((operator, span))
}

/// `left operator right`, in integers where both are.
pub(super) fn combine(left: Number, operator: BinaryOperator, right: Number, span: Span) -> Result<Number> {
    let (a, b) = (left.value, right.value);
    let is_integer = left.is_integer && right.is_integer;
    if operator == BinaryOperator::Divide && b == 0.0 {
        return Err(Error::new(span, "division by zero"));
    }
    if operator == BinaryOperator::Divide && is_integer && a % b != 0.0 {
        let message = format!("`{a} / {b}` has a remainder: in Rust it would be {}", (a / b).trunc());
        return Err(with_help(span, message, format_args!("write `{a}.0 / {b}.0` for the fraction")));
    }
    let value = match operator {
        BinaryOperator::Add => a + b,
        BinaryOperator::Subtract => a - b,
        BinaryOperator::Multiply => a * b,
        BinaryOperator::Divide => a / b,
    };
    // An integer is never -0.
    let value = if is_integer { value + 0.0 } else { value };
    checked(Number { value, is_integer }, span)
}

/// `-number`.
pub(super) fn negate(number: Number) -> Number {
    let value = if number.is_integer { 0.0 - number.value } else { -number.value };
    Number { value, ..number }
}

/// Reads `core::f64::consts::PI` or `f64::max` up to its last name, if a path of that kind is next.
pub(super) fn eat_path(cursor: &mut Cursor) -> Option<Ident> {
    const MODULES: [&str; 5] = ["core", "std", "f32", "f64", "consts"];
    let tokens = cursor.rest();
    let mut at = 0;
    let is_separator = |at: usize| is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':');
    if is_separator(at) {
        at += 2;
    }
    while let Some(TokenTree::Ident(module)) = tokens.get(at) {
        if !is_separator(at + 1) || !MODULES.iter().any(|name| module == name) {
            break;
        }
        at += 3;
    }
    if at == 0 || !matches!(tokens.get(at), Some(TokenTree::Ident(_))) {
        return None;
    }
    cursor.skip(at);
    cursor.eat_ident()
}
