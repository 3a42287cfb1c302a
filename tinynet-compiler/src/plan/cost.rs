//! What operators cost on a Cortex-M0, in flash, memory and cycles.
//!
//! Constants in tables are counted exactly; code is modelled by what was measured on linked firmware (release profile:
//! `opt-level = 3`, link-time optimisation, one codegen unit, `panic = "abort"`). `cargo bench` prints the estimate
//! beside the linked size of every example network.

use super::CodeShape;
use crate::graph::Node;
use crate::quantized::{Linear, QuantizedGraph, QuantizedOperator, Requantize};
use std::collections::BTreeMap;

/// The cost of one operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Number of weights, biases not counted.
    pub weights: usize,
    /// Multiply-accumulate operations an inference.
    pub macs: usize,
    /// Estimated bytes of flash: constants and the layer's own code, without the loops that layers share.
    pub flash: usize,
    /// Estimated Cortex-M0 cycles an inference, zero wait states.
    pub cycles: usize,
}

/// Costs of an operator in a given shape.
pub fn of(graph: &QuantizedGraph, node: &Node<QuantizedOperator>, shape: CodeShape) -> Cost {
    let outputs = graph.tensor(node.output).elements();
    let Some(linear) = linear(&node.operator) else {
        return Cost {
            weights: 0,
            macs: 0,
            flash: plain_flash(&node.operator),
            cycles: outputs * plain_cycles(&node.operator),
        };
    };
    let weights = linear.weights.len();
    let positions = outputs.checked_div(linear.bias.len()).unwrap_or(0);
    let macs = weights * positions;
    match shape {
        CodeShape::Unrolled => {
            let terms = terms(linear);
            Cost {
                weights,
                macs,
                flash: terms * 15 / 2 + linear.bias.len() * 26 + 24 + table_bytes(linear),
                cycles: positions * (terms * 5 + linear.bias.len() * 22) + 40,
            }
        }
        CodeShape::Loop | CodeShape::Nothing => Cost {
            weights,
            macs,
            flash: weights + parameters(linear) + table_bytes(linear) + 88,
            cycles: macs * 31 / 4 + outputs * 45 + positions * 40 + 60,
        },
    }
}

/// Estimated bytes of flash of a whole network: its layers, the loops they share, tables counted once.
pub fn network(graph: &QuantizedGraph, shapes: &[CodeShape], costs: &[Cost]) -> usize {
    let mut loops = BTreeMap::new();
    for (node, shape) in graph.nodes.iter().zip(shapes) {
        if *shape == CodeShape::Loop {
            for (name, bytes) in shared_loops(&node.operator) {
                loops.insert(name, bytes);
            }
        }
    }
    costs.iter().map(|cost| cost.flash).sum::<usize>() + loops.values().sum::<usize>()
}

/// The weights that cost something where code is straight-line.
pub fn terms(linear: &Linear) -> usize {
    linear.weights.iter().filter(|&&weight| weight != 0).count()
}

/// The arithmetic of an operator with weights.
pub fn linear(operator: &QuantizedOperator) -> Option<&Linear> {
    match operator {
        QuantizedOperator::Dense(linear)
        | QuantizedOperator::Conv2d { linear, .. }
        | QuantizedOperator::DepthwiseConv2d { linear, .. } => Some(linear),
        _ => None,
    }
}

/// Bytes of bias and requantise parameters.
fn parameters(linear: &Linear) -> usize {
    let channels = linear.bias.len();
    match &linear.requantize {
        Requantize::Shift(shifts) if shifts.windows(2).all(|pair| pair[0] == pair[1]) => 4 * channels,
        Requantize::Shift(_) => 5 * channels,
        Requantize::Multiplier { .. } => 9 * channels,
    }
}

fn table_bytes(linear: &Linear) -> usize {
    if linear.table.is_some() { 256 } else { 0 }
}

/// Constants and the call of an operator without weights.
fn plain_flash(operator: &QuantizedOperator) -> usize {
    match operator {
        QuantizedOperator::Reshape => 0,
        QuantizedOperator::Table(_) => 256 + 16,
        QuantizedOperator::ChannelTable { tables } => 256 * tables.len() + 24,
        QuantizedOperator::Concat { tables, .. } => {
            tables.iter().map(|table| if table.is_some() { 256 + 40 } else { 40 }).sum()
        }
        QuantizedOperator::Softmax(_) => 512 + 32,
        _ => 56,
    }
}

/// Cycles an output.
fn plain_cycles(operator: &QuantizedOperator) -> usize {
    match operator {
        QuantizedOperator::Reshape => 0,
        QuantizedOperator::Table(_) | QuantizedOperator::Clamp(_) => 9,
        QuantizedOperator::MaxPool(window) => 12 * window.kernel[0] * window.kernel[1] + 30,
        QuantizedOperator::AveragePool { window, .. } => 10 * window.kernel[0] * window.kernel[1] + 60,
        QuantizedOperator::Softmax(_) => 60,
        _ => 25,
    }
}

/// The loops of `tinynet-core` that an operator enters, with their size.
fn shared_loops(operator: &QuantizedOperator) -> Vec<(&'static str, usize)> {
    match operator {
        QuantizedOperator::Dense(_) => vec![("rows", 420)],
        QuantizedOperator::Conv2d { .. } => vec![("rows", 420), ("patches", 380)],
        QuantizedOperator::DepthwiseConv2d { .. } => vec![("depthwise", 360)],
        QuantizedOperator::MaxPool(_) => vec![("max_pool", 240)],
        QuantizedOperator::AveragePool { .. } => vec![("average_pool", 320)],
        QuantizedOperator::Table(_) => vec![("table", 24)],
        QuantizedOperator::Clamp(_) => vec![("clamp", 36)],
        QuantizedOperator::ChannelTable { .. } => vec![("channel_table", 48)],
        QuantizedOperator::Add(_) => vec![("add", 80)],
        QuantizedOperator::Multiply(_) => vec![("multiply", 90)],
        QuantizedOperator::Concat { .. } => vec![("concat", 60)],
        QuantizedOperator::Pad { .. } => vec![("pad", 120)],
        QuantizedOperator::Softmax(_) => vec![("softmax", 220)],
        QuantizedOperator::ArgMax => vec![("arg_max", 32)],
        QuantizedOperator::Reshape => vec![],
    }
}
