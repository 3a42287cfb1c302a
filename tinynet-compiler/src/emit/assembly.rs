//! A layer in assembly for M-profile cores, beside the same in Rust for all others.

use super::Emission;
use super::layer::Layer;
use super::tokens::{bytes, count, identifier};
use crate::armv6m::code::Code;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// What the parameters of a layer's function are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operands {
    /// `input` and `output`, and `scratch` if there is any.
    Apart,
    /// `tensors`, and `scratch` if there is any.
    Overlapping,
    /// `data`, which is both.
    InPlace,
    /// `a`, `b` and `output`.
    Three,
    /// `data` and `other`: the output takes the place of the first or of the second of two inputs.
    OverPart(usize),
}

/// The statements of the layer's function; `portable` are those for other cores.
pub fn body(layer: &Layer<'_>, code: &Code, operands: Operands, portable: TokenStream) -> TokenStream {
    let runtime = layer.emission.runtime();
    let data: Vec<u8> = code.data.iter().flat_map(|word| word.to_le_bytes()).collect();
    let (length, data) = (count(data.len()), bytes(&data));
    let function = Function::of(layer.emission, layer.index).name(layer.emission);
    let scratch = layer.scratch();
    let all = quote!(#runtime::assembly::Operands);
    let pair = quote!(#runtime::assembly::PairOperands);
    let operands = match operands {
        Operands::Overlapping => quote!(#all::overlapping(tensors, #scratch, DATA)),
        Operands::Apart => quote!(#all::apart(input, output, #scratch, DATA)),
        Operands::InPlace => quote!(#all::in_place(data, DATA)),
        Operands::Three => quote!(#pair::apart(a, b, output)),
        Operands::OverPart(0) => quote!(#pair::over_first(data, other)),
        Operands::OverPart(_) => quote!(#pair::over_second(other, data)),
    };
    let has_data = !code.data.is_empty() || layer.node.inputs.len() == 1;
    let data = has_data.then(|| {
        quote! {
            const DATA: &#runtime::assembly::Words<[::core::primitive::u8; #length]> =
                &#runtime::assembly::Words(*#data);
        }
    });
    quote! {
        #runtime::__for_m_profile! {
            {
                #data
                Self::#function(#operands);
            }
            { #portable }
        }
    }
}

/// The function that a layer is the first of all to call.
///
/// A naked function takes and leaves what the calling convention says and nothing else, so that calling it is safe.
pub fn function(layer: &Layer<'_>, code: &Code) -> TokenStream {
    let function = Function::of(layer.emission, layer.index);
    if function.first != layer.index {
        return TokenStream::new();
    }
    let (runtime, name) = (layer.emission.runtime(), function.name(layer.emission));
    let text = Literal::string(&code.function.text);
    let lengths = function.lengths.map(count);
    let operands = match layer.node.inputs.len() {
        1 => quote!(Operands<'_, #(#lengths),*>),
        _ => {
            let [length, ..] = lengths;
            quote!(PairOperands<'_, #length>)
        }
    };
    let summary = format!(" Instructions of [`{}`](Self::{}).", layer.name, layer.name);
    quote! {
        #runtime::__for_m_profile! {
            {
                #[doc = #summary]
                #[unsafe(naked)]
                extern "C" fn #name(_: #runtime::assembly::#operands) {
                    ::core::arch::naked_asm!(#text, options(raw))
                }
            }
            {}
        }
    }
}

/// A function in assembly; layers with the same instructions and the same sizes share one.
struct Function {
    /// The first layer that calls it.
    first: usize,
    /// Elements of input, output and scratch, bytes of data.
    lengths: [usize; 4],
}

impl Function {
    /// The function of a layer.
    fn of(emission: &Emission<'_>, layer: usize) -> Self {
        let key = key(emission, layer);
        let first = (0..layer).find(|&other| key.is_some() && self::key(emission, other) == key);
        let lengths = key.map_or([0; 4], |key| key.1);
        Self { first: first.unwrap_or(layer), lengths }
    }

    fn name(&self, emission: &Emission<'_>) -> Ident {
        format_ident!("__{}_instructions", identifier(&emission.graph.nodes[self.first].label))
    }
}

/// What must be the same for two layers to share a function.
fn key<'e>(emission: &Emission<'e>, layer: usize) -> Option<(&'e str, [usize; 4])> {
    let (node, step) = (&emission.graph.nodes[layer], &emission.plan.steps[layer]);
    let code = step.shape.assembly()?;
    let elements = |id| emission.graph.tensor(id).elements();
    let lengths = [elements(node.inputs[0]), elements(node.output), step.scratch.len(), 4 * code.data.len()];
    Some((&code.function.text, lengths))
}
