//! The body of a network: layers and their options.

use super::cursor::{Cursor, is_punct};
use super::value;
use crate::ast::{Layer, LayerOption, Value, ValueKind};
use crate::diagnostics::{Errors, with_help};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenTree};
use syn::{Error, Result};

/// Reads the layers in `group`, and answers whether everything in it could be read. What could not is reported.
pub(super) fn layers(cursor: &Cursor, group: &Group, errors: &mut Errors) -> (Vec<Layer>, bool) {
    let mut reader = Reader { errors, is_whole: true };
    let layers = match cursor.enter(group) {
        Ok(inner) => reader.elements(inner, "layer", Reader::layer, Reader::unreadable_layer),
        Err(error) => {
            reader.skipped(error);
            Vec::new()
        }
    };
    (layers, reader.is_whole)
}

struct Reader<'e> {
    errors: &'e mut Errors,
    /// Whether nothing was skipped so far.
    is_whole: bool,
}

impl Reader<'_> {
    fn skipped(&mut self, error: Error) {
        self.errors.push(error);
        self.is_whole = false;
    }

    /// Reads elements between commas. One that cannot be read is skipped, up to the next comma, and `placeholder` says
    /// what stands in for it.
    fn elements<T>(
        &mut self,
        mut cursor: Cursor,
        kind: &str,
        read: fn(&mut Self, &mut Cursor) -> Result<T>,
        placeholder: fn(Span) -> Option<T>,
    ) -> Vec<T> {
        let mut elements = Vec::new();
        while !cursor.is_empty() {
            let span = cursor.span();
            let read = read(self, &mut cursor).map(|element| elements.push(element));
            if let Err(error) = read.and_then(|()| self.comma(&mut cursor, kind)) {
                self.skipped(error);
                elements.extend(placeholder(span));
                cursor.skip_to_comma();
                cursor.eat(',');
            }
        }
        elements
    }

    /// Reads the comma behind an element. Where it was forgotten and the next element follows, goes on with that.
    fn comma(&mut self, cursor: &mut Cursor, kind: &str) -> Result<()> {
        if cursor.is_empty() || cursor.eat(',') {
            return Ok(());
        }
        let help = format_args!("every {kind} but the last has a `,` behind it");
        let error = cursor.unexpected_with_help(format_args!("`,` between {kind}s"), help);
        if matches!(cursor.peek(), Some(TokenTree::Ident(_))) || cursor.eat(';') {
            self.errors.push(error);
            return Ok(());
        }
        Err(error)
    }

    /// Whatever it was, nothing is known of what it makes.
    fn unreadable_layer(span: Span) -> Option<Layer> {
        Some(Layer { label: None, operator: Ident::new("_", span), options: Vec::new() })
    }

    /// `label: Operator { option: value, … }`
    fn layer(&mut self, cursor: &mut Cursor) -> Result<Layer> {
        self.comments(cursor)?;
        let label = self.label(cursor);
        let Some(mut operator) = cursor.eat_ident() else {
            let expected = match &label {
                Some(label) => format!("a layer behind `{label}:`"),
                None => "a layer".into(),
            };
            return Err(cursor.unexpected_with_help(expected, "write `label: Dense { units: 10 }` or `Relu`"));
        };
        while is_punct(cursor.peek(), ':') && is_punct(cursor.rest().get(1), ':') {
            let error = cursor.unexpected_with_help("`{` or `,`", "layers have plain names: `Dense`");
            self.errors.push(error);
            cursor.skip(2);
            operator = cursor.eat_ident().unwrap_or(operator);
        }
        let options = match cursor.eat_group(Delimiter::Brace) {
            Some(group) => self.elements(cursor.enter(&group)?, "option", Self::option, |_| None),
            None => Vec::new(),
        };
        if let Some(group) = cursor.eat_group(Delimiter::Parenthesis) {
            // What stands in the parentheses is lost, the layer is not.
            self.skipped(with_help(
                group.span_open(),
                format_args!("expected `{{`, found `(` behind `{operator}`"),
                format_args!("options stand in braces, by name: `{operator} {{ option: value }}`"),
            ));
        }
        Ok(Layer { label, operator, options })
    }

    /// `label:`, if one is next.
    fn label(&mut self, cursor: &mut Cursor) -> Option<Ident> {
        let [TokenTree::Ident(label), TokenTree::Punct(behind), rest @ ..] = cursor.rest() else {
            return None;
        };
        let label = label.clone();
        match behind.as_char() {
            ':' if !is_punct(rest.first(), ':') => {
                cursor.skip(2);
                Some(label)
            }
            '=' => {
                cursor.next();
                let help = format!("write `{label}: …`");
                self.errors.push(cursor.unexpected_with_help("`:` behind the label", help));
                cursor.next();
                Some(label)
            }
            _ => None,
        }
    }

    /// Doc comments before a layer or an option, which are comments; other attributes mean nothing here.
    fn comments(&mut self, cursor: &mut Cursor) -> Result<()> {
        for attribute in super::attributes(cursor)? {
            if !attribute.path().is_ident("doc") {
                let span = attribute.pound_token.span;
                let help = "attributes of the generated type stand before `struct`";
                self.errors.help(span, "layers and options take no attributes, only comments", help);
            }
        }
        Ok(())
    }

    /// `name: value`. A name without a usable value is kept, so that an editor can complete it.
    fn option(&mut self, cursor: &mut Cursor) -> Result<LayerOption> {
        self.comments(cursor)?;
        if cursor.at('.') {
            let help = "leave it out: options that are not written have their defaults";
            return Err(cursor.unexpected_with_help("an option", help));
        }
        let Some(name) = cursor.eat_ident() else {
            return Err(cursor.unexpected_with_help("an option", "options are written `name: value`"));
        };
        let value = self.option_value(&name, cursor).unwrap_or_else(|error| {
            self.errors.push(error);
            skip_value(cursor);
            Value { kind: ValueKind::Missing, ends: [name.span(); 2] }
        });
        Ok(LayerOption { name, value })
    }

    /// `: value`
    fn option_value(&mut self, name: &Ident, cursor: &mut Cursor) -> Result<Value> {
        if cursor.at('=') {
            let help = format!("write `{name}: …`");
            self.errors.push(cursor.unexpected_with_help("`:` behind the option's name", help));
            cursor.next();
            return value::value(cursor);
        }
        let has_colon = cursor.eat(':');
        let is_next_option = !has_colon && matches!(cursor.peek(), Some(TokenTree::Ident(_)));
        if cursor.is_empty() || cursor.at(',') || is_next_option {
            let message = format_args!("option `{name}` needs a value");
            return Err(with_help(name.span(), message, format_args!("write `{name}: …`")));
        }
        if !has_colon {
            let expected = format_args!("`:` and a value behind `{name}`");
            return Err(cursor.unexpected_with_help(expected, format_args!("write `{name}: …`")));
        }
        value::value(cursor)
    }
}

/// Skips the rest of a broken value: up to a comma, or to what looks like the next option.
fn skip_value(cursor: &mut Cursor) {
    let starts_option = |rest: &[TokenTree]| {
        matches!(rest, [TokenTree::Ident(_), TokenTree::Punct(colon), ..] if colon.as_char() == ':')
            && !is_punct(rest.get(2), ':')
    };
    while !cursor.is_empty() && !cursor.at(',') && !starts_option(cursor.rest()) {
        cursor.next();
    }
}
