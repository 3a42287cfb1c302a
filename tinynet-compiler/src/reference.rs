//! Runs a quantised graph on the host, through the kernels that the firmware runs.
//!
//! Tensors are held as they lie in the firmware's memory, whatever their type: one of int8 as its values, one of int16 as
//! its bytes, two a value, the low one first.

use crate::graph::{Node, Tensor, TensorId};
use crate::kernel_parameters::{
    AsymmetricParameters, KernelParameters, LinearKernel, LinearParameters, MultiplyParameters, PairKernel,
    RequantizeParameters, Spread, kernel_parameters,
};
use crate::quantized::{self, Along, Gather, QuantizedGraph, QuantizedOperator, QuantizedTensor};
use std::collections::BTreeMap;
use tinynet_core::requantize::{
    FractionPerChannel, MultiplierPerChannel, MultiplierPerTensor, Requantize, ShiftPerChannel,
    ShiftPerTensor, ShortMultiplierPerChannel, ShortMultiplierPerTensor, ThenTable,
};
use tinynet_core::{Element, kernels};

/// Every tensor of `graph` for one input; [`TensorId`] indexes. Of a graph with several inputs, `input` is one after
/// another.
///
/// To run more than one input, keep a [`Reference`].
pub fn run(graph: &QuantizedGraph, input: &[i8]) -> Vec<Vec<i8>> {
    Reference::new(graph).run(input)
}

/// A quantised graph with the parameters of its kernels, ready to run.
pub struct Reference<'g> {
    graph: &'g QuantizedGraph,
    kernels: Vec<KernelParameters>,
}

impl<'g> Reference<'g> {
    /// Works out the parameters of all kernels.
    pub fn new(graph: &'g QuantizedGraph) -> Self {
        Self { graph, kernels: graph.nodes.iter().map(|node| kernel_parameters(graph, node)).collect() }
    }

    /// What the network keeps when nothing has been run.
    pub fn first_state(&self) -> State {
        let states = self.graph.states().into_iter();
        State(states.map(|id| (id, vec![0; self.graph.tensor(id).bytes()])).collect())
    }

    /// Every tensor for one input, the first; [`TensorId`] indexes. Of a graph with several inputs, `input` is one after
    /// another.
    ///
    /// # Panics
    ///
    /// Where `input` has another length than the graph's inputs together.
    pub fn run(&self, input: &[i8]) -> Vec<Vec<i8>> {
        self.run_after(&mut self.first_state(), input)
    }

    /// Every tensor for one input behind those that have left `state`, which is changed.
    ///
    /// # Panics
    ///
    /// Where `input` has another length than the graph's inputs together, or the state is of another graph.
    pub fn run_after(&self, state: &mut State, input: &[i8]) -> Vec<Vec<i8>> {
        let mut tensors: Vec<Vec<i8>> =
            self.graph.tensors.iter().map(|tensor| vec![0; tensor.bytes()]).collect();
        let mut rest = input;
        for id in &self.graph.inputs {
            let (values, others) = rest.split_at(tensors[id.0].len());
            tensors[id.0].copy_from_slice(values);
            rest = others;
        }
        assert!(rest.is_empty(), "the inputs have {} bytes fewer than {}", rest.len(), input.len());
        for (node, kernel) in self.graph.nodes.iter().zip(&self.kernels) {
            let mut output = std::mem::take(&mut tensors[node.output.0]);
            let inputs: Vec<&[i8]> = node.inputs.iter().map(|id| tensors[id.0].as_slice()).collect();
            let mut states = node.states.iter().map(|id| state.0[id].clone()).collect::<Vec<_>>();
            run_node(self.graph, node, kernel, &inputs, &mut states, &mut output);
            state.0.extend(node.states.iter().copied().zip(states));
            tensors[node.output.0] = output;
        }
        tensors
    }

    /// The graph's output for one input; of several, one after another.
    ///
    /// # Panics
    ///
    /// Where `input` has another length than the graph's inputs together.
    pub fn output(&self, input: &[i8]) -> Vec<i8> {
        self.output_after(&mut self.first_state(), input)
    }

