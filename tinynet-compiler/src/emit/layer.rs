//! One function a layer, and the call of it with its views of the arena.

use super::assembly::{self, Operands};
use super::operator::{self, Kernel};
use super::tokens::{count, element, identifier, integer, integers};
use super::{Emission, unrolled};
use crate::graph::{Node, TensorId};
use crate::kernel_parameters::{KernelParameters, LinearKernel, LinearParameters};
use crate::plan::unrolled::Unrolled;
use crate::plan::{CodeShape, Step};
use crate::quantized::{Element, QuantizedOperator};
use crate::row_packing::RowPacking;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// What the type needs for one layer.
#[derive(Default)]
pub struct LayerTokens {
    /// The layer's function; a Concat has one an input, straight-line code may have several.
    pub functions: TokenStream,
    /// Statements that run it on the arena.
    pub call: TokenStream,
    /// Statements that run it with the caller's `input` in place of its first input, where that is possible.
    pub call_on_input: Option<TokenStream>,
}

/// A layer in tokens.
pub fn layer(emission: &Emission<'_>, index: usize) -> LayerTokens {
    let node = &emission.graph.nodes[index];
    let step = &emission.plan.steps[index];
    let layer = Layer { emission, index, node, step, name: identifier(&node.label) };
    let mut tokens = match (&step.kernel, &step.shape) {
        (KernelParameters::Reshape, _) => LayerTokens::default(),
        (KernelParameters::Concat(_), _) => layer.concat(&step.kernel),
        (KernelParameters::ArgMax, _) => layer.arg_max(),
        (KernelParameters::Lstm(_) | KernelParameters::Svdf(_), _) => layer.recurrent(&step.kernel),
        (KernelParameters::ReadVariable(first), _) => layer.variable(first, true),
        (KernelParameters::AssignVariable(first), _) => layer.variable(first, false),
        (KernelParameters::Linear(_, linear), CodeShape::Unrolled(unrolled)) => {
            layer.unrolled(linear, unrolled)
        }
        _ => layer.kernel(&step.kernel),
    };
    tokens.functions.extend(assembly::functions(&layer));
    tokens
}

/// A layer about to be written.
pub struct Layer<'a> {
    /// The network.
    pub emission: &'a Emission<'a>,
    /// Its place in the order of execution.
    pub index: usize,
    /// The operator.
    pub node: &'a Node<QuantizedOperator>,
    /// Its plan.
    pub step: &'a Step,
    /// Name of its function.
    pub name: Ident,
}

