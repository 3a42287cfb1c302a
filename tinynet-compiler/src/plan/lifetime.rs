//! From when to when each piece of memory is needed.
//!
//! Time is counted in steps: step `i` is the `i`-th node of the graph. A [`Buffer`] is memory that one tensor or several
//! occupy in turn: a reshaped tensor is its input under another shape, and an element-wise operator writes over an input
//! that nobody reads afterwards.

use crate::graph::{Node, TensorId};
use crate::quantized::{QuantizedGraph, QuantizedOperator};

/// A piece of memory and the steps during which it keeps its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Bytes.
    pub size: usize,
    /// First step that needs it; the network's input is there from step 0 on, whoever reads it first.
    pub first: usize,
    /// Last step that needs it; the network's output is there after the last node.
    pub last: usize,
}

impl Buffer {
    /// Whether there is a step that needs both.
    pub fn meets(&self, other: &Buffer) -> bool {
        self.first <= other.last && other.first <= self.last
    }
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
}

impl Lifetimes {
    /// Bytes needed in each step.
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
        live.take(self.in_place.len() + 1).collect()
    }

    fn add(&mut self, buffer: Buffer) -> usize {
        self.buffers.push(buffer);
        self.buffers.len() - 1
    }
}

/// The lifetimes of a graph; `scratch` is the bytes that each node wants beside its inputs and its output.
pub fn lifetimes(graph: &QuantizedGraph, scratch: &[usize]) -> Lifetimes {
    let last_uses = last_uses(graph);
    let mut lifetimes = Lifetimes {
        buffers: Vec::new(),
        // Every tensor is an input or made by a node; both are filled in below.
        of_tensor: vec![0; graph.tensors.len()],
        in_place: Vec::new(),
        scratch: Vec::new(),
    };
    for &id in &graph.inputs {
        let size = graph.tensor(id).elements();
        lifetimes.of_tensor[id.0] = lifetimes.add(Buffer { size, first: 0, last: last_uses[id.0] });
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
            None => lifetimes.add(Buffer { size: graph.tensor(node.output).elements(), first: step, last }),
        };
        lifetimes.in_place.push(in_place);
        let scratch = (scratch[step] > 0)
            .then(|| lifetimes.add(Buffer { size: scratch[step], first: step, last: step }));
        lifetimes.scratch.push(scratch);
    }
    lifetimes
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

/// Position of the input that a node's output may take the place of.
fn overwritten(
    graph: &QuantizedGraph,
    lifetimes: &Lifetimes,
    step: usize,
    node: &Node<QuantizedOperator>,
) -> Option<usize> {
    let candidates = match node.operator {
        // Both tensors are the same bytes, so that later readers of either do no harm.
        QuantizedOperator::Reshape => return Some(0),
        QuantizedOperator::Table(_) | QuantizedOperator::Clamp(_) | QuantizedOperator::PRelu(_) => 1,
        // The second may repeat.
        QuantizedOperator::Pair(_) => 1,
        QuantizedOperator::Add(_) | QuantizedOperator::Multiply(_) => 2,
        _ => 0,
    };
    let buffer = |id: TensorId| lifetimes.of_tensor[id.0];
    let elements = graph.tensor(node.output).elements();
    (0..node.inputs.len().min(candidates)).find(|&position| {
        let input = node.inputs[position];
        let dies = lifetimes.buffers[buffer(input)].last <= step;
        let is_alone = (0..node.inputs.len())
            .all(|other| other == position || buffer(node.inputs[other]) != buffer(input));
        dies && is_alone && graph.tensor(input).elements() == elements
    })
}