    /// The same behind inputs that have left `state`, which is changed.
    ///
    /// # Panics
    ///
    /// Where `input` has another length than the graph's inputs together, or the state is of another graph.
    pub fn output_after(&self, state: &mut State, input: &[i8]) -> Vec<i8> {
        let tensors = self.run_after(state, input);
        self.graph.outputs.iter().flat_map(|id| tensors[id.0].iter().copied()).collect()
    }
}

/// What a network keeps from one inference to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(BTreeMap<TensorId, Vec<i8>>);

/// Runs the kernel of a node on tensors as they lie in memory.
pub(crate) fn run_node(
    graph: &QuantizedGraph,
    node: &Node<QuantizedOperator>,
    parameters: &KernelParameters,
    inputs: &[&[i8]],
    states: &mut [Vec<i8>],
    output: &mut [i8],
) {
    if let Some(state) = node.states.first() {
        run_with_states(graph.tensor(*state).info.element, parameters, inputs, states, output);
        return;
    }
    // The kernels from one type to another that do not go by numbers alone.
    let to = graph.tensor(node.output).info.element;
    match (parameters, to) {
        (KernelParameters::GemmlowpSoftmax { classes, softmax }, quantized::Element::Int16) => {
            let exponentials = softmax.exponentials.as_slice();
            let mut made: Vec<i16> = from_bytes(to, output);
            kernels::GemmlowpSoftmax { classes: *classes, exponentials }.run(inputs[0], &mut made);
            return to_bytes(to, &made, output);
        }
        (KernelParameters::ArgExtremum(extremum), quantized::Element::Int32) => {
            let mut places: Vec<i32> = from_bytes(to, output);
            extremum.run(inputs[0], &mut places);
            return to_bytes(to, &places, output);
        }
        (KernelParameters::Lookup(lookup), _) => {
            let row = lookup.rows().nth(usize::from(inputs[0][0] as u8)).unwrap_or_default();
            return to_bytes(to, row, output);
        }
        (KernelParameters::ArgMax, quantized::Element::Int32) => {
            return to_bytes(to, &[kernels::arg_max(inputs[0]) as i32], output);
        }
        _ => {}
    }
    let all = || node.inputs.iter().chain([&node.output]).map(|&id| graph.tensor(id).info.element);
    if all().all(|element| element == quantized::Element::Int8) {
        run_kernel(parameters, inputs, output);
    } else if all().all(|element| element == quantized::Element::Int16) {
        run_as::<i16>(graph, node, parameters, inputs, output);
    } else {
        run_as::<i32>(graph, node, parameters, inputs, output);
    }
}

/// Runs the kernel of a node with all its tensors converted to a type that has room for their values.
fn run_as<T: HostElement>(
    graph: &QuantizedGraph,
    node: &Node<QuantizedOperator>,
    parameters: &KernelParameters,
    inputs: &[&[i8]],
    output: &mut [i8],
) {
    let element = |id: TensorId| graph.tensor(id).info.element;
    let inputs: Vec<Vec<T>> =
        node.inputs.iter().zip(inputs).map(|(&id, bytes)| from_bytes(element(id), bytes)).collect();
    let inputs: Vec<_> = inputs.iter().map(Vec::as_slice).collect();
    let mut made: Vec<T> = from_bytes(element(node.output), output);
    run_kernel(parameters, &inputs, &mut made);
    to_bytes(element(node.output), &made, output);
}

/// The integers of a tensor as it lies in memory.
pub fn integers(tensor: &Tensor<QuantizedTensor>, bytes: &[i8]) -> Vec<i32> {
    from_bytes(tensor.info.element, bytes)
}

