//! The compiler behind `tinynet!`: tokens in, tokens out.
//!
//! Data flows one way, a module a stage:
//!
//! ```text
//! tokens -> parse -> ast -> build (with import) -> graph -> lower -> quantize -> plan -> emit -> tokens
//! ```
//!
//! * [`parse`] reads the language into the [`ast`], spans kept.
//! * [`names`] checks every name in it against the [`vocabulary`] of the language.
//! * [`build`] checks it, infers every shape, binds the weights that [`import`] reads, and makes the float [`graph`].
//! * [`lower`] rewrites that graph into one that means the same and costs less.
//! * [`quantize`] calibrates it and makes the [`quantized`] graph, in which every number is an integer.
//! * [`reference`](mod@reference) runs a quantised graph on the host with the very arithmetic of the firmware.
//! * [`plan`] places tensors in memory and picks the shape of each layer's code under the limits.
//! * [`emit`] writes the plan as Rust.
//!
//! Nothing here knows of `proc_macro`, so that every stage is an ordinary library function: `tinynet-macros` is
//! the entry point that `rustc` calls.

pub mod accuracy;
pub mod ast;
pub mod build;
pub mod diagnostics;
pub mod emit;
pub mod files;
pub mod float_evaluator;
pub mod function;
pub mod geometry;
pub mod graph;
pub mod import;
pub mod kernel_parameters;
pub mod names;
pub mod parse;
pub mod plan;
pub mod quantize;
pub mod quantized;
pub mod reference;
pub mod samples;
pub mod settings;
pub mod suggestion;
pub mod vocabulary;
pub mod weights;

use diagnostics::Errors;
use files::Files;
use proc_macro2::TokenStream;

/// Expands what `tinynet!` was given: `(facade path) network*`.
pub fn expand(input: TokenStream, files: &dyn Files) -> TokenStream {
    let mut errors = Errors::new();
    let invocation = parse::parse(input, &mut errors);
    let facade = &invocation.facade;
    let mut output = TokenStream::new();
    for network in &invocation.networks {
        names::check(network, &mut errors);
        let built = build::build(network, files, &mut errors);
        // First, else an editor completes nothing.
        output.extend(emit::anchors::anchors(network, facade, files.is_editor()));
        if built.declaration.is_none() {
            output.extend(emit::fallback::fallback(network, &built.interface, facade));
        }
    }
    output.extend(errors.into_tokens());
    output
}
