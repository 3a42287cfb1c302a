//! Decides everything that the emitted code states: where tensors lie, what shape each layer's code has, what it costs.
//!
//! A back end only writes a [`Plan`] down.

pub mod code_shape;
pub mod cost;
pub mod lifetime;
pub mod memory;

use crate::kernel_parameters::kernel_window;
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use cost::Cost;

/// How a quantised graph becomes code.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Bytes of memory that all activations share.
    pub arena: usize,
    /// Offset of each tensor in the arena, in the order of the graph's tensors.
    pub offsets: Vec<usize>,
    /// One an operator, in execution order.
    pub steps: Vec<Step>,
    /// Estimated bytes of flash.
    pub flash: usize,
    /// Multiply-accumulate operations an inference.
    pub macs: usize,
}

/// How one operator is computed.
#[derive(Clone, Debug)]
pub struct Step {
    /// Shape of its code.
    pub shape: CodeShape,
    /// Which input it overwrites with its output; `None`: the output has memory of its own.
    pub in_place: Option<usize>,
    /// Offset and length of its scratch in the arena; of length 0 where it needs none.
    pub scratch: (usize, usize),
    /// Bytes of the arena in use while it runs.
    pub ram: usize,
    /// What it costs.
    pub cost: Cost,
}

/// Shape of an operator's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeShape {
    /// The operator moves nothing: its output is its input under another shape.
    Nothing,
    /// A loop over weights in a table.
    Loop,
    /// Straight-line code, weights as immediates.
    Unrolled,
}

/// Plans a graph; `flash` is the limit that unrolled code has to fit in.
///
/// # Errors
///
/// The index of a node that cannot have the shape it was asked to have, and why.
pub fn plan(graph: &QuantizedGraph, flash: Option<usize>) -> Result<Plan, (usize, String)> {
    let shapes = code_shape::choose(graph, flash)?;
    let lifetimes = lifetime::of(graph, &shapes);
    let memory = memory::place(&lifetimes);
    let costs: Vec<Cost> =
        graph.nodes.iter().zip(&shapes).map(|(node, &shape)| cost::of(graph, node, shape)).collect();
    let flash = cost::network(graph, &shapes, &costs);
    let macs = costs.iter().map(|cost| cost.macs).sum();
    let offsets = lifetimes.buffer_of.iter().map(|&buffer| memory.offsets[buffer]).collect();
    let steps = shapes.into_iter().zip(costs).enumerate().map(|(index, (shape, cost))| Step {
        shape,
        in_place: lifetimes.in_place[index],
        scratch: lifetimes.scratch[index]
            .map_or((0, 0), |buffer| (memory.offsets[buffer], lifetimes.buffers[buffer].size)),
        ram: lifetimes.live_bytes(index),
        cost,
    });
    Ok(Plan { arena: memory.size, offsets, steps: steps.collect(), flash, macs })
}

/// Elements of scratch that an operator wants beside its inputs and its output: the values under one window, where they
/// do not lie in the input in one piece.
pub fn scratch(operator: &QuantizedOperator, shape: CodeShape) -> usize {
    match (operator, shape) {
        (QuantizedOperator::Conv2d { window, groups, .. }, _) => kernel_window(window).scratch(*groups),
        (QuantizedOperator::DepthwiseConv2d { window, .. }, CodeShape::Unrolled) => {
            kernel_window(window).scratch(1)
        }
        _ => 0,
    }
}
