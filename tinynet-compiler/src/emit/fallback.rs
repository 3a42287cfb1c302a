//! The type of a network that was not compiled: its API, so that callers see no errors but the network's own.

use super::api::{Api, Bodies, Edge};
use crate::ast::Network;
use crate::build::Interface;
use proc_macro2::TokenStream;
use quote::quote;

/// The type with methods that are never run.
pub fn fallback(network: &Network, interface: &Interface, facade: &TokenStream) -> TokenStream {
    let runtime = quote!(#facade::__private::core);
    let (attributes, visibility, name) = (&network.attributes, &network.visibility, &network.name);
    let [input, output] = [&interface.input_shape, &interface.output_shape]
        .map(|shape| Edge { shape: shape.as_deref(), quantization: None });
    let never = quote!(loop {});
    let bodies = Bodies {
        new: quote!(Self { _private: () }),
        infer: never.clone(),
        input_mut: never.clone(),
        run: never.clone(),
        classify: never,
    };
    let layers = TokenStream::new();
    let api = Api { name, runtime: &runtime, input, output, flash: 0, macs: 0, layers, bodies };
    let (constants, methods, implementations) = (api.constants(), api.methods(), api.implementations());
    quote! {
        #(#attributes)*
        #[derive(::core::fmt::Debug)]
        #visibility struct #name {
            _private: (),
        }

        impl #name {
            #constants
            #methods
        }

        #implementations
    }
}

/// An error for whoever compiles what was meant for an editor: its methods never return. The names are those that editors
/// define.
pub fn only_for_editors() -> TokenStream {
    quote! {
        #[cfg(not(any(rust_analyzer, intellij_rust)))]
        ::core::compile_error!(
            "this program was taken for an editor, for which networks are not compiled: compile with `rustc`"
        );
    }
}
