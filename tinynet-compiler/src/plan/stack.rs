//! Bytes of stack that an inference takes at most, on a Cortex-M0 and on larger cores.
//!
//! Kernels are functions of their own, whatever the sizes of a layer, so that their frames are always the same. They
//! were read off programs linked with `opt-level` 3 and `"s"` (link-time optimisation, one codegen unit), which differ
//! by a few words; what stands here is the larger of the two. Straight-line code holds what it reads in its frame. The
//! board tests paint the stack and hold what is gone of the paint against these figures.

use super::unrolled::{Extent, Sum, Unrolled, places};
use super::{CodeShape, Stack, Step};
use crate::kernel_parameters::{KernelParameters, LinearKernel, PairKernel, RequantizeParameters};
use crate::quantized::Element;

/// Number of the layers that have code.
pub(super) fn layers(steps: &[Step]) -> usize {
    steps.iter().filter(|step| step.shape != CodeShape::Nothing).count()
}

/// What an inference takes while it runs a layer, in a network with so many layers.
pub(super) fn of_inference(layer: usize, layers: usize) -> usize {
    /// `run` and its like.
    const ENTRY: usize = 16;
    // What runs the layers one after the other keeps addresses in the arena, the more the more layers there are.
    let sequence = 16 + layers.min(16) + layers / 2;
    (ENTRY + sequence + layer).next_multiple_of(8)
}

/// What the function of a layer takes, with all that it calls; `element` is the wider of its input's and its output's.
pub(super) fn of_layer(kernel: &KernelParameters, shape: &CodeShape, element: Element) -> Stack {
    let cortex_m0 = match (kernel, shape) {
        (_, CodeShape::Assembly(assembly)) => {
            let same = of_assembly(assembly.stack);
            let dsp = shape.dsp().map_or(same, |code| of_assembly(code.function.stack));
            return Stack { cortex_m0: same, mainline: same, dsp };
        }
        (KernelParameters::Linear(_, linear), CodeShape::Unrolled(unrolled)) => {
            of_unrolled(unrolled, linear.requantize.is_multiplier())
        }
        (KernelParameters::Linear(kernel, linear), _) => of_linear(kernel, &linear.requantize, element),
        _ => of_plain(kernel, element),
    };
    let cortex_m0 = cortex_m0 + if let CodeShape::Packed(_) = shape { UNPACKING } else { 0 };
    let mainline = on_mainline(cortex_m0);
    Stack { cortex_m0, mainline, dsp: mainline }
}

/// What kernels in Rust take on cores that have all of Thumb-2, by what they take on a Cortex-M0. LLVM keeps and unrolls more
/// there, and has words copied by functions: at most so much more in programs without assembly for a Cortex-M4.
fn on_mainline(cortex_m0: usize) -> usize {
    match cortex_m0 {
        0 => 0,
        _ => cortex_m0 + cortex_m0 / 2 + 64,
    }
}

/// What the function of a layer takes that calls assembly with such a frame.
pub(super) fn of_assembly(frame: usize) -> usize {
    ASSEMBLY_CALL + frame
}

/// What the call of assembly takes beside its own frame, which is known.
const ASSEMBLY_CALL: usize = 16;

/// What kernels take more that take weights out of bytes.
const UNPACKING: usize = 40;

/// A batch of accumulators, and what makes them or turns them into activations.
fn of_rows(requantize: &RequantizeParameters) -> usize {
    120 + match requantize {
        RequantizeParameters::ShortMultiplierPerTensor { .. }
        | RequantizeParameters::ShortMultiplierPerChannel { .. } => 80,
        RequantizeParameters::MultiplierPerTensor { .. }
        | RequantizeParameters::MultiplierPerChannel { .. } => 60,
        _ => 52,
    }
}

fn of_linear(kernel: &LinearKernel, requantize: &RequantizeParameters, element: Element) -> usize {
    let is_int8 = element == Element::Int8;
    match kernel {
        LinearKernel::Dense { .. } => 96 + of_rows(requantize),
        LinearKernel::Conv2d { .. } => 32 + 144 + of_rows(requantize),
        LinearKernel::DepthwiseConv2d { .. } if is_int8 => 412,
        LinearKernel::DepthwiseConv2d { .. } => 436,
    }
}