/// Runs a kernel with states, the first of them of one type.
fn run_with_states(
    element: quantized::Element,
    parameters: &KernelParameters,
    inputs: &[&[i8]],
    states: &mut [Vec<i8>],
    output: &mut [i8],
) {
    match (parameters, states) {
        (KernelParameters::Lstm(lstm), [hidden, cell]) => {
            let mut cells = from_bytes(quantized::Element::Int16, cell);
            lstm.kernel().run(inputs[0], output, hidden, &mut cells);
            to_bytes(quantized::Element::Int16, &cells, cell);
        }
        (KernelParameters::ReadVariable(first), [state]) => {
            let mut value: Vec<i32> = from_bytes(element, output);
            kernels::Variable { first }.read(&from_bytes(element, state), &mut value);
            to_bytes(element, &value, output);
        }
        (KernelParameters::AssignVariable(first), [state]) => {
            let mut kept: Vec<i32> = from_bytes(element, state);
            kernels::Variable { first }.assign(&from_bytes(element, inputs[0]), &mut kept);
            to_bytes(element, &kept, state);
        }
        (KernelParameters::Svdf(svdf), [state]) => match element {
            quantized::Element::Int8 => {
                let weights: Vec<_> = svdf.time_weights.iter().map(|&weight| weight as i8).collect();
                svdf.kernel(&weights).run(inputs[0], output, state);
            }
            _ => {
                let mut features = from_bytes(element, state);
                svdf.kernel(&svdf.time_weights).run(inputs[0], output, &mut features);
                to_bytes(element, &features, state);
            }
        },
        (other, _) => panic!("{other:?} has no kernel with such states"),
    }
}

/// The values of a tensor as it lies in memory.
pub(crate) fn from_bytes<T: Element>(element: quantized::Element, bytes: &[i8]) -> Vec<T> {
    let byte = |byte: i8| byte as u8;
    match element {
        quantized::Element::Int8 => bytes.iter().map(|&value| T::narrow(value.into())).collect(),
        quantized::Element::UInt8 => bytes.iter().map(|&value| T::narrow(byte(value).into())).collect(),
        quantized::Element::Int16 => {
            let value = |bytes: &[i8; 2]| T::narrow(i16::from_le_bytes(bytes.map(byte)).into());
            bytes.as_chunks().0.iter().map(value).collect()
        }
        quantized::Element::Int32 => {
            let value = |bytes: &[i8; 4]| T::narrow(i32::from_le_bytes(bytes.map(byte)));
            bytes.as_chunks().0.iter().map(value).collect()
        }
    }
}

/// Puts the values of a tensor into memory.
pub(crate) fn to_bytes<T: Element>(element: quantized::Element, values: &[T], bytes: &mut [i8]) {
    for (bytes, value) in bytes.chunks_exact_mut(element.bytes()).zip(values) {
        for (byte, value) in bytes.iter_mut().zip(value.widen().to_le_bytes()) {
            *byte = value as i8;
        }
    }
}

/// A type of tensors with the kernels that are for it alone.
pub(crate) trait HostElement: Element {
    fn run_own(parameters: &KernelParameters, inputs: &[&[Self]], output: &mut [Self]);
}

