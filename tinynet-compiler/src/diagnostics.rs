//! Errors that point at tokens, collected so that one build reports them all.

use crate::ast::Value;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use std::fmt::Display;

/// An error at `span` that says what to do about it.
pub fn with_help(span: Span, message: impl Display, help: impl Display) -> syn::Error {
    syn::Error::new(span, format_args!("{message}\n= help: {help}"))
}

/// An error that underlines all tokens from the first to the last of two.
pub fn between(ends: [Span; 2], message: impl Display) -> syn::Error {
    let [first, last] = ends.map(|span| Ident::new("_", span));
    syn::Error::new_spanned(quote!(#first #last), message)
}

/// The errors found so far.
#[derive(Debug, Default)]
pub struct Errors {
    list: Vec<syn::Error>,
}

impl Errors {
    /// No error yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error at `span`.
    pub fn at(&mut self, span: Span, message: impl Display) {
        self.list.push(syn::Error::new(span, message));
    }

    /// Adds an error at `span` that says what to do about it.
    pub fn help(&mut self, span: Span, message: impl Display, help: impl Display) {
        self.push(with_help(span, message, help));
    }

    /// Adds an error that underlines a whole value and says what to do about it.
    pub fn help_value(&mut self, value: &Value, message: impl Display, help: impl Display) {
        self.help_between(value.ends, message, help);
    }

    /// The same of all tokens from the first to the last of two.
    pub fn help_between(&mut self, ends: [Span; 2], message: impl Display, help: impl Display) {
        self.push(between(ends, format_args!("{message}\n= help: {help}")));
    }

    /// Adds an error that was made elsewhere, for instance one over several tokens.
    pub fn push(&mut self, error: syn::Error) {
        self.list.push(error);
    }

    /// Whether nothing went wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// The messages, in the order they were found.
    pub fn messages(&self) -> Vec<String> {
        self.list.iter().map(ToString::to_string).collect()
    }

    /// One `compile_error!` an error.
    pub fn into_tokens(self) -> TokenStream {
        self.list.into_iter().map(|error| error.into_compile_error()).collect()
    }
}
