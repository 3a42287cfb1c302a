//! The type of a network that was compiled.

use super::api::{Api, Bodies, Edge};
use super::layer::{LayerTokens, layer};
use super::tokens::{count, counts};
use super::{Emission, documentation};
use crate::plan::CodeShape;
use crate::quantized::QuantizedOperator;
use proc_macro2::TokenStream;
use quote::quote;

/// The type of a network with everything that belongs to it.
pub fn network(emission: &Emission<'_>) -> TokenStream {
    let runtime = emission.runtime();
    let Emission { attributes, visibility, name, graph, plan, .. } = emission;
    let arena = count(plan.arena);
    let report = documentation::report(emission);
    let layers: Vec<LayerTokens> = (0..graph.nodes.len()).map(|index| layer(emission, index)).collect();
    let functions = layers.iter().map(|layer| &layer.functions);
    let (bodies, rest_calls) = bodies(emission, &layers);
    let [input, output] = [graph.inputs[0], graph.outputs[0]].map(|id| {
        let tensor = graph.tensor(id);
        Edge { shape: Some(&tensor.shape), quantization: Some(tensor.info.quantization) }
    });
    let api = Api {
        name,
        runtime: &runtime,
        input,
        output,
        flash: plan.flash,
        macs: plan.macs,
        layers: layer_reports(emission),
        bodies,
    };
    let (constants, methods, implementations) = (api.constants(), api.methods(), api.implementations());
    quote! {
        #(#attributes)*
        #[doc = #report]
        #[derive(::core::fmt::Debug)]
        #visibility struct #name {
            arena: #runtime::Arena<#arena>,
        }

        // The trait's methods are those of the type: generic code calls the same names.
        #[allow(clippy::same_name_method)]
        impl #name {
            #constants
            #methods

            /// The layers behind the one that reads the input.
            #[inline(never)]
            fn after_input(&mut self) {
                #rest_calls
            }

            #(#functions)*
        }

        #implementations
    }
}

fn layer_reports(emission: &Emission<'_>) -> TokenStream {
    let runtime = emission.runtime();
    let Emission { graph, plan, .. } = emission;
    let reports = graph.nodes.iter().zip(&plan.steps).map(|(node, step)| {
        let (name, kind) = (&node.label, &node.kind);
        let shape = counts(&graph.tensor(node.output).shape);
        let [weights, macs, flash, ram] =
            [step.cost.weights, step.cost.macs, step.cost.flash, step.ram].map(count);
        let unrolled = matches!(step.shape, CodeShape::Unrolled(_));
        quote! {
            #runtime::report::Layer {
                name: #name,
                kind: #kind,
                output_shape: &#shape,
                weights: #weights,
                macs: #macs,
                flash: #flash,
                ram: #ram,
                unrolled: #unrolled,
            },
        }
    });
    quote!(#(#reports)*)
}

/// What `new`, `infer` and their kin do, and the calls of the layers behind the one that reads the input.
fn bodies(emission: &Emission<'_>, layers: &[LayerTokens]) -> (Bodies, TokenStream) {
    let runtime = emission.runtime();
    let Emission { graph, plan, .. } = emission;
    let place = |id: crate::graph::TensorId| {
        let (offset, length) = (count(plan.offsets[id.0]), count(graph.tensor(id).elements()));
        quote!(#offset, #length)
    };
    let (input_id, output_id) = (graph.inputs[0], graph.outputs[0]);
    let (input_place, output_place) = (place(input_id), place(output_id));

    // A final softmax changes no order: `classify` leaves it out.
    let softmax = graph.nodes.len().checked_sub(1).filter(|&last| {
        matches!(
            graph.nodes[last].operator,
            QuantizedOperator::Softmax(_) | QuantizedOperator::GemmlowpSoftmax { .. }
        ) && graph.consumers(graph.nodes[last].inputs[0]) == [last]
    });
    let body_end = softmax.unwrap_or(layers.len());
    let (scores_place, softmax_call) = match softmax {
        Some(last) => (place(graph.nodes[last].inputs[0]), block(&layers[last].call)),
        None => (output_place.clone(), TokenStream::new()),
    };
    // The first layer may read the caller's array if nobody else needs the input afterwards.
    let first = layers.iter().position(|layer| !layer.call.is_empty()).filter(|&first| first < body_end);
    let direct = first
        .filter(|&first| graph.nodes[first].inputs == [input_id] && graph.consumers(input_id) == [first]);
    let direct_call = direct.and_then(|first| layers[first].call_on_input.clone());
    let (first_call, rest) = match (&direct_call, direct) {
        (Some(_), Some(first)) => (block(&layers[first].call), first + 1..body_end),
        _ => (TokenStream::new(), 0..body_end),
    };
    let rest_calls = rest.map(|index| &layers[index].call).filter(|call| !call.is_empty());
    let rest_calls = rest_calls.map(block);
    let on_input = direct_call.unwrap_or_else(|| quote!(*self.arena.one_mut::<_, #input_place>() = *input;));
    let bodies = Bodies {
        new: quote!(Self { arena: #runtime::Arena::new() }),
        infer: quote! {
            { #on_input }
            self.after_input();
            #softmax_call
            self.arena.one::<_, #output_place>()
        },
        input_mut: quote!(self.arena.one_mut::<_, #input_place>()),
        run: quote! {
            #first_call
            self.after_input();
            #softmax_call
            self.arena.one::<_, #output_place>()
        },
        classify: quote! {
            { #on_input }
            self.after_input();
            #runtime::kernels::arg_max(self.arena.one::<::core::primitive::i8, #scores_place>())
        },
    };
    (bodies, quote!(#(#rest_calls)*))
}

/// `{ statements }`, so that the names of one layer's views do not reach the next.
fn block(statements: &TokenStream) -> TokenStream {
    quote!({ #statements })
}