/// Runs one kernel.
pub(crate) fn run_kernel<T: HostElement>(parameters: &KernelParameters, inputs: &[&[T]], output: &mut [T]) {
    let input = inputs[0];
    match parameters {
        KernelParameters::Linear(kernel, linear) => {
            visit(linear, Layer { kernel: *kernel, linear, input, output });
        }
        KernelParameters::MaxPool2d(pool) => pool.run(input, output),
        KernelParameters::AveragePool2d(pool) => pool.run(input, output),
        KernelParameters::PRelu(prelu) => kernels::PRelu {
            zero_points: prelu.zero_points,
            positive: prelu.positive,
            slopes: &prelu.slopes,
            shift: prelu.shift,
            min: prelu.clamp[0],
            max: prelu.clamp[1],
        }
        .run(input, output),
        KernelParameters::AddShift(add) => add.run(input, inputs[1], output),
        KernelParameters::AddMultiplier(add) => add.run(input, inputs[1], output),
        KernelParameters::Multiply(multiply) => run_product(multiply, input, inputs[1], output),
        KernelParameters::TransposeConv2d(window, linear) => {
            visit(linear, Enlargement { window: *window, linear, input, output });
        }
        KernelParameters::Sum { along, bias, requantize } => {
            requantize.visit(Sums { along: *along, bias: *bias, input, output });
        }
        KernelParameters::Extremum(extremum) => extremum.run(input, output),
        KernelParameters::ResizeBilinear(resize) => resize.run(input, output),
        KernelParameters::Rearrange(rearrange) => rearrange.run(input, output),
        KernelParameters::Gather(Gather { images, input: sizes, rows, columns }) => {
            kernels::Gather { images: *images, input: *sizes, rows, columns }.run(input, output);
        }
        &KernelParameters::Clamp(kernels::Clamp { min, max }) => {
            kernels::Clamp { min: T::narrow(min), max: T::narrow(max) }.run(input, output);
        }
        &KernelParameters::Pad(kernels::Pad { input: from, output: to, before, value }) => {
            kernels::Pad { input: from, output: to, before, value: T::narrow(value.into()) }
                .run(input, output);
        }
        KernelParameters::Pair(kernel, constant) => {
            let constant: Option<Vec<T>> =
                constant.as_ref().map(|values| values.iter().map(|&value| T::narrow(value.into())).collect());
            let b = constant.as_deref().unwrap_or_else(|| inputs[1]);
            match kernel {
                PairKernel::SignedSum(sum) => sum.run(input, b, output),
                PairKernel::Larger(larger) => larger.run(input, b, output),
                PairKernel::Multiply(multiply) => run_product(multiply, input, b, output),
                PairKernel::PRelu(prelu) => prelu.run(input, b, output),
            }
        }
        KernelParameters::FlipSign => kernels::FlipSign.run(input, output),
        KernelParameters::Convert(convert) => convert.run(input, output),
        KernelParameters::Rescale(rescale) => rescale.run(input, output),
        KernelParameters::Reshape => output.copy_from_slice(input),
        other => T::run_own(other, inputs, output),
    }
}

impl HostElement for i8 {
    fn run_own(parameters: &KernelParameters, inputs: &[&[i8]], output: &mut [i8]) {
        let input = inputs[0];
        match parameters {
            KernelParameters::Table(table) => kernels::Table { table: &table.to_bytes() }.run(input, output),
            KernelParameters::ArgExtremum(extremum) => extremum.run(input, output),
            KernelParameters::AsymmetricConv2d(asymmetric) => {
                asymmetric.requantize.visit(AsymmetricLayer { asymmetric, input, output });
            }
            KernelParameters::LogSoftmax(classes, softmax) => kernels::LogSoftmax {
                classes: *classes,
                exponentials: &softmax.exponentials,
                multiplier: softmax.multiplier.0,
                shift: softmax.multiplier.1,
                reverse_multiplier: softmax.reverse_multiplier.0,
                reverse_shift: softmax.reverse_multiplier.1,
                least_difference: softmax.least_difference,
            }
            .run(input, output),
            KernelParameters::Concat(parts) => {
                for ((part, table), input) in parts.iter().zip(inputs) {
                    match table {
                        Some(table) => part.run_with_table(&table.to_bytes(), input, output),
                        None => part.run(input, output),
                    }
                }
            }
            KernelParameters::GemmlowpSoftmax { classes, softmax } => {
                let exponentials = softmax.exponentials.as_slice();
                kernels::GemmlowpSoftmax { classes: *classes, exponentials }.run(input, output);
            }
            KernelParameters::Softmax(softmax) => kernels::Softmax {
                classes: softmax.classes,
                exponentials: &softmax.exponentials,
                output_steps: softmax.output_steps,
                output_zero_point: softmax.output_zero_point,
            }
            .run(input, output),
            // At most 128 classes, else indices are int32s.
            KernelParameters::ArgMax => output.fill(kernels::arg_max(input) as i8),
            other => panic!("{other:?} has no kernel for int8"),
        }
    }
}