/// Layers without weights, and those whose weights are no matrix.
fn of_plain(kernel: &KernelParameters, element: Element) -> usize {
    let is_int8 = element == Element::Int8;
    match kernel {
        KernelParameters::Reshape => 0,
        KernelParameters::Linear(kernel, linear) => of_linear(kernel, &linear.requantize, element),
        KernelParameters::MaxPool2d(_) => {
            if is_int8 {
                208
            } else {
                224
            }
        }
        KernelParameters::AveragePool2d(_) => {
            if is_int8 {
                344
            } else {
                408
            }
        }
        KernelParameters::Table(_) | KernelParameters::FlipSign | KernelParameters::Convert(_) => 24,
        KernelParameters::Lookup(_) => 40,
        KernelParameters::Clamp(_) => 48,
        KernelParameters::PRelu(_) => 80,
        KernelParameters::AddShift(_) => 64,
        KernelParameters::AddMultiplier(_) => 128,
        KernelParameters::Multiply(_) | KernelParameters::Pair(PairKernel::Multiply(_), _) => 112,
        KernelParameters::Pair(PairKernel::Larger(_), _) => 64,
        KernelParameters::Pair(PairKernel::PRelu(_), _) => 112,
        KernelParameters::Pair(PairKernel::SignedSum(_), _) => 160,
        KernelParameters::Concat(_) => 40,
        KernelParameters::Pad(_) => 64,
        KernelParameters::WideConv2d(..) => 296,
        KernelParameters::AsymmetricConv2d(_) => 392,
        KernelParameters::Rescale(_) => 96,
        KernelParameters::Logistic16(_)
        | KernelParameters::Tanh16(_)
        | KernelParameters::Interpolation(_) => 72,
        KernelParameters::Softmax16(..) => 128,
        KernelParameters::Softmax(_) => 104,
        KernelParameters::GemmlowpSoftmax { .. } => 136,
        KernelParameters::ArgMax => 24,
        KernelParameters::Sum { .. } => 88,
        KernelParameters::Extremum(_) | KernelParameters::ArgExtremum(_) => 72,
        KernelParameters::Rearrange(_) => 96,
        KernelParameters::Gather(_) => 112,
        KernelParameters::TransposeConv2d(..) => 240,
        KernelParameters::ResizeBilinear(_) => 272,
        KernelParameters::LogSoftmax(..) => 192,
        KernelParameters::Lstm(_) => 568,
        KernelParameters::Svdf(_) => 264,
        KernelParameters::ReadVariable(_) | KernelParameters::AssignVariable(_) => 48,
    }
}

fn of_unrolled(unrolled: &Unrolled, is_multiplier: bool) -> usize {
    let functions = unrolled.functions().into_iter().map(|sums| of_function(&unrolled.sums[sums]));
    // What multiplies by a quotient of scales.
    let called = if is_multiplier { 24 } else { 0 };
    let deepest = functions.max().unwrap_or(0) + called;
    match unrolled.extent {
        Extent::Whole => 16 + deepest,
        // What copies a patch is called by the same function.
        Extent::Pixel { .. } => 80 + deepest.max(96),
    }
}

/// The frame of a function of straight-line code. LLVM loads the inputs before it needs them, but for those of the last
/// sum alone, and calculates products ahead; a single sum has registers enough for all that is in flight.
fn of_function(sums: &[Sum]) -> usize {
    let kept = places(sums.split_last().map_or(&[], |(_, others)| others)).len();
    let terms: usize = sums.iter().map(|sum| sum.terms.len()).sum();
    match sums {
        [_] => (2 * terms + 32).min(208),
        _ => 4 * kept + terms + 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::unrolled::Term;

    fn sum(places: std::ops::Range<usize>) -> Sum {
        let terms = places.map(|place| Term { place, weight: 3 }).collect();
        Sum { channel: 0, bias: 0, terms }
    }

    #[test]
    fn sums_of_the_same_inputs_keep_them_and_the_last_keeps_none_of_its_own() {
        assert_eq!(of_function(&[sum(0..10)]), 2 * 10 + 32);
        assert_eq!(of_function(&[sum(0..255)]), 208);
        assert_eq!(of_function(&[sum(0..10), sum(0..10)]), 4 * 10 + 20 + 32);
        assert_eq!(of_function(&[sum(0..10), sum(10..20)]), 4 * 10 + 20 + 32);
        assert_eq!(of_function(&[sum(0..10), sum(10..20), sum(0..10)]), 4 * 20 + 30 + 32);
    }

    #[test]
    fn more_layers_take_more_to_run_them() {
        let one = of_inference(100, 1);
        assert!(one >= 100 + 16 + 16 && of_inference(100, 75) > one + 40, "{one}");
        let nothing = of_layer(&KernelParameters::Reshape, &CodeShape::Nothing, Element::Int8);
        assert_eq!(nothing, Stack::default());
    }
}
