//! From when to when each piece of memory is needed.
//!
//! Time is counted in steps: step `i` is the `i`-th node of the graph. A [`Buffer`] is memory that one tensor or several
//! occupy in turn: a reshaped tensor is its input under another shape, and an element-wise operator writes over an input
//! that nobody reads afterwards.

use crate::graph::{Node, Tensor, TensorId};
use crate::quantized::{QuantizedGraph, QuantizedOperator, QuantizedTensor};

/// A piece of memory and the steps during which it keeps its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Bytes.
    pub size: usize,
    /// It lies at a multiple of this.
    pub alignment: usize,
    /// First step that needs it; the network's input is there from step 0 on, whoever reads it first.
    pub first: usize,
    /// Last step that needs it; the network's output is there after the last node.
    pub last: usize,
}

impl Buffer {
    fn of(tensor: &Tensor<QuantizedTensor>, first: usize, last: usize) -> Self {
        Self { size: tensor.bytes(), alignment: tensor.info.element.bytes(), first, last }
    }

    /// Whether there is a step that needs both.
    pub fn meets(&self, other: &Buffer) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Two buffers that may share bytes in the one step that needs both: it reads the first and writes the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Index of the buffer that the step reads, and nobody afterwards.
    pub input: usize,
    /// Index of the buffer that the step writes, and nobody before.
    pub output: usize,
    /// The least number of bytes by which the second begins before the first; negative where it may begin behind.
    pub bytes: isize,
}

/// All buffers of a graph, and who uses them.
#[derive(Clone, Debug)]
pub struct Lifetimes {
    /// The buffers.
    pub buffers: Vec<Buffer>,
    /// Index of the buffer of each tensor.
    pub of_tensor: Vec<usize>,
    /// For each node the position among its inputs of the one that its output takes the place of.
    pub in_place: Vec<Option<usize>>,
    /// Index of the buffer of each node's scratch.
    pub scratch: Vec<Option<usize>>,
    /// For each node the buffers of its input and its output, if it may write over the one while it reads it.
    pub leads: Vec<Option<Lead>>,
}

impl Lifetimes {
    /// The least number of bytes needed in each step.
    pub fn live_bytes(&self) -> Vec<usize> {
        // Sums of differences: +size where a buffer begins, -size behind its end.
        let mut changes = vec![0isize; self.in_place.len() + 2];
        for buffer in &self.buffers {
            changes[buffer.first] += buffer.size as isize;
            changes[buffer.last + 1] -= buffer.size as isize;
        }
        let live = changes.iter().scan(0, |live, change| {
            *live += change;
            Some(*live as usize)
        });
        let mut live: Vec<_> = live.take(self.in_place.len() + 1).collect();
        for (live, lead) in live.iter_mut().zip(&self.leads) {
            *live -= lead.map_or(0, |lead| {
                let [input, output] = [lead.input, lead.output].map(|buffer| self.buffers[buffer].size);
                most_shared(input, output, lead.bytes)
            });
        }
        live
    }

    /// The buffers of a node's only input and of its output, if the one ends where the other begins.
    fn lead(&self, step: usize, node: &Node<QuantizedOperator>, bytes: isize) -> Option<Lead> {
        let &[input] = node.inputs.as_slice() else { return None };
        let [input, output] = [input, node.output].map(|id| self.of_tensor[id.0]);
        let is_last = self.buffers[input].last == step && self.buffers[output].first == step;
        (input != output && is_last).then_some(Lead { input, output, bytes })
    }

    fn add(&mut self, buffer: Buffer) -> usize {
        self.buffers.push(buffer);
        self.buffers.len() - 1
    }
}

/// The most bytes that an input and an output of such sizes can share.
pub fn most_shared(input: usize, output: usize, lead: isize) -> usize {
    // The output at the input's offset, or as far before it as it must be.
    let together = output.max(input + lead.max(0) as usize);
    (input + output).saturating_sub(together)
}

