//! The declaration once more, as struct literals of the types in `tinynet::dsl`, in a function that nobody calls.
//!
//! This is what lets an editor complete, explain and follow the names of layers, options, words and labels: to it they
//! are names of ordinary Rust. The anchors must come first in the expansion, and what an editor gets differs from what
//! `rustc` gets:
//!
//! * `rustc` gets only names that exist: it would report the others a second time, and know less about them.
//! * An editor gets every name, even half a one, for that is what it completes. An option without a value has no comma
//!   behind it, else nothing would be offered there.
//!
//! Values are checked by the compiler, so that any value stands here as `Default::default()`. Exceptions are words,
//! which are the variants of enums, and labels, which are the fields of a struct.
//!
//! The code is such that no lint objects to it, so that it needs no `allow`, which crates may forbid.

use crate::ast::{Layer, LayerOption, Limit, Network, ValueKind};
use crate::names::{self, is_identifier};
use crate::vocabulary::{self, OPERATORS, Operator, Values};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use std::collections::HashSet;
use syn::ext::IdentExt;

/// Makes the anchors of `network`. `facade` is the path of the crate `tinynet`.
pub fn anchors(network: &Network, facade: &TokenStream, is_editor: bool) -> TokenStream {
    let layers = network.layers.as_deref().unwrap_or_default();
    let labels = Labels::new(layers);
    let anchors = Anchors { labels: &labels, is_editor };
    let fields = labels.fields();
    let statements = layers.iter().map(|layer| anchors.layer(layer));
    let limits = network.limits.iter().filter(|_| is_editor).map(limit);
    let enums = enums();
    let allow = labels.allow();
    quote! {
        const _: () = {
            use #facade::dsl::{*, #(#enums::*),*};
            #allow
            struct Layers { #fields }
            /// The declaration for editors, to complete and explain its names. Never called.
            fn anchors(layers: Layers) {
                #(#statements)*
                #(#limits)*
            }
        };
    }
}

/// The enums that hold the language's words.
fn enums() -> Vec<Ident> {
    let mut names: Vec<&str> = OPERATORS
        .iter()
        .flat_map(Operator::options)
        .filter(|option| !option.values.words.is_empty())
        .map(|option| option.values.type_name)
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| Ident::new(name, Span::call_site())).collect()
}

/// `let _ = BOARD_RAM - 100;`
fn limit(limit: &Limit) -> TokenStream {
    let bound = &limit.bound;
    quote!(let _ = #bound;)
}

/// Layers that have a name, each label once.
struct Labels<'a> {
    layers: Vec<(&'a Ident, &'a Layer)>,
    names: HashSet<String>,
}

impl<'a> Labels<'a> {
    fn new(layers: &'a [Layer]) -> Self {
        let mut names = HashSet::new();
        let labelled = layers.iter().filter_map(|layer| Some((layer.label.as_ref()?, layer)));
        let layers = labelled
            .filter(|(label, _)| is_identifier(label) && names.insert(label.unraw().to_string()))
            .collect();
        Self { layers, names }
    }

