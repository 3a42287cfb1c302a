//! In which order the branches of a graph run: the one that needs the least memory.
//!
//! What is needed while a layer runs depends on which layers have run before it, not on their order. So the best way to
//! have run a set of layers is found from the best ways to have run the sets that lack one of them (dynamic programming).
//! A chain has as many such sets as layers; branches multiply theirs.

use super::CodeShape;
use super::arrangement::{Bounds, Ways, arrange};
use super::lifetime::{are_alike, most_shared, overwritable};
use super::ways::ways;
use crate::graph::{Graph, Node, TensorId};
use crate::kernel_parameters::{KernelParameters, kernel_parameters};
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use std::collections::BTreeMap;

/// Sets of layers that are looked at; a graph with more keeps its order.
const MOST_SETS: usize = 5_000;

/// A set of layers, a bit each.
type Set = u128;

/// The graph with its layers in the order that needs the least memory; as it is where no other is found.
pub fn in_best_order(graph: QuantizedGraph) -> QuantizedGraph {
    // In a chain there is no choice.
    if graph.nodes.windows(2).all(|pair| pair[1].inputs == [pair[0].output]) {
        return graph;
    }
    let ways = of_loops(&graph);
    let Some(order) = Layers::new(&graph, &ways).and_then(|layers| layers.best_order()) else { return graph };
    let ordered =
        Graph { nodes: order.iter().map(|&index| graph.nodes[index].clone()).collect(), ..graph.clone() };
    let ways_in_order: Vec<_> = order.iter().map(|&index| ways[index]).collect();
    let bounds = Bounds { bytes: None, cycles: usize::MAX };
    let size = |graph: &QuantizedGraph, ways: &[Ways]| arrange(graph, ways, bounds).placement.size;
    if size(&ordered, &ways_in_order) < size(&graph, &ways) { ordered } else { graph }
}

/// What the layers want where all of them are loops; straight-line code, of which is decided later, differs little.
fn of_loops(graph: &QuantizedGraph) -> Vec<Ways> {
    let ways = |node: &Node<QuantizedOperator>| {
        let kernel = kernel_parameters(graph, node);
        let shape =
            if matches!(kernel, KernelParameters::Reshape) { CodeShape::Nothing } else { CodeShape::Loop };
        ways(&kernel, &shape, graph.tensor(node.output).info.element)
    };
    graph.nodes.iter().map(ways).collect()
}

/// What matters of the layers.
struct Layers<'g> {
    graph: &'g QuantizedGraph,
    ways: &'g [Ways],
    /// For each tensor the one whose memory it has: reshaped tensors have their input's.
    roots: Vec<usize>,
    /// For each tensor that is a root the layers that read its memory.
    readers: Vec<Set>,
    /// For each layer those that must have run before.
    needs: Vec<Set>,
}

/// The best way to have run a set of layers.
#[derive(Clone, Copy)]
struct Way {
    /// The most bytes needed at once.
    peak: usize,
    /// The layer that ran last.
    last: usize,
}

impl<'g> Layers<'g> {
    /// `None` where there are too many.
    fn new(graph: &'g QuantizedGraph, ways: &'g [Ways]) -> Option<Self> {
        if graph.nodes.len() >= Set::BITS as usize {
            return None;
        }
        let mut roots: Vec<_> = (0..graph.tensors.len()).collect();
        let mut readers = vec![0; graph.tensors.len()];
        let mut makers = vec![0; graph.tensors.len()];
        let mut needs = Vec::new();
        for (index, node) in graph.nodes.iter().enumerate() {
            let layer: Set = 1 << index;
            // Of layers with the same state the order counts, too.
            needs.push(
                node.inputs.iter().chain(&node.states).map(|id| makers[id.0]).fold(0, |all, one| all | one),
            );
            for state in &node.states {
                makers[state.0] |= layer;
            }
            for input in &node.inputs {
                readers[roots[input.0]] |= layer;
            }
            makers[node.output.0] = layer;
            if node.operator == QuantizedOperator::Reshape {
                roots[node.output.0] = roots[node.inputs[0].0];
            }
        }
        // The caller reads outputs when all layers have run.
        for output in &graph.outputs {
            readers[roots[output.0]] |= 1 << graph.nodes.len();
        }
        Some(Self { graph, ways, roots, readers, needs })
    }

    /// The order with the least peak, if it beats the order there is.
    fn best_order(&self) -> Option<Vec<usize>> {
        let count = self.graph.nodes.len();
        let mut ways: BTreeMap<Set, Way> = BTreeMap::new();
        let mut level = BTreeMap::from([(0, Way { peak: 0, last: 0 })]);
        for _ in 0..count {
            let mut next: BTreeMap<Set, Way> = BTreeMap::new();
            for (&done, way) in &level {
                for last in (0..count).filter(|&index| self.is_ready(done, index)) {
                    let peak = way.peak.max(self.bytes(done, last));
                    let best = next.entry(done | 1 << last).or_insert(Way { peak, last });
                    if peak < best.peak {
                        *best = Way { peak, last };
                    }
                }
            }
            ways.append(&mut level);
            level = next;
            if ways.len() + level.len() > MOST_SETS {
                return None;
            }
        }
        let mut done = (1 << count) - 1;
        let best = level.get(&done)?.peak;
        let now = (0..count).map(|index| self.bytes((1 << index) - 1, index)).max()?;
        if best >= now {
            return None;
        }
        ways.append(&mut level);
        let mut order = Vec::new();
        while done != 0 {
            let last = ways.get(&done)?.last;
            order.push(last);
            done &= !(1 << last);
        }
        order.reverse();
        Some(order)
    }

    fn is_ready(&self, done: Set, index: usize) -> bool {
        done >> index & 1 == 0 && self.needs[index] & !done == 0
    }

    /// Bytes needed while a layer runs.
    fn bytes(&self, done: Set, index: usize) -> usize {
        let node = &self.graph.nodes[index];
        let live = (0..self.graph.tensors.len()).filter(|&tensor| self.is_live(done, tensor));
        let before: usize = live.map(|tensor| self.size(tensor)).sum();
        if node.operator == QuantizedOperator::Reshape {
            return before;
        }
        let (output, ways) = (self.graph.tensor(node.output).bytes(), &self.ways[index]);
        let apart = before + output + ways.scratch;
        let after = done | 1 << index;
        let dies = |id: &TensorId| self.readers[self.roots[id.0]] & !after == 0;
        match (ways.overlap, &node.inputs[..]) {
            (Some(overlap), [input]) if dies(input) => {
                let input = self.graph.tensor(*input).bytes();
                let shared = most_shared(input, output, overlap.lead);
                apart.min(before + output - shared + overlap.scratch.max(ways.scratch))
            }
            (_, inputs)
                if inputs.iter().take(overwritable(&node.operator)).any(|id| {
                    dies(id) && are_alike(self.graph.tensor(*id), self.graph.tensor(node.output))
                }) =>
            {
                before + ways.scratch
            }
            _ => apart,
        }
    }

    /// Whether a tensor has memory of its own that is still needed when a set of layers has run.
    fn is_live(&self, done: Set, tensor: usize) -> bool {
        let is_made = self.graph.producer(TensorId(tensor)).is_none_or(|maker| done >> maker & 1 == 1);
        self.roots[tensor] == tensor && is_made && self.readers[tensor] & !done != 0
    }

    fn size(&self, tensor: usize) -> usize {
        self.graph.tensors[tensor].bytes()
    }
}
