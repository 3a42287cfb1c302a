//! Tokens to [`ast`](crate::ast): the grammar.
//!
//! ```text
//! invocation := `(` facade path `)` network*
//! network    := attributes vis `struct` Name ( `=` "file" )? ( `where` limit,* )? ( `{` layer,* `}` | `;` )
//! limit      := resource ( `(` "file" | word `)` )? ( `<=` | `>=` ) constant expression
//! layer      := ( label `:` )? Operator ( `{` option,* `}` )?
//! option     := name `:` value
//! value      := number | "file" | word | `true` | `false` | `[` value,* `]` | word `(` value,* `)` | `|x|` expression
//! ```
//!
//! An error does not end the parse: it is reported, and reading goes on behind the next comma of the same braces, so
//! that one build reports every mistake and an editor still sees the rest.

mod cursor;
mod expression;
mod layer;
mod limit;
mod number;
mod value;

pub use expression::FUNCTIONS;
pub use number::CONSTANTS;

use crate::ast::{Invocation, Network};
use crate::diagnostics::{Errors, with_help};
use crate::names::is_identifier;
use cursor::Cursor;
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::{Attribute, Error, LitStr, Result, Visibility};

const HELP: &str = "a network is written `pub struct Name = \"weights file\" where limits { layers }`";

/// Reads a whole invocation.
pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Invocation {
    let mut cursor = Cursor::new(tokens, Span::call_site());
    let facade = cursor.eat_group(Delimiter::Parenthesis).map(|group| group.stream()).unwrap_or_default();
    let mut networks = Vec::new();
    while !cursor.is_empty() {
        match network(&mut cursor, errors) {
            Ok(network) => networks.push(network),
            Err(error) => {
                errors.push(error);
                skip_item(&mut cursor);
            }
        }
    }
    if networks.is_empty() && errors.is_empty() {
        errors.help(Span::call_site(), "no network is declared here", HELP);
    }
    Invocation { facade, networks }
}

/// Reads on behind the `;` or the braces that end an item.
fn skip_item(cursor: &mut Cursor) {
    while !cursor.is_empty() && !cursor.eat(';') && cursor.eat_group(Delimiter::Brace).is_none() {
        cursor.next();
    }
}

fn network(cursor: &mut Cursor, errors: &mut Errors) -> Result<Network> {
    let attributes = attributes(cursor)?;
    let visibility = visibility(cursor)?;
    let name = name(cursor, errors)?;
    let file = file(cursor, errors);
    let limits = match cursor.eat_word("where") {
        true => limit::limits(cursor, errors),
        false => Vec::new(),
    };
    limit::refuse_braces(cursor, &limits, errors);
    let mut network = Network { attributes, visibility, name, file, limits, layers: None, is_whole: true };
    if let Some(group) = cursor.eat_group(Delimiter::Brace) {
        let (layers, is_whole) = layer::layers(cursor, &group, errors);
        network.layers = Some(layers);
        network.is_whole = is_whole;
    } else if !cursor.eat(';') {
        errors.push(cursor.unexpected_with_help("the layers in `{ }`", HELP));
        network.is_whole = false;
        skip_item(cursor);
    } else if network.file.is_none() {
        errors.push(with_help(
            network.name.span(),
            format_args!("`{}` has no layers", network.name),
            "write them in braces, or name the file of a whole model: `= \"model file\";`",
        ));
        network.is_whole = false;
    }
    Ok(network)
}

/// Attributes and doc comments.
fn attributes(cursor: &mut Cursor) -> Result<Vec<Attribute>> {
    let mut tokens = TokenStream::new();
    while cursor.at('#') {
        tokens.extend(cursor.next());
        match cursor.eat_group(Delimiter::Bracket) {
            Some(group) if cursor::is_too_deep(group.stream()) => {
                return Err(Error::new(group.span_open(), "delimiters are nested too deep"));
            }
            Some(group) => tokens.extend([TokenTree::Group(group)]),
            None => return Err(cursor.unexpected("`[` of an attribute")),
        }
    }
    Attribute::parse_outer.parse2(tokens)
}

fn visibility(cursor: &mut Cursor) -> Result<Visibility> {
    // What a `$vis:vis` stands for comes in invisible delimiters.
    if let Some(group) = cursor.eat_group(Delimiter::None) {
        return syn::parse2(group.stream());
    }
    if !matches!(cursor.peek(), Some(TokenTree::Ident(word)) if word == "pub") {
        return Ok(Visibility::Inherited);
    }
    let mut tokens: TokenStream = cursor.next().into_iter().collect();
    tokens.extend(cursor.eat_group(Delimiter::Parenthesis).map(TokenTree::Group));
    syn::parse2(tokens)
}

fn name(cursor: &mut Cursor, errors: &mut Errors) -> Result<Ident> {
    if !cursor.eat_word("struct") {
        let error = cursor.unexpected_with_help("`struct`", HELP);
        if !cursor.eat_word("enum") && !cursor.eat_word("fn") && !cursor.eat_word("mod") {
            return Err(error);
        }
        // It is clear what is meant, and the type must be there for those who name it.
        errors.push(error);
    }
    let unexpected = cursor.unexpected_with_help("the name of the network", HELP);
    let name = cursor.eat_ident().filter(is_identifier).ok_or(unexpected)?;
    if cursor.at('<') {
        let help = "a network is one type: leave them out";
        errors.help(cursor.span(), "networks take no generic parameters", help);
        skip_to_rest_of_head(cursor);
    }
    Ok(name)
}

/// Reads up to what may follow in a head: `= "file"`, `where`, `{` or `;`.
fn skip_to_rest_of_head(cursor: &mut Cursor) {
    let may_follow = |token: &TokenTree| match token {
        TokenTree::Ident(word) => word == "where",
        TokenTree::Punct(punct) => matches!(punct.as_char(), ';' | '='),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Literal(_) => false,
    };
    while cursor.peek().is_some_and(|token| !may_follow(token)) {
        cursor.next();
    }
}

/// `= "file"`
fn file(cursor: &mut Cursor, errors: &mut Errors) -> Option<LitStr> {
    if !cursor.eat('=') {
        return None;
    }
    let file = cursor.eat_text();
    if file.is_none() {
        errors.push(cursor.unexpected_with_help("the name of a file", "write `= \"weights.safetensors\"`"));
        skip_to_rest_of_head(cursor);
    }
    file
}

#[cfg(test)]
mod tests;
