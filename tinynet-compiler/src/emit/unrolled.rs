//! Straight-line code: weights as immediates, zeros left out.
//!
//! A function computes a few outputs, as the plan says, and the layer's function calls them all. Inputs are loaded once a
//! function.

use super::layer::{Layer, array};
use super::operator;
use super::tokens::{count, integer};
use crate::kernel_parameters::{LinearParameters, RequantizeParameters};
use crate::plan::unrolled::{Extent, Sum, Unrolled, places};
use crate::quantized::Element;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use tinynet_core::requantize::{FractionPerTensor, unpack_fraction};

/// Straight-line code of a layer.
pub struct Code {
    /// What the layer's own function does.
    pub body: TokenStream,
    /// The functions that it calls.
    pub functions: TokenStream,
}

/// Writes the layer.
pub fn code(layer: &Layer<'_>, linear: &LinearParameters, unrolled: &Unrolled) -> Code {
    let Functions { functions, calls } = functions(layer, linear, unrolled);
    let Extent::Pixel { window, border } = &unrolled.extent else { return Code { body: calls, functions } };
    let runtime = layer.emission.runtime();
    let (window, border) = (operator::window(window, &runtime), integer(*border));
    let (patch, pixel) = (int8(unrolled.inputs), int8(unrolled.sums.len()));
    let (lead, scratch) = (layer.lead(), layer.scratch());
    let patches = quote!(#runtime::kernels::EachPatch { window: #window, groups: 1, border: #border });
    let filters = quote!(|_, input: &#patch, output: &mut #pixel| { #calls });
    let body = match layer.step.lead {
        Some(_) => {
            quote!(const { &#patches.overlapping::<#lead>() }.for_each(tensors, #scratch, #filters);)
        }
        None => quote!(const { &#patches }.run(input, output, #scratch, #filters);),
    };
    Code { body, functions }
}

struct Functions {
    functions: TokenStream,
    calls: TokenStream,
}

/// Functions of a few outputs each, and the calls of them on `input` and `output`.
fn functions(layer: &Layer<'_>, linear: &LinearParameters, unrolled: &Unrolled) -> Functions {
    let sums = &unrolled.sums;
    let (input_array, output_array) = (int8(unrolled.inputs), int8(sums.len()));
    let mut result = Functions { functions: TokenStream::new(), calls: TokenStream::new() };
    for outputs in unrolled.functions() {
        let (begin, end) = (outputs.start, outputs.end);
        let name = format_ident!("{}_{}_to_{}", layer.name, begin, end - 1);
        let body = self::body(layer, linear, sums, outputs);
        let summary = format!(" Outputs {begin} to {} of [`{}`](Self::{}).", end - 1, layer.name, layer.name);
        result.functions.extend(quote! {
            #[doc = #summary]
            #[inline(never)]
            fn #name(input: &#input_array, output: &mut #output_array) {
                #body
            }
        });
        result.calls.extend(quote!(Self::#name(input, output);));
    }
    result
}

/// Loads, sums, requantises.
fn body(
    layer: &Layer<'_>,
    linear: &LinearParameters,
    sums: &[Sum],
    outputs: std::ops::Range<usize>,
) -> TokenStream {
    let used = places(&sums[outputs.clone()]);
    let runtime = layer.emission.runtime();
    let mut body = TokenStream::new();
    for output in outputs.clone() {
        let (sum, bias) = (sum_name(output), integer(sums[output].bias));
        body.extend(quote!(let mut #sum: ::core::primitive::i32 = #bias;));
    }
    for input in used {
        let (x, index) = (format_ident!("x{}", input), count(input));
        body.extend(quote!(let #x = input[#index] as ::core::primitive::i32;));
        for output in outputs.clone() {
            if let Ok(term) = sums[output].terms.binary_search_by_key(&input, |term| term.place) {
                let (sum, product) = (sum_name(output), product(&x, sums[output].terms[term].weight));
                body.extend(quote!(#sum #product;));
            }
        }
    }
    for output in outputs {
        let value = requantized(&runtime, linear, sums[output].channel, &sum_name(output));
        let index = count(output);
        body.extend(quote!(output[#index] = #value;));
    }
    if linear.table.is_some() {
        let table = linear.table.as_ref().map(operator::table_constant);
        body = quote!(#table #body);
    }
    body
}

fn sum_name(output: usize) -> Ident {
    format_ident!("sum{}", output)
}

/// `+= x · weight` by the cheapest means. The sums are proven to fit, so that no operator can overflow.
fn product(x: &Ident, weight: i8) -> TokenStream {
    match weight.unsigned_abs() {
        1 if weight > 0 => quote!(+= #x),
        1 => quote!(-= #x),
        magnitude if magnitude.is_power_of_two() => {
            let shift = count(magnitude.trailing_zeros() as usize);
            if weight > 0 { quote!(+= #x << #shift) } else { quote!(-= #x << #shift) }
        }
        _ => {
            let weight = integer(weight);
            quote!(+= #x * #weight)
        }
    }
}

/// The int8 behind a sum.
fn requantized(runtime: &TokenStream, linear: &LinearParameters, channel: usize, sum: &Ident) -> TokenStream {
    let shift_and_clamp = |shift: u8, min: i32, max: i32| {
        let (shift, min, max) = (integer(shift), integer(min), integer(max));
        quote!(#runtime::requantize::clamp(#sum >> #shift, #min, #max) as ::core::primitive::i8)
    };
    let multiply = |multiplier: i32, shift: i8, ends: [i32; 3]| {
        let (multiplier, shift) = (integer(multiplier), integer(shift));
        let [zero_point, min, max] = ends.map(integer);
        quote! {
            #runtime::requantize::clamp(
                #runtime::requantize::multiply_by_call(#sum, #multiplier, #shift) + #zero_point,
                #min,
                #max,
            ) as ::core::primitive::i8
        }
    };
    let short_multiply = |multiplier: i16, shift: i8, [min, max]: [i32; 2]| {
        let (multiplier, shift, min, max) = (integer(multiplier), integer(shift), integer(min), integer(max));
        quote! {
            #runtime::requantize::clamp(
                #runtime::requantize::short_multiply(#sum, #multiplier, #shift),
                #min,
                #max,
            ) as ::core::primitive::i8
        }
    };
    let value = match &linear.requantize {
        RequantizeParameters::ShiftPerTensor { shift, min, max } => shift_and_clamp(*shift, *min, *max),
        RequantizeParameters::ShiftPerChannel { shifts, min, max } => {
            shift_and_clamp(shifts[channel], *min, *max)
        }
        RequantizeParameters::MultiplierPerTensor { multiplier, shift, zero_point, min, max } => {
            multiply(*multiplier, *shift, [*zero_point, *min, *max])
        }
        RequantizeParameters::MultiplierPerChannel { multipliers, shifts, zero_point, min, max } => {
            multiply(multipliers[channel], shifts[channel], [*zero_point, *min, *max])
        }
        RequantizeParameters::ShortMultiplierPerTensor { multiplier, shift, min, max } => {
            short_multiply(*multiplier, *shift, [*min, *max])
        }
        RequantizeParameters::ShortMultiplierPerChannel { multipliers, shifts, min, max } => {
            short_multiply(multipliers[channel], shifts[channel], [*min, *max])
        }
        &RequantizeParameters::FractionPerTensor(fraction) => {
            let FractionPerTensor { multiplier, halvings, zero_point, min, max } = fraction;
            multiply(multiplier, -1 - halvings as i8, [zero_point, min, max])
        }
        RequantizeParameters::FractionPerChannel { fractions, spread, halvings, zero_point, min, max } => {
            let (multiplier, further) = unpack_fraction(fractions[channel], spread.bits());
            let shift = -1 - *halvings as i8 - further as i8;
            multiply(multiplier as i32, shift, [*zero_point, *min, *max])
        }
        RequantizeParameters::MultiplyShift(formula) => {
            let (multiplier, offset) = (integer(formula.multiplier), integer(formula.offset));
            let below_zero = integer(formula.below_zero);
            let (shift, min, max) = (integer(formula.shift), integer(formula.min), integer(formula.max));
            quote! {{
                let sum = #sum;
                let product = sum * #multiplier + #offset + (sum >> 31 & #below_zero);
                #runtime::requantize::clamp(product >> #shift, #min, #max) as ::core::primitive::i8
            }}
        }
    };
    if linear.table.is_some() {
        quote!(TABLE[#value as ::core::primitive::u8 as ::core::primitive::usize] as ::core::primitive::i8)
    } else {
        value
    }
}

/// `[i8; LENGTH]`
fn int8(length: usize) -> TokenStream {
    array(Element::Int8, length)
}
