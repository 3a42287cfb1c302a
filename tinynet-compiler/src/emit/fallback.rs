//! The type of a network that could not be compiled: its API, so that the errors are the only ones the user sees.

use crate::ast::Network;
use crate::build::Interface;
use proc_macro2::TokenStream;
use quote::quote;

/// The type with methods that are never run. Sizes that are not known become const parameters of the methods, so that
/// whatever callers expect fits.
pub fn fallback(network: &Network, interface: &Interface, facade: &TokenStream) -> TokenStream {
    let runtime = quote!(#facade::__private::core);
    let (attributes, visibility, name) = (&network.attributes, &network.visibility, &network.name);
    let size = |shape: &Option<Vec<usize>>, unknown: TokenStream| match shape {
        Some(shape) => {
            let size = super::tokens::count(shape.iter().product());
            (quote!(#size), TokenStream::new())
        }
        None => (unknown.clone(), quote!(const #unknown: ::core::primitive::usize,)),
    };
    let (input, input_parameter) = size(&interface.input_shape, quote!(N));
    let (output, output_parameter) = size(&interface.output_shape, quote!(M));
    let (input, output) = (quote!([::core::primitive::i8; #input]), quote!([::core::primitive::i8; #output]));
    let usize = quote!(::core::primitive::usize);
    let shape = quote!(&'static [#usize]);
    quote! {
        #(#attributes)*
        #[derive(::core::fmt::Debug)]
        #visibility struct #name {
            _private: (),
        }

        impl #name {
            pub const FLASH: #usize = 0;
            pub const RAM: #usize = 0;
            pub const MACS: #usize = 0;
            pub const INPUT_SHAPE: #shape = &[];
            pub const OUTPUT_SHAPE: #shape = &[];
            pub const INPUT_QUANTIZATION: #runtime::Quantization = #runtime::Quantization::fixed_point(0);
            pub const OUTPUT_QUANTIZATION: #runtime::Quantization = #runtime::Quantization::fixed_point(0);
            pub const LAYERS: &'static [#runtime::report::Layer] = &[];
            pub const fn new() -> Self {
                Self { _private: () }
            }
            pub fn infer<#input_parameter #output_parameter>(&mut self, input: &#input) -> &#output {
                loop {}
            }
            pub fn input_mut<#input_parameter>(&mut self) -> &mut #input {
                loop {}
            }
            pub fn run<#output_parameter>(&mut self) -> &#output {
                loop {}
            }
            pub fn classify<#input_parameter>(&mut self, input: &#input) -> #usize {
                loop {}
            }
        }

        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self::new()
            }
        }
    }
}
