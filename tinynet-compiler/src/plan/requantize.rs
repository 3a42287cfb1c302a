//! One way to requantise where two would cost more.
//!
//! Code that requantises exists once for each way in which a network does. Layers with one multiplier for all channels
//! have smaller tables than those with one each, but where there are others, a second way has to pay for its code.

use crate::kernel_parameters::{KernelParameters, LinearKernel, RequantizeParameters};

/// Bytes of code of a second way: the loop over channels.
const REQUANTIZE: usize = 220;
/// Bytes of code of a second way where it has rows of weights: the loop over rows.
const ROWS: usize = 100;
/// Bytes that a channel takes for a multiplier of its own: the multiplier and its shift.
const PER_CHANNEL: usize = 5;

/// Gives layers with one multiplier one for each channel, where that takes less flash.
pub(super) fn unify(kernels: &mut [KernelParameters]) {
    let mut second_way = 0;
    let mut channels = 0;
    for kernel in &*kernels {
        let KernelParameters::Linear(kind, linear) = kernel else { continue };
        let has_rows = !matches!(kind, LinearKernel::DepthwiseConv2d { .. });
        match linear.requantize {
            RequantizeParameters::MultiplierPerChannel { .. } => {
                second_way = second_way.max(REQUANTIZE + if has_rows { ROWS } else { 0 });
            }
            RequantizeParameters::MultiplierPerTensor { .. } => channels += linear.bias.len(),
            _ => {}
        }
    }
    if channels * PER_CHANNEL < second_way {
        kernels.iter_mut().for_each(repeat);
    }
}

fn repeat(kernel: &mut KernelParameters) {
    let KernelParameters::Linear(_, linear) = kernel else { return };
    if let RequantizeParameters::MultiplierPerTensor { multiplier, shift, zero_point, min, max } =
        linear.requantize
    {
        let channels = linear.bias.len();
        let (multipliers, shifts) = (vec![multiplier; channels], vec![shift; channels]);
        linear.requantize =
            RequantizeParameters::MultiplierPerChannel { multipliers, shifts, zero_point, min, max };
    }
}
