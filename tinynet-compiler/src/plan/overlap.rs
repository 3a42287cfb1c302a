//! Which layers may write their output over their own input, and how far behind what they still read.

use super::unrolled::Extent;
use super::{CodeShape, cycles};
use crate::kernel_parameters::{KernelParameters, LinearKernel};
use crate::quantized::Element;
use tinynet_core::kernels::{Conv2d, DepthwiseConv2d, EachPatch, MaxPool2d, Window};
use tinynet_core::requantize::ShiftPerTensor;

/// What a layer wants in order to write over its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The least number of bytes by which the output begins before the input; negative where it may begin behind.
    pub lead: isize,
    /// Bytes beside its input and its output.
    pub scratch: usize,
    /// Cycles that it takes longer, about, on a Cortex-M0 and on a Cortex-M0+.
    pub cycles: [usize; 2],
}

impl Overlap {
    /// The same for elements of so many bytes each.
    pub fn of(self, bytes: usize) -> Self {
        let Self { lead, scratch, cycles } = self;
        Self { lead: lead * bytes as isize, scratch: scratch * bytes, cycles }
    }

    /// Without more work.
    fn free(lead: isize) -> Self {
        Self { lead, scratch: 0, cycles: [0; 2] }
    }

    /// With patches of so many bytes in the scratch. Those that lie in the input in one piece would be read there were it
    /// not for what overwrites it.
    fn with_patches(lead: isize, scratch: usize, window: &Window) -> Self {
        let in_one_piece = scratch > 0 && window.kernel[0] == 1 && window.dilation[1] == 1;
        let cycles = if in_one_piece { cycles::of_patches(window, Element::Int8) } else { [0; 2] };
        Self { lead, scratch, cycles }
    }
}

/// How a layer of int8 may overlap its only input; `None` where it has to leave it alone.
pub fn overlap(kernel: &KernelParameters, shape: &CodeShape) -> Option<Overlap> {
    match (shape, kernel) {
        (CodeShape::Nothing, _) => None,
        (CodeShape::Unrolled(unrolled), _) => match unrolled.extent {
            Extent::Whole => None,
            Extent::Pixel { window, border } => {
                let patches = EachPatch { window, groups: 1, border };
                Some(Overlap::with_patches(patches.lead(), patches.overlapping_scratch(), &window))
            }
        },
        (
            CodeShape::Loop | CodeShape::Packed(_) | CodeShape::Assembly(_),
            KernelParameters::Linear(kernel, _),
        ) => linear(kernel),
        (CodeShape::Loop, KernelParameters::AsymmetricConv2d(asymmetric)) => {
            linear(&LinearKernel::Conv2d { window: asymmetric.window, groups: asymmetric.groups })
        }
        (CodeShape::Loop, KernelParameters::Lstm(lstm)) => Some(Overlap::free(lstm.kernel().lead())),
        (CodeShape::Assembly(_), KernelParameters::AveragePool2d(pool)) => {
            // A position is finished channel by channel.
            let lead = MaxPool2d { window: pool.window }.lead();
            Some(Overlap::free(lead.max(pool.lead())))
        }
        (CodeShape::Loop | CodeShape::Assembly(_), KernelParameters::MaxPool2d(pool)) => {
            Some(Overlap::free(pool.lead()))
        }
        (CodeShape::Loop, KernelParameters::AveragePool2d(pool)) => Some(Overlap::free(pool.lead())),
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
            Some(Overlap::with_patches(layer.lead(), layer.overlapping_scratch(), &window))
        }
        LinearKernel::DepthwiseConv2d { window, multiplier } => {
            let layer = DepthwiseConv2d { window, multiplier, weights, bias, input_zero_point, requantize };
            Some(Overlap::free(layer.lead()))
        }
    }
}
