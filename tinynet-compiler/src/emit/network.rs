//! The type of a network that was compiled.

use super::api::{Api, Bodies, Edge, Figures};
use super::layer::{LayerTokens, layer};
use super::tokens::{count, counts, element, stack};
use super::{Emission, documentation, several};
use crate::graph::TensorId;
use crate::plan::final_softmax::unneeded_to_classify;
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Index;

/// The type of a network with everything that belongs to it.
pub fn network(emission: &Emission<'_>) -> TokenStream {
    let runtime = emission.runtime();
    let Emission { attributes, visibility, name, graph, plan, .. } = emission;
    let arena = count(plan.arena);
    let report = documentation::report(emission);
    let layers: Vec<LayerTokens> = (0..graph.nodes.len()).map(|index| layer(emission, index)).collect();
    let functions = layers.iter().map(|layer| &layer.functions);
    let flow = Flow::new(emission, &layers);
    let after_input = &flow.after_input;
    let [inputs, outputs] = [&graph.inputs, &graph.outputs].map(|ids| edges(graph, ids));
    let figures = Figures {
        flash: plan.flash,
        stack: plan.stack,
        macs: plan.macs,
        cycles: plan.cycles,
        multiplier: plan.multiplier,
    };
    let layers = layer_reports(emission);
    let state = graph.states().into_iter().map(|id| graph.tensor(id).bytes()).sum();
    let [constants, methods, implementations] = match (&inputs[..], &outputs[..]) {
        (&[input], &[output]) => {
            let bodies = flow.bodies();
            let api = Api { name, runtime: &runtime, input, output, figures, state, layers, bodies };
            [api.constants(), api.methods(), api.implementations()]
        }
        _ => {
            let bodies = flow.bodies_of_several();
            let api =
                several::Api { name, runtime: &runtime, inputs, outputs, figures, state, layers, bodies };
            [api.constants(), api.methods(), api.implementations()]
        }
    };
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
                #after_input
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
        let stack = stack(step.stack, &runtime);
        let (code, cycles) = (step.shape.name(), count(step.cost.cycles));
        let unrolled = step.shape.is_unrolled();
        quote! {
            #runtime::report::Layer {
                name: #name,
                kind: #kind,
                output_shape: &#shape,
                weights: #weights,
                macs: #macs,
                code: #code,
                cycles: #cycles,
                flash: #flash,
                ram: #ram,
                stack: #stack,
                unrolled: #unrolled,
            },
        }
    });
    quote!(#(#reports)*)
}

fn edges<'g>(graph: &'g QuantizedGraph, ids: &[TensorId]) -> Vec<Edge<'g>> {
    let edge = |&id: &TensorId| {
        let tensor = graph.tensor(id);
        Edge {
            shape: Some(&tensor.shape),
            element: tensor.info.element,
            quantization: Some(tensor.info.quantization),
        }
    };
    ids.iter().map(edge).collect()
}

/// The statements of an inference.
struct Flow {
    /// A new network.
    new: TokenStream,
    /// `OFFSET, LENGTH` of each input.
    inputs: Vec<TokenStream>,
    /// `OFFSET, LENGTH` of each output.
    outputs: Vec<TokenStream>,
    /// Takes the caller's `input` or `inputs`: runs the first layer on it, or copies.
    on_input: TokenStream,
    /// Runs the first layer on the input in the arena, if [`Self::on_input`] is another layer's call than a copy.
    first_call: TokenStream,
    /// Runs the layers behind.
    after_input: TokenStream,
    /// Runs a softmax at the end.
    softmax_call: TokenStream,
    /// Clears the states, if there are any.
    reset: Option<TokenStream>,
    /// What `classify` does when [`Self::after_input`] is done.
    arg_max: TokenStream,
}

