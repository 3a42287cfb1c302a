//! What must hold: the list behind `where`.

use super::cursor::{Cursor, is_too_deep};
use crate::ast::{Comparison, Limit, LimitArgument};
use crate::diagnostics::{Errors, with_help};
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use syn::{Error, LitStr, Result};

const HELP: &str = "limits are written `flash <= 24 * KIB`";

/// Reads limits up to the braces of the layers or the `;` that ends the item.
pub(super) fn limits(cursor: &mut Cursor, errors: &mut Errors) -> Vec<Limit> {
    let mut limits = Vec::new();
    while !at_end(cursor) {
        match limit(cursor) {
            Ok(limit) => limits.push(limit),
            Err(error) => {
                errors.push(error);
                bound(cursor);
            }
        }
        if !cursor.eat(',') && !at_end(cursor) {
            let help = "every limit but the last has a `,` behind it";
            errors.push(cursor.unexpected_with_help("`,` between limits", help));
        }
    }
    limits
}

fn at_end(cursor: &Cursor) -> bool {
    cursor.is_empty() || cursor.at(';') || cursor.peek_group(Delimiter::Brace).is_some()
}

/// `flash <= 24 * KIB`, `accuracy("test.npz") >= 0.97`
fn limit(cursor: &mut Cursor) -> Result<Limit> {
    let Some(resource) = cursor.eat_ident() else {
        return Err(cursor.unexpected_with_help("a limit", HELP));
    };
    let argument = match cursor.eat_group(Delimiter::Parenthesis) {
        Some(group) => Some(argument(cursor, &group)?),
        None => None,
    };
    let (comparison, comparison_span) = comparison(cursor)?;
    let end = cursor.span();
    let bound = bound(cursor);
    if bound.is_empty() {
        let message = format_args!("`{resource}` needs a limit behind the comparison");
        return Err(with_help(end, message, HELP));
    }
    if is_too_deep(bound.clone()) {
        return Err(Error::new(end, "delimiters are nested too deep"));
    }
    Ok(Limit { resource, argument, comparison, comparison_span, bound })
}

fn argument(cursor: &Cursor, group: &Group) -> Result<LimitArgument> {
    let mut inner = cursor.enter(group)?;
    let argument = match inner.eat_text() {
        Some(file) => files(&mut inner, file)?,
        None => {
            let word =
                inner.eat_ident().ok_or_else(|| inner.unexpected("\"file\" or the name of a processor"))?;
            let mut settings = Vec::new();
            while inner.eat(',') && !inner.is_empty() {
                settings.push(setting(&mut inner, "wait_states: 1")?);
            }
            LimitArgument::Word(word, settings)
        }
    };
    if inner.is_empty() { Ok(argument) } else { Err(inner.unexpected("`)`")) }
}

/// `"x.npy", "y.npy", samples: 500`, of which the first is read.
fn files(cursor: &mut Cursor, first: LitStr) -> Result<LimitArgument> {
    let mut files = vec![first];
    let mut is_set = None;
    while is_set.is_none() && cursor.eat(',') && !cursor.is_empty() {
        match cursor.eat_text() {
            Some(file) => files.push(file),
            None => is_set = Some(setting(cursor, "samples: 500")?),
        }
    }
    // A comma may stand behind the last.
    if is_set.is_some() {
        cursor.eat(',');
    }
    Ok(LimitArgument::Files(files, is_set))
}

/// `name: 1`, as in `example`.
fn setting(cursor: &mut Cursor, example: &str) -> Result<(Ident, Literal)> {
    let name = cursor.eat_ident().ok_or_else(|| cursor.unexpected(format_args!("`{example}`")))?;
    if !cursor.eat(':') {
        return Err(cursor.unexpected("`:`"));
    }
    match cursor.next() {
        Some(TokenTree::Literal(value)) => Ok((name, value)),
        Some(other) => Err(Error::new(other.span(), "expected a number")),
        None => Err(cursor.unexpected("a number")),
    }
}

fn comparison(cursor: &mut Cursor) -> Result<(Comparison, Span)> {
    let span = cursor.span();
    if cursor.eat_pair(['<', '=']) {
        return Ok((Comparison::AtMost, span));
    }
    if cursor.eat_pair(['>', '=']) {
        return Ok((Comparison::AtLeast, span));
    }
    Err(cursor.unexpected_with_help("`<=` or `>=`", HELP))
}

/// The right side: any constant expression. It ends at a `,`, a `;` or a brace that no other delimiter encloses.
fn bound(cursor: &mut Cursor) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !at_end(cursor) && !cursor.at(',') {
        tokens.extend(cursor.next());
    }
    tokens
}

/// Several pairs of braces: all but the last belong to the last limit (`if BIG { 1 } else { 2 }`), not to the layers.
pub(super) fn refuse_braces(cursor: &mut Cursor, limits: &[Limit], errors: &mut Errors) {
    let Some(limit) = limits.last() else { return };
    let is_brace = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace);
    let span = cursor.span();
    let mut is_refused = false;
    loop {
        let behind = match cursor.rest().get(1) {
            Some(TokenTree::Ident(word)) if word == "else" => 2,
            _ => 1,
        };
        if !is_brace(cursor.peek()) || !is_brace(cursor.rest().get(behind)) {
            break;
        }
        cursor.skip(behind);
        is_refused = true;
    }
    if is_refused {
        let message = format!("the limit of `{}` ends at this `{{`", limit.resource);
        errors.push(with_help(span, message, "put parentheses around a limit that contains braces"));
    }
}
