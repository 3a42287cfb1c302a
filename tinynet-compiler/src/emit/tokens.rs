//! Literals: numbers without suffixes, tables as byte strings.

use crate::plan::Stack;
use crate::quantized::Element;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};

/// An integer as a reader writes it: `-3`, not `-3i64`.
pub fn integer(value: impl Into<i64>) -> TokenStream {
    let value = value.into();
    let digits = Literal::u64_unsuffixed(value.unsigned_abs());
    if value < 0 { quote!(-#digits) } else { quote!(#digits) }
}

/// A count, without a suffix.
pub fn count(value: usize) -> Literal {
    Literal::usize_unsuffixed(value)
}

/// Bytes of stack on the core that it is built for.
pub fn stack(stack: Stack, runtime: &TokenStream) -> TokenStream {
    let Stack { cortex_m0, mainline, dsp } = stack;
    let figures = [cortex_m0, mainline, dsp].map(count);
    match cortex_m0 == mainline && mainline == dsp {
        true => figures[0].to_token_stream(),
        false => quote!(#runtime::stack::of_target(#(#figures),*)),
    }
}

/// `[a, b, …]`
pub fn counts(values: &[usize]) -> TokenStream {
    let values = values.iter().map(|&value| count(value));
    quote!([#(#values),*])
}

/// `[a, b, …]`
pub fn integers<T: Copy + Into<i64>>(values: &[T]) -> TokenStream {
    let values = values.iter().map(|&value| integer(value));
    quote!([#(#values),*])
}

/// `b"…"`: hundreds of thousands of weights in one token (as array elements each would be type-checked).
pub fn bytes(values: &[u8]) -> TokenStream {
    let literal = Literal::byte_string(values);
    quote!(#literal)
}

/// The type of a tensor's elements.
pub fn element(element: Element) -> TokenStream {
    match element {
        Element::Int8 => quote!(::core::primitive::i8),
        Element::UInt8 => quote!(::core::primitive::u8),
        Element::Int16 => quote!(::core::primitive::i16),
        Element::Int32 => quote!(::core::primitive::i32),
    }
}

/// An identifier made by the compiler.
pub fn identifier(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
