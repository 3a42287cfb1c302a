//! Runs a plan on the host as the firmware runs it: every tensor where it lies, in one block of memory.
//!
//! Tensors are held as in [`reference`](mod@crate::reference). What a layer overwrites is overwritten here, so that an error of the planner shows in the answer.

use crate::graph::{Node, TensorId};
use crate::kernel_parameters::{AsymmetricParameters, KernelParameters, LinearKernel, LinearParameters};
use crate::plan::unrolled::{Extent, Sum, Unrolled};
use crate::plan::{CodeShape, Plan, Step};
use crate::quantized::{self, QuantizedGraph, QuantizedOperator};
use crate::reference::{Visitor, from_bytes, run_node, to_bytes, visit};
use std::ops::Range;
use tinynet_core::Element;
use tinynet_core::kernels::{self, Window};
use tinynet_core::overlap::Sliding;
use tinynet_core::requantize::Requantize;

/// The graph's outputs for one input, the first.
///
/// # Panics
///
/// Where `input` has another length than the graph's inputs together, or the plan is not one of this graph.
pub fn run(graph: &QuantizedGraph, plan: &Plan, input: &[i8]) -> Vec<i8> {
    Memory::new(graph, plan).run(input)
}

/// The memory of a network.
pub struct Memory<'g> {
    graph: &'g QuantizedGraph,
    plan: &'g Plan,
    bytes: Vec<i8>,
}

impl<'g> Memory<'g> {
    /// As it is when nothing has been run.
    pub fn new(graph: &'g QuantizedGraph, plan: &'g Plan) -> Self {
        // What it holds at first must not matter, but for the states.
        let mut memory = Self { graph, plan, bytes: vec![GARBAGE; plan.arena] };
        for state in graph.states() {
            let place = memory.place(state);
            memory.bytes[place].fill(0);
        }
        memory
    }

    /// The graph's outputs for one input behind those that have been run.
    ///
    /// # Panics
    ///
    /// Where `input` has another length than the graph's inputs together, or the plan is not one of this graph.
    pub fn run(&mut self, input: &[i8]) -> Vec<i8> {
        let mut rest = input;
        for &id in &self.graph.inputs {
            let (values, others) = rest.split_at(self.graph.tensor(id).bytes());
            let place = self.place(id);
            self.bytes[place].copy_from_slice(values);
            rest = others;
        }
        for (node, step) in self.graph.nodes.iter().zip(&self.plan.steps) {
            let places = |ids: &[TensorId]| ids.iter().map(|&id| self.place(id)).collect::<Vec<_>>();
            let (inputs, states, output) =
                (places(&node.inputs), places(&node.states), self.place(node.output));
            run_step(self.graph, node, step, &mut self.bytes, &inputs, &states, output);
        }
        self.graph.outputs.iter().flat_map(|&id| self.bytes[self.place(id)].to_vec()).collect()
    }

    fn place(&self, id: TensorId) -> Range<usize> {
        let offset = self.plan.offsets[id.0];
        offset..offset + self.graph.tensor(id).bytes()
    }
}

const GARBAGE: i8 = 0x55;

fn run_step(
    graph: &QuantizedGraph,
    node: &Node<QuantizedOperator>,
    step: &Step,
    memory: &mut [i8],
    inputs: &[Range<usize>],
    states: &[Range<usize>],
    output: Range<usize>,
) {
    memory[step.scratch.clone()].fill(GARBAGE);
    match (&step.shape, &step.kernel) {
        (CodeShape::Nothing, _) => assert_eq!(inputs[0], output),
        (CodeShape::Unrolled(unrolled), KernelParameters::Linear(_, linear)) => {
            visit(linear, Written { unrolled, memory, input: inputs[0].clone(), output });
        }
        (_, KernelParameters::Lstm(lstm)) if step.lead.is_some() => {
            let [hidden_place, cell_place] = states else { panic!("a hidden state and that of the cells") };
            let mut hidden = memory[hidden_place.clone()].to_vec();
            let mut cell: Vec<i16> = from_bytes(quantized::Element::Int16, &memory[cell_place.clone()]);
            lstm.kernel().run_within(memory, inputs[0].start, output.start, &mut hidden, &mut cell);
            memory[hidden_place.clone()].copy_from_slice(&hidden);
            to_bytes(quantized::Element::Int16, &cell, &mut memory[cell_place.clone()]);
        }
        (_, kernel) if step.lead.is_some() => match graph.tensor(node.output).info.element {
            quantized::Element::Int8 => run_overlapping(kernel, memory, &inputs[0], &output, &step.scratch),
            element @ quantized::Element::UInt8 => {
                let mut values: Vec<u8> = from_bytes(element, memory);
                run_overlapping(kernel, &mut values, &inputs[0], &output, &step.scratch);
                to_bytes(element, &values, memory);
            }
            // No layer of int32 has a window.
            element => {
                let mut values: Vec<i16> = from_bytes(element, memory);
                let halved = |bytes: &Range<usize>| bytes.start / 2..bytes.end / 2;
                let [input, output, scratch] = [&inputs[0], &output, &step.scratch].map(halved);
                run_overlapping(kernel, &mut values, &input, &output, &scratch);
                to_bytes(element, &values, memory);
            }
        },
        (_, kernel) => {
            for (position, input) in inputs.iter().enumerate() {
                let is_apart = input.end <= output.start || output.end <= input.start;
                let is_overwritten = step.in_place == Some(position) && *input == output;
                assert!(is_apart || is_overwritten, "{input:?} and {output:?} overlap");
            }
            let inputs: Vec<_> = inputs.iter().map(|input| memory[input.clone()].to_vec()).collect();
            let inputs: Vec<_> = inputs.iter().map(Vec::as_slice).collect();
            let mut kept: Vec<_> = states.iter().map(|state| memory[state.clone()].to_vec()).collect();
            let output = &mut memory[output];
            match (&step.shape, kernel) {
                (CodeShape::Compact, KernelParameters::GemmlowpSoftmax { classes, softmax }) => {
                    let exponentials = softmax.exponential;
                    let softmax = kernels::GemmlowpSoftmax { classes: *classes, exponentials };
                    match graph.tensor(node.output).info.element {
                        quantized::Element::Int8 => softmax.run(inputs[0], output),
                        element => {
                            let mut made: Vec<i16> = from_bytes(element, output);
                            softmax.run(inputs[0], &mut made);
                            to_bytes(element, &made, output);
                        }
                    }
                }
                _ => run_node(graph, node, kernel, &inputs, &mut kept, output),
            }
            for (state, kept) in states.iter().zip(kept) {
                memory[state.clone()].copy_from_slice(&kept);
            }
        }
    }
}