    /// Labels are fields, and nobody asked for fields.
    fn allow(&self) -> TokenStream {
        let is_unusual = |label: &str| label.contains("__") || label.contains(char::is_uppercase);
        // Only where it is needed: a crate that forbids the lint tolerates no `allow`.
        if self.names.iter().any(|label| is_unusual(label)) {
            quote!(#[allow(non_snake_case)])
        } else {
            quote!()
        }
    }

    /// `conv1: Conv2d,`
    fn fields(&self) -> TokenStream {
        let field = |(label, layer): &(&Ident, &Layer)| match known(layer) {
            Some(_) => {
                let operator = Ident::new(&layer.operator.to_string(), Span::call_site());
                quote!(#label: #operator,)
            }
            None => quote!(#label: (),),
        };
        self.layers.iter().map(field).collect()
    }
}

struct Anchors<'a> {
    labels: &'a Labels<'a>,
    is_editor: bool,
}

impl Anchors<'_> {
    /// `let _ = Conv2d { filters: Default::default(), padding: Same, ..Default::default() };`
    fn layer(&self, layer: &Layer) -> TokenStream {
        let operator = known(layer);
        let name = &layer.operator;
        if !is_identifier(name) || (operator.is_none() && !self.is_editor) {
            return TokenStream::new();
        }
        let mut seen = HashSet::new();
        let options: Vec<_> = layer
            .options
            .iter()
            .filter(|option| seen.insert(option.name.to_string()))
            .filter_map(|option| self.option(option, operator))
            .collect();
        let is_complete = operator.is_some_and(|operator| operator.options().count() == options.len());
        let others = (self.is_editor || !is_complete).then(|| quote!(..::core::default::Default::default()));
        let references = names::references(layer).filter(|label| self.is_reachable(label));
        quote! {
            let _ = #name { #(#options)* #others };
            #(let _ = &layers.#references;)*
        }
    }

    /// Whether `layers.label` may be written.
    fn is_reachable(&self, label: &Ident) -> bool {
        is_identifier(label) && (self.is_editor || self.labels.names.contains(&label.unraw().to_string()))
    }

    fn option(&self, option: &LayerOption, operator: Option<&Operator>) -> Option<TokenStream> {
        let name = &option.name;
        let known = operator.and_then(|operator| operator.option(&name.to_string()));
        if !is_identifier(name) || (known.is_none() && !self.is_editor) {
            return None;
        }
        if let ValueKind::Missing = option.value.kind {
            return self.is_editor.then(|| quote!(#name));
        }
        let default = quote!(::core::default::Default::default());
        let value = match (&option.value.kind, known.map(|option| option.values)) {
            (ValueKind::Word(word), Some(values)) if self.is_word(word, values.words, values) => {
                let path = path_of_shared(word, values);
                quote!(#path #word)
            }
            (ValueKind::Call(call, _), Some(values)) if self.is_word(call, values.calls, values) => {
                quote!(#call(#default))
            }
            _ => default,
        };
        Some(quote!(#name: #value,))
    }

    /// Whether `word` stands as it is: one of `known`, or what an editor may complete to one.
    fn is_word(&self, word: &Ident, known: &[&str], values: &Values) -> bool {
        let has_words = !values.words.is_empty() && is_identifier(word);
        has_words && (self.is_editor || known.iter().any(|known| word == known))
    }
}

/// `Precision::`, where several enums have the word: alone it would be ambiguous.
fn path_of_shared(word: &Ident, values: &Values) -> Option<TokenStream> {
    let all = || OPERATORS.iter().flat_map(Operator::options).map(|option| option.values);
    let has_it = |values: &Values| values.words.iter().any(|known| word == known);
    let is_shared = has_it(values) && all().any(|other| other.type_name != values.type_name && has_it(other));
    let name = Ident::new(values.type_name, Span::call_site());
    is_shared.then(|| quote!(#name::))
}

fn known(layer: &Layer) -> Option<&'static Operator> {
    vocabulary::operator(&layer.operator.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Errors;

    fn expand(layers: &TokenStream, is_editor: bool) -> String {
        let mut errors = Errors::new();
        let tokens = quote!((::tinynet) struct Net where ram <= BOARD_RAM { #layers });
        let invocation = crate::parse::parse(tokens, &mut errors);
        anchors(&invocation.networks[0], &invocation.facade, is_editor).to_string()
    }

    /// The statements of the function, and the fields of the struct.
    fn parts(layers: TokenStream, is_editor: bool) -> (String, String) {
        let text = expand(&layers, is_editor).replace(":: core :: default :: Default :: default ()", "_");
        let between = |start: &str, end: &str| {
            let (_, rest) = text.split_once(start).unwrap();
            rest.split_once(end).unwrap().0.trim().to_owned()
        };
        (between("(layers : Layers) {", "} } ;"), between("struct Layers {", "}"))
    }

    #[test]
    fn right_layers() {
        let layers = quote! {
            pad: Input { shape: [8, 8, 1], ranges: Percentile(99.9) },
            conv1: Conv2d { filters: 3, padding: Same, layout: Keras },
            Relu,
            sum: Add { inputs: [conv1, pad] },
        };
        let (statements, fields) = parts(layers, false);
        assert_eq!(
            statements,
            "let _ = Input { shape : _ , ranges : Percentile (_) , .. _ } ; \
             let _ = Conv2d { filters : _ , padding : Same , layout : Keras , .. _ } ; \
             let _ = Relu { .. _ } ; \
             let _ = Add { inputs : _ , .. _ } ; let _ = & layers . conv1 ; let _ = & layers . pad ;"
        );
        assert_eq!(fields, "pad : Input , conv1 : Conv2d , sum : Add ,");
    }

    #[test]
    fn words_of_several_enums_say_which() {
        let layers = quote!(fc: Dense { units: 1, precision: Auto, unroll: Auto, layout: Keras });
        let (statements, _) = parts(layers, false);
        let expected = "precision : Precision :: Auto , unroll : Unroll :: Auto , layout : Keras ,";
        assert!(statements.contains(expected), "{statements}");
    }

    #[test]
    fn rustc_sees_no_wrong_names() {
        let layers = quote! {
            fc: Linear { units: 3 },
            fc: Dense { unit: 3, units, padding: Sam, layout: Sam, input: nobody, type: 3, units: 4 },
            type: Relu,
            if { then: 3 },
        };
        let (statements, fields) = parts(layers, false);
        assert_eq!(statements, "let _ = Dense { layout : _ , input : _ , .. _ } ; let _ = Relu { .. _ } ;");
        assert_eq!(fields, "fc : () ,");
    }

    #[test]
    fn an_editor_sees_every_name() {
        let layers = quote! {
            fc: Linear { units: 3 },
            Dense { unit: 3, layout: Ker, input: nobody, us },
            if { then: 3 },
        };
        let (statements, _) = parts(layers, true);
        assert_eq!(
            statements,
            "let _ = Linear { units : _ , .. _ } ; \
             let _ = Dense { unit : _ , layout : Ker , input : _ , us .. _ } ; let _ = & layers . nobody ; \
             let _ = BOARD_RAM ;"
        );
    }

    #[test]
    fn anchors_are_rust_whatever_was_written() {
        let layers = quote! {
            _: _ { _: _, struct: pub, self: Self, crate: 3, r#type: super },
            self: Add { inputs: [self, _, fn] },
            Dense { layout: fn, layout: self },
        };
        for is_editor in [false, true] {
            let text = expand(&layers, is_editor);
            syn::parse_str::<syn::File>(&text).unwrap();
            let (statements, fields) = parts(layers.clone(), is_editor);
            for word in ["struct", "crate", "self", "Self", "super", "fn", "_ :", "_ {"] {
                assert!(!statements.contains(word) && !fields.contains(word), "{word} in {text}");
            }
        }
    }
}
