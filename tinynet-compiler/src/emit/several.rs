//! What users see of a network with several inputs or several outputs.
//!
//! Where there are several, names have numbers, in the order of the model: `input0_mut`, `INPUT1_SHAPE`, `output2`. What
//! there is one of is called as in a network of one input and one output.

use super::api::{self, Edge, Figures};
use super::tokens::{count, counts, element};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The parts of a type from which its API follows.
pub struct Api<'a> {
    /// Name of the type.
    pub name: &'a Ident,
    /// Path of the run-time crate.
    pub runtime: &'a TokenStream,
    /// The inputs; their shapes are known.
    pub inputs: Vec<Edge<'a>>,
    /// The outputs.
    pub outputs: Vec<Edge<'a>>,
    /// What it costs.
    pub figures: Figures,
    /// Bytes that are kept from one inference to the next.
    pub state: usize,
    /// Elements of `LAYERS`.
    pub layers: TokenStream,
    /// What the methods do.
    pub bodies: Bodies,
}

/// Statements of the methods.
pub struct Bodies {
    /// `fn new() -> Self`
    pub new: TokenStream,
    /// `fn infer(&mut self, inputs: (&[i8; …], &[i8; …])) -> (&[i8; …], &[i8; …])`; one input is called `input`.
    pub infer: TokenStream,
    /// `fn input0_mut(&mut self) -> &mut [i8; …]`, one for each input.
    pub inputs_mut: Vec<TokenStream>,
    /// `fn run(&mut self) -> (&[i8; …], &[i8; …])`
    pub run: TokenStream,
    /// `fn output0(&self) -> &[i8; …]`, one for each output.
    pub outputs: Vec<TokenStream>,
    /// `fn classify(&mut self, inputs: (&[i8; …], &[i8; …])) -> usize`, where there is one output.
    pub classify: TokenStream,
    /// `fn reset(&mut self)`, where something is kept from one inference to the next.
    pub reset: Option<TokenStream>,
}

/// An input or output with its names.
struct Named {
    /// `0`, or nothing where there is one.
    number: String,
    /// `input 0`, `the output`
    description: String,
    shape: TokenStream,
    /// Number of its integers.
    length: TokenStream,
    array: TokenStream,
    quantization: TokenStream,
}