fn run_overlapping<T: Element>(
    kernel: &KernelParameters,
    memory: &mut [T],
    input: &Range<usize>,
    output: &Range<usize>,
    scratch: &Range<usize>,
) {
    let place = Place { memory, input: input.start, output: output.start, scratch: scratch.clone() };
    match kernel {
        KernelParameters::Linear(kernel, linear) => visit(linear, Linear { kernel, linear, place }),
        KernelParameters::AsymmetricConv2d(asymmetric) => {
            asymmetric.requantize.visit(AsymmetricLayer { asymmetric, place });
        }
        KernelParameters::MaxPool2d(pool) => place.run(pool),
        KernelParameters::AveragePool2d(pool) => place.run(pool),
        _ => panic!("no kernel that may overlap"),
    }
}

/// Where a layer runs.
struct Place<'m, T> {
    memory: &'m mut [T],
    input: usize,
    output: usize,
    scratch: Range<usize>,
}

impl<T: Element> Place<'_, T> {
    fn run(self, kernel: &impl Sliding) {
        kernel.run_within(self.memory, self.input, self.output, self.scratch);
    }
}

/// A layer with weights that overlaps its input.
struct Linear<'a, T> {
    kernel: &'a LinearKernel,
    linear: &'a LinearParameters,
    place: Place<'a, T>,
}

impl<T: Element> Visitor for Linear<'_, T> {
    fn visit<R: Requantize + Copy>(self, requantize: R) {
        let &LinearParameters { ref weights, ref bias, input_zero_point, .. } = self.linear;
        match *self.kernel {
            LinearKernel::Dense { .. } => panic!("no kernel that may overlap"),
            LinearKernel::Conv2d { window, groups } => {
                self.place.run(&kernels::Conv2d {
                    window,
                    groups,
                    weights,
                    bias,
                    input_zero_point,
                    requantize,
                });
            }
            LinearKernel::DepthwiseConv2d { window, multiplier } => {
                self.place.run(&kernels::DepthwiseConv2d {
                    window,
                    multiplier,
                    weights,
                    bias,
                    input_zero_point,
                    requantize,
                });
            }
        }
    }
}

/// A convolution by weights that have a zero point, which overlaps its input.
struct AsymmetricLayer<'a, T> {
    asymmetric: &'a AsymmetricParameters,
    place: Place<'a, T>,
}

impl<T: Element> Visitor for AsymmetricLayer<'_, T> {
    fn visit<R: Requantize + Copy>(self, requantize: R) {
        self.place.run(&self.asymmetric.kernel(requantize));
    }
}

/// Straight-line code.
struct Written<'a> {
    unrolled: &'a Unrolled,
    memory: &'a mut [i8],
    input: Range<usize>,
    output: Range<usize>,
}

impl Visitor for Written<'_> {
    fn visit<R: Requantize + Copy>(self, requantize: R) {
        let Self { unrolled, memory, input, output } = self;
        match &unrolled.extent {
            Extent::Whole => {
                let values = memory[input].to_vec();
                for (sum, place) in unrolled.sums.iter().zip(output) {
                    memory[place] = evaluate(sum, &values, requantize);
                }
            }
            Extent::Pixel { window, border } => {
                let outputs = output.step_by(window.output[2]);
                for (pixel, first) in outputs.enumerate() {
                    let patch = patch(window, *border, pixel, &memory[input.clone()]);
                    for (channel, sum) in unrolled.sums.iter().enumerate() {
                        memory[first + channel] = evaluate(sum, &patch, requantize);
                    }
                }
            }
        }
    }
}

fn evaluate(sum: &Sum, values: &[i8], requantize: impl Requantize) -> i8 {
    let products = sum.terms.iter().map(|term| i32::from(values[term.place]) * i32::from(term.weight));
    requantize.apply(sum.channel, products.fold(sum.bias, i32::wrapping_add)) as i8
}

/// What lies under a window.
fn patch(window: &Window, border: i32, pixel: usize, image: &[i8]) -> Vec<i8> {
    let Window { input: [height, width, channels], kernel, stride, dilation, padding, .. } = *window;
    let [_, columns, _] = window.output;
    let mut patch = Vec::new();
    for v in 0..kernel[0] {
        for h in 0..kernel[1] {
            let row = (pixel / columns * stride[0] + v * dilation[0]).wrapping_sub(padding[0]);
            let column = (pixel % columns * stride[1] + h * dilation[1]).wrapping_sub(padding[1]);
            if row < height && column < width {
                patch.extend(&image[(row * width + column) * channels..][..channels]);
            } else {
                patch.extend(std::iter::repeat_n(border as i8, channels));
            }
        }
    }
    patch
}
