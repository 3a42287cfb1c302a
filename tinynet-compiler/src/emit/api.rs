//! What users see of a network's type: the same whether the network was compiled or not, so that callers of one with
//! errors see no others. Here for one input and one output; `several` is for more.

use super::tokens::{count, counts, element, integer, stack};
use crate::armv6m::timing::Multiplier;
use crate::plan::Stack;
use crate::quantized::{Element, Quantization};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

/// The parts of a type from which its API follows.
pub struct Api<'a> {
    /// Name of the type.
    pub name: &'a Ident,
    /// Path of the run-time crate.
    pub runtime: &'a TokenStream,
    /// The input.
    pub input: Edge<'a>,
    /// The output.
    pub output: Edge<'a>,
    /// What it costs.
    pub figures: Figures,
    /// Bytes that are kept from one inference to the next.
    pub state: usize,
    /// Elements of `LAYERS`.
    pub layers: TokenStream,
    /// What the methods do.
    pub bodies: Bodies,
}

/// What a network costs, as far as `rustc` does not find it out by itself.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    /// Estimated bytes of flash.
    pub flash: usize,
    /// The most bytes of stack that an inference takes.
    pub stack: Stack,
    /// Multiply-accumulate operations an inference.
    pub macs: usize,
    /// Cycles of a Cortex-M0 an inference.
    pub cycles: usize,
    /// The multiplier that they are counted with.
    pub multiplier: Multiplier,
}

/// The input or output of a network, as far as it is known.
#[derive(Clone, Copy)]
pub struct Edge<'a> {
    /// Its shape. If it is not known, its size is a const parameter of the methods: whatever callers expect fits.
    pub shape: Option<&'a [usize]>,
    /// Type of its integers.
    pub element: Element,
    /// Real numbers behind its integers.
    pub quantization: Option<Quantization>,
}

/// Statements of the methods.
pub struct Bodies {
    /// `fn new() -> Self`
    pub new: TokenStream,
    /// `fn infer(&mut self, input: &[i8; …]) -> &[i8; …]`
    pub infer: TokenStream,
    /// `fn input_mut(&mut self) -> &mut [i8; …]`
    pub input_mut: TokenStream,
    /// `fn run(&mut self) -> &[i8; …]`
    pub run: TokenStream,
    /// `fn classify(&mut self, input: &[i8; …]) -> usize`
    pub classify: TokenStream,
    /// `fn reset(&mut self)`, where something is kept from one inference to the next.
    pub reset: Option<TokenStream>,
}

