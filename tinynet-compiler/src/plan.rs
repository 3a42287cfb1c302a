//! Decides all that code has to say: where tensors lie, which shape each layer's code has, what it costs.
//!
//! Nothing here knows in which language the code will be written: a back end ([`emit`](crate::emit) writes Rust) states
//! a [`Plan`] and decides nothing that a user could see.

mod access;
pub mod arrangement;
pub mod assembly;
mod choice;
pub mod code_shape;
pub mod cost;
pub mod cycles;
mod dsp;
pub mod final_softmax;
pub mod lifetime;
pub mod memory;
pub mod order;
pub mod overlap;
mod plain_cost;
mod requantize;
mod stack;
pub mod unrolled;
pub mod validate;
mod ways;

#[cfg(test)]
mod tests;

use crate::armv6m::code::Code;
use crate::armv6m::timing::Multiplier;
use crate::armv7em;
use crate::diagnostics::Errors;
use crate::graph::{Node, TensorId};
use crate::kernel_parameters::{KernelParameters, kernel_parameters};
use crate::quantized::{Element, QuantizedGraph, QuantizedOperator};
use crate::row_packing::RowPacking;
use assembly::Assembly;
use choice::Choice;
use cost::{Cost, Processor, ProcessorKind};
use lifetime::Lifetimes;
use std::ops::Range;
use unrolled::Unrolled;

/// A quantised graph, ready to be written as code.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Bytes of memory that all activations share, a multiple of 4. All memory that the network has.
    pub arena: usize,
    /// Offset of each tensor in the arena, in the order of the graph's tensors.
    pub offsets: Vec<usize>,
    /// One a node, in execution order.
    pub steps: Vec<Step>,
    /// Whether an inference on a borrowed input needs no copy of it: one layer alone reads it, the first to have code, and
    /// no other layer has its memory.
    pub input_may_stay_outside: bool,
    /// Estimated bytes of flash: code, weights and tables.
    pub flash: usize,
    /// The most bytes of stack that an inference takes, on top of its caller's.
    pub stack: Stack,
    /// Multiply-accumulate operations an inference.
    pub macs: usize,
    /// Cortex-M0 cycles an inference with the multiplier, zero wait states; exact but for layers in Rust, which are
    /// estimated.
    pub cycles: usize,
    /// The multiplier that it was made for.
    pub multiplier: Multiplier,
}

/// How one node is computed.
#[derive(Clone, Debug)]
pub struct Step {
    /// The numbers it computes with.
    pub kernel: KernelParameters,
    /// Shape of its code.
    pub shape: CodeShape,
    /// How the kernel reads its weights on cores that do not have this shape, if not a byte each.
    pub elsewhere: Option<RowPacking>,
    /// Position among its inputs of the one that it overwrites with its output; `None`: the output has memory of its own.
    pub in_place: Option<usize>,
    /// Where its output overlaps its only input: the least number of bytes by which it must begin before it, negative
    /// where it may begin behind. `None`: they are apart, or the one takes the place of the other.
    pub lead: Option<isize>,
    /// Bytes of the arena that it may use for itself while it runs.
    pub scratch: Range<usize>,
    /// Bytes of the arena in use while it runs: inputs, output, scratch, and what waits for later layers.
    pub ram: usize,
    /// The most bytes of stack in use while it runs, from the caller of the inference on.
    pub stack: Stack,
    /// What it costs by itself, without loops that it shares with other layers.
    pub cost: Cost,
    /// The next faster code that it could have had.
    pub faster: Option<Faster>,
}

/// Bytes of stack, which depend on the instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// On a Cortex-M0.
    pub cortex_m0: usize,
    /// On cores that have all of Thumb-2, without the DSP extension: the same assembly, other code of kernels in Rust.
    pub mainline: usize,
    /// On cores with the DSP extension.
    pub dsp: usize,
}

impl Stack {
    /// On the core that takes most.
    pub fn most(self) -> usize {
        self.cortex_m0.max(self.mainline).max(self.dsp)
    }

    fn map(self, figure: impl Fn(usize) -> usize) -> Self {
        let Self { cortex_m0, mainline, dsp } = self;
        Self { cortex_m0: figure(cortex_m0), mainline: figure(mainline), dsp: figure(dsp) }
    }

