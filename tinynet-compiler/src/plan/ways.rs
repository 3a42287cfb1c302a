//! How layers may use memory, by the shape of their code.

use super::CodeShape;
use super::arrangement::Ways;
use super::overlap::{self, Overlap};
use crate::kernel_parameters::{KernelParameters, LinearKernel};
use crate::quantized::Element;

/// How a layer may use memory that makes elements of a type; those of a layer that may overlap its input are of the same.
pub(super) fn ways(kernel: &KernelParameters, shape: &CodeShape, element: Element) -> Ways {
    let scratch = match (shape, kernel) {
        (CodeShape::Unrolled(unrolled), _) => unrolled.scratch(),
        (
            CodeShape::Loop | CodeShape::Packed(_) | CodeShape::Assembly(_),
            KernelParameters::Linear(LinearKernel::Conv2d { window, groups }, _),
        ) => window.scratch(*groups),
        (CodeShape::Loop, KernelParameters::AsymmetricConv2d(asymmetric)) => {
            asymmetric.window.scratch(asymmetric.groups)
        }
        _ => 0,
    };
    let bytes = element.bytes();
    let mut ways = Ways {
        scratch: scratch * bytes,
        overlap: overlap::overlap(kernel, shape).map(|overlap| overlap.of(bytes)),
        alignment: bytes,
        tensor_alignment: 1,
    };
    if let CodeShape::Assembly(assembly) = shape {
        // Scratch that serves the one and the other; where it has words, whole ones, at a multiple of a word.
        let (least, alignment) = (assembly.scratch, assembly.alignment);
        ways.alignment = alignment;
        ways.scratch = ways.scratch.max(least).next_multiple_of(alignment);
        ways.overlap = ways.overlap.filter(|_| !assembly.reads_in_place());
        if let Some(overlap) = &mut ways.overlap {
            overlap.scratch = overlap.scratch.max(least).next_multiple_of(alignment);
            overlap.cycles = [0; 2];
        }
        if let KernelParameters::Linear(LinearKernel::DepthwiseConv2d { window, multiplier }, _) = kernel {
            depthwise_overlap(&mut ways, window.input[2], *multiplier);
        }
    }
    ways
}

/// Assembly goes through one channel after the other, so that a channel may overwrite nothing of others: as many channels out
/// as in, and from an input to an output whole pixels.
fn depthwise_overlap(ways: &mut Ways, channels: usize, multiplier: usize) {
    let overlap = ways.overlap.filter(|_| multiplier == 1 && channels <= MOST_ALIGNED);
    let whole_pixels = |lead: isize| lead + (-lead).rem_euclid(channels as isize);
    ways.overlap = overlap.map(|overlap| Overlap { lead: whole_pixels(overlap.lead), ..overlap });
    ways.tensor_alignment = if overlap.is_some() { channels } else { 1 };
}

/// The most bytes that tensors are laid at multiples of.
const MOST_ALIGNED: usize = 512;
