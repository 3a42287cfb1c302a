//! A kernel as a constant of the run-time crate's type, and the tables it refers to as constants.

use super::tokens::{self, bytes, count, counts, integer, integers};
use crate::kernel_parameters::{
    AsymmetricParameters, KernelParameters, LinearKernel, LinearParameters, LstmParameters,
    MultiplyParameters, PairKernel, RequantizeParameters, SoftmaxParameters, SvdfParameters,
};
use crate::quantized::{Along, Element, Gather, GemmlowpSoftmax, LogSoftmax, Table, Wide};
use crate::row_packing::{RowPacking, Rows};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use tinynet_core::kernels::{self, GemmlowpExponential};
use tinynet_core::requantize::{FractionPerTensor, MultiplierPerTensor};

/// A kernel in tokens.
pub struct Kernel {
    /// Tables that the value refers to: constants, so that equal ones become one, of whatever layer and network.
    pub tables: TokenStream,
    /// An expression of a kernel type that has `run`.
    pub value: TokenStream,
}

impl Kernel {
    fn plain(value: TokenStream) -> Self {
        Self { tables: TokenStream::new(), value }
    }
}

/// The kernel of any operator but Concat, ArgMax, variables and Reshape, which have no single one; its output has elements of a type.
pub fn kernel(parameters: &KernelParameters, element: Element, runtime: &TokenStream) -> Option<Kernel> {
    let kernels = quote!(#runtime::kernels);
    let element = tokens::element(element);
    Some(match parameters {
        KernelParameters::Linear(kernel, linear) => layer(kernel, linear, runtime),
        KernelParameters::MaxPool2d(pool) => {
            let window = self::window(&pool.window, runtime);
            Kernel::plain(quote!(#kernels::MaxPool2d { window: #window }))
        }
        KernelParameters::AveragePool2d(pool) => {
            let window = self::window(&pool.window, runtime);
            let (include_padding, zero_point) = (pool.include_padding, integer(pool.zero_point));
            Kernel::plain(quote! {
                #kernels::AveragePool2d {
                    window: #window,
                    include_padding: #include_padding,
                    zero_point: #zero_point,
                }
            })
        }
        KernelParameters::Table(table) => {
            Kernel { tables: table_constant(table), value: quote!(#kernels::Table { table: TABLE }) }
        }
        KernelParameters::Lookup(lookup) => {
            let rows = lookup.rows().map(integers);
            let length = count(lookup.length());
            Kernel {
                tables: quote!(const ROWS: &[[#element; #length]; 256] = &[#(#rows),*];),
                value: quote!(#kernels::Lookup { rows: ROWS }),
            }
        }
        KernelParameters::Clamp(clamp) => {
            let (min, max) = (integer(clamp.min), integer(clamp.max));
            Kernel::plain(quote!(#kernels::Clamp::<#element> { min: #min, max: #max }))
        }
        KernelParameters::PRelu(prelu) => {
            let zero_points = integers(&prelu.zero_points);
            let (positive, shift) = (integer(prelu.positive), integer(prelu.shift));
            let [min, max] = prelu.clamp.map(integer);
            let (length, slopes) = (count(prelu.slopes.len()), integers(&prelu.slopes));
            Kernel {
                tables: quote!(const SLOPES: &[::core::primitive::i16; #length] = &#slopes;),
                value: quote! {
                    #kernels::PRelu {
                        zero_points: #zero_points,
                        positive: #positive,
                        slopes: SLOPES,
                        shift: #shift,
                        min: #min,
                        max: #max,
                    }
                },
            }
        }
        KernelParameters::AddShift(add) => {
            let (left, right) = (integers(&add.left), integer(add.right));
            let (min, max) = (integer(add.min), integer(add.max));
            Kernel::plain(quote!(#kernels::AddShift { left: #left, right: #right, min: #min, max: #max }))
        }
        KernelParameters::AddMultiplier(add) => {
            let (left_shift, zero_points) = (integer(add.left_shift), integers(&add.zero_points));
            let (multipliers, shifts) = (integers(&add.multipliers), integers(&add.shifts));
            let (min, max) = (integer(add.min), integer(add.max));
            Kernel::plain(quote! {
                #kernels::AddMultiplier {
                    left_shift: #left_shift,
                    zero_points: #zero_points,
                    multipliers: #multipliers,
                    shifts: #shifts,
                    min: #min,
                    max: #max,
                }
            })
        }
        KernelParameters::Multiply(multiply) => self::multiply(multiply, runtime),
        KernelParameters::TransposeConv2d(window, linear) => {
            let (window, zero_point) = (self::window(window, runtime), integer(linear.input_zero_point));
            let fields = quote!(window: #window, input_zero_point: #zero_point,);
            with_weights(&quote!(TransposeConv2d), &fields, linear, runtime)
        }
        KernelParameters::ResizeBilinear(resize) => {
            let kernels::ResizeBilinear { images, input, output, scales, offsets } = resize;
            let (images, input, output) = (count(*images), counts(input), counts(output));
            let (scales, offsets) = (integers(scales), integers(offsets));
            Kernel::plain(quote! {
                #kernels::ResizeBilinear {
                    images: #images,
                    input: #input,
                    output: #output,
                    scales: #scales,
                    offsets: #offsets,
                }
            })
        }
        &KernelParameters::ArgExtremum(kernels::ArgExtremum { rows, length, columns, mirror }) => {
            let along = along(&Along { rows, length, columns });
            let mirror = self::mirror(mirror);
            Kernel::plain(quote!(#kernels::ArgExtremum { #along mirror: #kernels::Extremum::#mirror }))
        }
        KernelParameters::Lstm(lstm) => self::lstm(lstm, &kernels),
        KernelParameters::Svdf(svdf) => self::svdf(svdf, runtime),
        KernelParameters::LogSoftmax(classes, softmax) => log_softmax(*classes, softmax, &kernels),
        KernelParameters::Pair(kernel, constant) => {
            let mut kernel = pair(kernel, runtime);
            if let Some(constant) = constant {
                let (length, constant) = (count(constant.len()), integers(constant));
                kernel.tables.extend(quote!(const OPERAND: &[#element; #length] = &#constant;));
            }
            kernel
        }
        KernelParameters::Pad(pad) => {
            let (input, output, before) = (counts(&pad.input), counts(&pad.output), counts(&pad.before));
            let value = integer(pad.value);
            Kernel::plain(quote! {
                #kernels::Pad::<#element> {
                    input: #input,
                    output: #output,
                    before: #before,
                    value: #value,
                }
            })
        }
        KernelParameters::AsymmetricConv2d(asymmetric) => asymmetric_conv2d(asymmetric, runtime),
        KernelParameters::WideConv2d(window, groups, wide) => wide_conv2d(window, *groups, wide, runtime),
        KernelParameters::FlipSign => Kernel::plain(quote!(#kernels::FlipSign)),
        KernelParameters::Convert(convert) => {
            let difference = integer(convert.difference);
            Kernel::plain(quote!(#kernels::Convert { difference: #difference }))
        }
        KernelParameters::Rescale(rescale) => {
            let (zero_points, multipliers) = (integers(&rescale.zero_points), integers(&rescale.multipliers));
            let (shifts, min, max) = (integers(&rescale.shifts), integer(rescale.min), integer(rescale.max));
            Kernel::plain(quote! {
                #kernels::Rescale {
                    zero_points: #zero_points,
                    multipliers: #multipliers,
                    shifts: #shifts,
                    min: #min,
                    max: #max,
                }
            })
        }
        &KernelParameters::Logistic16(kernels::Logistic16 { multiplier, shift }) => {
            let (multiplier, shift) = (integer(multiplier), integer(shift));
            Kernel::plain(quote!(#kernels::Logistic16 { multiplier: #multiplier, shift: #shift }))
        }
        &KernelParameters::Tanh16(kernels::Tanh16 { multiplier, shift }) => {
            let (multiplier, shift) = (integer(multiplier), integer(shift));
            Kernel::plain(quote!(#kernels::Tanh16 { multiplier: #multiplier, shift: #shift }))
        }
        KernelParameters::Interpolation(table) => {
            let table = integers(&table[..]);
            Kernel {
                tables: quote!(const TABLE: &[::core::primitive::i16; 513] = &#table;),
                value: quote!(#kernels::Interpolation { table: TABLE }),
            }
        }
        KernelParameters::Softmax16(classes, softmax) => {
            let (classes, (multiplier, shift)) = (count(*classes), softmax.multiplier);
            let (multiplier, shift) = (integer(multiplier), integer(shift));
            let [exponentials, reciprocals] =
                [&softmax.exponentials, &softmax.reciprocals].map(|table| integers(&table[..]));
            Kernel {
                tables: quote! {
                    const EXPONENTIALS: &[::core::primitive::i16; 513] = &#exponentials;
                    const RECIPROCALS: &[::core::primitive::i16; 513] = &#reciprocals;
                },
                value: quote! {
                    #kernels::Softmax16 {
                        classes: #classes,
                        multiplier: #multiplier,
                        shift: #shift,
                        exponentials: EXPONENTIALS,
                        reciprocals: RECIPROCALS,
                    }
                },
            }
        }
        KernelParameters::GemmlowpSoftmax { classes, softmax: GemmlowpSoftmax { exponentials, .. } } => {
            let (length, classes, exponentials) =
                (count(exponentials.len()), count(*classes), integers(exponentials));
            Kernel {
                tables: quote!(const EXPONENTIALS: &[::core::primitive::i32; #length] = &#exponentials;),
                value: quote! {
                    #kernels::GemmlowpSoftmax { classes: #classes, exponentials: EXPONENTIALS.as_slice() }
                },
            }
        }
        KernelParameters::Softmax(softmax) => self::softmax(softmax, &kernels),
        KernelParameters::Sum { along, bias, requantize } => {
            let (tables, requantize) = self::requantize(requantize, runtime);
            let (along, bias) = (self::along(along), integer(*bias));
            Kernel { tables, value: quote!(#kernels::Sum { #along bias: #bias, requantize: #requantize }) }
        }
        &KernelParameters::Extremum(kernels::Extremum { rows, length, columns, mirror }) => {
            let along = along(&Along { rows, length, columns });
            let mirror = self::mirror(mirror);
            Kernel::plain(quote!(#kernels::Extremum { #along mirror: #kernels::Extremum::#mirror }))
        }
        KernelParameters::Rearrange(kernels::Rearrange { shape, steps, first }) => {
            let (shape, first) = (counts(shape), count(*first));
            let steps = integers(&steps.map(|step| step as i64));
            Kernel::plain(quote!(#kernels::Rearrange { shape: #shape, steps: #steps, first: #first }))
        }
        KernelParameters::Gather(Gather { images, input, rows, columns }) => {
            let (row_count, column_count) = (count(rows.len()), count(columns.len()));
            let (images, input, rows, columns) =
                (count(*images), counts(input), integers(rows), integers(columns));
            Kernel {
                tables: quote! {
                    const ROWS: &[::core::primitive::u16; #row_count] = &#rows;
                    const COLUMNS: &[::core::primitive::u16; #column_count] = &#columns;
                },
                value: quote! {
                    #kernels::Gather { images: #images, input: #input, rows: ROWS, columns: COLUMNS }
                },
            }
        }
        KernelParameters::Concat(_)
        | KernelParameters::ArgMax
        | KernelParameters::ReadVariable(_)
        | KernelParameters::AssignVariable(_)
        | KernelParameters::Reshape => return None,
    })
}

/// The kernel of an operator in less flash; in no less where there is no other.
pub fn compact(parameters: &KernelParameters, element: Element, runtime: &TokenStream) -> Option<Kernel> {
    let KernelParameters::GemmlowpSoftmax { classes, softmax } = parameters else {
        return kernel(parameters, element, runtime);
    };
    let GemmlowpExponential { multiplier, shift } = softmax.exponential;
    let (classes, multiplier, shift) = (count(*classes), integer(multiplier), integer(shift));
    Some(Kernel::plain(quote! {
        #runtime::kernels::GemmlowpSoftmax {
            classes: #classes,
            exponentials: #runtime::kernels::GemmlowpExponential { multiplier: #multiplier, shift: #shift },
        }
    }))
}

/// A kernel whose weights are packed.
pub fn packed(
    parameters: &KernelParameters,
    packing: RowPacking,
    element: Element,
    runtime: &TokenStream,
) -> Option<Kernel> {
    let rows = Rows::of(parameters)?;
    let mut parameters = parameters.clone();
    parameters.replace_weights(rows.pack(packing))?;
    let Kernel { tables, value } = kernel(&parameters, element, runtime)?;
    let of_bits = |name, bits| {
        let (name, bits) = (format_ident!("{name}"), integer(bits));
        quote!(#name::<#bits>)
    };
    let packing = match packing {
        RowPacking::Signed(bits) => of_bits("SignedBits", bits),
        RowPacking::Odd(bits) => of_bits("OddBits", bits),
        RowPacking::Ternary => {
            let row_bytes = count(packing.row_bytes(rows.length));
            quote!(Ternary { row_bytes: #row_bytes })
        }
    };
    let kernels = quote!(#runtime::kernels);
    let value = quote!(#kernels::Packed { kernel: #value, packing: #kernels::#packing });
    Some(Kernel { tables, value })
}

fn multiply(multiply: &MultiplyParameters, runtime: &TokenStream) -> Kernel {
    let MultiplyParameters { zero_points, rounding, requantize } = multiply;
    let (tables, requantize) = self::requantize(requantize, runtime);
    let (zero_points, rounding) = (integers(zero_points), integer(*rounding));
    let value = quote! {
        #runtime::kernels::Multiply {
            zero_points: #zero_points,
            rounding: #rounding,
            requantize: #requantize,
        }
    };
    Kernel { tables, value }
}

fn asymmetric_conv2d(asymmetric: &AsymmetricParameters, runtime: &TokenStream) -> Kernel {
    let AsymmetricParameters { weights, weights_zero_point, bias, input_zero_point, .. } = asymmetric;
    let (weight_count, channels) = (count(weights.len()), count(bias.len()));
    let (weights, bias) = (bytes(weights), integers(bias));
    let (window, groups) = (self::window(&asymmetric.window, runtime), count(asymmetric.groups));
    let [weights_zero_point, input_zero_point] =
        [weights_zero_point, input_zero_point].map(|&zero| integer(zero));
    let (tables, requantize) = self::requantize(&asymmetric.requantize, runtime);
    Kernel {
        tables: quote! {
            const WEIGHTS: &[::core::primitive::u8; #weight_count] = #weights;
            const BIAS: &[::core::primitive::i32; #channels] = &#bias;
            #tables
        },
        value: quote! {
            #runtime::kernels::AsymmetricConv2d {
                convolution: #runtime::kernels::Conv2d {
                    window: #window,
                    groups: #groups,
                    weights: WEIGHTS,
                    bias: BIAS,
                    input_zero_point: #input_zero_point,
                    requantize: #requantize,
                },
                weights_zero_point: #weights_zero_point,
            }
        },
    }
}

fn wide_conv2d(window: &kernels::Window, groups: usize, wide: &Wide, runtime: &TokenStream) -> Kernel {
    let Wide { weights, bias, multipliers, shifts, clamp } = wide;
    let (weight_count, channels) = (count(weights.len()), count(bias.len()));
    let weights: Vec<u8> = weights.iter().map(|&weight| weight as u8).collect();
    let (weights, bias) = (bytes(&weights), integers(bias));
    let (multipliers, shifts) = (integers(multipliers), integers(shifts));
    let (window, groups, [min, max]) = (self::window(window, runtime), count(groups), clamp.map(integer));
    Kernel {
        tables: quote! {
            const WEIGHTS: &[::core::primitive::u8; #weight_count] = #weights;
            const BIAS: &[::core::primitive::i64; #channels] = &#bias;
            const MULTIPLIERS: &[::core::primitive::i16; #channels] = &#multipliers;
            const SHIFTS: &[::core::primitive::i8; #channels] = &#shifts;
        },
        value: quote! {
            #runtime::kernels::WideConv2d {
                window: #window,
                groups: #groups,
                weights: WEIGHTS,
                bias: BIAS,
                multipliers: MULTIPLIERS,
                shifts: SHIFTS,
                min: #min,
                max: #max,
            }
        },
    }
}

/// The constant of `Extremum` for what is inverted.
fn mirror(mirror: i8) -> TokenStream {
    if mirror == kernels::Extremum::LARGEST { quote!(LARGEST) } else { quote!(SMALLEST) }
}

fn log_softmax(classes: usize, softmax: &LogSoftmax, kernels: &TokenStream) -> Kernel {
    let LogSoftmax { exponentials, multiplier, reverse_multiplier, least_difference } = softmax;
    let (length, values) = (count(exponentials.len()), integers(exponentials));
    let (classes, least_difference) = (count(classes), integer(*least_difference));
    let (multiplier, shift) = (integer(multiplier.0), integer(multiplier.1));
    let (reverse_multiplier, reverse_shift) = (integer(reverse_multiplier.0), integer(reverse_multiplier.1));
    let value = quote! {
        #kernels::LogSoftmax {
            classes: #classes,
            exponentials: EXPONENTIALS,
            multiplier: #multiplier,
            shift: #shift,
            reverse_multiplier: #reverse_multiplier,
            reverse_shift: #reverse_shift,
            least_difference: #least_difference,
        }
    };
    Kernel { tables: quote!(const EXPONENTIALS: &[::core::primitive::i32; #length] = &#values;), value }
}

fn lstm(lstm: &LstmParameters, kernels: &TokenStream) -> Kernel {
    const GATES: [&str; 4] = ["INPUT", "FORGET", "CELL", "OUTPUT"];
    let mut tables = TokenStream::new();
    let mut gates = Vec::new();
    for (gate, name) in lstm.gates.iter().zip(GATES) {
        let named = |part: &str| format_ident!("{name}_{part}");
        let (weights, bias) = (named("WEIGHTS"), named("BIAS"));
        let (recurrent_weights, recurrent_bias) = (named("RECURRENT_WEIGHTS"), named("RECURRENT_BIAS"));
        tables.extend(weights_constant(&weights, &gate.input_weights));
        tables.extend(bias_constant(&bias, &gate.input_bias));
        tables.extend(weights_constant(&recurrent_weights, &gate.recurrent_weights));
        let recurrent_bias = if gate.recurrent_bias.is_empty() {
            quote!(&[])
        } else {
            tables.extend(bias_constant(&recurrent_bias, &gate.recurrent_bias));
            quote!(#recurrent_bias)
        };
        let (input_multiplier, recurrent_multiplier) =
            (factor(gate.input_multiplier), factor(gate.recurrent_multiplier));
        gates.push(quote! {
            #kernels::LstmGate {
                input_weights: #weights,
                input_bias: #bias,
                input_multiplier: #input_multiplier,
                recurrent_weights: #recurrent_weights,
                recurrent_bias: #recurrent_bias,
                recurrent_multiplier: #recurrent_multiplier,
            }
        });
    }
    let [steps, inputs, cells] = [lstm.steps, lstm.inputs, lstm.cells].map(count);
    let (cell_integer_bits, cell_limits) = (integer(lstm.cell_integer_bits), integers(&lstm.cell_limits));
    let (output_multiplier, output_zero_point) =
        (factor(lstm.output_multiplier), integer(lstm.output_zero_point));
    let first_hidden = integer(lstm.first_hidden);
    let value = quote! {
        #kernels::Lstm {
            steps: #steps,
            inputs: #inputs,
            cells: #cells,
            gates: [#(#gates),*],
            cell_integer_bits: #cell_integer_bits,
            cell_limits: #cell_limits,
            output_multiplier: #output_multiplier,
            output_zero_point: #output_zero_point,
            first_hidden: #first_hidden,
        }
    };
    Kernel { tables, value }
}

fn svdf(svdf: &SvdfParameters, runtime: &TokenStream) -> Kernel {
    let [inputs, filters, rank, memory] = [svdf.inputs, svdf.filters, svdf.rank, svdf.memory].map(count);
    let mut tables = weights_constant(&format_ident!("FEATURE_WEIGHTS"), &svdf.feature_weights);
    tables.extend(bias_constant(&format_ident!("FEATURE_BIAS"), &svdf.feature_bias));
    tables.extend(bias_constant(&format_ident!("BIAS"), &svdf.bias));
    let (element, length) = (tokens::element(svdf.state), count(svdf.time_weights.len()));
    let time_weights = integers(&svdf.time_weights);
    tables.extend(quote!(const TIME_WEIGHTS: &[#element; #length] = &#time_weights;));
    let [to_state, to_output] = [svdf.to_state, svdf.to_output].map(|requantize| {
        let MultiplierPerTensor { multiplier, shift, zero_point, min, max } = requantize;
        let requantize =
            RequantizeParameters::MultiplierPerTensor { multiplier, shift, zero_point, min, max };
        self::requantize(&requantize, runtime).1
    });
    let state_zero_point = integer(svdf.state_zero_point);
    let value = quote! {
        #runtime::kernels::Svdf {
            inputs: #inputs,
            filters: #filters,
            rank: #rank,
            memory: #memory,
            feature_weights: FEATURE_WEIGHTS,
            feature_bias: FEATURE_BIAS,
            to_state: #to_state,
            state_zero_point: #state_zero_point,
            time_weights: TIME_WEIGHTS,
            bias: BIAS,
            to_output: #to_output,
        }
    };
    Kernel { tables, value }
}

/// A Q31 multiplier and a power of two.
fn factor((multiplier, shift): (i32, i8)) -> TokenStream {
    let (multiplier, shift) = (integer(multiplier), integer(shift));
    quote!((#multiplier, #shift))
}

fn weights_constant(name: &Ident, weights: &[u8]) -> TokenStream {
    let (length, weights) = (count(weights.len()), bytes(weights));
    quote!(const #name: &[::core::primitive::u8; #length] = #weights;)
}

fn bias_constant(name: &Ident, bias: &[i32]) -> TokenStream {
    let (length, bias) = (count(bias.len()), integers(bias));
    quote!(const #name: &[::core::primitive::i32; #length] = &#bias;)
}

/// A kernel on two tensors.
fn pair(kernel: &PairKernel, runtime: &TokenStream) -> Kernel {
    let kernels = quote!(#runtime::kernels);
    Kernel::plain(match kernel {
        PairKernel::Multiply(multiply) => return self::multiply(multiply, runtime),
        &PairKernel::Larger(kernels::Larger { is_smaller }) => {
            quote!(#kernels::Larger { is_smaller: #is_smaller })
        }
        PairKernel::SignedSum(sum) => {
            let (left_shift, zero_points) = (integer(sum.left_shift), integers(&sum.zero_points));
            let (multipliers, shifts) = (integers(&sum.multipliers), integers(&sum.shifts));
            let (signs, is_squared) = (integers(&sum.signs), sum.is_squared);
            let (min, max) = (integer(sum.min), integer(sum.max));
            quote! {
                #kernels::SignedSum {
                    left_shift: #left_shift,
                    zero_points: #zero_points,
                    multipliers: #multipliers,
                    shifts: #shifts,
                    signs: #signs,
                    is_squared: #is_squared,
                    min: #min,
                    max: #max,
                }
            }
        }
        PairKernel::PRelu(prelu) => {
            let (zero_points, multipliers) = (integers(&prelu.zero_points), integers(&prelu.multipliers));
            let (shifts, min, max) = (integers(&prelu.shifts), integer(prelu.min), integer(prelu.max));
            quote! {
                #kernels::PReluMultiplier {
                    zero_points: #zero_points,
                    multipliers: #multipliers,
                    shifts: #shifts,
                    min: #min,
                    max: #max,
                }
            }
        }
    })
}

/// The fields of a kernel that say which axis it goes along.
fn along(along: &Along) -> TokenStream {
    let [rows, length, columns] = [along.rows, along.length, along.columns].map(count);
    quote!(rows: #rows, length: #length, columns: #columns,)
}

/// The kernel that copies one input of a Concat.
pub fn concat(concat: &kernels::Concat, runtime: &TokenStream) -> TokenStream {
    let kernels::Concat { rows, part, whole, offset } = *concat;
    let [rows, part, whole, offset] = [rows, part, whole, offset].map(count);
    quote!(#runtime::kernels::Concat { rows: #rows, part: #part, whole: #whole, offset: #offset })
}

/// `const TABLE`.
pub fn table_constant(table: &Table) -> TokenStream {
    let patterns: Vec<u8> = table.0.iter().map(|&value| value as u8).collect();
    let patterns = bytes(&patterns);
    quote!(const TABLE: &[::core::primitive::u8; 256] = #patterns;)
}

/// A window in tokens.
pub fn window(window: &kernels::Window, runtime: &TokenStream) -> TokenStream {
    let kernels::Window { input, output, kernel, stride, dilation, padding } = window;
    let (input, output, kernel) = (counts(input), counts(output), counts(kernel));
    let (stride, dilation, padding) = (counts(stride), counts(dilation), counts(padding));
    quote! {
        #runtime::kernels::Window {
            input: #input,
            output: #output,
            kernel: #kernel,
            stride: #stride,
            dilation: #dilation,
            padding: #padding,
        }
    }
}

/// The type of a kernel with weights, and the fields that are its own.
fn sizes(
    kernel: &LinearKernel,
    linear: &LinearParameters,
    runtime: &TokenStream,
) -> (TokenStream, TokenStream) {
    let zero_point = integer(linear.input_zero_point);
    match *kernel {
        LinearKernel::Dense { inputs, outputs } => {
            let (inputs, outputs) = (count(inputs), count(outputs));
            (quote!(Dense), quote!(inputs: #inputs, outputs: #outputs,))
        }
        LinearKernel::Conv2d { ref window, groups } => {
            let (window, groups) = (self::window(window, runtime), count(groups));
            (quote!(Conv2d), quote!(window: #window, groups: #groups, input_zero_point: #zero_point,))
        }
        LinearKernel::DepthwiseConv2d { ref window, multiplier } => {
            let (window, multiplier) = (self::window(window, runtime), count(multiplier));
            let sizes = quote!(window: #window, multiplier: #multiplier, input_zero_point: #zero_point,);
            (quote!(DepthwiseConv2d), sizes)
        }
    }
}

fn layer(kernel: &LinearKernel, linear: &LinearParameters, runtime: &TokenStream) -> Kernel {
    let (kind, sizes) = sizes(kernel, linear, runtime);
    with_weights(&kind, &sizes, linear, runtime)
}

/// A kernel with weights, a bias and a requantisation, and fields of its own.
fn with_weights(
    kind: &TokenStream,
    sizes: &TokenStream,
    linear: &LinearParameters,
    runtime: &TokenStream,
) -> Kernel {
    let (weight_count, bias_count) = (count(linear.weights.len()), count(linear.bias.len()));
    let (weights, bias) = (bytes(&linear.weights), integers(&linear.bias));
    let (mut tables, mut requantize) = self::requantize(&linear.requantize, runtime);
    if let Some(table) = &linear.table {
        tables.extend(table_constant(table));
        requantize = quote!(#runtime::requantize::ThenTable { requantize: #requantize, table: TABLE });
    }
    let tables = quote! {
        const WEIGHTS: &[::core::primitive::u8; #weight_count] = #weights;
        const BIAS: &[::core::primitive::i32; #bias_count] = &#bias;
        #tables
    };
    let value = quote! {
        #runtime::kernels::#kind { #sizes weights: WEIGHTS, bias: BIAS, requantize: #requantize }
    };
    Kernel { tables, value }
}

fn requantize(requantize: &RequantizeParameters, runtime: &TokenStream) -> (TokenStream, TokenStream) {
    match requantize {
        RequantizeParameters::ShiftPerTensor { shift, min, max } => {
            let (shift, min, max) = (integer(*shift), integer(*min), integer(*max));
            let value = quote!(#runtime::requantize::ShiftPerTensor { shift: #shift, min: #min, max: #max });
            (TokenStream::new(), value)
        }
        RequantizeParameters::ShiftPerChannel { shifts, min, max } => {
            let (length, shifts) = (count(shifts.len()), integers(shifts));
            let (min, max) = (integer(*min), integer(*max));
            (
                quote!(const SHIFTS: &[::core::primitive::u8; #length] = &#shifts;),
                quote!(#runtime::requantize::ShiftPerChannel { shifts: SHIFTS, min: #min, max: #max }),
            )
        }
        RequantizeParameters::MultiplierPerTensor { multiplier, shift, zero_point, min, max } => {
            let (multiplier, shift) = (integer(*multiplier), integer(*shift));
            let (zero_point, min, max) = (integer(*zero_point), integer(*min), integer(*max));
            let value = quote! {
                #runtime::requantize::MultiplierPerTensor {
                    multiplier: #multiplier,
                    shift: #shift,
                    zero_point: #zero_point,
                    min: #min,
                    max: #max,
                }
            };
            (TokenStream::new(), value)
        }
        RequantizeParameters::MultiplierPerChannel { multipliers, shifts, zero_point, min, max } => {
            let (length, multipliers, shifts) =
                (count(shifts.len()), integers(multipliers), integers(shifts));
            let (zero_point, min, max) = (integer(*zero_point), integer(*min), integer(*max));
            let tables = quote! {
                const MULTIPLIERS: &[::core::primitive::i32; #length] = &#multipliers;
                const SHIFTS: &[::core::primitive::i8; #length] = &#shifts;
            };
            let value = quote! {
                #runtime::requantize::MultiplierPerChannel {
                    multipliers: MULTIPLIERS,
                    shifts: SHIFTS,
                    zero_point: #zero_point,
                    min: #min,
                    max: #max,
                }
            };
            (tables, value)
        }
        RequantizeParameters::ShortMultiplierPerTensor { multiplier, shift, min, max } => {
            let (multiplier, shift) = (integer(*multiplier), integer(*shift));
            let (min, max) = (integer(*min), integer(*max));
            let value = quote! {
                #runtime::requantize::ShortMultiplierPerTensor {
                    multiplier: #multiplier,
                    shift: #shift,
                    min: #min,
                    max: #max,
                }
            };
            (TokenStream::new(), value)
        }
        &RequantizeParameters::FractionPerTensor(fraction) => {
            let FractionPerTensor { multiplier, halvings, zero_point, min, max } = fraction;
            let (multiplier, halvings) = (integer(multiplier), integer(halvings));
            let [zero_point, min, max] = [zero_point, min, max].map(integer);
            let value = quote! {
                #runtime::requantize::FractionPerTensor {
                    multiplier: #multiplier,
                    halvings: #halvings,
                    zero_point: #zero_point,
                    min: #min,
                    max: #max,
                }
            };
            (TokenStream::new(), value)
        }
        RequantizeParameters::ShortMultiplierPerChannel { multipliers, shifts, min, max } => {
            let (length, multipliers, shifts) =
                (count(shifts.len()), integers(multipliers), integers(shifts));
            let (min, max) = (integer(*min), integer(*max));
            let tables = quote! {
                const MULTIPLIERS: &[::core::primitive::i16; #length] = &#multipliers;
                const SHIFTS: &[::core::primitive::i8; #length] = &#shifts;
            };
            let value = quote! {
                #runtime::requantize::ShortMultiplierPerChannel {
                    multipliers: MULTIPLIERS,
                    shifts: SHIFTS,
                    min: #min,
                    max: #max,
                }
            };
            (tables, value)
        }
        RequantizeParameters::FractionPerChannel { fractions, spread, halvings, zero_point, min, max } => {
            let (length, fractions) = (count(fractions.len()), integers(fractions));
            let (spread, halvings) = (integer(spread.bits()), integer(*halvings));
            let [zero_point, min, max] = [*zero_point, *min, *max].map(integer);
            let tables = quote!(const FRACTIONS: &[::core::primitive::u32; #length] = &#fractions;);
            let value = quote! {
                #runtime::requantize::FractionPerChannel::<#spread> {
                    fractions: FRACTIONS,
                    halvings: #halvings,
                    zero_point: #zero_point,
                    min: #min,
                    max: #max,
                }
            };
            (tables, value)
        }
        RequantizeParameters::MultiplyShift(formula) => {
            let (multiplier, offset) = (integer(formula.multiplier), integer(formula.offset));
            let below_zero = integer(formula.below_zero);
            let (shift, min, max) = (integer(formula.shift), integer(formula.min), integer(formula.max));
            let value = quote! {
                #runtime::requantize::MultiplyShift {
                    multiplier: #multiplier,
                    offset: #offset,
                    below_zero: #below_zero,
                    shift: #shift,
                    min: #min,
                    max: #max,
                }
            };
            (TokenStream::new(), value)
        }
    }
}

fn softmax(softmax: &SoftmaxParameters, kernels: &TokenStream) -> Kernel {
    let SoftmaxParameters { classes, exponentials, output_steps, output_zero_point } = softmax;
    let (length, values) = (count(exponentials.len()), integers(exponentials));
    let (classes, output_zero_point) = (count(*classes), integer(*output_zero_point));
    let output_steps = integer(*output_steps);
    let value = quote! {
        #kernels::Softmax {
            classes: #classes,
            exponentials: EXPONENTIALS,
            output_steps: #output_steps,
            output_zero_point: #output_zero_point,
        }
    };
    Kernel { tables: quote!(const EXPONENTIALS: &[::core::primitive::u16; #length] = &#values;), value }
}
