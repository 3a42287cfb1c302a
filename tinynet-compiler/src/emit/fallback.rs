//! The type of a network that was not compiled: its API, so that callers see no errors but the network's own.

use super::api::{Api, Bodies, Edge, Figures};
use super::{measures, several};
use crate::ast::Network;
use crate::build::Interface;
use crate::quantized::Element;
use proc_macro2::TokenStream;
use quote::quote;

/// The type with methods that are never run.
pub fn fallback(network: &Network, interface: &Interface, facade: &TokenStream) -> TokenStream {
    let runtime = quote!(#facade::__private::core);
    let (attributes, visibility, name) = (&network.attributes, &network.visibility, &network.name);
    let edge = |shape| Edge { shape, element: Element::Int8, quantization: None };
    let layers = TokenStream::new();
    // How many bytes it would be nobody asks.
    let state = usize::from(interface.is_stateful);
    let [constants, methods, implementations] = match (&interface.input_shapes, &interface.output_shapes) {
        (Some(inputs), Some(outputs)) if inputs.len() > 1 || outputs.len() > 1 => {
            let [inputs, outputs] = [inputs, outputs].map(|shapes: &Vec<Vec<usize>>| {
                shapes.iter().map(|shape| edge(Some(shape.as_slice()))).collect::<Vec<_>>()
            });
            let bodies = never_of_several(inputs.len(), outputs.len(), interface.is_stateful);
            let api = several::Api {
                name,
                runtime: &runtime,
                inputs,
                outputs,
                figures: Figures::default(),
                state,
                layers,
                bodies,
            };
            [api.constants(), api.methods(), api.implementations()]
        }
        _ => {
            let [input, output] = [interface.input_shape(), interface.output_shape()].map(edge);
            let bodies = never(interface.is_stateful);
            let figures = Figures::default();
            let api = Api { name, runtime: &runtime, input, output, figures, state, layers, bodies };
            [api.constants(), api.methods(), api.implementations()]
        }
    };
    let measures = measures::constants(network, None);
    quote! {
        #(#attributes)*
        #[derive(::core::fmt::Debug)]
        #visibility struct #name {
            _private: (),
        }

        #measures

        impl #name {
            #constants
            #methods
        }

        #implementations
    }
}

/// Bodies of methods that are never run.
fn never(is_stateful: bool) -> Bodies {
    let never = quote!(loop {});
    Bodies {
        new: quote!(Self { _private: () }),
        infer: never.clone(),
        input_mut: never.clone(),
        run: never.clone(),
        reset: is_stateful.then(|| never.clone()),
        classify: never,
    }
}

fn never_of_several(inputs: usize, outputs: usize, is_stateful: bool) -> several::Bodies {
    let never = quote!(loop {});
    several::Bodies {
        new: quote!(Self { _private: () }),
        infer: never.clone(),
        inputs_mut: vec![never.clone(); inputs],
        run: never.clone(),
        outputs: vec![never.clone(); outputs],
        reset: is_stateful.then(|| never.clone()),
        classify: never,
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
