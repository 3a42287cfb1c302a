//! What layers cost on a Cortex-M0: flash, multiply-accumulates, cycles.
//!
//! Tables are counted exactly. Code is modelled by what was measured on the linked example networks (release profile:
//! `opt-level = 3`, link-time optimisation, one codegen unit, `panic = "abort"`): `cargo bench` prints the estimate
//! beside what was linked, and a test holds them within a tenth of each other.

use super::CodeShape;
use super::unrolled::Extent;
use crate::kernel_parameters::{KernelParameters, LinearKernel, RequantizeParameters};
use std::collections::BTreeMap;

/// The cost of one layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Number of weights, biases not counted.
    pub weights: usize,
    /// Multiply-accumulate operations an inference; products with the border count, as is usual.
    pub macs: usize,
    /// Bytes of flash: its tables and its own code, without the loops that it shares with other layers.
    pub flash: usize,
    /// The loops that it shares with other layers: name and bytes of flash.
    pub loops: &'static [(&'static str, usize)],
    /// Cortex-M0 cycles an inference, zero wait states.
    pub cycles: usize,
}

/// The cost of a layer.
pub fn cost(kernel: &KernelParameters, shape: &CodeShape) -> Cost {
    let KernelParameters::Linear(kind, linear) = kernel else {
        return Cost {
            flash: plain_flash(kernel),
            loops: plain_loops(kernel),
            cycles: 1000,
            ..Cost::default()
        };
    };
    let macs = match kind {
        LinearKernel::Dense { .. } => linear.weights.len(),
        LinearKernel::Conv2d { window, .. } | LinearKernel::DepthwiseConv2d { window, .. } => {
            linear.weights.len() * window.output[0] * window.output[1]
        }
    };
    let parameters = match &linear.requantize {
        RequantizeParameters::ShiftPerTensor { .. } => 4,
        RequantizeParameters::ShiftPerChannel { .. } => 5,
        RequantizeParameters::MultiplierPerChannel { .. } => 9,
    };
    let table = if linear.table.is_some() { 256 } else { 0 };
    // Straight-line code for the patch under a window needs a loop around it.
    let unrolled_patches = if unrolled_in_patches(shape) { 160 } else { 0 };
    match shape {
        CodeShape::Unrolled(unrolled) => Cost {
            weights: linear.weights.len(),
            macs,
            flash: unrolled.terms() * 46 / 5 + unrolled.sums.len() * 26 + 24 + unrolled_patches + table,
            loops: if unrolled_patches > 0 { &[GATHER] } else { &[] },
            cycles: unrolled.repetitions() * (unrolled.terms() * 5 + unrolled.sums.len() * 22) + 40,
        },
        _ => Cost {
            weights: linear.weights.len(),
            macs,
            flash: linear.weights.len() + linear.bias.len() * parameters + table + 88,
            loops: match kind {
                LinearKernel::Dense { .. } => &[ROWS],
                LinearKernel::Conv2d { .. } => &[ROWS, GATHER, CONVOLVE],
                LinearKernel::DepthwiseConv2d { .. } => &[("depthwise", 360)],
            },
            cycles: macs * 31 / 4 + macs / linear.weights.len().max(1) * linear.bias.len() * 45,
        },
    }
}

impl Cost {
    /// The cost of a layer whose code has a shape.
    pub fn new(kernel: &KernelParameters, shape: &CodeShape) -> Self {
        cost(kernel, shape)
    }
}

/// Products of whole rows of weights, and what becomes of the sums.
const ROWS: (&str, usize) = ("rows", 360);
/// Copies the patch under a window.
const GATHER: (&str, usize) = ("gather", 420);
/// Goes over the pixels of a convolution.
const CONVOLVE: (&str, usize) = ("convolve", 576);

/// Whether straight-line code is run for each patch.
fn unrolled_in_patches(shape: &CodeShape) -> bool {
    matches!(shape, CodeShape::Unrolled(unrolled) if matches!(unrolled.extent, Extent::Pixel { .. }))
}

/// Tables and the call of a layer without weights.
fn plain_flash(kernel: &KernelParameters) -> usize {
    match kernel {
        KernelParameters::Reshape => 0,
        KernelParameters::Table(_) => 256 + 16,
        KernelParameters::ChannelTable { tables, .. } => tables.len() + 24,
        KernelParameters::Concat(parts) => {
            parts.iter().map(|(_, table)| if table.is_some() { 256 + 40 } else { 40 }).sum()
        }
        KernelParameters::Softmax(_) => 512 + 32,
        _ => 16,
    }
}

/// The loops of a layer without weights.
fn plain_loops(kernel: &KernelParameters) -> &'static [(&'static str, usize)] {
    match kernel {
        KernelParameters::Linear(..) | KernelParameters::Reshape => &[],
        KernelParameters::MaxPool2d(_) => &[("max_pool", 400)],
        KernelParameters::AveragePool2d(_) => &[("average_pool", 660), ("fill", 192)],
        KernelParameters::Table(_) => &[("table", 24)],
        KernelParameters::Clamp(_) => &[("clamp", 96)],
        KernelParameters::ChannelTable { .. } => &[("channel_table", 60)],
        KernelParameters::AddShift(_) => &[("add_shift", 80)],
        KernelParameters::AddMultiplier(_) => &[("add_multiplier", 160)],
        KernelParameters::Multiply { .. } => &[("multiply", 90)],
        KernelParameters::Concat(_) => &[("concat", 60)],
        KernelParameters::Pad(_) => &[("pad", 120), ("fill", 192)],
        KernelParameters::Softmax(_) => &[("softmax", 220)],
        KernelParameters::ArgMax => &[("arg_max", 32)],
    }
}

/// Bytes of flash of a network whose layers have these costs: shared loops count once.
pub fn flash(costs: &[Cost]) -> usize {
    /// The calls of the layers, one after the other.
    const SEQUENCE: usize = 16;
    let loops: BTreeMap<_, _> = costs.iter().flat_map(|cost| cost.loops).copied().collect();
    costs.iter().map(|cost| cost.flash).sum::<usize>() + loops.values().sum::<usize>() + SEQUENCE
}