impl Layer<'_> {
    /// Elements of a tensor.
    fn length(&self, id: TensorId) -> usize {
        self.emission.graph.tensor(id).elements()
    }

    /// `OFFSET, LENGTH` of a tensor.
    fn place(&self, id: TensorId) -> TokenStream {
        let (offset, length) = (count(self.emission.plan.offsets[id.0]), count(self.length(id)));
        quote!(#offset, #length)
    }

    /// Type of a tensor's elements.
    fn element(&self, id: TensorId) -> Element {
        self.emission.graph.tensor(id).info.element
    }

    /// `[i8; LENGTH]`
    fn array(&self, id: TensorId) -> TokenStream {
        array(self.element(id), self.length(id))
    }

    /// `OFFSET, LENGTH` of the scratch, and its type; it holds elements of the input's type.
    fn scratch_place(&self) -> (TokenStream, TokenStream) {
        let (bytes, element) = (&self.step.scratch, self.element(self.node.inputs[0]));
        let length = bytes.len() / element.bytes();
        let (offset, count) = (count(bytes.start), count(length));
        (quote!(#offset, #count), array(element, length))
    }

    /// A view of a tensor to read and one to write, which do not overlap.
    fn pair(&self, input: TensorId, output: TensorId) -> TokenStream {
        let is_same = self.element(input) == self.element(output);
        let (input, output) = (self.place(input), self.place(output));
        match is_same {
            true => quote!(self.arena.pair::<_, #input, #output>()),
            false => quote!(self.arena.pair_of::<_, _, #input, #output>()),
        }
    }

    /// One line about the layer.
    fn summary(&self) -> String {
        let shape = |id: TensorId| super::documentation::shape(&self.emission.graph.tensor(id).shape);
        let inputs: Vec<String> = self.node.inputs.iter().map(|&id| shape(id)).collect();
        let mut summary =
            format!(" {}, {} → {}", self.node.kind, inputs.join(" and "), shape(self.node.output));
        if self.step.cost.macs > 0 {
            summary += &format!("; {} multiply-accumulates", self.step.cost.macs);
        }
        if self.step.shape.is_unrolled() {
            summary += ", unrolled";
        }
        summary + "."
    }

    /// The layer's function around a body.
    fn function(&self, name: &Ident, parameters: TokenStream, body: TokenStream) -> TokenStream {
        let summary = self.summary();
        quote! {
            #[doc = #summary]
            #[inline(never)]
            fn #name(#parameters) {
                #body
            }
        }
    }

    /// How its kernel in Rust reads its weights, if not a byte each.
    fn packing(&self) -> Option<RowPacking> {
        match self.step.shape {
            CodeShape::Packed(packing) => Some(packing),
            CodeShape::Assembly(_) => self.step.elsewhere,
            _ => None,
        }
    }

    /// A layer that is one call of a kernel.
    fn kernel(&self, parameters: &KernelParameters) -> LayerTokens {
        let runtime = self.emission.runtime();
        let element = self.element(self.node.output);
        let kernel = match self.step.shape {
            CodeShape::Compact => operator::compact(parameters, element, &runtime),
            _ => match self.packing() {
                Some(packing) => operator::packed(parameters, packing, element, &runtime),
                None => operator::kernel(parameters, element, &runtime),
            },
        };
        let Some(Kernel { tables, value }) = kernel else { return LayerTokens::default() };
        let (name, node) = (&self.name, self.node);
        let operand = match parameters {
            KernelParameters::Pair(_, Some(_)) => quote!(, OPERAND),
            _ => TokenStream::new(),
        };
        match (self.step.in_place, &node.inputs[..]) {
            (Some(_), [only]) => {
                let (array, place) = (self.array(*only), self.place(node.output));
                LayerTokens {
                    functions: self.function(
                        name,
                        quote!(data: &mut #array),
                        self.body(
                            Operands::InPlace,
                            quote!(#tables const { &#value }.run_in_place(data #operand);),
                        ),
                    ),
                    call: quote!(Self::#name(self.arena.one_mut::<_, #place>());),
                    call_on_input: None,
                }
            }
            (Some(overwritten), [a, b]) => {
                let other = if overwritten == 0 { *b } else { *a };
                let value = if overwritten == 0 {
                    value
                } else {
                    swapped(parameters, self.element(node.output), &runtime)
                };
                let (data_array, other_array) = (self.array(node.output), self.array(other));
                let (other, data) = (self.place(other), self.place(node.output));
                LayerTokens {
                    functions: self.function(
                        name,
                        quote!(data: &mut #data_array, other: &#other_array),
                        self.body(
                            Operands::OverPart(overwritten),
                            quote!(#tables const { &#value }.run_in_place(data, other);),
                        ),
                    ),
                    call: quote! {
                        let (other, data) = self.arena.pair::<_, #other, #data>();
                        Self::#name(data, other);
                    },
                    call_on_input: None,
                }
            }
            (_, [a, b]) => {
                let (a_array, b_array, output_array) =
                    (self.array(*a), self.array(*b), self.array(node.output));
                let (a, b, output) = (self.place(*a), self.place(*b), self.place(node.output));
                LayerTokens {
                    functions: self.function(
                        name,
                        quote!(a: &#a_array, b: &#b_array, output: &mut #output_array),
                        self.body(Operands::Three, quote!(#tables const { &#value }.run(a, b, output);)),
                    ),
                    call: quote! {
                        let (a, b, output) = self.arena.triple::<_, #a, #b, #output>();
                        Self::#name(a, b, output);
                    },
                    call_on_input: None,
                }
            }
            _ if self.step.lead.is_some() => {
                let (lead, scratch) = (self.lead(), self.scratch());
                let portable = quote! {
                    #tables
                    const { &#value.overlapping::<#lead>() }.run(tensors, #scratch);
                };
                self.with_overlap(self.body(Operands::Overlapping, portable))
            }
            _ if matches!(
                parameters,
                KernelParameters::Linear(
                    LinearKernel::Dense { .. } | LinearKernel::DepthwiseConv2d { .. },
                    _
                )
            ) && !self.step.scratch.is_empty() =>
            {
                // Scratch of its assembly.
                self.with_input_output_scratch(
                    self.body(Operands::Apart, quote!(#tables const { &#value }.run(input, output);)),
                )
            }
            _ if matches!(
                parameters,
                KernelParameters::Linear(LinearKernel::Conv2d { .. }, _)
                    | KernelParameters::AsymmetricConv2d(_)
            ) && self.step.scratch.is_empty() =>
            {
                self.with_input_output(
                    self.body(
                        Operands::Apart,
                        quote!(#tables const { &#value }.run(input, output, &mut []);),
                    ),
                )
            }
            _ if !self.step.scratch.is_empty() => self.with_input_output_scratch(
                self.body(Operands::Apart, quote!(#tables const { &#value }.run(input, output, scratch);)),
            ),
            // Of a constant all would be in flash, of which a few numbers are enough.
            _ if matches!(parameters, KernelParameters::Linear(LinearKernel::Dense { .. }, _)) => self
                .with_input_output(
                    self.body(Operands::Apart, quote!(#tables let layer = #value; layer.run(input, output);)),
                ),
            _ => self.with_input_output(
                self.body(Operands::Apart, quote!(#tables const { &#value }.run(input #operand, output);)),
            ),
        }
    }

    /// The statements of the layer's function: assembly where it is that, and `portable` for all other cores.
    fn body(&self, operands: Operands, portable: TokenStream) -> TokenStream {
        assembly::body(self, operands, portable)
    }

    /// A function of an input and an output.
    fn with_input_output(&self, body: TokenStream) -> LayerTokens {
        let (name, input, output) = (&self.name, self.node.inputs[0], self.node.output);
        let (input_array, output_array) = (self.array(input), self.array(output));
        let (views, output) = (self.pair(input, output), self.place(output));
        LayerTokens {
            functions: self.function(name, quote!(input: &#input_array, output: &mut #output_array), body),
            call: quote! {
                let (input, output) = #views;
                Self::#name(input, output);
            },
            call_on_input: Some(quote!(Self::#name(input, self.arena.one_mut::<_, #output>());)),
        }
    }

    /// How many elements the output at least begins before the input that it overlaps.
    pub fn lead(&self) -> TokenStream {
        let bytes = self.element(self.node.output).bytes() as isize;
        integer((self.step.lead.unwrap_or_default() / bytes) as i64)
    }

    /// `scratch`, or nothing under that type.
    pub fn scratch(&self) -> TokenStream {
        if self.step.scratch.is_empty() { quote!(&mut []) } else { quote!(scratch) }
    }

    /// A function of an input and an output that overlap, `tensors`, and of `scratch` if there is any.
    fn with_overlap(&self, body: TokenStream) -> LayerTokens {
        let (name, runtime, lead) = (&self.name, self.emission.runtime(), self.lead());
        let [input, output] = [self.node.inputs[0], self.node.output];
        let (inputs, outputs) = (count(self.length(input)), count(self.length(output)));
        let element = element(self.element(output));
        let tensors = quote!(#runtime::Overlap<'_, #element, #inputs, #outputs, #lead>);
        let (input, output) = (self.place(input), self.place(output));
        let apart = quote!(#runtime::Overlap::apart(input, self.arena.one_mut::<_, #output>()));
        if self.step.scratch.is_empty() {
            return LayerTokens {
                functions: self.function(name, quote!(tensors: #tensors), body),
                call: quote!(Self::#name(self.arena.overlap::<_, #input, #output, #lead>());),
                call_on_input: Some(quote!(Self::#name(#apart);)),
            };
        }
        let (scratch, scratch_array) = self.scratch_place();
        LayerTokens {
            functions: self.function(name, quote!(tensors: #tensors, scratch: &mut #scratch_array), body),
            call: quote! {
                let (tensors, scratch) =
                    self.arena.overlap_scratch::<_, #input, #output, #lead, #scratch>();
                Self::#name(tensors, scratch);
            },
            call_on_input: Some(quote! {
                let (output, scratch) = self.arena.two_mut::<_, #output, #scratch>();
                Self::#name(#runtime::Overlap::apart(input, output), scratch);
            }),
        }
    }

    /// A function of an input, an output and scratch.
    fn with_input_output_scratch(&self, body: TokenStream) -> LayerTokens {
        let (name, input, output) = (&self.name, self.node.inputs[0], self.node.output);
        let (input_array, output_array) = (self.array(input), self.array(output));
        let (scratch, scratch_array) = self.scratch_place();
        let (input, output) = (self.place(input), self.place(output));
        let views = quote!(self.arena.pair_scratch::<_, #input, #output, #scratch>());
        LayerTokens {
            functions: self.function(
                name,
                quote!(input: &#input_array, output: &mut #output_array, scratch: &mut #scratch_array),
                body,
            ),
            call: quote! {
                let (input, output, scratch) = #views;
                Self::#name(input, output, scratch);
            },
            call_on_input: Some(quote! {
                let (_, output, scratch) = #views;
                Self::#name(input, output, scratch);
            }),
        }
    }

    fn concat(&self, parameters: &KernelParameters) -> LayerTokens {
        let KernelParameters::Concat(parts) = parameters else { return LayerTokens::default() };
        let mut tokens = LayerTokens::default();
        let output_array = self.array(self.node.output);
        for (index, ((part, table), &input)) in parts.iter().zip(&self.node.inputs).enumerate() {
            let name = format_ident!("{}_part{}", self.name, index);
            let kernel = operator::concat(part, &self.emission.runtime());
            let body = match table {
                Some(table) => {
                    let table = operator::table_constant(table);
                    quote!(#table const { &#kernel }.run_with_table(TABLE, input, output);)
                }
                None => quote!(const { &#kernel }.run(input, output);),
            };
            let input_array = self.array(input);
            tokens.functions.extend(self.function(
                &name,
                quote!(input: &#input_array, output: &mut #output_array),
                body,
            ));
            let (input, output) = (self.place(input), self.place(self.node.output));
            tokens.call.extend(quote! {
                let (input, output) = self.arena.pair::<_, #input, #output>();
                Self::#name(input, output);
            });
        }
        tokens
    }

    /// A layer with states.
    fn recurrent(&self, parameters: &KernelParameters) -> LayerTokens {
        let Some(Kernel { tables, value }) =
            operator::kernel(parameters, self.element(self.node.output), &self.emission.runtime())
        else {
            return LayerTokens::default();
        };
        if self.step.lead.is_some() {
            return self.recurrent_with_overlap(&tables, &value);
        }
        let (name, node) = (&self.name, self.node);
        let states: &[&str] =
            if matches!(parameters, KernelParameters::Lstm(_)) { &["hidden", "cell"] } else { &["state"] };
        let states: Vec<Ident> = states.iter().map(|state| format_ident!("{state}")).collect();
        let state_arrays = node.states.iter().map(|&id| self.array(id));
        let (input_array, output_array) = (self.array(node.inputs[0]), self.array(node.output));
        let ids = || [node.inputs[0], node.output].into_iter().chain(node.states.iter().copied());
        let (types, places) = (ids().map(|id| element(self.element(id))), ids().map(|id| self.place(id)));
        let views = format_ident!("{}", if node.states.len() == 1 { "three_mut_of" } else { "four_mut_of" });
        let views = quote!(self.arena.#views::<#(#types,)* #(#places),*>());
        let call = |input: TokenStream| {
            quote! {
                let (#input, output, #(#states),*) = #views;
                Self::#name(input, output, #(#states),*);
            }
        };
        LayerTokens {
            functions: self.function(
                name,
                quote!(input: &#input_array, output: &mut #output_array, #(#states: &mut #state_arrays),*),
                quote!(#tables const { &#value }.run(input, output, #(#states),*);),
            ),
            call: call(quote!(input)),
            call_on_input: Some(call(quote!(_))),
        }
    }

    /// An LSTM whose input and output overlap.
    fn recurrent_with_overlap(&self, tables: &TokenStream, value: &TokenStream) -> LayerTokens {
        let (name, node, runtime, lead) = (&self.name, self.node, self.emission.runtime(), self.lead());
        let [input, output] = [node.inputs[0], node.output];
        let (inputs, outputs) = (count(self.length(input)), count(self.length(output)));
        let state_arrays: Vec<_> = node.states.iter().map(|&id| self.array(id)).collect();
        let [hidden_array, cell_array] = &state_arrays[..] else { return LayerTokens::default() };
        let state_types: Vec<_> = node.states.iter().map(|&id| element(self.element(id))).collect();
        let state_places: Vec<_> = node.states.iter().map(|&id| self.place(id)).collect();
        let element = element(self.element(output));
        let (input, output) = (self.place(input), self.place(output));
        LayerTokens {
            functions: self.function(
                name,
                quote! {
                    tensors: #runtime::Overlap<'_, #element, #inputs, #outputs, #lead>,
                    hidden: &mut #hidden_array,
                    cell: &mut #cell_array
                },
                quote! {
                    #tables
                    const { &#value.overlapping::<#lead>() }.run_with_states(tensors, hidden, cell);
                },
            ),
            call: quote! {
                let (tensors, hidden, cell) = self.arena.overlap_states::<
                    #element, #(#state_types,)* #input, #output, #lead, #(#state_places),*
                >();
                Self::#name(tensors, hidden, cell);
            },
            call_on_input: Some(quote! {
                let (output, hidden, cell) =
                    self.arena.three_mut_of::<#element, #(#state_types,)* #output, #(#state_places),*>();
                Self::#name(#runtime::Overlap::apart(input, output), hidden, cell);
            }),
        }
    }

    /// What a variable holds becomes the output, or an input what it holds.
    fn variable(&self, first: &[i32], is_read: bool) -> LayerTokens {
        let (name, runtime, state) = (&self.name, self.emission.runtime(), self.node.states[0]);
        let (from, to, method) = match (is_read, &self.node.inputs[..]) {
            (false, &[value]) => (value, state, quote!(assign)),
            _ => (state, self.node.output, quote!(read)),
        };
        let (element, length, values) = (element(self.element(state)), count(first.len()), integers(first));
        let tables = match first {
            [] => TokenStream::new(),
            _ => quote!(const FIRST: &[#element; #length] = &#values;),
        };
        let first = if first.is_empty() { quote!(&[]) } else { quote!(FIRST) };
        let (from_array, to_array, views) = (self.array(from), self.array(to), self.pair(from, to));
        LayerTokens {
            functions: self.function(
                name,
                quote!(from: &#from_array, to: &mut #to_array),
                quote!(#tables #runtime::kernels::Variable { first: #first }.#method(from, to);),
            ),
            call: quote! {
                let (from, to) = #views;
                Self::#name(from, to);
            },
            call_on_input: None,
        }
    }

    fn arg_max(&self) -> LayerTokens {
        let runtime = self.emission.runtime();
        // The quantiser has seen to it that the type holds the index.
        let element = element(self.element(self.node.output));
        self.with_input_output(quote!(*output = [#runtime::kernels::arg_max(input) as #element];))
    }

    fn unrolled(&self, linear: &LinearParameters, unrolled: &Unrolled) -> LayerTokens {
        let code = unrolled::code(self, linear, unrolled);
        let mut tokens = if self.step.lead.is_some() {
            self.with_overlap(code.body)
        } else if !self.step.scratch.is_empty() {
            self.with_input_output_scratch(code.body)
        } else {
            self.with_input_output(code.body)
        };
        tokens.functions.extend(code.functions);
        tokens
    }
}

/// `[i8; LENGTH]`
pub fn array(element: Element, length: usize) -> TokenStream {
    let (element, length) = (self::element(element), count(length));
    quote!([#element; #length])
}

/// An operator on two inputs with the inputs exchanged: the second is overwritten.
fn swapped(parameters: &KernelParameters, element: Element, runtime: &TokenStream) -> TokenStream {
    let swapped = match parameters.clone() {
        KernelParameters::AddShift(mut add) => {
            add.left.reverse();
            KernelParameters::AddShift(add)
        }
        KernelParameters::AddMultiplier(mut add) => {
            add.zero_points.swap(0, 1);
            add.multipliers.swap(0, 1);
            add.shifts.swap(0, 1);
            KernelParameters::AddMultiplier(add)
        }
        KernelParameters::Multiply(mut multiply) => {
            multiply.zero_points.reverse();
            KernelParameters::Multiply(multiply)
        }
        other => other,
    };
    operator::kernel(&swapped, element, runtime).map(|kernel| kernel.value).unwrap_or_default()
}