    fn max(self, other: Self) -> Self {
        Self {
            cortex_m0: self.cortex_m0.max(other.cortex_m0),
            mainline: self.mainline.max(other.mainline),
            dsp: self.dsp.max(other.dsp),
        }
    }
}

/// Code that a layer does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faster {
    /// How it computes.
    pub code: &'static str,
    /// Bytes of flash, shared loops apart.
    pub flash: usize,
    /// Cortex-M0 cycles.
    pub cycles: usize,
}

/// Shape of a layer's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeShape {
    /// No code: the output is the input's memory under another shape.
    Nothing,
    /// A kernel's loop, weights in a table.
    Loop,
    /// The same with weights of few bits, several a byte.
    Packed(RowPacking),
    /// A loop that takes longer for less flash.
    Compact,
    /// Straight-line code, weights as immediates.
    Unrolled(Unrolled),
    /// Assembly on cores that understand it, elsewhere a kernel's loop.
    Assembly(Box<Assembly>),
}

impl Plan {
    /// Cycles an inference on a processor with the multiplier that was planned for.
    pub fn cycles_on(&self, processor: Processor) -> usize {
        let layers = self.steps.iter().filter(|step| step.shape != CodeShape::Nothing).count();
        self.steps.iter().map(|step| step.cost.cycles_on(processor)).sum::<usize>()
            + entry(processor.kind, layers)
    }
}

/// Cycles of `run` itself; of several layers it calls those behind the first by a function of their own.
fn entry(processor: ProcessorKind, layers: usize) -> usize {
    match (processor, layers) {
        (ProcessorKind::CortexM0, 0 | 1) => 10,
        (ProcessorKind::CortexM0, _) => 24,
        // It branches faster.
        (ProcessorKind::CortexM0Plus, 0 | 1) => 9,
        (ProcessorKind::CortexM0Plus, _) => 16,
    }
}

impl CodeShape {
    /// Whether weights are immediates.
    pub fn is_unrolled(&self) -> bool {
        match self {
            Self::Nothing | Self::Loop | Self::Packed(_) | Self::Compact => false,
            Self::Unrolled(_) => true,
            Self::Assembly(assembly) => assembly.technique.is_unrolled(),
        }
    }

    /// Instructions and data of assembly.
    pub fn assembly(&self) -> Option<&Code> {
        match self {
            Self::Assembly(assembly) => assembly.code.as_ref(),
            _ => None,
        }
    }

    /// The same for cores with the DSP extension, where it is written for them as well.
    pub fn dsp(&self) -> Option<&armv7em::code::Code> {
        match self {
            Self::Assembly(assembly) => assembly.dsp.as_ref(),
            _ => None,
        }
    }

    /// As reports say it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Loop => "loop",
            Self::Packed(_) => "packed loop",
            Self::Compact => "small loop",
            Self::Unrolled(_) => "unrolled",
            Self::Assembly(assembly) => assembly.technique.name(),
        }
    }
}

/// What a plan should fit, in bytes (`None`: no limit), and in which language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Code, weights and tables. Within the limit the fastest plan is chosen, else the smallest.
    pub flash: Option<u64>,
    /// The arena. It is made as small as it gets at no loss of speed worth mentioning; where that is beyond the limit, as
    /// small as it gets.
    pub ram: Option<u64>,
    /// What an inference takes of the stack. It changes nothing but that no instructions of the DSP extension take more than
    /// those they stand for, or than the limit.
    pub stack: Option<u64>,
    /// Whether all code is in Rust, for whatever core; else M-profile cores get assembly where there is any.
    pub portable: bool,
    /// What the cores multiply with.
    pub multiplier: Multiplier,
}

