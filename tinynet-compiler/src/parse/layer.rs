//! The body of a network: layers and their options.

use super::cursor::{Cursor, is_punct};
use super::value;
use crate::ast::{Layer, LayerOption, Value, ValueKind};
use crate::diagnostics::{Errors, with_help};
use proc_macro2::{Delimiter, Group, Ident, TokenTree};
use syn::{Attribute, Error, Result};

/// Layers between commas, and whether all of them could be read.
pub(super) struct Body {
    pub(super) layers: Vec<Layer>,
    pub(super) is_whole: bool,
}

/// Reads the layers. What cannot be read is reported and skipped up to the next comma.
pub(super) fn body(mut cursor: Cursor, errors: &mut Errors) -> Body {
    let mut body = Body { layers: Vec::new(), is_whole: true };
    while !cursor.is_empty() {
        match layer(&mut cursor, errors) {
            Ok(layer) => body.layers.push(layer),
            Err(error) => {
                body.is_whole = false;
                errors.push(error);
                cursor.skip_to_comma();
            }
        }
        comma(&mut cursor, "between layers", errors);
    }
    body
}

/// Reads the comma behind a layer or an option. Where it was forgotten and the next one follows, goes on with that.
fn comma(cursor: &mut Cursor, place: &str, errors: &mut Errors) {
    if cursor.is_empty() || cursor.eat(',') {
        return;
    }
    errors.push(cursor.unexpected(format_args!("`,` {place}")));
    if matches!(cursor.peek(), Some(TokenTree::Ident(_))) {
        return;
    }
    if !cursor.eat(';') {
        cursor.skip_to_comma();
        cursor.eat(',');
    }
}

/// `label: Operator { option: value, … }`
fn layer(cursor: &mut Cursor, errors: &mut Errors) -> Result<Layer> {
    comments(cursor, errors)?;
    let label = label(cursor)?;
    let Some(operator) = cursor.eat_ident() else {
        let expected = match &label {
            Some(label) => format!("a layer behind `{label}:`"),
            None => "a layer".into(),
        };
        return Err(cursor.unexpected_with_help(expected, "write `label: Dense { units: 10 }` or `Relu`"));
    };
    if is_path(cursor) {
        return Err(
            cursor.unexpected_with_help("`{`, or `,` behind the layer", "layers have plain names: `Dense`")
        );
    }
    let options = match cursor.eat_group(Delimiter::Brace) {
        Some(group) => options(cursor.enter(&group)?, errors),
        None => Vec::new(),
    };
    if let Some(group) = cursor.peek_group(Delimiter::Parenthesis) {
        return Err(with_help(
            group.span_open(),
            format_args!("expected `{{`, found `(` behind `{operator}`"),
            format_args!("options stand in braces, by name: `{operator} {{ option: value }}`"),
        ));
    }
    Ok(Layer { label, operator, options })
}

/// `label:`, if one is next.
fn label(cursor: &mut Cursor) -> Result<Option<Ident>> {
    let [TokenTree::Ident(label), TokenTree::Punct(behind), ..] = cursor.rest() else { return Ok(None) };
    let label = label.clone();
    match behind.as_char() {
        ':' if !is_punct(cursor.rest().get(2), ':') => {
            cursor.skip(2);
            Ok(Some(label))
        }
        '=' => {
            cursor.next();
            let help = format!("write `{label}: …`");
            Err(cursor.unexpected_with_help("`:` behind the label", help))
        }
        _ => Ok(None),
    }
}

fn is_path(cursor: &Cursor) -> bool {
    is_punct(cursor.peek(), ':') && is_punct(cursor.rest().get(1), ':')
}

/// Doc comments before a layer, which are comments; other attributes mean nothing here.
fn comments(cursor: &mut Cursor, errors: &mut Errors) -> Result<()> {
    for attribute in super::attributes(cursor)? {
        if !attribute.path().is_ident("doc") {
            errors.push(not_allowed(&attribute));
        }
    }
    Ok(())
}

fn not_allowed(attribute: &Attribute) -> Error {
    Error::new(attribute.pound_token.span, "layers and options take no attributes, only comments")
}

/// Reads the options of one layer.
fn options(mut cursor: Cursor, errors: &mut Errors) -> Vec<LayerOption> {
    let mut options = Vec::new();
    while !cursor.is_empty() {
        match option(&mut cursor, errors) {
            Ok(option) => options.push(option),
            Err(error) => {
                errors.push(error);
                cursor.skip_to_comma();
            }
        }
        comma(&mut cursor, "between options", errors);
    }
    options
}

/// `name: value`. A name without a usable value is kept, so that an editor can complete it.
fn option(cursor: &mut Cursor, errors: &mut Errors) -> Result<LayerOption> {
    comments(cursor, errors)?;
    if cursor.at('.') {
        let help = "leave it out: options that are not written have their defaults";
        return Err(cursor.unexpected_with_help("an option", help));
    }
    let Some(name) = cursor.eat_ident() else {
        return Err(cursor.unexpected_with_help("an option", "options are written `name: value`"));
    };
    let found = if cursor.eat(':') {
        if cursor.is_empty() || cursor.at(',') { Err(needs_value(&name)) } else { value::value(cursor) }
    } else if cursor.at('=') {
        let error =
            cursor.unexpected_with_help("`:` behind the option's name", format_args!("write `{name}: …`"));
        Err(error)
    } else if cursor.is_empty() || cursor.at(',') || matches!(cursor.peek(), Some(TokenTree::Ident(_))) {
        Err(needs_value(&name))
    } else {
        Err(cursor.unexpected(format_args!("`:` and a value behind `{name}`")))
    };
    let value = found.unwrap_or_else(|error| {
        errors.push(error);
        recover(cursor);
        Value { kind: ValueKind::Missing, ends: [name.span(); 2] }
    });
    Ok(LayerOption { name, value })
}

/// Skips the rest of a broken value: up to a comma, or to what looks like the next option.
fn recover(cursor: &mut Cursor) {
    let starts_option = |rest: &[TokenTree]| {
        matches!(rest, [TokenTree::Ident(_), TokenTree::Punct(colon), ..] if colon.as_char() == ':')
            && !is_punct(rest.get(2), ':')
    };
    while !cursor.is_empty() && !cursor.at(',') && !starts_option(cursor.rest()) {
        cursor.next();
    }
}

fn needs_value(name: &Ident) -> Error {
    Error::new(name.span(), format_args!("option `{name}` needs a value: `{name}: …`"))
}

/// The group a network's layers stand in.
pub(super) fn enter(cursor: &Cursor, group: &Group, errors: &mut Errors) -> Body {
    match cursor.enter(group) {
        Ok(inner) => body(inner, errors),
        Err(error) => {
            errors.push(error);
            Body { layers: Vec::new(), is_whole: false }
        }
    }
}
