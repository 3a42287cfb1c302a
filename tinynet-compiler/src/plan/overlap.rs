//! Which layers may write their output over their own input, and how far behind what they still read.

use super::CodeShape;
use super::unrolled::Extent;
use crate::kernel_parameters::{KernelParameters, LinearKernel};
use tinynet_core::kernels::{Conv2d, DepthwiseConv2d, EachPatch};
use tinynet_core::requantize::ShiftPerTensor;

/// What a layer wants in order to write over its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The least number of bytes by which the output begins before the input; negative where it may begin behind.
    pub lead: isize,
    /// Bytes beside its input and its output.
    pub scratch: usize,
}

/// How a layer may overlap its only input; `None` where it has to leave it alone.
pub fn overlap(kernel: &KernelParameters, shape: &CodeShape) -> Option<Overlap> {
    match (shape, kernel) {
        (CodeShape::Nothing, _) => None,
        (CodeShape::Unrolled(unrolled), _) => match unrolled.extent {
            Extent::Whole => None,
            Extent::Pixel { window, border } => {
                let patches = EachPatch { window, groups: 1, border };
                Some(Overlap { lead: patches.lead(), scratch: patches.overlapping_scratch() })
            }
        },
        (CodeShape::Loop, KernelParameters::Linear(kernel, _)) => linear(kernel),
        (CodeShape::Loop, KernelParameters::MaxPool2d(pool)) => {
            Some(Overlap { lead: pool.lead(), scratch: 0 })
        }
        (CodeShape::Loop, KernelParameters::AveragePool2d(pool)) => {
            Some(Overlap { lead: pool.lead(), scratch: 0 })
        }
        _ => None,
    }
}

fn linear(kernel: &LinearKernel) -> Option<Overlap> {
    // What depends on the sizes alone.
    let (weights, bias, input_zero_point) = (&[], &[], 0);
    let requantize = ShiftPerTensor { shift: 0, min: 0, max: 0 };
    match *kernel {
        LinearKernel::Dense { .. } => None,
        LinearKernel::Conv2d { window, groups } => {
            let layer = Conv2d { window, groups, weights, bias, input_zero_point, requantize };
            Some(Overlap { lead: layer.lead(), scratch: layer.overlapping_scratch() })
        }
        LinearKernel::DepthwiseConv2d { window, multiplier } => {
            let layer = DepthwiseConv2d { window, multiplier, weights, bias, input_zero_point, requantize };
            Some(Overlap { lead: layer.lead(), scratch: 0 })
        }
    }
}
