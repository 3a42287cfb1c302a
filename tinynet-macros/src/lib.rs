//! The entry point of `tinynet!`.
//!
//! Part of the crate `tinynet`, not for use by itself. The compiler is the ordinary library `tinynet-compiler`; what only
//! a procedural macro can know is here: where files are.

mod source;

use proc_macro::TokenStream;

/// Expands `(facade path) networks`: what `tinynet!` passes on.
#[proc_macro]
pub fn network(input: TokenStream) -> TokenStream {
    tinynet_compiler::expand(input.into(), &source::SourceFiles).into()
}
