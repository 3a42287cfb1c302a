//! What layers cost on a Cortex-M0: flash, multiply-accumulates, cycles.

use super::CodeShape;
use crate::kernel_parameters::{KernelParameters, LinearKernel, RequantizeParameters};

/// The cost of one layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Number of weights, biases not counted.
    pub weights: usize,
    /// Multiply-accumulate operations an inference; products with the border count, as is usual.
    pub macs: usize,
    /// Bytes of flash: its tables and its own code, without the loops that it shares with other layers.
    pub flash: usize,
    /// Cortex-M0 cycles an inference, zero wait states.
    pub cycles: usize,
}

/// The cost of a layer.
pub fn cost(kernel: &KernelParameters, shape: &CodeShape) -> Cost {
    let KernelParameters::Linear(kind, linear) = kernel else {
        return Cost { flash: 300, cycles: 1000, ..Cost::default() };
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
    match shape {
        CodeShape::Unrolled(unrolled) => Cost {
            weights: linear.weights.len(),
            macs,
            flash: unrolled.terms() * 8 + unrolled.sums.len() * 26 + table,
            cycles: unrolled.repetitions() * (unrolled.terms() * 5 + unrolled.sums.len() * 22) + 40,
        },
        _ => Cost {
            weights: linear.weights.len(),
            macs,
            flash: linear.weights.len() + linear.bias.len() * parameters + table + 88,
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

/// Bytes of flash of a network whose layers have these costs.
pub fn flash(costs: &[Cost]) -> usize {
    costs.iter().map(|cost| cost.flash).sum()
}
