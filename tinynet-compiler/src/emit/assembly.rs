//! A layer in assembly for M-profile cores, and where that pays for those of them with the DSP extension once more, beside the
//! same in Rust for all others.

use super::Emission;
use super::layer::Layer;
use super::tokens::{bytes, count, identifier};
use crate::plan::CodeShape;
use crate::plan::assembly::Technique;
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
pub fn body(layer: &Layer<'_>, operands: Operands, portable: TokenStream) -> TokenStream {
    let runtime = layer.emission.runtime();
    let call = |set| Text::of(layer.emission, layer.index, set).map(|text| text.call(layer, operands));
    let Some(base) = call(Set::Base) else { return portable };
    let chosen = chosen(layer.emission, base, call(Set::Dsp));
    quote! {
        #runtime::__for_m_profile! {
            { #chosen }
            { #portable }
        }
    }
}

/// The functions that a layer is the first of all to call.
pub fn functions(layer: &Layer<'_>) -> TokenStream {
    let runtime = layer.emission.runtime();
    let function = |set| Text::of(layer.emission, layer.index, set).and_then(|text| text.function(layer));
    let [base, dsp] = [Set::Base, Set::Dsp].map(function);
    if base.is_none() && dsp.is_none() {
        return TokenStream::new();
    }
    let (base, dsp) = (base.unwrap_or_default(), dsp.unwrap_or_default());
    // One of them may be another layer's already, on some cores alone.
    let is_both = layer.step.shape.dsp().is_some();
    let chosen = chosen(layer.emission, base, is_both.then_some(dsp));
    quote! {
        #runtime::__for_m_profile! {
            { #chosen }
            {}
        }
    }
}

/// What stands there for M-profile cores: `dsp` where that extension is, if there is anything special for it.
fn chosen(emission: &Emission<'_>, base: TokenStream, dsp: Option<TokenStream>) -> TokenStream {
    let runtime = emission.runtime();
    match dsp {
        Some(dsp) => quote!(#runtime::__for_dsp! { { #dsp } { #base } }),
        None => base,
    }
}

/// Sets of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// ARMv6-M, which all M-profile cores have.
    Base,
    /// ARMv7-M with the DSP extension.
    Dsp,
}

/// Instructions of a layer, and the data that they refer to.
struct Text<'a> {
    instructions: &'a str,
    data: &'a [u32],
    /// Whether the data has the address of the table of triangular numbers before it.
    has_table: bool,
    /// The first layer that has the same instructions for the same sizes: its function is also that of the others.
    first: usize,
    /// Elements of input, output and scratch, bytes of data; `None` where the data says them.
    lengths: Option<[usize; 4]>,
}

impl<'a> Text<'a> {
    fn of(emission: &'a Emission<'_>, layer: usize, set: Set) -> Option<Self> {
        let (instructions, data) = instructions(emission, layer, set)?;
        let function = |layer: usize| match &emission.plan.steps[layer].shape {
            CodeShape::Assembly(assembly) => Some(assembly.function()),
            _ => None,
        };
        // As the plan counts functions; all that share one have instructions of the other set or none has.
        let is_same = |&other: &usize| {
            (set == Set::Dsp || function(other) == function(layer))
                && self::instructions(emission, other, set).is_some_and(|(text, _)| text == instructions)
        };
        let same: Vec<usize> = (0..emission.plan.steps.len()).filter(is_same).collect();
        let first = same.first().copied();
        let lengths_of = |&layer: &usize| {
            let (_, data) = self::instructions(emission, layer, set)?;
            lengths(emission, layer, data)
        };
        // Those that differ in what they leave unused have a function of any lengths.
        let lengths =
            lengths_of(&layer).filter(|_| same.iter().all(|other| lengths_of(other) == lengths_of(&layer)));
        let has_table = set == Set::Base
            && emission.plan.steps[layer].shape.assembly().is_some_and(|code| code.has_table);
        Some(Self { instructions, data, has_table, first: first.unwrap_or(layer), lengths })
    }

    /// Of the function.
    fn name(&self, emission: &Emission<'_>) -> Ident {
        format_ident!("__{}_instructions", identifier(&emission.graph.nodes[self.first].label))
    }

    /// Statements that call it.
    fn call(&self, layer: &Layer<'_>, operands: Operands) -> TokenStream {
        let runtime = layer.emission.runtime();
        let mut data = Vec::with_capacity(4 * self.data.len());
        for word in self.data {
            data.extend_from_slice(&word.to_le_bytes());
        }
        let (length, data) = (count(data.len()), bytes(&data));
        let function = self.name(layer.emission);
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
        let operands = if self.lengths.is_none() { quote!(#operands.of_any_length()) } else { operands };
        let has_data = !self.data.is_empty() || layer.node.inputs.len() == 1;
        let data = has_data.then(|| match self.has_table {
            false => quote! {
                const DATA: &#runtime::assembly::Words<[::core::primitive::u8; #length]> =
                    &#runtime::assembly::Words(*#data);
            },
            true => quote! {
                const DATA: &#runtime::assembly::TableAndWords<[::core::primitive::u8; #length]> =
                    &#runtime::assembly::TableAndWords::new(*#data);
            },
        });
        quote! {
            #data
            Self::#function(#operands);
        }
    }

    /// The function; `None` where it is another layer's.
    ///
    /// A naked function takes and leaves what the calling convention says and nothing else, so that calling it is safe.
    fn function(&self, layer: &Layer<'_>) -> Option<TokenStream> {
        if self.first != layer.index {
            return None;
        }
        let (runtime, name) = (layer.emission.runtime(), self.name(layer.emission));
        let instructions = Literal::string(self.instructions);
        let operands = match (self.lengths.map(|lengths| lengths.map(count)), layer.node.inputs.len()) {
            (None, _) => quote!(OperandsOfAnyLength<'_>),
            (Some(lengths), 1) => quote!(Operands<'_, #(#lengths),*>),
            (Some([length, ..]), _) => quote!(PairOperands<'_, #length>),
        };
        let summary = format!(" Instructions of [`{}`](Self::{}).", layer.name, layer.name);
        Some(quote! {
            #[doc = #summary]
            #[unsafe(naked)]
            extern "C" fn #name(_: #runtime::assembly::#operands) {
                ::core::arch::naked_asm!(#instructions, options(raw))
            }
        })
    }
}

/// Instructions and data of a layer.
fn instructions<'a>(emission: &'a Emission<'_>, layer: usize, set: Set) -> Option<(&'a str, &'a [u32])> {
    let shape = &emission.plan.steps[layer].shape;
    match set {
        Set::Base => shape.assembly().map(|code| (code.function.text.as_str(), &*code.data)),
        Set::Dsp => shape.dsp().map(|code| (code.function.text.as_str(), code.data.as_slice())),
    }
}

/// What must be the same for two layers to share a function, besides its instructions; `None`: nothing.
fn lengths(emission: &Emission<'_>, layer: usize, data: &[u32]) -> Option<[usize; 4]> {
    let (node, step) = (&emission.graph.nodes[layer], &emission.plan.steps[layer]);
    if matches!(&step.shape, CodeShape::Assembly(assembly) if assembly.technique == Technique::Shared) {
        return None;
    }
    let elements = |id| emission.graph.tensor(id).elements();
    Some([elements(node.inputs[0]), elements(node.output), step.scratch.len(), 4 * data.len()])
}
