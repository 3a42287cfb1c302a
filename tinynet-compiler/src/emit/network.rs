//! The type, its constants and its methods.

use super::layer::{LayerTokens, array, layer};
use super::tokens::{count, counts};
use super::{Emission, documentation};
use crate::plan::CodeShape;
use crate::quantized::{Quantization, QuantizedOperator};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The type of a network with everything that belongs to it.
pub fn network(emission: &Emission<'_>) -> TokenStream {
    let runtime = emission.runtime();
    let Emission { attributes, visibility, name, graph, plan, .. } = emission;
    let arena = count(plan.arena);
    let report = documentation::report(emission);
    let (constants, constant_copies) = constants(emission);
    let methods = methods(emission);
    let trait_methods = trait_methods(emission);
    let input = array(graph.tensor(graph.inputs[0]).elements());
    let output = array(graph.tensor(graph.outputs[0]).elements());
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
        }

        impl #runtime::Network for #name {
            type Input = #input;
            type Output = #output;
            #constant_copies
            #trait_methods
        }

        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self::new()
            }
        }
    }
}

/// Associated constants of the type, and those of the trait that repeat them.
fn constants(emission: &Emission<'_>) -> (TokenStream, TokenStream) {
    let runtime = emission.runtime();
    let Emission { graph, plan, .. } = emission;
    let (input, output) = (graph.tensor(graph.inputs[0]), graph.tensor(graph.outputs[0]));
    let (input_shape, output_shape) = (counts(&input.shape), counts(&output.shape));
    let [flash, macs] = [plan.flash, plan.macs].map(count);
    let [input_quantization, output_quantization] =
        [input, output].map(|tensor| quantization(tensor.info.quantization, &runtime));
    let layers = layer_reports(emission);
    let shape = quote!(&'static [::core::primitive::usize]);
    let quantization = quote!(#runtime::Quantization);
    let own = quote! {
        /// Estimated bytes of flash: code, weights and tables.
        pub const FLASH: ::core::primitive::usize = #flash;
        /// Bytes of memory: everything the network's value holds. The stack is not counted.
        pub const RAM: ::core::primitive::usize = ::core::mem::size_of::<Self>();
        /// Multiply-accumulate operations an inference.
        pub const MACS: ::core::primitive::usize = #macs;
        /// Shape of the input: height, width, channels for an image; length, channels for a sequence.
        pub const INPUT_SHAPE: #shape = &#input_shape;
        /// Shape of the output.
        pub const OUTPUT_SHAPE: #shape = &#output_shape;
        /// Real numbers behind the integers of the input.
        pub const INPUT_QUANTIZATION: #quantization = #input_quantization;
        /// Real numbers behind the integers of the output.
        pub const OUTPUT_QUANTIZATION: #quantization = #output_quantization;
        /// The layers in the order they run.
        pub const LAYERS: &'static [#runtime::report::Layer] = &[#layers];
    };
    let of_trait = quote! {
        const FLASH: ::core::primitive::usize = Self::FLASH;
        const RAM: ::core::primitive::usize = Self::RAM;
        const MACS: ::core::primitive::usize = Self::MACS;
        const INPUT_SHAPE: #shape = Self::INPUT_SHAPE;
        const OUTPUT_SHAPE: #shape = Self::OUTPUT_SHAPE;
        const INPUT_QUANTIZATION: #quantization = Self::INPUT_QUANTIZATION;
        const OUTPUT_QUANTIZATION: #quantization = Self::OUTPUT_QUANTIZATION;
        const LAYERS: &'static [#runtime::report::Layer] = Self::LAYERS;
    };
    (own, of_trait)
}

fn quantization(quantization: Quantization, runtime: &TokenStream) -> TokenStream {
    match quantization {
        Quantization::FixedPoint { fraction_bits } => {
            let bits = super::tokens::integer(fraction_bits);
            quote!(#runtime::Quantization::fixed_point(#bits))
        }
        Quantization::Affine { scale, zero_point } => {
            let (scale, zero_point) = (Literal::f64_unsuffixed(scale), super::tokens::integer(zero_point));
            quote!(#runtime::Quantization::affine(#scale, #zero_point))
        }
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

/// `new`, `infer` and their kin, and the functions of the layers.
fn methods(emission: &Emission<'_>) -> TokenStream {
    let runtime = emission.runtime();
    let Emission { graph, plan, .. } = emission;
    let layers: Vec<LayerTokens> = (0..graph.nodes.len()).map(|index| layer(emission, index)).collect();
    let place = |id: crate::graph::TensorId| {
        let (offset, length) = (count(plan.offsets[id.0]), count(graph.tensor(id).elements()));
        quote!(#offset, #length)
    };
    let (input_id, output_id) = (graph.inputs[0], graph.outputs[0]);
    let (input_place, output_place) = (place(input_id), place(output_id));
    let [input_array, output_array] = [input_id, output_id].map(|id| array(graph.tensor(id).elements()));

    // A final softmax changes no order: `classify` leaves it out.
    let softmax = graph.nodes.len().checked_sub(1).filter(|&last| {
        matches!(graph.nodes[last].operator, QuantizedOperator::Softmax(_))
            && graph.consumers(graph.nodes[last].inputs[0]) == [last]
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
    let functions = layers.iter().map(|layer| &layer.functions);
    quote! {
        /// A network that has not run yet. Usable in a `static`.
        pub const fn new() -> Self {
            Self { arena: #runtime::Arena::new() }
        }

        /// Runs the network on `input`, quantised as [`INPUT_QUANTIZATION`](Self::INPUT_QUANTIZATION) says.
        pub fn infer(&mut self, input: &#input_array) -> &#output_array {
            { #on_input }
            self.after_input();
            #softmax_call
            self.arena.one::<_, #output_place>()
        }

        /// Where the input goes, to be filled in place (by DMA, say) before [`run`](Self::run).
        ///
        /// An inference reuses this memory: fill it whole each time.
        pub fn input_mut(&mut self) -> &mut #input_array {
            self.arena.one_mut::<_, #input_place>()
        }

        /// Runs the network on what [`input_mut`](Self::input_mut) holds.
        pub fn run(&mut self) -> &#output_array {
            #first_call
            self.after_input();
            #softmax_call
            self.arena.one::<_, #output_place>()
        }

        /// Index of the largest output for `input`; the first of equals. A softmax at the end is not computed for it.
        pub fn classify(&mut self, input: &#input_array) -> ::core::primitive::usize {
            { #on_input }
            self.after_input();
            #runtime::kernels::arg_max(self.arena.one::<::core::primitive::i8, #scores_place>())
        }

        /// The layers behind the one that reads the input.
        #[inline(never)]
        fn after_input(&mut self) {
            #(#rest_calls)*
        }

        #(#functions)*
    }
}

/// `{ statements }`, so that the names of one layer's views do not reach the next.
fn block(statements: &TokenStream) -> TokenStream {
    quote!({ #statements })
}

fn trait_methods(emission: &Emission<'_>) -> TokenStream {
    let graph = emission.graph;
    let [input, output] = [graph.inputs[0], graph.outputs[0]].map(|id| array(graph.tensor(id).elements()));
    quote! {
        fn infer(&mut self, input: &#input) -> &#output {
            Self::infer(self, input)
        }
        fn input_mut(&mut self) -> &mut #input {
            Self::input_mut(self)
        }
        fn run(&mut self) -> &#output {
            Self::run(self)
        }
        fn classify(&mut self, input: &#input) -> ::core::primitive::usize {
            Self::classify(self, input)
        }
    }
}
