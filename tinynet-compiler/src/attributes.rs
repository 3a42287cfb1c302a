//! Attributes of a network: those that rustc would answer with errors about generated code.

use crate::ast::Network;
use crate::diagnostics::Errors;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Path};

/// Traits that every network has.
const IMPLEMENTED: &[&str] = &["Debug", "Default"];

/// Reports the attributes of `network` that cannot stay, and removes them.
pub fn check(network: &mut Network, errors: &mut Errors) {
    let name = network.name.to_string();
    network.attributes.retain(|attribute| {
        let errors_before = errors.count();
        let path = attribute.path();
        if path.is_ident("cfg") {
            errors.help(
                path.span(),
                "this `cfg` would leave out the type alone, not what belongs to it",
                "write it before `tinynet!`",
            );
        } else if path.is_ident("derive") {
            check_derive(&name, attribute, errors);
        }
        errors.count() == errors_before
    });
}

fn check_derive(network: &str, attribute: &Attribute, errors: &mut Errors) {
    // What is no list of paths is for rustc to refuse.
    let _ = attribute.parse_nested_meta(|derived| {
        if let Some(name) = implemented(&derived.path) {
            errors.help(
                derived.path.span(),
                format_args!("`{network}` implements `{name}` already"),
                "leave it out: every network has `Debug` and `Default`",
            );
        }
        Ok(())
    });
}

/// The trait of [`IMPLEMENTED`] that a path ends in.
fn implemented(path: &Path) -> Option<&'static str> {
    let last = path.segments.last()?.ident.unraw();
    IMPLEMENTED.iter().copied().find(|name| last == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::TokenStream;
    use quote::quote;

    fn errors(attributes: TokenStream) -> Vec<String> {
        let mut errors = Errors::new();
        let tokens = quote!((tinynet) #attributes struct Net { Relu });
        let mut invocation = crate::parse::parse(tokens, &mut errors);
        let network = &mut invocation.networks[0];
        let written = network.attributes.len();
        check(network, &mut errors);
        assert_eq!(network.attributes.len() < written, !errors.is_empty());
        errors.messages()
    }

    #[test]
    fn what_the_expansion_has_already() {
        let debug =
            "`Net` implements `Debug` already\n= help: leave it out: every network has `Debug` and `Default`";
        assert_eq!(errors(quote!(#[derive(Clone, core::fmt::Debug)])), [debug]);
        assert_eq!(errors(quote!(#[derive(Debug)] #[derive(Default)])).len(), 2);
    }

    #[test]
    fn what_is_about_the_type_alone() {
        let cfg = "this `cfg` would leave out the type alone, not what belongs to it\n= help: write it before `tinynet!`";
        assert_eq!(errors(quote!(#[cfg(test)])), [cfg]);
    }

    #[test]
    fn others_stay() {
        assert_eq!(
            errors(quote!(#[doc = "Debug"] #[derive(Clone)] #[cfg_attr(test, derive(Clone))])),
            [""; 0]
        );
        // Not a list of paths: rustc says so.
        assert_eq!(errors(quote!(#[derive(3)] #[derive])), [""; 0]);
    }
}