impl Api<'_> {
    /// Associated constants of the type.
    pub fn constants(&self) -> TokenStream {
        let Api { runtime, input, output, .. } = self;
        let costs = costs(runtime, self.figures, &self.layers);
        let state = state_constant(self.state);
        let [input_shape, output_shape] = [input, output].map(|edge| counts(edge.shape.unwrap_or_default()));
        let [input_quantization, output_quantization] =
            [input, output].map(|edge| quantization(edge.quantization, runtime));
        quote! {
            #costs
            #state
            /// Shape of the input: height, width, channels for an image; length, channels for a sequence.
            pub const INPUT_SHAPE: &'static [::core::primitive::usize] = &#input_shape;
            /// Shape of the output.
            pub const OUTPUT_SHAPE: &'static [::core::primitive::usize] = &#output_shape;
            /// Real numbers behind the integers of the input.
            pub const INPUT_QUANTIZATION: #runtime::Quantization = #input_quantization;
            /// Real numbers behind the integers of the output.
            pub const OUTPUT_QUANTIZATION: #runtime::Quantization = #output_quantization;
        }
    }

    /// Public methods of the type.
    pub fn methods(&self) -> TokenStream {
        let Api { runtime, .. } = self;
        let Bodies { new, infer, input_mut, run, classify, reset } = &self.bodies;
        let reset = reset_method(reset.as_ref());
        let [input, output] = [&self.input, &self.output].map(|edge| element(edge.element));
        let [input_size, output_size] = self.sizes();
        let [for_input, for_output, for_both] = [
            generics([None, self.input.parameter(INPUTS), None]),
            generics([None, None, self.output.parameter(OUTPUTS)]),
            generics([None, self.input.parameter(INPUTS), self.output.parameter(OUTPUTS)]),
        ];
        let real = || Some(quote!(V: #runtime::Real));
        let from_real = generics([real(), self.input.parameter(INPUTS), None]);
        let to_real = generics([real(), None, self.output.parameter(OUTPUTS)]);
        let infer_fixed = self.infer_fixed();
        quote! {
            /// A network that has not run yet. Usable in a `static`.
            pub const fn new() -> Self {
                #new
            }

            /// Runs the network on `input`, quantised as [`INPUT_QUANTIZATION`](Self::INPUT_QUANTIZATION) says.
            pub fn infer #for_both(&mut self, input: &[#input; #input_size]) -> &[#output; #output_size] {
                #infer
            }

            /// Where the input goes, to be filled in place (by DMA, say) before [`run`](Self::run).
            ///
            /// An inference reuses this memory: fill it whole each time.
            pub fn input_mut #for_input(&mut self) -> &mut [#input; #input_size] {
                #input_mut
            }

            /// Runs the network on what [`input_mut`](Self::input_mut) holds.
            pub fn run #for_output(&mut self) -> &[#output; #output_size] {
                #run
            }

            #reset

            /// Index of the largest output for `input`; the first of equals. A softmax at the end is left out where that
            /// changes no answer.
            pub fn classify #for_input(&mut self, input: &[#input; #input_size]) -> ::core::primitive::usize {
                #classify
            }

            /// Real numbers as the integers of the input, to the nearest; what is beyond their range becomes the end of it.
            pub fn quantize_input #from_real(values: &[V; #input_size]) -> [#input; #input_size] {
                Self::INPUT_QUANTIZATION.quantize_array(values)
            }

            /// The real numbers that the integers of the output stand for.
            pub fn dequantize_output #to_real(output: &[#output; #output_size]) -> [V; #output_size] {
                Self::OUTPUT_QUANTIZATION.dequantize_array(output)
            }

            #infer_fixed
        }
    }

    /// Implementations of the traits `Network` and `Default`.
    pub fn implementations(&self) -> TokenStream {
        let Api { name, runtime, .. } = self;
        let [input, output] = [&self.input, &self.output].map(|edge| {
            // If callers expect another size they cannot be served: a trait's types have no parameters here.
            let size = count(edge.size().unwrap_or_default());
            let element = element(edge.element);
            quote!([#element; #size])
        });
        let default = default_implementation(name);
        let state = self.bodies.reset.as_ref().map(|_| {
            quote! {
                const STATE: ::core::primitive::usize = Self::STATE;
                fn reset(&mut self) {
                    Self::reset(self);
                }
            }
        });
        quote! {
            impl #runtime::Network for #name {
                type Input = #input;
                type Output = #output;
                const FLASH: ::core::primitive::usize = Self::FLASH;
                const RAM: ::core::primitive::usize = Self::RAM;
                const STACK: ::core::primitive::usize = Self::STACK;
                const MACS: ::core::primitive::usize = Self::MACS;
                const CYCLES_CORTEX_M0: ::core::primitive::usize = Self::CYCLES_CORTEX_M0;
                const INPUT_SHAPE: &'static [::core::primitive::usize] = Self::INPUT_SHAPE;
                const OUTPUT_SHAPE: &'static [::core::primitive::usize] = Self::OUTPUT_SHAPE;
                const INPUT_QUANTIZATION: #runtime::Quantization = Self::INPUT_QUANTIZATION;
                const OUTPUT_QUANTIZATION: #runtime::Quantization = Self::OUTPUT_QUANTIZATION;
                const LAYERS: &'static [#runtime::report::Layer] = Self::LAYERS;
                #state
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

            #default
        }
    }

    /// The method for numbers of the crate `fixed`, if they can have as many fraction bits as both ends do.
    fn infer_fixed(&self) -> TokenStream {
        let runtime = self.runtime;
        let edges = [&self.input, &self.output];
        if edges.iter().any(|edge| edge.element != Element::Int8) {
            return TokenStream::new();
        }
        if edges.iter().any(|edge| edge.quantization.is_none()) {
            return quote!(#runtime::infer_fixed!(););
        }
        match edges.map(|edge| edge.quantization.and_then(fraction)) {
            [Some(input), Some(output)] => {
                let [inputs, outputs] = self.sizes();
                quote!(#runtime::infer_fixed!(#inputs, #input, #outputs, #output);)
            }
            _ => TokenStream::new(),
        }
    }

    /// Numbers of inputs and outputs, or the names of the parameters that stand for them.
    fn sizes(&self) -> [TokenStream; 2] {
        [(&self.input, INPUTS), (&self.output, OUTPUTS)].map(|(edge, parameter)| match edge.size() {
            Some(size) => {
                let size = count(size);
                quote!(#size)
            }
            None => {
                let parameter = format_ident!("{parameter}");
                quote!(#parameter)
            }
        })
    }
}

/// Constants about what a network costs.
pub fn costs(runtime: &TokenStream, figures: Figures, layers: &TokenStream) -> TokenStream {
    let [flash, macs, cycles] = [figures.flash, figures.macs, figures.cycles].map(count);
    let stack = stack(figures.stack, runtime);
    let which = format!(
        " Cycles an inference on a Cortex-M0 whose flash has no wait states{}.",
        slow(figures.multiplier)
    );
    quote! {
        /// Estimated bytes of flash: code, weights and tables.
        pub const FLASH: ::core::primitive::usize = #flash;
        /// Bytes of memory: everything the network's value holds. The stack is not counted.
        pub const RAM: ::core::primitive::usize = ::core::mem::size_of::<Self>();
        /// The most bytes of stack that an inference takes on top of what its caller has in use: on a larger core of the M
        /// profile where it is built for one, else on a Cortex-M0.
        ///
        /// An upper bound for programs compiled with `opt-level` 3 or `"s"`, link-time optimisation and one codegen unit.
        /// Interrupts are not counted.
        pub const STACK: ::core::primitive::usize = #stack;
        /// Multiply-accumulate operations an inference.
        pub const MACS: ::core::primitive::usize = #macs;
        #[doc = #which]
        /// Exact for layers in assembly, an estimate of the longest for those in Rust.
        pub const CYCLES_CORTEX_M0: ::core::primitive::usize = #cycles;
        /// The layers in the order they run.
        pub const LAYERS: &'static [#runtime::report::Layer] = &[#layers];
    }
}

/// What reports say of a core whose multiplier is slow.
pub fn slow(multiplier: Multiplier) -> &'static str {
    if multiplier.is_slow() { " and whose multiplier takes 32 cycles" } else { "" }
}

/// The method that forgets, where there is something to forget.
pub fn reset_method(reset: Option<&TokenStream>) -> TokenStream {
    let Some(reset) = reset else { return TokenStream::new() };
    quote! {
        /// Forgets all inputs so far: the next inference is the first again.
        pub fn reset(&mut self) {
            #reset
        }
    }
}

/// Constant about what is kept from one inference to the next.
pub fn state_constant(state: usize) -> TokenStream {
    if state == 0 {
        return TokenStream::new();
    }
    let state = count(state);
    quote! {
        /// Bytes of [`RAM`](Self::RAM) that keep what later inferences depend on; [`reset`](Self::reset) clears them.
        pub const STATE: ::core::primitive::usize = #state;
    }
}

/// Implementation of the trait `Default`.
pub fn default_implementation(name: &Ident) -> TokenStream {
    quote! {
        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self::new()
            }
        }
    }
}

/// Const parameters of methods.
const INPUTS: &str = "INPUTS";
const OUTPUTS: &str = "OUTPUTS";

impl Edge<'_> {
    /// Number of its integers.
    pub fn size(&self) -> Option<usize> {
        self.shape.map(|shape| shape.iter().product())
    }

    /// `const NAME: usize` where the size is not known.
    fn parameter(&self, name: &str) -> Option<TokenStream> {
        let name = format_ident!("{name}");
        self.shape.is_none().then(|| quote!(const #name: ::core::primitive::usize))
    }
}

/// `<A, B>`, or nothing.
fn generics(parameters: [Option<TokenStream>; 3]) -> TokenStream {
    let parameters: Vec<_> = parameters.into_iter().flatten().collect();
    if parameters.is_empty() { TokenStream::new() } else { quote!(<#(#parameters),*>) }
}

/// `U7`, the type for 7 fraction bits, if `fixed::FixedI8` can have them.
fn fraction(quantization: Quantization) -> Option<Ident> {
    match quantization {
        Quantization::FixedPoint { fraction_bits: bits @ 0..=8 } => {
            Some(Ident::new(&format!("U{bits}"), Span::mixed_site()))
        }
        _ => None,
    }
}

/// A quantisation as an expression.
pub fn quantization(quantization: Option<Quantization>, runtime: &TokenStream) -> TokenStream {
    match quantization {
        Some(Quantization::Affine { scale, zero_point }) => {
            let (scale, zero_point) = (Literal::f64_unsuffixed(scale), integer(zero_point));
            quote!(#runtime::Quantization::affine(#scale, #zero_point))
        }
        Some(Quantization::FixedPoint { fraction_bits }) => {
            let bits = integer(fraction_bits);
            quote!(#runtime::Quantization::fixed_point(#bits))
        }
        None => quote!(#runtime::Quantization::fixed_point(0)),
    }
}
