//! Straight-line code: weights as immediates, zeros left out.
//!
//! rustc's cost grows with the square of a function's size, and large functions spill: a function computes a few
//! outputs, and the layer's function calls them all. Inputs are loaded once a function.

use super::layer::{Layer, array};
use super::operator;
use super::tokens::{count, integer};
use crate::kernel_parameters::{KernelParameters, LinearKernel, LinearParameters, RequantizeParameters};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Weights of one function, about.
const TERMS_A_FUNCTION: usize = 160;

/// Straight-line code of a layer.
pub struct Code {
    /// What the layer's own function does.
    pub body: TokenStream,
    /// The functions that it calls.
    pub functions: TokenStream,
}

/// One output: which input elements it reads with which weight.
struct Row {
    bias: i32,
    terms: Vec<(usize, i8)>,
}

/// Writes the layer.
pub fn code(layer: &Layer<'_>, parameters: &KernelParameters) -> Code {
    let KernelParameters::Linear(kernel, linear) = parameters else {
        return Code { body: TokenStream::new(), functions: TokenStream::new() };
    };
    match kernel {
        LinearKernel::Dense { inputs, outputs } => {
            let rows = rows(linear, *outputs, |output, input| Some(output * inputs + input), *inputs);
            let Functions { functions, calls } = functions(layer, "", linear, &rows, 0, *inputs, *outputs);
            Code { body: calls, functions }
        }
        LinearKernel::Conv2d { window, groups } => {
            let filters = window.output[2];
            let (length, group_filters) = (linear.weights.len() / filters, filters / groups);
            let rows = rows(linear, filters, |filter, tap| Some(filter * length + tap), length);
            patches(layer, window, *groups, linear, &rows, length, group_filters)
        }
        LinearKernel::DepthwiseConv2d { window, multiplier } => {
            let (channels, filters) = (window.input[2], window.output[2]);
            let length = window.kernel[0] * window.kernel[1] * channels;
            let weight = |filter: usize, element: usize| {
                let (tap, channel) = (element / channels, element % channels);
                (channel == filter / multiplier).then_some(tap * filters + filter)
            };
            let mut rows = rows(linear, filters, weight, length);
            // The patch has zero points at the border, as for a convolution: the bias takes them.
            for row in &mut rows {
                let sum: i32 = row.terms.iter().map(|&(_, weight)| i32::from(weight)).sum();
                row.bias = row.bias.wrapping_sub(sum.wrapping_mul(linear.input_zero_point));
            }
            patches(layer, window, 1, linear, &rows, length, filters)
        }
    }
}

/// The rows of a layer; `weight` gives the place of the weight between an output and an input, if there is one.
fn rows(
    linear: &LinearParameters,
    outputs: usize,
    weight: impl Fn(usize, usize) -> Option<usize>,
    inputs: usize,
) -> Vec<Row> {
    let row = |output: usize| Row {
        bias: linear.bias[output],
        terms: (0..inputs)
            .filter_map(|input| Some((input, linear.weights[weight(output, input)?] as i8)))
            .filter(|&(_, weight)| weight != 0)
            .collect(),
    };
    (0..outputs).map(row).collect()
}

