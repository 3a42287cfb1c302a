//! A place in the tokens between two delimiters.

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
use std::fmt::Display;
use syn::{Error, LitStr, Result};

/// How deep delimiters may nest in what is parsed: far more than tensors have axes, far less than the stack holds.
pub(super) const MAX_DEPTH: usize = 64;

/// Reads the tokens between two delimiters one after another.
pub(super) struct Cursor {
    tokens: std::vec::IntoIter<TokenTree>,
    depth: usize,
    /// Place of the token that was read last.
    last: Span,
    /// Place of the closing delimiter.
    end: Span,
}

impl Cursor {
    /// At the first token of `stream`; errors about missing tokens point at `end`.
    pub(super) fn new(stream: TokenStream, end: Span) -> Self {
        Self { tokens: visible(stream).into_iter(), depth: 0, last: end, end }
    }

    /// At the first token inside `group`.
    pub(super) fn enter(&self, group: &Group) -> Result<Cursor> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            return Err(Error::new(group.span_open(), format_args!("nested more than {MAX_DEPTH} deep")));
        }
        let end = group.span_close();
        Ok(Self { tokens: visible(group.stream()).into_iter(), depth, last: end, end })
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// The tokens not read yet.
    pub(super) fn rest(&self) -> &[TokenTree] {
        self.tokens.as_slice()
    }

    /// The next token, unread.
    pub(super) fn peek(&self) -> Option<&TokenTree> {
        self.rest().first()
    }

    /// Reads the next token.
    pub(super) fn next(&mut self) -> Option<TokenTree> {
        let token = self.tokens.next()?;
        self.last = match &token {
            TokenTree::Group(group) => group.span_close(),
            token => token.span(),
        };
        Some(token)
    }

    /// Reads `count` tokens.
    pub(super) fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    /// Place of the next token, or of the closing delimiter behind the last one.
    pub(super) fn span(&self) -> Span {
        // Outside all delimiters there is no closing one: the last token is as near as can be.
        let end = if self.depth == 0 { self.last } else { self.end };
        self.peek().map_or(end, first_span)
    }

    /// Place of the token that was read last.
    pub(super) fn last_span(&self) -> Span {
        self.last
    }

    /// Whether the next token is the character `character`, be it alone or the first of a longer operator.
    pub(super) fn at(&self, character: char) -> bool {
        is_punct(self.peek(), character)
    }

    /// Reads the character `character` if it is next.
    pub(super) fn eat(&mut self, character: char) -> bool {
        let found = self.at(character);
        if found {
            self.next();
        }
        found
    }

    /// Reads a two-character operator such as `<=` if it is next.
    pub(super) fn eat_pair(&mut self, pair: [char; 2]) -> bool {
        let found = is_punct(self.peek(), pair[0]) && is_punct(self.rest().get(1), pair[1]);
        if found {
            self.next();
            self.next();
        }
        found
    }

    /// Reads `word` if it is next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(TokenTree::Ident(ident)) if ident == word);
        if found {
            self.next();
        }
        found
    }

    /// Reads an identifier if one is next.
    pub(super) fn eat_ident(&mut self) -> Option<Ident> {
        match self.peek() {
            Some(TokenTree::Ident(_)) => match self.next() {
                Some(TokenTree::Ident(ident)) => Some(ident),
                _ => None,
            },
            _ => None,
        }
    }

    /// The group of the given delimiter that is next, unread.
    pub(super) fn peek_group(&self, delimiter: Delimiter) -> Option<&Group> {
        match self.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
            _ => None,
        }
    }

    /// Reads a group of the given delimiter if one is next.
    pub(super) fn eat_group(&mut self, delimiter: Delimiter) -> Option<Group> {
        let group = self.peek_group(delimiter).cloned();
        if group.is_some() {
            self.next();
        }
        group
    }

    /// Reads a string literal if one is next.
    pub(super) fn eat_text(&mut self) -> Option<LitStr> {
        let text = match self.peek() {
            Some(TokenTree::Literal(literal)) => syn::parse2(TokenTree::Literal(literal.clone()).into()).ok(),
            _ => None,
        };
        if text.is_some() {
            self.next();
        }
        text
    }

    /// Reads up to the next comma of this level, or to the end.
    pub(super) fn skip_to_comma(&mut self) {
        while !self.is_empty() && !self.at(',') {
            self.next();
        }
    }

    /// The next token as a message quotes it.
    fn describe(&self) -> String {
        match self.rest() {
            [] => "the end".into(),
            [TokenTree::Group(group), ..] => match group.delimiter() {
                Delimiter::Parenthesis => "`(`".into(),
                Delimiter::Brace => "`{`".into(),
                Delimiter::Bracket => "`[`".into(),
                Delimiter::None => "an expression".into(),
            },
            [TokenTree::Ident(ident), ..] => format!("`{ident}`"),
            [TokenTree::Punct(first), TokenTree::Punct(second), ..] if first.spacing() == Spacing::Joint => {
                format!("`{}{}`", first.as_char(), second.as_char())
            }
            [TokenTree::Punct(punct), ..] => format!("`{}`", punct.as_char()),
            [TokenTree::Literal(literal), ..] => {
                let text = literal.to_string();
                match text.char_indices().nth(40) {
                    Some((end, _)) => format!("`{}…`", &text[..end]),
                    None => format!("`{text}`"),
                }
            }
        }
    }

    /// An error at the next token, which is not what should stand there.
    pub(super) fn unexpected(&self, expected: impl Display) -> Error {
        Error::new(self.span(), format_args!("expected {expected}, found {}", self.describe()))
    }

    /// The same, with what to do about it.
    pub(super) fn unexpected_with_help(&self, expected: impl Display, help: impl Display) -> Error {
        let message = format!("expected {expected}, found {}", self.describe());
        crate::diagnostics::with_help(self.span(), message, help)
    }
}

/// Whether `token` is the character `character`.
pub(super) fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// Where a token begins: for a group, its opening delimiter.
fn first_span(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_open(),
        token => token.span(),
    }
}

/// The tokens of `stream` without the invisible delimiters that `macro_rules!` puts around a single token (`$x:literal`)
/// or around nothing (`$vis:vis`). Those around several tokens stay: they keep `$a * $b` right where `$a` is a sum.
fn visible(stream: TokenStream) -> Vec<TokenTree> {
    let mut tokens = Vec::new();
    for mut token in stream {
        while let TokenTree::Group(group) = &token {
            if group.delimiter() != Delimiter::None {
                break;
            }
            let mut inner = group.stream().into_iter();
            match (inner.next(), inner.next()) {
                (Some(only), None) => token = only,
                _ => break,
            }
        }
        match &token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None && group.stream().is_empty() => {}
            _ => tokens.push(token),
        }
    }
    tokens
}

/// Whether delimiters nest deeper than [`MAX_DEPTH`] in `stream`: such tokens must not reach recursive code.
pub(super) fn is_too_deep(stream: TokenStream) -> bool {
    fn deeper_than(stream: TokenStream, depth: usize) -> bool {
        stream.into_iter().any(|token| match token {
            TokenTree::Group(group) => depth == 0 || deeper_than(group.stream(), depth - 1),
            _ => false,
        })
    }
    deeper_than(stream, MAX_DEPTH)
}
