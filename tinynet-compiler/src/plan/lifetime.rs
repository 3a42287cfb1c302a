//! From when to when each piece of memory is needed.
//!
//! A buffer is memory that one or more tensors occupy in turn: a reshaped tensor is its input's buffer under another
//! shape, and an element-wise operator writes over an input that nobody reads afterwards.

use super::CodeShape;
use crate::graph::{Node, TensorId};
use crate::quantized::{QuantizedGraph, QuantizedOperator};

/// A piece of memory and the steps during which it must keep its contents, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Bytes.
    pub size: usize,
    /// First step that writes it; the network's input is there before step 0.
    pub first: usize,
    /// Last step that reads or writes it; the network's output is there after the last.
    pub last: usize,
}

impl Buffer {
    /// Whether both are needed at some time.
    pub fn overlaps(&self, other: &Buffer) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// All buffers of a graph.
#[derive(Clone, Debug)]
pub struct Lifetimes {
    /// The buffers.
    pub buffers: Vec<Buffer>,
    /// The buffer of each tensor.
    pub buffer_of: Vec<usize>,
    /// For each node the input that its output overwrites.
    pub in_place: Vec<Option<usize>>,
    /// For each node the buffer of its scratch.
    pub scratch: Vec<Option<usize>>,
}

impl Lifetimes {
    /// Bytes of the buffers that are needed during a step.
    pub fn live_bytes(&self, step: usize) -> usize {
        let live = |buffer: &&Buffer| buffer.first <= step && step <= buffer.last;
        self.buffers.iter().filter(live).map(|buffer| buffer.size).sum()
    }
}

/// Finds them.
pub fn of(graph: &QuantizedGraph, shapes: &[CodeShape]) -> Lifetimes {
    let last_use = |id: TensorId| -> usize {
        let end = if graph.outputs.contains(&id) { graph.nodes.len() } else { 0 };
        graph.consumers(id).into_iter().max().unwrap_or(0).max(end)
    };
    let mut lifetimes = Lifetimes {
        buffers: Vec::new(),
        buffer_of: vec![usize::MAX; graph.tensors.len()],
        in_place: vec![None; graph.nodes.len()],
        scratch: vec![None; graph.nodes.len()],
    };
    for &input in &graph.inputs {
        lifetimes
            .add(input, Buffer { size: graph.tensor(input).elements(), first: 0, last: last_use(input) });
    }
    for (step, node) in graph.nodes.iter().enumerate() {
        let size = graph.tensor(node.output).elements();
        let last = last_use(node.output).max(step);
        match reused(graph, &lifetimes, step, node) {
            Some(input) => {
                let buffer = lifetimes.buffer_of[node.inputs[input].0];
                lifetimes.buffers[buffer].last = lifetimes.buffers[buffer].last.max(last);
                lifetimes.buffer_of[node.output.0] = buffer;
                lifetimes.in_place[step] = Some(input);
            }
            None => lifetimes.add(node.output, Buffer { size, first: step, last }),
        }
        let scratch = super::scratch(&node.operator, shapes[step]);
        if scratch > 0 {
            lifetimes.scratch[step] = Some(lifetimes.buffers.len());
            lifetimes.buffers.push(Buffer { size: scratch, first: step, last: step });
        }
    }
    lifetimes
}

impl Lifetimes {
    fn add(&mut self, id: TensorId, buffer: Buffer) {
        self.buffer_of[id.0] = self.buffers.len();
        self.buffers.push(buffer);
    }
}

/// The input whose memory a node's output may take.
fn reused(
    graph: &QuantizedGraph,
    lifetimes: &Lifetimes,
    step: usize,
    node: &Node<QuantizedOperator>,
) -> Option<usize> {
    let candidates = match node.operator {
        // Sharing a buffer even with readers to come: both views hold the same values.
        QuantizedOperator::Reshape => return Some(0),
        QuantizedOperator::Table(_)
        | QuantizedOperator::Clamp(_)
        | QuantizedOperator::ChannelTable { .. } => 1,
        QuantizedOperator::Add(_) | QuantizedOperator::Multiply(_) => 2,
        _ => 0,
    };
    let elements = graph.tensor(node.output).elements();
    (0..candidates.min(node.inputs.len())).find(|&input| {
        let id = node.inputs[input];
        let others_differ = node.inputs.iter().enumerate().all(|(other, id)| {
            other == input || lifetimes.buffer_of[id.0] != lifetimes.buffer_of[node.inputs[input].0]
        });
        graph.tensor(id).elements() == elements
            && lifetimes.buffers[lifetimes.buffer_of[id.0]].last <= step
            && others_differ
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_that_meet_in_a_step_overlap() {
        let buffer = |first, last| Buffer { size: 1, first, last };
        assert!(buffer(0, 2).overlaps(&buffer(2, 3)));
        assert!(buffer(2, 3).overlaps(&buffer(0, 2)));
        assert!(!buffer(0, 1).overlaps(&buffer(2, 3)));
    }
}
