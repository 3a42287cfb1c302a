//! Values of options.

use super::cursor::Cursor;
use super::{expression, number};
use crate::ast::{Number, Value, ValueKind};
use crate::diagnostics::with_help;
use proc_macro2::{Delimiter, Ident, Span, TokenTree};
use syn::{Error, Result};

/// What a value may be, for messages.
const EXPECTED: &str = "a value";

/// Reads one value.
pub(super) fn value(cursor: &mut Cursor) -> Result<Value> {
    let first = cursor.span();
    let kind = sum(cursor)?;
    Ok(Value { kind, ends: [first, cursor.last_span()] })
}

/// Reads values between commas up to the end.
fn values(mut cursor: Cursor) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    while !cursor.is_empty() {
        values.push(value(&mut cursor)?);
        if !cursor.is_empty() && !cursor.eat(',') {
            return Err(cursor.unexpected("`,` or `]`"));
        }
    }
    Ok(values)
}

/// Terms between `+` and `-`; the level where anything else than a number passes through.
fn sum(cursor: &mut Cursor) -> Result<ValueKind> {
    operators(cursor, &['+', '-'], product)
}

fn product(cursor: &mut Cursor) -> Result<ValueKind> {
    operators(cursor, &['*', '/'], negation)
}

/// Operands that `read` reads, between operators of one rank.
fn operators(
    cursor: &mut Cursor,
    accept: &[char],
    read: fn(&mut Cursor) -> Result<ValueKind>,
) -> Result<ValueKind> {
    let first = cursor.span();
    let mut left = read(cursor)?;
    while let Some((operator, span)) = number::eat_operator(cursor, accept) {
        let a = operand(&left, first)?;
        let second = cursor.span();
        let b = operand(&read(cursor)?, second)?;
        left = ValueKind::Number(number::combine(a, operator, b, span)?);
    }
    Ok(left)
}

fn negation(cursor: &mut Cursor) -> Result<ValueKind> {
    let mut is_negative = false;
    let mut is_signed = false;
    while cursor.eat('-') {
        is_negative = !is_negative;
        is_signed = true;
    }
    let first = cursor.span();
    let kind = atom(cursor)?;
    if !is_signed {
        return Ok(kind);
    }
    let number = operand(&kind, first)?;
    Ok(ValueKind::Number(if is_negative { number::negate(number) } else { number }))
}

/// The number that an operator needs.
fn operand(kind: &ValueKind, span: Span) -> Result<Number> {
    match kind {
        ValueKind::Number(number) => Ok(*number),
        ValueKind::Word(word) => Err(unknown_constant(word)),
        _ => Err(Error::new(span, "only numbers can be calculated with")),
    }
}

fn unknown_constant(word: &Ident) -> Error {
    with_help(
        word.span(),
        format_args!("the value of `{word}` is not known here"),
        "a macro sees names, not the values of your constants: write the number",
    )
}

/// A value without operators.
fn atom(cursor: &mut Cursor) -> Result<ValueKind> {
    if let Some(name) = number::eat_path(cursor) {
        return constant(&name);
    }
    match cursor.peek() {
        Some(TokenTree::Literal(_)) => literal(cursor),
        Some(TokenTree::Ident(_)) => word(cursor),
        Some(TokenTree::Group(group)) => match group.delimiter() {
            Delimiter::Bracket => list(cursor),
            Delimiter::Parenthesis | Delimiter::None => parenthesized(cursor),
            Delimiter::Brace => Err(cursor.unexpected_with_help(EXPECTED, "lists are written `[1, 2]`")),
        },
        Some(TokenTree::Punct(punct)) => match punct.as_char() {
            '|' => expression::closure(cursor).map(ValueKind::Function),
            '&' => {
                Err(cursor.unexpected_with_help(EXPECTED, "leave the `&` out: values are written plainly"))
            }
            _ => Err(cursor.unexpected(EXPECTED)),
        },
        None => Err(cursor.unexpected(EXPECTED)),
    }
}

fn literal(cursor: &mut Cursor) -> Result<ValueKind> {
    let Some(TokenTree::Literal(literal)) = cursor.peek() else { return Err(cursor.unexpected(EXPECTED)) };
    if let Some(number) = number::literal(literal) {
        let number = number?;
        cursor.next();
        return Ok(ValueKind::Number(number));
    }
    cursor.eat_text().map(ValueKind::Text).ok_or_else(|| cursor.unexpected("a number or \"text\""))
}

/// `true`, `Same`, `KIB`, `Percentile(99.9)`.
fn word(cursor: &mut Cursor) -> Result<ValueKind> {
    let Some(word) = cursor.eat_ident() else { return Err(cursor.unexpected(EXPECTED)) };
    if cursor.at('!') {
        let help = "macros inside are not expanded: write what it would give";
        return Err(with_help(word.span(), format_args!("`{word}!` is a macro"), help));
    }
    if let Some(group) = cursor.peek_group(Delimiter::Parenthesis) {
        let arguments = cursor.enter(group)?;
        cursor.next();
        return Ok(ValueKind::Call(word, values(arguments)?));
    }
    Ok(match word.to_string().as_str() {
        "true" => ValueKind::Bool(true),
        "false" => ValueKind::Bool(false),
        _ => number::constant(&word).map_or(ValueKind::Word(word), ValueKind::Number),
    })
}

fn constant(name: &Ident) -> Result<ValueKind> {
    number::constant(name).map(ValueKind::Number).ok_or_else(|| unknown_constant(name))
}

fn list(cursor: &mut Cursor) -> Result<ValueKind> {
    let Some(group) = cursor.eat_group(Delimiter::Bracket) else { return Err(cursor.unexpected("a list")) };
    let inner = cursor.enter(&group)?;
    if let Some(semicolon) = inner.rest().iter().find(|token| super::cursor::is_punct(Some(token), ';')) {
        let help = "write every element between commas";
        return Err(with_help(semicolon.span(), "lists that repeat an element are not supported", help));
    }
    Ok(ValueKind::List(values(inner)?))
}

/// `(4 * 8)`, or what a `macro_rules!` variable stands for.
fn parenthesized(cursor: &mut Cursor) -> Result<ValueKind> {
    let Some(TokenTree::Group(group)) = cursor.next() else { return Err(cursor.unexpected(EXPECTED)) };
    let mut inner = cursor.enter(&group)?;
    let kind = sum(&mut inner)?;
    if inner.at(',') {
        return Err(inner.unexpected_with_help("`)`", "lists are written in brackets: `[3, 3]`"));
    }
    if !inner.is_empty() {
        return Err(inner.unexpected("`)`"));
    }
    Ok(kind)
}