impl HostElement for i16 {
    fn run_own(parameters: &KernelParameters, inputs: &[&[i16]], output: &mut [i16]) {
        let input = inputs[0];
        match parameters {
            KernelParameters::Concat(parts) => {
                for ((part, table), input) in parts.iter().zip(inputs) {
                    assert!(table.is_none(), "tables are for int8");
                    part.run(input, output);
                }
            }
            KernelParameters::WideConv2d(window, groups, wide) => {
                let weights: Vec<u8> = wide.weights.iter().map(|&weight| weight as u8).collect();
                kernels::WideConv2d {
                    window: *window,
                    groups: *groups,
                    weights: &weights,
                    bias: &wide.bias,
                    multipliers: &wide.multipliers,
                    shifts: &wide.shifts,
                    min: wide.clamp[0],
                    max: wide.clamp[1],
                }
                .run(input, output);
            }
            KernelParameters::Logistic16(logistic) => logistic.run(input, output),
            KernelParameters::Tanh16(tanh) => tanh.run(input, output),
            KernelParameters::Interpolation(table) => kernels::Interpolation { table }.run(input, output),
            KernelParameters::Softmax16(classes, softmax) => kernels::Softmax16 {
                classes: *classes,
                multiplier: softmax.multiplier.0,
                shift: softmax.multiplier.1,
                exponentials: &softmax.exponentials,
                reciprocals: &softmax.reciprocals,
            }
            .run(input, output),
            other => panic!("{other:?} has no kernel for int16"),
        }
    }
}

impl HostElement for i32 {
    fn run_own(parameters: &KernelParameters, _inputs: &[&[i32]], _output: &mut [i32]) {
        panic!("{parameters:?} has no kernel for int32, or none between types");
    }
}

fn run_product<T: Element>(multiply: &MultiplyParameters, a: &[T], b: &[T], output: &mut [T]) {
    let &MultiplyParameters { zero_points, rounding, ref requantize } = multiply;
    requantize.visit(Product { zero_points, rounding, a, b, output });
}

/// What is done with a requantisation, of whatever type it is.
pub(crate) trait Visitor {
    fn visit<R: Requantize + Copy>(self, requantize: R);
}

/// Shows a visitor how a layer with weights requantises, activation function included.
pub(crate) fn visit(linear: &LinearParameters, visitor: impl Visitor) {
    match &linear.table {
        Some(table) => linear.requantize.visit(WithTable { table: &table.to_bytes(), visitor }),
        None => linear.requantize.visit(visitor),
    }
}

/// A visitor of a requantisation with a fused activation function.
struct WithTable<'a, V> {
    table: &'a [u8; 256],
    visitor: V,
}

impl<V: Visitor> Visitor for WithTable<'_, V> {
    fn visit<R: Requantize + Copy>(self, requantize: R) {
        self.visitor.visit(ThenTable { requantize, table: self.table });
    }
}

impl RequantizeParameters {
    pub(crate) fn visit(&self, visitor: impl Visitor) {
        match *self {
            RequantizeParameters::ShiftPerTensor { shift, min, max } => {
                visitor.visit(ShiftPerTensor { shift, min, max });
            }
            RequantizeParameters::ShiftPerChannel { ref shifts, min, max } => {
                visitor.visit(ShiftPerChannel { shifts, min, max });
            }
            RequantizeParameters::MultiplierPerTensor { multiplier, shift, zero_point, min, max } => {
                visitor.visit(MultiplierPerTensor { multiplier, shift, zero_point, min, max });
            }
            RequantizeParameters::MultiplierPerChannel {
                ref multipliers,
                ref shifts,
                zero_point,
                min,
                max,
            } => visitor.visit(MultiplierPerChannel { multipliers, shifts, zero_point, min, max }),
            RequantizeParameters::ShortMultiplierPerTensor { multiplier, shift, min, max } => {
                visitor.visit(ShortMultiplierPerTensor { multiplier, shift, min, max });
            }
            RequantizeParameters::ShortMultiplierPerChannel { ref multipliers, ref shifts, min, max } => {
                visitor.visit(ShortMultiplierPerChannel { multipliers, shifts, min, max });
            }
            RequantizeParameters::FractionPerTensor(fraction) => visitor.visit(fraction),
            RequantizeParameters::FractionPerChannel {
                ref fractions,
                spread,
                halvings,
                zero_point,
                min,
                max,
            } => match spread {
                Spread::Two => {
                    visitor.visit(FractionPerChannel::<2> { fractions, halvings, zero_point, min, max });
                }
                Spread::Four => {
                    visitor.visit(FractionPerChannel::<4> { fractions, halvings, zero_point, min, max });
                }
            },
            RequantizeParameters::MultiplyShift(formula) => visitor.visit(formula),
        }
    }
}