impl Api<'_> {
    /// Associated constants of the type.
    pub fn constants(&self) -> TokenStream {
        let costs = api::costs(self.runtime, self.figures, &self.layers);
        let edges = [("INPUT", self.inputs()), ("OUTPUT", self.outputs())];
        let edges =
            edges.iter().flat_map(|(kind, edges)| edges.iter().map(move |edge| self.of_edge(kind, edge)));
        let state = api::state_constant(self.state);
        quote!(#costs #state #(#edges)*)
    }

    /// Shape and quantisation of an input or output.
    fn of_edge(&self, kind: &str, edge: &Named) -> TokenStream {
        let runtime = self.runtime;
        let Named { number, description, shape, quantization, .. } = edge;
        let shape_name = format_ident!("{kind}{number}_SHAPE");
        let quantization_name = format_ident!("{kind}{number}_QUANTIZATION");
        let of_shape = format!("Shape of {description}.");
        let of_quantization = format!("Real numbers behind the integers of {description}.");
        quote! {
            #[doc = #of_shape]
            pub const #shape_name: &'static [::core::primitive::usize] = &#shape;
            #[doc = #of_quantization]
            pub const #quantization_name: #runtime::Quantization = #quantization;
        }
    }

    /// Public methods of the type.
    pub fn methods(&self) -> TokenStream {
        let Bodies { new, infer, run, .. } = &self.bodies;
        let (parameter, arguments) = (self.parameter(), references(&self.inputs()));
        let answers = references(&self.outputs());
        let (of_inputs, of_outputs) = (self.methods_of_inputs(), self.methods_of_outputs());
        let classify = self.classify();
        let reset = api::reset_method(self.bodies.reset.as_ref());
        quote! {
            /// A network that has not run yet. Usable in a `static`.
            pub const fn new() -> Self {
                #new
            }

            /// Runs the network on copies of its inputs, in the order of the model; the answer is in that order, too.
            pub fn infer(&mut self, #parameter: #arguments) -> #answers {
                #infer
            }

            /// Runs the network on what its inputs hold.
            pub fn run(&mut self) -> #answers {
                #run
            }

            #reset
            #classify
            #of_inputs
            #of_outputs
        }
    }

    fn classify(&self) -> TokenStream {
        if self.outputs.len() > 1 {
            return TokenStream::new();
        }
        let (parameter, arguments) = (self.parameter(), references(&self.inputs()));
        let classify = &self.bodies.classify;
        quote! {
            /// Index of the largest output; the first of equals. A softmax at the end is left out where that changes no
            /// answer.
            pub fn classify(&mut self, #parameter: #arguments) -> ::core::primitive::usize {
                #classify
            }
        }
    }

    fn methods_of_inputs(&self) -> TokenStream {
        let runtime = self.runtime;
        let methods = self.inputs().into_iter().zip(&self.bodies.inputs_mut).map(|(edge, body)| {
            let Named { number, description, length, array, .. } = &edge;
            let input_mut = format_ident!("input{number}_mut");
            let quantize = format_ident!("quantize_input{number}");
            let quantization = format_ident!("INPUT{number}_QUANTIZATION");
            let of_input =
                format!("Where {description} goes, to be filled in place (by DMA, say) before [`run`](Self::run).");
            let of_quantize = format!(
                "Real numbers as the integers of {description}, to the nearest; what is beyond their range becomes the \
                 end of it."
            );
            quote! {
                #[doc = #of_input]
                ///
                /// An inference reuses this memory: fill all inputs each time.
                pub fn #input_mut(&mut self) -> &mut #array {
                    #body
                }

                #[doc = #of_quantize]
                pub fn #quantize<V: #runtime::Real>(values: &[V; #length]) -> #array {
                    Self::#quantization.quantize_array(values)
                }
            }
        });
        quote!(#(#methods)*)
    }

    fn methods_of_outputs(&self) -> TokenStream {
        let runtime = self.runtime;
        let is_one = self.outputs.len() == 1;
        let methods = self.outputs().into_iter().zip(&self.bodies.outputs).map(|(edge, body)| {
            let Named { number, description, length, array, .. } = &edge;
            let dequantize = format_ident!("dequantize_output{number}");
            let quantization = format_ident!("OUTPUT{number}_QUANTIZATION");
            let of_dequantize = format!("The real numbers that the integers of {description} stand for.");
            let output = format_ident!("output{number}");
            let of_output =
                format!("What the last run made of {description}; gone when an input is filled again.");
            // What `run` gives is all there is.
            let output = (!is_one).then(|| {
                quote! {
                    #[doc = #of_output]
                    pub fn #output(&self) -> &#array {
                        #body
                    }
                }
            });
            quote! {
                #output

                #[doc = #of_dequantize]
                pub fn #dequantize<V: #runtime::Real>(output: &#array) -> [V; #length] {
                    Self::#quantization.dequantize_array(output)
                }
            }
        });
        quote!(#(#methods)*)
    }

    /// Implementation of the trait `Default`. `Network` is for one input and one output.
    pub fn implementations(&self) -> TokenStream {
        api::default_implementation(self.name)
    }

    /// Name of the parameter of `infer`.
    fn parameter(&self) -> Ident {
        match self.inputs.len() {
            1 => format_ident!("input"),
            _ => format_ident!("inputs"),
        }
    }

    fn inputs(&self) -> Vec<Named> {
        self.named("input", &self.inputs)
    }

    fn outputs(&self) -> Vec<Named> {
        self.named("output", &self.outputs)
    }

    fn named(&self, kind: &str, edges: &[Edge<'_>]) -> Vec<Named> {
        let named = |(index, edge): (usize, &Edge<'_>)| {
            let (number, description) = match edges.len() {
                1 => (String::new(), format!("the {kind}")),
                _ => (index.to_string(), format!("{kind} {index}")),
            };
            let size = count(edge.size().unwrap_or_default());
            let element = element(edge.element);
            Named {
                number,
                description,
                shape: counts(edge.shape.unwrap_or_default()),
                length: quote!(#size),
                array: quote!([#element; #size]),
                quantization: api::quantization(edge.quantization, self.runtime),
            }
        };
        edges.iter().enumerate().map(named).collect()
    }
}

/// `(&[i8; 3], &[i8; 4])`, or `&[i8; 3]`.
fn references(edges: &[Named]) -> TokenStream {
    let arrays = edges.iter().map(|edge| &edge.array);
    tuple(arrays.map(|array| quote!(&#array)).collect())
}

/// `(a, b)`; one alone stands for itself.
pub fn tuple(parts: Vec<TokenStream>) -> TokenStream {
    match &parts[..] {
        [only] => only.clone(),
        parts => quote!((#(#parts),*)),
    }
}
