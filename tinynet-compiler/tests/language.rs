//! The vocabulary, the reference in `tinynet::dsl` and the test of the whole language speak of the same words.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct};
use tinynet_compiler::ast::{Network, ValueKind};
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::parse::{CONSTANTS, FUNCTIONS, parse};
use tinynet_compiler::vocabulary::{OPERATORS, Operator, RESOURCES, Values};
use tinynet_compiler::{emit, names};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The source of `tinynet::dsl`: its first file, then one a subject.
fn sources() -> Vec<syn::File> {
    let root = repository().join("src");
    let mut paths = vec![root.join("dsl.rs")];
    paths.extend(fs::read_dir(root.join("dsl")).unwrap().map(|entry| entry.unwrap().path()));
    paths.into_iter().map(|path| syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap()).collect()
}

fn structs() -> BTreeMap<String, ItemStruct> {
    let items = sources().into_iter().flat_map(|file| file.items);
    items
        .filter_map(|item| match item {
            Item::Struct(item) => Some((item.ident.to_string(), item)),
            _ => None,
        })
        .collect()
}

fn enums() -> BTreeMap<String, ItemEnum> {
    let items = sources().into_iter().flat_map(|file| file.items);
    items
        .filter_map(|item| match item {
            Item::Enum(item) => Some((item.ident.to_string(), item)),
            _ => None,
        })
        .collect()
}

/// Doc comments as text.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).map(|attribute| {
        let value = attribute.meta.require_name_value().unwrap().value.to_token_stream();
        let line = syn::parse2::<syn::LitStr>(value).unwrap().value();
        line.strip_prefix(' ').map_or(line.clone(), String::from)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn all_values() -> BTreeMap<&'static str, &'static Values> {
    let options = OPERATORS.iter().flat_map(Operator::options);
    options.map(|option| (option.values.type_name, option.values)).collect()
}

#[test]
fn every_operator_is_documented_with_its_options() {
    let structs = structs();
    for operator in OPERATORS {
        let documented = structs.get(operator.name).unwrap_or_else(|| panic!("no dsl::{}", operator.name));
        let Fields::Named(fields) = &documented.fields else {
            panic!("dsl::{} has no fields", operator.name)
        };
        let fields: Vec<_> = fields
            .named
            .iter()
            .map(|field| {
                let name = field.ident.as_ref().unwrap().to_string();
                let is_required = documentation(&field.attrs).contains("Required.");
                (name, field.ty.to_token_stream().to_string(), is_required)
            })
            .collect();
        let options: Vec<_> = operator
            .options()
            .map(|option| (option.name.to_owned(), option.values.type_name.to_owned(), option.is_required))
            .collect();
        assert_eq!(fields, options, "{}", operator.name);
    }
}