/// A product of two tensors, but for its requantisation.
struct Product<'a, T> {
    zero_points: [i32; 2],
    rounding: i32,
    a: &'a [T],
    b: &'a [T],
    output: &'a mut [T],
}

impl<T: Element> Visitor for Product<'_, T> {
    fn visit<R: Requantize + Copy>(self, requantize: R) {
        let Product { zero_points, rounding, a, b, output } = self;
        kernels::Multiply { zero_points, rounding, requantize }.run(a, b, output);
    }
}

/// A transposed convolution, but for its requantisation.
struct Enlargement<'a, T> {
    window: kernels::Window,
    linear: &'a LinearParameters,
    input: &'a [T],
    output: &'a mut [T],
}

impl<T: Element> Visitor for Enlargement<'_, T> {
    fn visit<R: Requantize + Copy>(self, requantize: R) {
        let Enlargement { window, linear, input, output } = self;
        let LinearParameters { weights, bias, input_zero_point, .. } = linear;
        let input_zero_point = *input_zero_point;
        kernels::TransposeConv2d { window, weights, bias, input_zero_point, requantize }.run(input, output);
    }
}

/// A convolution by weights that have a zero point, but for its requantisation.
struct AsymmetricLayer<'a> {
    asymmetric: &'a AsymmetricParameters,
    input: &'a [i8],
    output: &'a mut [i8],
}

impl Visitor for AsymmetricLayer<'_> {
    fn visit<R: Requantize + Copy>(self, requantize: R) {
        let mut scratch = vec![0; self.asymmetric.window.scratch(self.asymmetric.groups)];
        self.asymmetric.kernel(requantize).run(self.input, self.output, &mut scratch);
    }
}

/// A sum along an axis, but for its requantisation.
struct Sums<'a, T> {
    along: Along,
    bias: i32,
    input: &'a [T],
    output: &'a mut [T],
}

impl<T: Element> Visitor for Sums<'_, T> {
    fn visit<R: Requantize + Copy>(self, requantize: R) {
        let Sums { along: Along { rows, length, columns }, bias, input, output } = self;
        kernels::Sum { rows, length, columns, bias, requantize }.run(input, output);
    }
}

/// A layer with weights, but for its requantisation.
struct Layer<'a, T> {
    kernel: LinearKernel,
    linear: &'a LinearParameters,
    input: &'a [T],
    output: &'a mut [T],
}

impl<T: Element> Visitor for Layer<'_, T> {
    fn visit<R: Requantize + Copy>(self, requantize: R) {
        let Layer { kernel, linear, input, output } = self;
        let &LinearParameters { ref weights, ref bias, input_zero_point, .. } = linear;
        match kernel {
            LinearKernel::Dense { inputs, outputs } => {
                kernels::Dense { inputs, outputs, weights, bias, requantize }.run(input, output);
            }
            LinearKernel::Conv2d { window, groups } => {
                let mut scratch = vec![T::default(); window.scratch(groups)];
                kernels::Conv2d { window, groups, weights, bias, input_zero_point, requantize }.run(
                    input,
                    output,
                    &mut scratch,
                );
            }
            LinearKernel::DepthwiseConv2d { window, multiplier } => {
                kernels::DepthwiseConv2d { window, multiplier, weights, bias, input_zero_point, requantize }
                    .run(input, output);
            }
        }
    }
}