impl Flow {
    fn new(emission: &Emission<'_>, layers: &[LayerTokens]) -> Self {
        let runtime = emission.runtime();
        let Emission { graph, plan, .. } = emission;
        let place = |id: &TensorId| {
            let (offset, length) = (count(plan.offsets[id.0]), count(graph.tensor(*id).elements()));
            quote!(#offset, #length)
        };
        let [inputs, outputs] =
            [&graph.inputs, &graph.outputs].map(|ids| ids.iter().map(place).collect::<Vec<_>>());
        let softmax = unneeded_to_classify(graph, plan);
        let body_end = softmax.unwrap_or(layers.len());
        let (scores_id, softmax_call) = match softmax {
            Some(last) => (graph.nodes[last].inputs[0], block(&layers[last].call)),
            None => (graph.outputs[0], TokenStream::new()),
        };
        let (scores_element, scores) = (element(graph.tensor(scores_id).info.element), place(&scores_id));
        let direct = first_on_input(emission, layers).filter(|&first| first < body_end);
        let direct_call = direct.and_then(|first| layers[first].call_on_input.clone());
        let (first_call, rest) = match (&direct_call, direct) {
            (Some(_), Some(first)) => (block(&layers[first].call), first + 1..body_end),
            _ => (TokenStream::new(), 0..body_end),
        };
        let calls = rest.map(|index| &layers[index].call).filter(|call| !call.is_empty()).map(block);
        let clears = graph.states().into_iter().map(|id| {
            let (element, place) = (element(graph.tensor(id).info.element), place(&id));
            quote!(self.arena.one_mut::<#element, #place>().fill(0);)
        });
        let clears: Vec<_> = clears.collect();
        Self {
            reset: (!clears.is_empty()).then(|| quote!(#(#clears)*)),
            new: quote!(Self { arena: #runtime::Arena::new() }),
            on_input: direct_call.unwrap_or_else(|| copies(&inputs)),
            inputs,
            outputs,
            first_call,
            after_input: quote!(#(#calls)*),
            softmax_call,
            arg_max: match is_index(graph, scores_id) {
                true => quote!(self.arena.one::<#scores_element, #scores>()[0] as ::core::primitive::usize),
                false => quote!(#runtime::kernels::arg_max(self.arena.one::<#scores_element, #scores>())),
            },
        }
    }

    fn bodies(&self) -> Bodies {
        let (input, output) = (&self.inputs[0], &self.outputs[0]);
        Bodies {
            new: self.new.clone(),
            infer: self.infer(&quote!(self.arena.one::<_, #output>())),
            input_mut: quote!(self.arena.one_mut::<_, #input>()),
            run: self.run(&quote!(self.arena.one::<_, #output>())),
            classify: self.classify(),
            reset: self.reset.clone(),
        }
    }

    fn bodies_of_several(&self) -> several::Bodies {
        let outputs: Vec<_> =
            self.outputs.iter().map(|place| quote!(self.arena.one::<_, #place>())).collect();
        let answer = several::tuple(outputs.clone());
        several::Bodies {
            new: self.new.clone(),
            infer: self.infer(&answer),
            inputs_mut: self.inputs.iter().map(|place| quote!(self.arena.one_mut::<_, #place>())).collect(),
            run: self.run(&answer),
            outputs,
            classify: self.classify(),
            reset: self.reset.clone(),
        }
    }

    fn infer(&self, answer: &TokenStream) -> TokenStream {
        let Self { on_input, softmax_call, .. } = self;
        quote! {
            { #on_input }
            self.after_input();
            #softmax_call
            #answer
        }
    }

    fn run(&self, answer: &TokenStream) -> TokenStream {
        let Self { first_call, softmax_call, .. } = self;
        quote! {
            #first_call
            self.after_input();
            #softmax_call
            #answer
        }
    }

    fn classify(&self) -> TokenStream {
        let Self { on_input, arg_max, .. } = self;
        quote! {
            { #on_input }
            self.after_input();
            #arg_max
        }
    }
}

/// Whether a tensor is the class itself rather than a value for each.
fn is_index(graph: &QuantizedGraph, id: TensorId) -> bool {
    let maker = graph.producer(id).map(|node| &graph.nodes[node].operator);
    let is_place = matches!(maker, Some(QuantizedOperator::ArgMax | QuantizedOperator::ArgExtremum { .. }));
    is_place && graph.tensor(id).elements() == 1
}

/// The first layer, if it may read the caller's array: nobody else needs the input afterwards.
fn first_on_input(emission: &Emission<'_>, layers: &[LayerTokens]) -> Option<usize> {
    let graph = emission.graph;
    let &[input] = graph.inputs.as_slice() else { return None };
    let first = layers.iter().position(|layer| !layer.call.is_empty())?;
    let is_alone = graph.nodes[first].inputs == [input] && graph.consumers(input) == [first];
    (is_alone && !graph.outputs.contains(&input)).then_some(first)
}

/// Copies the caller's `input`, or the parts of `inputs`, to their places.
fn copies(places: &[TokenStream]) -> TokenStream {
    if let [place] = places {
        return quote!(*self.arena.one_mut::<_, #place>() = *input;);
    }
    let copies = places.iter().enumerate().map(|(index, place)| {
        let index = Index::from(index);
        quote!(*self.arena.one_mut::<_, #place>() = *inputs.#index;)
    });
    quote!(#(#copies)*)
}

/// `{ statements }`, so that the names of one layer's views do not reach the next.
fn block(statements: &TokenStream) -> TokenStream {
    quote!({ #statements })
}