/// The lifetimes of a graph; `wants` is what each node wants beside its inputs and its output.
pub fn lifetimes(graph: &QuantizedGraph, wants: &[Wants]) -> Lifetimes {
    let last_uses = last_uses(graph);
    let mut lifetimes = Lifetimes {
        buffers: Vec::new(),
        // Every tensor is an input or made by a node; both are filled in below.
        of_tensor: vec![0; graph.tensors.len()],
        in_place: Vec::new(),
        scratch: Vec::new(),
        leads: Vec::new(),
    };
    for &id in &graph.inputs {
        lifetimes.of_tensor[id.0] = lifetimes.add(Buffer::of(graph.tensor(id), 0, last_uses[id.0]));
    }
    // What is kept for the next inference is needed all the time.
    for id in graph.states() {
        lifetimes.of_tensor[id.0] = lifetimes.add(Buffer::of(graph.tensor(id), 0, graph.nodes.len()));
    }
    for (step, node) in graph.nodes.iter().enumerate() {
        let in_place = overwritten(graph, &lifetimes, step, node);
        let last = last_uses[node.output.0].max(step);
        lifetimes.of_tensor[node.output.0] = match in_place {
            Some(position) => {
                let buffer = lifetimes.of_tensor[node.inputs[position].0];
                let end = &mut lifetimes.buffers[buffer].last;
                *end = last.max(*end);
                buffer
            }
            None => lifetimes.add(Buffer::of(graph.tensor(node.output), step, last)),
        };
        lifetimes.in_place.push(in_place);
        let size = wants[step].scratch;
        let alignment = scratch_alignment(graph, node).max(wants[step].alignment);
        let scratch = Buffer { size, alignment, first: step, last: step };
        let scratch = (size > 0).then(|| lifetimes.add(scratch));
        lifetimes.scratch.push(scratch);
    }
    for (step, (node, wants)) in graph.nodes.iter().zip(wants).enumerate() {
        let lead = wants.lead.and_then(|bytes| lifetimes.lead(step, node, bytes));
        for buffer in lead.iter().flat_map(|lead| [lead.input, lead.output]) {
            let alignment = &mut lifetimes.buffers[buffer].alignment;
            *alignment = least_common_multiple(*alignment, wants.tensor_alignment.max(1));
        }
        lifetimes.leads.push(lead);
    }
    lifetimes
}

fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut divisor, mut rest) = (a, b);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    a / divisor.max(1) * b
}

/// What a node's scratch lies at a multiple of: it holds elements of the node's tensors.
fn scratch_alignment(graph: &QuantizedGraph, node: &Node<QuantizedOperator>) -> usize {
    let tensors = node.inputs.iter().chain([&node.output]);
    tensors.map(|&id| graph.tensor(id).info.element.bytes()).max().unwrap_or(1)
}

/// What a node wants of the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Bytes beside its inputs and its output.
    pub scratch: usize,
    /// What they lie at a multiple of, if at more than their elements' size.
    pub alignment: usize,
    /// What its input and its output lie at a multiple of, if its output may overlap its input.
    pub tensor_alignment: usize,
    /// If its output may overlap its input: the least number of bytes by which it begins before it.
    pub lead: Option<isize>,
}

/// The last step that reads each tensor; the step behind the last node for what the caller reads.
fn last_uses(graph: &QuantizedGraph) -> Vec<usize> {
    let mut last = vec![0; graph.tensors.len()];
    for (step, node) in graph.nodes.iter().enumerate() {
        for input in &node.inputs {
            last[input.0] = step;
        }
    }
    for output in &graph.outputs {
        last[output.0] = graph.nodes.len();
    }
    last
}

/// How many of an operator's inputs, from the first on, its output may take the place of, element by element.
pub fn overwritable(operator: &QuantizedOperator) -> usize {
    match operator {
        QuantizedOperator::Table(_)
        | QuantizedOperator::Clamp(_)
        | QuantizedOperator::PRelu(_)
        | QuantizedOperator::FlipSign
        | QuantizedOperator::Rescale(_)
        | QuantizedOperator::Logistic16(_)
        | QuantizedOperator::Tanh16(_)
        | QuantizedOperator::Interpolation(_) => 1,
        // The second may repeat.
        QuantizedOperator::Pair(_) => 1,
        QuantizedOperator::Add(_) | QuantizedOperator::Multiply(_) => 2,
        _ => 0,
    }
}

/// Whether two tensors have as many elements of the same size.
pub fn are_alike(a: &Tensor<QuantizedTensor>, b: &Tensor<QuantizedTensor>) -> bool {
    a.info.element.bytes() == b.info.element.bytes() && a.elements() == b.elements()
}

/// Position of the input that a node's output may take the place of.
fn overwritten(
    graph: &QuantizedGraph,
    lifetimes: &Lifetimes,
    step: usize,
    node: &Node<QuantizedOperator>,
) -> Option<usize> {
    // Both tensors are the same bytes, so that later readers of either do no harm.
    if node.operator == QuantizedOperator::Reshape {
        return Some(0);
    }
    let candidates = overwritable(&node.operator);
    let buffer = |id: TensorId| lifetimes.of_tensor[id.0];
    let output = graph.tensor(node.output);
    (0..node.inputs.len().min(candidates)).find(|&position| {
        let input = node.inputs[position];
        let dies = lifetimes.buffers[buffer(input)].last <= step;
        let is_alone = (0..node.inputs.len())
            .all(|other| other == position || buffer(node.inputs[other]) != buffer(input));
        dies && is_alone && are_alike(graph.tensor(input), output)
    })
}
