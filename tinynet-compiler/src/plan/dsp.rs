//! Layers in assembly, written once more for cores with the DSP extension.
//!
//! One plan serves all cores: these forms make do with the places and with the scratch that the layer has.

use super::assembly::{Assembly, Function, Technique, channels, dense};
use super::stack::{layers, of_assembly, of_inference};
use super::{Budget, CodeShape, Step};
use crate::armv6m::timing::{Core, Multiplier};
use crate::armv7em::code::{Code, Room};
use crate::armv7em::convolution::Convolution;
use crate::armv7em::depthwise_conv2d::DepthwiseConv2d;
use crate::armv7em::requantize::scales;
use crate::kernel_parameters::{KernelParameters, LinearKernel};

/// The code of a layer; `None` where it is none of these kinds, or where there is too little room.
pub(super) fn code(kernel: &KernelParameters, room: Room) -> Option<Code> {
    let KernelParameters::Linear(kernel, linear) = kernel else { return None };
    if linear.table.is_some() {
        return None;
    }
    let (weights, bias, input_zero_point) = (&linear.weights, &linear.bias, linear.input_zero_point);
    let (scales, form) = scales(&channels(linear))?;
    let scales = &scales;
    let window = match *kernel {
        LinearKernel::Dense { inputs, outputs } => dense(inputs, outputs),
        LinearKernel::Conv2d { window, groups: 1 } => window,
        LinearKernel::Conv2d { .. } => return None,
        LinearKernel::DepthwiseConv2d { window, multiplier } => {
            let layer = DepthwiseConv2d { window, multiplier, weights, bias, input_zero_point, scales, form };
            return layer.write(room);
        }
    };
    Convolution { window, weights, bias, input_zero_point, scales, form }.write(room)
}

/// Writes the layers that are in assembly, as many of them as meet the limits; `flash` is what all take elsewhere.
///
/// Layers that share a function without the extension have this form all or none: else that function would have to be there
/// twice, for cores of either kind.
pub(super) fn write(steps: &mut [Step], flash: usize, budget: Budget) {
    let layers = layers(steps);
    for step in &mut *steps {
        let overlaps = step.lead.is_some() || step.in_place.is_some();
        let room = Room { scratch: step.scratch.len(), overlaps };
        let CodeShape::Assembly(assembly) = &mut step.shape else { continue };
        // What was chosen to be small stays small, and what leaves weights out or has few bits stays fast.
        if assembly.technique != Technique::Shared && !is_faster_without(assembly, &step.kernel) {
            assembly.dsp = code(&step.kernel, room).filter(|code| {
                let stack = of_inference(of_assembly(code.function.stack), layers) as u64;
                code.function.stack <= assembly.stack || budget.stack.is_none_or(|limit| stack <= limit)
            });
        }
    }
    let lacking: Vec<Function> = assemblies(steps)
        .filter(|assembly| assembly.dsp.is_none())
        .map(|assembly| assembly.function())
        .collect();
    lacking.into_iter().for_each(|function| leave_out(steps, function));
    let limit = budget.flash.map_or(i64::MAX, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    while (flash as i64).saturating_add(more_with_dsp(steps, None)) > limit {
        let with_dsp = assemblies(steps).filter(|assembly| assembly.dsp.is_some());
        let functions: Vec<Function> = with_dsp.map(Assembly::function).collect();
        // The one without which least is left.
        let Some(largest) =
            functions.into_iter().min_by_key(|&function| more_with_dsp(steps, Some(function)))
        else {
            break;
        };
        leave_out(steps, largest);
    }
}

/// Whether a layer takes fewer cycles by ARMv6-M instructions than it has multiplications, half a cycle more for each: dual
/// multiply-accumulates with all that belongs to them take about as much, whatever the weights.
fn is_faster_without(assembly: &Assembly, kernel: &KernelParameters) -> bool {
    let KernelParameters::Linear(kernel, linear) = kernel else { return false };
    let positions = match kernel {
        LinearKernel::Dense { .. } => 1,
        LinearKernel::Conv2d { window, .. } | LinearKernel::DepthwiseConv2d { window, .. } => {
            window.output[0] * window.output[1]
        }
    };
    let multiplications = (linear.weights.len() as u64).saturating_mul(positions as u64);
    assembly.cycles(Core::cortex_m0(Multiplier::SingleCycle)) <= multiplications.saturating_mul(3) / 2
}

fn assemblies(steps: &[Step]) -> impl Iterator<Item = &Assembly> {
    steps.iter().filter_map(|step| match &step.shape {
        CodeShape::Assembly(assembly) => Some(&**assembly),
        _ => None,
    })
}

/// Takes this form from all layers that share a function.
fn leave_out(steps: &mut [Step], function: Function) {
    for step in steps {
        if let CodeShape::Assembly(assembly) = &mut step.shape
            && assembly.function() == function
        {
            assembly.dsp = None;
        }
    }
}

/// Bytes of flash that all layers together have more on cores with the DSP extension, but for layers with a function that is
/// `left_out`. Functions that several share count once, on either side.
fn more_with_dsp(steps: &[Step], left_out: Option<Function>) -> i64 {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let mut more = 0;
    for assembly in assemblies(steps).filter(|assembly| left_out != Some(assembly.function())) {
        let Some(code) = &assembly.dsp else { continue };
        more += 4 * code.data.len() as i64 - assembly.data_bytes as i64;
        if !without.contains(&assembly.function()) {
            without.push(assembly.function());
            more -= assembly.function().bytes as i64;
        }
        if !with.contains(&code.function.fingerprint) {
            with.push(code.function.fingerprint);
            more += code.function.bytes as i64;
        }
    }
    more
}