#[test]
fn nothing_is_documented_that_does_not_exist() {
    let operators = OPERATORS.iter().map(|operator| operator.name);
    let known: BTreeSet<_> = operators.chain(all_values().into_keys()).map(String::from).collect();
    let documented: BTreeSet<_> = structs().into_keys().chain(enums().into_keys()).collect();
    assert_eq!(documented.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(documented.is_superset(&known.into_iter().filter(|name| name != "bool").collect()));
}

#[test]
fn every_word_is_a_variant() {
    let mut seen = BTreeSet::new();
    for (name, values) in all_values() {
        if values.words.is_empty() {
            assert!(!enums().contains_key(name), "{name}");
            continue;
        }
        let variants = &enums()[name].variants;
        let plain: BTreeSet<_> = variants
            .iter()
            .filter(|variant| matches!(variant.fields, Fields::Unit))
            .map(|variant| variant.ident.to_string())
            .collect();
        assert_eq!(plain, values.words.iter().map(ToString::to_string).collect(), "{name}");
        assert!(values.calls.iter().all(|call| variants.iter().any(|variant| variant.ident == call)));
        // All of them are imported side by side; words that several enums have stand behind their enum's name.
        for variant in variants {
            let is_new = seen.insert(variant.ident.to_string());
            assert!(is_new || matches!(variant.fields, Fields::Unit), "{}", variant.ident);
        }
    }
}

#[test]
fn functions_constants_and_limits_are_documented() {
    let function = documentation(&structs()["Function"].attrs);
    for (name, ..) in FUNCTIONS {
        assert!(function.contains(&format!("`{name}`")), "{name}");
    }
    for (name, _) in CONSTANTS.iter().filter(|(name, _)| !name.ends_with("IB")) {
        assert!(function.contains(&format!("`{name}`")), "{name}");
    }
    let overview = documentation(&sources()[0].attrs);
    // `cycles` is known only to be refused.
    for resource in RESOURCES.iter().filter(|resource| resource.name != "cycles") {
        assert!(overview.contains(&format!("| `{}", resource.name)), "{}", resource.name);
    }
}

/// What stands between code fences of one documentation, without what rustdoc hides.
fn examples(text: &str) -> Vec<String> {
    let shown = |block: &str| -> String {
        let lines = block.trim_start_matches("text").lines().filter(|line| !line.starts_with("# "));
        lines.collect::<Vec<_>>().join("\n")
    };
    text.split("```").skip(1).step_by(2).map(shown).collect()
}

#[test]
fn examples_of_layers_are_right() {
    let mut count = 0;
    for operator in OPERATORS {
        let examples = examples(&documentation(&structs()[operator.name].attrs));
        assert!(!examples.is_empty(), "{} has no example", operator.name);
        for example in examples {
            let layers: TokenStream = example.parse().unwrap();
            let mut errors = Errors::new();
            // What examples refer to.
            let others = quote! {
                features: Relu, attention: Relu, conv2: Relu, shortcut: Relu, left: Relu, right: Relu,
            };
            let network = read(quote!(struct Net { #others #layers }), &mut errors).remove(0);
            names::check(&network, &mut errors);
            assert_eq!(errors.messages(), [""; 0], "{example}");
            let layers = network.layers.unwrap();
            assert!(layers.iter().any(|layer| layer.operator == operator.name), "{example}");
            count += 1;
        }
    }
    assert!(count > OPERATORS.len());
}

fn read(networks: TokenStream, errors: &mut Errors) -> Vec<Network> {
    parse(quote!((::tinynet) #networks), errors).networks
}

/// The networks of `tests/language.rs`, which compiles in a crate that tolerates no warning.
fn networks_of_the_test() -> Vec<Network> {
    let source = fs::read_to_string(repository().join("tests/language.rs")).unwrap();
    let tokens: Vec<_> = source.parse::<TokenStream>().unwrap().into_iter().collect();
    let mut errors = Errors::new();
    let networks = tokens
        .windows(3)
        .filter_map(|tokens| match tokens {
            [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(group)]
                if name == "tinynet" && group.delimiter() == Delimiter::Brace =>
            {
                Some(read(group.stream(), &mut errors))
            }
            _ => None,
        })
        .flatten()
        .collect();
    assert_eq!(errors.messages(), [""; 0]);
    networks
}

#[test]
fn the_test_of_the_language_misses_nothing() {
    let layers: Vec<_> =
        networks_of_the_test().into_iter().flat_map(|network| network.layers.unwrap()).collect();
    let mut words = BTreeSet::new();
    for option in layers.iter().flat_map(|layer| &layer.options) {
        match &option.value.kind {
            ValueKind::Word(word) | ValueKind::Call(word, _) => words.insert(word.to_string()),
            _ => false,
        };
    }
    for operator in OPERATORS {
        let written = || layers.iter().filter(|layer| layer.operator == operator.name);
        assert!(written().next().is_some(), "{}", operator.name);
        for option in operator.own_options {
            assert!(
                written().any(|layer| layer.option(option.name).is_some()),
                "{} {}",
                operator.name,
                option.name
            );
        }
        for option in operator.options() {
            // What operators share works alike everywhere.
            assert!(layers.iter().any(|layer| layer.option(option.name).is_some()), "{}", option.name);
            let mut values = option.values.words.iter().chain(option.values.calls);
            assert!(values.all(|word| words.contains(*word)), "{:?}", option.values);
        }
    }
}

#[test]
fn anchors_of_the_whole_language_are_rust() {
    for network in networks_of_the_test() {
        for is_editor in [false, true] {
            let tokens = emit::anchors::anchors(&network, &quote!(::tinynet), is_editor);
            syn::parse2::<syn::File>(tokens).unwrap();
        }
    }
}
