//! The compiler behind `tinynet!`: tokens in, tokens out.
//!
//! Data flows one way, a module a stage:
//!
//! ```text
//! tokens -> parse -> ast -> build (with import) -> graph -> lower -> equalize -> quantize -> optimize -> plan -> emit -> tokens
//! file of a whole model -> import -> from_tflite ------------------------------> quantized -^
//!                                        `--------> graph
//! ```
//!
//! * [`parse`] reads the language into the [`ast`], spans kept.
//! * [`attributes`] and [`names`] check its attributes, and every name in it against the [`vocabulary`] of the language.
//! * [`build`] checks it, infers every shape, binds the weights that [`import`] reads, and makes the float [`graph`].
//! * [`lower`] rewrites that graph into one that means the same and costs less.
//! * [`equalize`] gives the channels of its tensors similar ranges.
//! * [`quantize`] calibrates it and makes the [`quantized`] graph, in which every number is an integer.
//! * [`optimize`] takes away what has no effect: operators that nobody reads, channels that are constant, channels that nobody reads.
//! * `from_tflite` makes a quantised graph of a model that was quantised before, a float graph of any other.
//! * [`reference`](mod@reference) runs a quantised graph on the host with the very arithmetic of the firmware.
//! * [`measure`] says how good its answers are on a [`test_set`].
//! * [`plan`] places tensors in memory and picks the shape of each layer's code under the limits.
//! * [`emit`] writes the plan as Rust.
//!
//! Nothing here knows of `proc_macro`, so that every stage is an ordinary library function: `tinynet-macros` is
//! the entry point that `rustc` calls.

pub mod armv6m;
pub mod armv7em;
pub mod ast;
pub mod attributes;
pub mod build;
pub mod cache;
pub mod choose;
pub mod compile;
pub mod diagnostics;
pub mod emit;
pub mod equalize;
mod exponentials;
pub mod files;
mod filter_layout;
pub mod float_evaluator;
mod formula;
#[cfg(feature = "tflite")]
pub mod from_tflite;
pub mod function;
pub mod geometry;
pub mod graph;
pub mod import;
pub mod kernel_parameters;
pub mod listing;
pub mod lookup_table;
pub mod lower;
pub mod measure;
pub mod names;
pub mod optimize;
pub mod parse;
pub mod plan;
pub mod planned;
pub mod precision;
mod progress;
pub mod pruning;
pub mod quantize;
pub mod quantized;
pub mod reference;
mod remove_dead;
pub mod resize;
pub mod row_packing;
pub mod samples;
pub mod settings;
pub mod suggestion;
pub mod test_set;
pub mod vocabulary;
pub mod weights;

use compile::Outcome;
use diagnostics::Errors;
use files::{Files, Recorder};
use proc_macro2::TokenStream;
use std::collections::HashSet;

/// Expands what `tinynet!` was given: `(facade path) network*`.
pub fn expand(input: TokenStream, files: &dyn Files) -> TokenStream {
    let mut errors = Errors::new();
    let declaration = input.to_string();
    let mut invocation = parse::parse(input, &mut errors);
    let mut output = TokenStream::new();
    let mut seen = HashSet::new();
    for network in &mut invocation.networks {
        if !seen.insert(network.name.to_string()) {
            let help = "every network is a type of its own: choose another name";
            let message = format_args!("another network is called `{}` already", network.name);
            errors.help(network.name.span(), message, help);
            continue;
        }
        attributes::check(network, &mut errors);
        names::check(network, &mut errors);
        output.extend(expand_network(network, &invocation.facade, files, &declaration, &mut errors));
    }
    output.extend(errors.into_tokens());
    output
}

/// The type of one network: as compiled, or its API only where something is wrong or an editor asks.
fn expand_network(
    network: &ast::Network,
    facade: &TokenStream,
    files: &dyn Files,
    declaration: &str,
    errors: &mut Errors,
) -> TokenStream {
    let name = network.name.to_string();
    let recorder = Recorder::new(files, declaration, &name);
    // First, else an editor completes nothing.
    let mut output = emit::anchors::anchors(network, facade, files.is_editor());
    if files.is_editor() {
        // It asks at each keystroke, and only for names and types.
        let interface = build::build(network, &recorder, errors).interface;
        output.extend(emit::fallback::fallback(network, &interface, facade));
        output.extend(emit::fallback::only_for_editors());
    } else {
        let is_whole = errors.is_empty();
        let Outcome { compiled, interface } = compile::compile(network, &recorder, errors);
        if compiled.is_none() && errors.is_empty() {
            // Its methods would do nothing for ever.
            let message = format_args!("`{}` could not be compiled, and nothing says why", network.name);
            let help = "this is a bug in tinynet, please report it";
            errors.help(network.name.span(), message, help);
        }
        match compiled.filter(|_| is_whole) {
            Some(compiled) => output.extend(emit::emit(network, facade, &compiled)),
            None => output.extend(emit::fallback::fallback(network, &interface, facade)),
        }
    }
    output.extend(emit::rebuild::when_changed(&recorder.paths()));
    output
}