/// A convolution: the filters are straight-line code, run for the patch under each position of the window.
fn patches(
    layer: &Layer<'_>,
    window: &tinynet_core::kernels::Window,
    groups: usize,
    linear: &LinearParameters,
    rows: &[Row],
    length: usize,
    group_filters: usize,
) -> Code {
    let runtime = layer.emission.runtime();
    let window = operator::window(window, &runtime);
    let mut all = TokenStream::new();
    let mut arms = TokenStream::new();
    for (group, rows) in rows.chunks(group_filters).enumerate() {
        let suffix = if groups == 1 { String::new() } else { format!("_group{group}") };
        let Functions { functions, calls } =
            functions(layer, &suffix, linear, rows, group * group_filters, length, group_filters);
        all.extend(functions);
        let pattern = if group + 1 == groups {
            quote!(_)
        } else {
            let group = count(group);
            quote!(#group)
        };
        arms.extend(quote!(#pattern => { #calls }));
    }
    let (patch, part) = (array(length), array(group_filters));
    let apply = if groups == 1 {
        let Functions { calls, .. } = functions(layer, "", linear, rows, 0, length, group_filters);
        quote!(|_, input: &#patch, output: &mut #part| { #calls })
    } else {
        quote!(|group, input: &#patch, output: &mut #part| match group { #arms })
    };
    let scratch = if layer.step.scratch.1 > 0 { quote!(scratch) } else { quote!(&mut []) };
    let (groups, zero_point) = (count(groups), integer(linear.input_zero_point));
    let body = quote! {
        #runtime::kernels::EachPatch { window: #window, groups: #groups, border: #zero_point }
            .run(input, output, #scratch, #apply);
    };
    Code { body, functions: all }
}

struct Functions {
    functions: TokenStream,
    calls: TokenStream,
}

/// Functions of a few outputs each, and the calls of them on `input` and `output`.
fn functions(
    layer: &Layer<'_>,
    suffix: &str,
    linear: &LinearParameters,
    rows: &[Row],
    first_channel: usize,
    inputs: usize,
    outputs: usize,
) -> Functions {
    let (input_array, output_array) = (array(inputs), array(outputs));
    let mut result = Functions { functions: TokenStream::new(), calls: TokenStream::new() };
    let mut begin = 0;
    while begin < rows.len() {
        let mut end = begin + 1;
        let mut terms = rows[begin].terms.len();
        while end < rows.len() && terms + rows[end].terms.len() <= TERMS_A_FUNCTION {
            terms += rows[end].terms.len();
            end += 1;
        }
        let name = format_ident!("{}{}_{}_to_{}", layer.name, suffix, begin, end - 1);
        let body = self::body(layer, linear, rows, begin..end, first_channel);
        let summary = format!(" Outputs {begin} to {} of [`{}`](Self::{}).", end - 1, layer.name, layer.name);
        result.functions.extend(quote! {
            #[doc = #summary]
            #[inline(never)]
            fn #name(input: &#input_array, output: &mut #output_array) {
                #body
            }
        });
        result.calls.extend(quote!(Self::#name(input, output);));
        begin = end;
    }
    result
}

/// Loads, sums, requantises.
fn body(
    layer: &Layer<'_>,
    linear: &LinearParameters,
    rows: &[Row],
    outputs: std::ops::Range<usize>,
    first_channel: usize,
) -> TokenStream {
    let mut used: Vec<usize> =
        rows[outputs.clone()].iter().flat_map(|row| row.terms.iter().map(|&(input, _)| input)).collect();
    used.sort_unstable();
    used.dedup();
    let runtime = layer.emission.runtime();
    let mut body = TokenStream::new();
    for output in outputs.clone() {
        let (sum, bias) = (sum_name(output), integer(rows[output].bias));
        body.extend(quote!(let mut #sum: ::core::primitive::i32 = #bias;));
    }
    for input in used {
        let (x, index) = (format_ident!("x{}", input), count(input));
        body.extend(quote!(let #x = ::core::primitive::i32::from(input[#index]);));
        for output in outputs.clone() {
            if let Ok(term) = rows[output].terms.binary_search_by_key(&input, |&(input, _)| input) {
                let (sum, product) = (sum_name(output), product(&x, rows[output].terms[term].1));
                body.extend(quote!(#sum #product;));
            }
        }
    }
    for output in outputs {
        let value = requantized(&runtime, linear, first_channel + output, &sum_name(output));
        let index = count(output);
        body.extend(quote!(output[#index] = #value;));
    }
    if linear.table.is_some() {
        let table = linear.table.as_ref().map(operator::table_static);
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
    let value = match &linear.requantize {
        RequantizeParameters::ShiftPerTensor { shift, min, max } => shift_and_clamp(*shift, *min, *max),
        RequantizeParameters::ShiftPerChannel { shifts, min, max } => {
            shift_and_clamp(shifts[channel], *min, *max)
        }
        RequantizeParameters::MultiplierPerChannel { multipliers, shifts, zero_point, min, max } => {
            let (multiplier, shift) = (integer(multipliers[channel]), integer(shifts[channel]));
            let (zero_point, min, max) = (integer(*zero_point), integer(*min), integer(*max));
            quote! {
                #runtime::requantize::clamp(
                    #runtime::requantize::multiply(#sum, #multiplier, #shift) + #zero_point,
                    #min,
                    #max,
                ) as ::core::primitive::i8
            }
        }
    };
    if linear.table.is_some() {
        quote!(TABLE[::core::primitive::usize::from(#value as ::core::primitive::u8)] as ::core::primitive::i8)
    } else {
        value
    }
}
