//! Writes a plan as Rust.
//!
//! The expansion of `pub struct Touch …` is the type with its constants and methods, and one private associated function
//! a layer, named after the layer's label. It names everything by absolute paths, contains no `unsafe`, and reads as if
//! written by hand.

pub mod anchors;
pub mod api;
pub mod assembly;
pub mod choices;
pub mod diagram;
pub mod documentation;
pub mod fallback;
pub mod layer;
pub mod limits;
pub mod measures;
pub mod network;
pub mod operator;
pub mod rebuild;
pub mod several;
pub mod tokens;
pub mod unrolled;

use crate::ast;
use crate::build::Limits;
use crate::choose::Choices;
use crate::compile::Compiled;
use crate::measure::Measured;
use crate::plan::Plan;
use crate::quantized::QuantizedGraph;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Visibility};

/// A planned network with the head of its declaration.
pub struct Emission<'a> {
    /// Path of the facade crate.
    pub facade: &'a TokenStream,
    /// Attributes and doc comments of the type.
    pub attributes: &'a [Attribute],
    /// Visibility of the type.
    pub visibility: &'a Visibility,
    /// Name of the type.
    pub name: &'a Ident,
    /// What it computes.
    pub graph: &'a QuantizedGraph,
    /// How.
    pub plan: &'a Plan,
    /// What must hold.
    pub limits: &'a Limits,
    /// How good its answers are: one for each of the limits that are measured.
    pub measured: &'a [Measured],
    /// What its precisions were chosen from, where that was left to the compiler.
    pub choices: Option<&'a Choices>,
}

impl Emission<'_> {
    /// Path of the run-time crate in the user's crate.
    pub fn runtime(&self) -> TokenStream {
        let facade = self.facade;
        quote!(#facade::__private::core)
    }
}

/// The expansion of a compiled network.
pub fn emit(network: &ast::Network, facade: &TokenStream, compiled: &Compiled) -> TokenStream {
    let emission = Emission {
        facade,
        attributes: &network.attributes,
        visibility: &network.visibility,
        name: &network.name,
        graph: &compiled.graph,
        plan: &compiled.plan,
        limits: &compiled.limits,
        measured: &compiled.measured,
        choices: compiled.choices.as_ref(),
    };
    let Compiled { graph, plan, limits, measured, .. } = compiled;
    let mut output = network::network(&emission);
    output.extend(measures::constants(network, Some((limits, measured))));
    output.extend(limits::assertions(&network.name, limits, graph, plan, facade));
    output.extend(measures::assertions(&network.name, limits, measured, facade));
    output
}
