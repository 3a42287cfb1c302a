//! Makes cargo compile again when a file changes that the network was compiled from.

use proc_macro2::TokenStream;
use quote::quote;
use std::path::PathBuf;

/// A function nobody calls that includes the files: rustc then lists them as dependencies, and nothing of them reaches the
/// library's metadata or the firmware.
pub fn when_changed(paths: &[PathBuf]) -> TokenStream {
    if paths.is_empty() {
        return TokenStream::new();
    }
    let paths = paths.iter().map(|path| path.to_string_lossy().into_owned());
    quote! {
        const _: () = {
            /// What was read at compile time: a change of it compiles the network again. Never called.
            fn rebuild_when_changed() {
                #(let _ = ::core::include_bytes!(#paths);)*
            }
        };
    }
}