/// Plans a graph under a budget; reports layers that cannot have the shape asked for.
///
/// `None` only where the plan is wrong, which is reported as a bug.
pub fn plan(graph: &QuantizedGraph, budget: Budget, errors: &mut Errors) -> Option<Plan> {
    let mut kernels: Vec<_> = graph.nodes.iter().map(|node| kernel_parameters(graph, node)).collect();
    requantize::choose(&mut kernels);
    let elsewhere = code_shape::elsewhere(graph, &kernels, budget);
    let options = code_shape::options(graph, &kernels, &elsewhere, budget, errors);
    let Choice { mut shapes, mut costs, faster, arrangement } =
        choice::choose(graph, &kernels, options, budget);
    let flash = cost::flash(costs.iter());
    cost::own_what_is_not_shared(&mut costs);
    for ((node, kernel), shape) in graph.nodes.iter().zip(&kernels).zip(&mut shapes) {
        if let CodeShape::Assembly(assembly) = shape {
            let Some(written) =
                assembly.written(kernel, graph.tensor(node.output).elements(), budget.multiplier)
            else {
                report_bug("its assembly is not written twice in the same way", errors);
                return None;
            };
            **assembly = written;
        }
    }
    for (step, cost) in costs.iter_mut().enumerate() {
        let overlap =
            overlap::overlap(&kernels[step], &shapes[step]).filter(|_| arrangement.leads[step].is_some());
        if let (Some(overlap), None) = (overlap, shapes[step].assembly()) {
            cost.cycles += overlap.cycles[0];
            cost.cycles_m0plus += overlap.cycles[1];
        }
    }
    let layers = shapes.iter().filter(|shape| **shape != CodeShape::Nothing).count();
    let cycles = costs.iter().map(|cost| cost.cycles).sum::<usize>() + entry(ProcessorKind::CortexM0, layers);
    let ram = arrangement.bytes_in_use();
    let (lifetimes, placement) = (&arrangement.lifetimes, &arrangement.placement);
    let mut plan = Plan {
        // The arena is aligned to 4, and so is its size.
        arena: placement.size.next_multiple_of(4),
        offsets: lifetimes.of_tensor.iter().map(|&buffer| placement.offsets[buffer]).collect(),
        steps: Vec::new(),
        input_may_stay_outside: input_may_stay_outside(graph, lifetimes),
        flash,
        stack: Stack::default(),
        macs: costs.iter().map(|cost| cost.macs).sum(),
        cycles,
        multiplier: budget.multiplier,
    };
    for (step, ((kernel, shape), cost)) in kernels.into_iter().zip(shapes).zip(costs).enumerate() {
        plan.steps.push(Step {
            stack: Stack::default(),
            kernel,
            shape,
            elsewhere: elsewhere[step],
            in_place: lifetimes.in_place[step],
            lead: arrangement.leads[step],
            scratch: arrangement.scratch[step].clone(),
            ram: ram[step],
            cost,
            faster: faster[step],
        });
    }
    dsp::write(&mut plan.steps, flash, budget);
    for (step, node) in plan.steps.iter_mut().zip(&graph.nodes) {
        let stack = stack::of_layer(&step.kernel, &step.shape, widest_element(graph, node));
        step.stack = stack.map(|layer| stack::of_inference(layer, layers));
        plan.stack = plan.stack.max(step.stack);
    }
    match validate::validate(graph, &plan) {
        Ok(()) => Some(plan),
        Err(reason) => {
            report_bug(&reason, errors);
            None
        }
    }
}

/// The type of a layer's inputs and output that has the most bits.
fn widest_element(graph: &QuantizedGraph, node: &Node<QuantizedOperator>) -> Element {
    let elements = node.inputs.iter().chain([&node.output]).map(|&id| graph.tensor(id).info.element);
    elements.max_by_key(|element| element.bytes()).unwrap_or(Element::Int8)
}

fn report_bug(reason: &str, errors: &mut Errors) {
    errors.help(
        proc_macro2::Span::call_site(),
        format_args!("the memory plan of this network is wrong: {reason}"),
        "this is a bug in tinynet: please report it with the declaration of the network",
    );
}

fn input_may_stay_outside(graph: &QuantizedGraph, lifetimes: &Lifetimes) -> bool {
    let &[input] = graph.inputs.as_slice() else { return false };
    let buffer = lifetimes.of_tensor[input.0];
    let has_it = |id: &TensorId| lifetimes.of_tensor[id.0] == buffer;
    let mut with_code =
        (0..graph.nodes.len()).filter(|&step| graph.nodes[step].operator != QuantizedOperator::Reshape);
    let Some(first) = with_code.next() else { return false };
    // A concatenation is a step for each of its inputs.
    if matches!(graph.nodes[first].operator, QuantizedOperator::Concat { .. })
        || graph.outputs.iter().any(has_it)
    {
        return false;
    }
    let reads = |step: usize| graph.nodes[step].inputs.iter().any(has_it);
    let writes = |step: usize| has_it(&graph.nodes[step].output);
    let is_read_once = graph.nodes[first].inputs.iter().filter(|id| has_it(id)).count() == 1;
    is_read_once && !writes(first) && !with_code.any(|step| reads(step) || writes(step))
}
