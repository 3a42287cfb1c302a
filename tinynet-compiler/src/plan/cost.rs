//! What layers cost on a Cortex-M0: flash, multiply-accumulates, cycles.
//!
//! Tables are counted exactly. Code is modelled by what was measured of linked networks (release profile:
//! `opt-level = 3`, link-time optimisation, one codegen unit, `panic = "abort"`): every kernel is one function whatever
//! the sizes, so that it has one size; straight-line code was fitted term by term. `cargo bench` prints the estimate
//! beside what was linked; tests hold the two together, for the examples within a tenth of each other.

use super::assembly::Function;
use super::cycles::{self, Output};
use super::unrolled::{Extent, Unrolled, places};
use super::{CodeShape, plain_cost};
use crate::armv6m::timing::{Core, Multiplier};
use crate::kernel_parameters::{KernelParameters, LinearKernel, LinearParameters, RequantizeParameters};
use crate::quantized::Element;
use crate::row_packing::{RowPacking, Rows};

/// The cost of one layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Number of weights, biases not counted.
    pub weights: usize,
    /// Multiply-accumulate operations an inference; products with the border count, as is usual.
    pub macs: usize,
    /// Bytes of flash: its tables and its own code, without the functions that it shares with other layers.
    pub flash: usize,
    /// The functions that it shares with other layers.
    pub shared: Vec<Shared>,
    /// Those of them that there are once for each way to pack weights.
    pub unpacking: Vec<(RowPacking, Shared)>,
    /// Type of what it makes: generic functions are shared by layers of one type.
    pub element: Element,
    /// Its function in assembly, which other layers with the same instructions share.
    pub assembly: Option<Function>,
    /// Cortex-M0 cycles an inference with the multiplier that was planned for, zero wait states: exact where the code is
    /// assembly, else about.
    pub cycles: usize,
    /// The same on a Cortex-M0+.
    pub cycles_m0plus: usize,
    /// Words that an inference reads from flash.
    pub fetches: usize,
}

/// A function that several layers call: its name, which differs where generic code differs, and bytes of flash.
pub type Shared = (&'static str, usize);

impl Cost {
    /// The cost of a layer whose code has a shape, on cores with a multiplier.
    pub fn new(kernel: &KernelParameters, shape: &CodeShape, output: Output, multiplier: Multiplier) -> Self {
        let mut cost = Self { element: output.element, ..Self::of(kernel, shape, multiplier) };
        if output.element == Element::Int16 {
            cost.shared.iter_mut().for_each(plain_cost::widen);
        }
        if matches!(shape, CodeShape::Assembly(_) | CodeShape::Nothing) {
            return cost;
        }
        let time = cycles::time(kernel, shape, output);
        let [cycles, cycles_m0plus] = time.cycles();
        // About as many words as cycles by two, if multiplications take one.
        let fetches = (cycles + RUST_CALL.cycles) / 2;
        let slower = time.multiplications() * (multiplier.cycles() as usize - 1);
        Self {
            cycles: cycles + slower + RUST_CALL.cycles,
            cycles_m0plus: cycles_m0plus + slower + RUST_CALL.cycles_m0plus,
            fetches,
            ..cost
        }
    }

    /// The cost but cycles, where the code is not assembly.
    fn of(kernel: &KernelParameters, shape: &CodeShape, multiplier: Multiplier) -> Self {
        match (kernel, shape) {
            (KernelParameters::Linear(kind, linear), CodeShape::Unrolled(unrolled)) => {
                unrolled_cost(kind, linear, unrolled)
            }
            (_, CodeShape::Assembly(assembly)) => {
                let (weights, macs) = match kernel {
                    KernelParameters::Linear(kind, linear) => (linear.weights.len(), macs(kind, linear)),
                    _ => (0, 0),
                };
                Self {
                    weights,
                    macs,
                    flash: assembly.data_bytes + ASSEMBLY_CALL.bytes,
                    shared: if assembly.has_table { vec![TRIANGULAR_NUMBERS] } else { Vec::new() },
                    unpacking: Vec::new(),
                    assembly: Some(assembly.function()),
                    cycles: assembly.cycles(Core::cortex_m0(multiplier)) as usize + ASSEMBLY_CALL.cycles,
                    cycles_m0plus: assembly.cycles(Core::cortex_m0plus(multiplier)) as usize
                        + ASSEMBLY_CALL.cycles_m0plus,
                    fetches: assembly.counts.fetches() as usize + ASSEMBLY_CALL.cycles / 2,
                    element: Element::Int8,
                }
            }
            (KernelParameters::Linear(kind, linear), CodeShape::Packed(packing)) => {
                loop_cost(kind, linear).packed(kernel, *packing)
            }
            (_, CodeShape::Packed(packing)) => plain_cost::cost(kernel, shape).packed(kernel, *packing),
            (KernelParameters::Linear(kind, linear), _) => loop_cost(kind, linear),
            _ => plain_cost::cost(kernel, shape),
        }
    }
}

impl Cost {
    /// Cycles an inference on a processor with the multiplier that was planned for.
    pub fn cycles_on(&self, processor: Processor) -> usize {
        let cycles = match processor.kind {
            ProcessorKind::CortexM0 => self.cycles,
            ProcessorKind::CortexM0Plus => self.cycles_m0plus,
        };
        cycles.saturating_add(self.fetches.saturating_mul(processor.wait_states.into()))
    }

    /// Bytes of flash with all functions, as if it were the only layer.
    pub fn alone(&self) -> usize {
        let shared = self.shared.iter().chain(self.unpacking.iter().map(|(_, shared)| shared));
        self.own() + shared.map(|shared| shared.1).sum::<usize>()
    }

    /// The same where the weights of a kernel are packed.
    fn packed(mut self, kernel: &KernelParameters, packing: RowPacking) -> Self {
        let Some(rows) = Rows::of(kernel) else { return self };
        self.flash = self.flash - rows.weights.len() + rows.bytes(packing);
        self.shared.retain(|&(name, bytes)| {
            let unpacking = unpacking(name, bytes, packing);
            self.unpacking.extend(unpacking.map(|bytes| (packing, (name, bytes))));
            unpacking.is_none()
        });
        self
    }

    /// Bytes of flash with its function in assembly, as if no other layer had the same.
    pub fn own(&self) -> usize {
        self.flash + self.assembly.map_or(0, |function| function.bytes)
    }
}

/// A processor, and how its flash answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor {
    /// Which one.
    pub kind: ProcessorKind,
    /// Cycles that each word of flash takes longer.
    pub wait_states: u8,
    /// The multiplier that its maker chose.
    pub multiplier: Multiplier,
}

/// Processors whose times are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessorKind {
    /// Cortex-M0.
    CortexM0,
    /// Cortex-M0+.
    CortexM0Plus,
}

impl Processor {
    /// Cortex-M0, zero wait states.
    pub const fn cortex_m0(multiplier: Multiplier) -> Self {
        Self { kind: ProcessorKind::CortexM0, wait_states: 0, multiplier }
    }

    /// Cortex-M0+, zero wait states.
    pub const fn cortex_m0plus(multiplier: Multiplier) -> Self {
        Self { kind: ProcessorKind::CortexM0Plus, wait_states: 0, multiplier }
    }
}

/// What the call of a layer costs that is assembly: addresses of its tensors, its scratch and its data.
const ASSEMBLY_CALL: Call = Call { bytes: 38, cycles: 26, cycles_m0plus: 18 };

struct Call {
    bytes: usize,
    cycles: usize,
    cycles_m0plus: usize,
}

/// The same of a layer in Rust: the branch, the rest being part of its function.
const RUST_CALL: Call = Call { bytes: 0, cycles: 4, cycles_m0plus: 3 };

/// What a layer without unrolled weights costs.
fn loop_cost(kind: &LinearKernel, linear: &LinearParameters) -> Cost {
    let (parameters, call) = match &linear.requantize {
        RequantizeParameters::ShiftPerTensor { .. } => (4, 84),
        RequantizeParameters::ShiftPerChannel { .. } => (5, 92),
        RequantizeParameters::MultiplierPerTensor { .. } => (4, 104),
        RequantizeParameters::MultiplierPerChannel { .. } => (9, 104),
        RequantizeParameters::ShortMultiplierPerTensor { .. } => (4, 100),
        RequantizeParameters::ShortMultiplierPerChannel { .. } => (7, 104),
        RequantizeParameters::FractionPerTensor(_) => (4, 104),
        RequantizeParameters::FractionPerChannel { .. } => (8, 104),
        RequantizeParameters::MultiplyShift(_) => (4, 100),
    };
    let (window, table) = (window_bytes(kind), table_bytes(linear));
    Cost {
        weights: linear.weights.len(),
        macs: macs(kind, linear),
        flash: linear.weights.len() + linear.bias.len() * parameters + table + window + call,
        shared: shared_loops(kind, linear),
        ..Cost::default()
    }
}

/// What straight-line code costs.
fn unrolled_cost(kind: &LinearKernel, linear: &LinearParameters, unrolled: &Unrolled) -> Cost {
    let is_multiplier = linear.requantize.is_multiplier();
    let is_pixel = matches!(unrolled.extent, Extent::Pixel { .. });
    let outputs = unrolled.sums.len();
    let mut shared = Vec::new();
    // Tenths of a byte.
    let mut code = 100 + 366 * unrolled.functions().len();
    for sums in unrolled.functions() {
        code += 61 * places(&unrolled.sums[sums]).len();
    }
    for term in unrolled.sums.iter().flat_map(|sum| &sum.terms) {
        code += match term.weight.unsigned_abs() {
            1 => 23,
            magnitude if magnitude.is_power_of_two() => 35,
            _ => 96,
        };
    }
    code += outputs * if is_multiplier { 243 } else { 12 };
    if linear.table.is_some() {
        code += outputs * 40;
    }
    if is_multiplier {
        shared.push(MULTIPLY);
    }
    if is_pixel {
        code += 3090;
        shared.push(GATHER);
    }
    Cost {
        weights: linear.weights.len(),
        macs: macs(kind, linear),
        flash: code / 10 + table_bytes(linear),
        shared,
        ..Cost::default()
    }
}

fn macs(kind: &LinearKernel, linear: &LinearParameters) -> usize {
    match kind {
        LinearKernel::Dense { .. } => linear.weights.len(),
        LinearKernel::Conv2d { window, .. } | LinearKernel::DepthwiseConv2d { window, .. } => {
            linear.weights.len() * window.output[0] * window.output[1]
        }
    }
}

pub(super) fn table_bytes(linear: &LinearParameters) -> usize {
    if linear.table.is_some() { 256 } else { 0 }
}

/// Sizes and steps of a window, which a kernel reads from a constant; less what the call then needs no code for.
fn window_bytes(kind: &LinearKernel) -> usize {
    match kind {
        LinearKernel::Dense { .. } => 0,
        LinearKernel::Conv2d { .. } => 52,
        LinearKernel::DepthwiseConv2d { .. } => 32,
    }
}

/// The functions behind a layer that is a loop. Those that requantise exist once for each way to do so.
fn shared_loops(kind: &LinearKernel, linear: &LinearParameters) -> Vec<Shared> {
    let has_table = linear.table.is_some();
    let (requantize, rows, convolve, depthwise): (Shared, Shared, Shared, Shared) =
        match (&linear.requantize, has_table) {
            (RequantizeParameters::ShiftPerTensor { .. }, false) => {
                (("requantize 1", 50), ("rows 1", 100), ("convolve 1", 260), ("depthwise 1", 260))
            }
            (RequantizeParameters::ShiftPerTensor { .. }, true) => {
                (("requantize 2", 70), ("rows 2", 100), ("convolve 2", 260), ("depthwise 2", 260))
            }
            (RequantizeParameters::ShiftPerChannel { .. }, false) => {
                (("requantize 3", 72), ("rows 3", 100), ("convolve 3", 260), ("depthwise 3", 260))
            }
            (RequantizeParameters::ShiftPerChannel { .. }, true) => {
                (("requantize 4", 82), ("rows 4", 100), ("convolve 4", 260), ("depthwise 4", 260))
            }
            (RequantizeParameters::MultiplierPerTensor { .. }, false) => {
                (("requantize 9", 210), ("rows 9", 100), ("convolve 9", 260), ("depthwise 9", 260))
            }
            (RequantizeParameters::MultiplierPerTensor { .. }, true) => {
                (("requantize 10", 220), ("rows 10", 100), ("convolve 10", 260), ("depthwise 10", 260))
            }
            (RequantizeParameters::MultiplierPerChannel { .. }, false) => {
                (("requantize 5", 228), ("rows 5", 100), ("convolve 5", 260), ("depthwise 5", 260))
            }
            // Tables are for int8.
            (RequantizeParameters::ShortMultiplierPerTensor { .. }, _) => {
                (("requantize 15", 220), ("rows 15", 100), ("convolve 15", 260), ("depthwise 15", 260))
            }
            (RequantizeParameters::ShortMultiplierPerChannel { .. }, _) => {
                (("requantize 16", 240), ("rows 16", 100), ("convolve 16", 260), ("depthwise 16", 260))
            }
            (RequantizeParameters::MultiplyShift(_), false) => {
                (("requantize 7", 56), ("rows 7", 100), ("convolve 7", 260), ("depthwise 7", 260))
            }
            (RequantizeParameters::MultiplyShift(_), true) => {
                (("requantize 8", 76), ("rows 8", 100), ("convolve 8", 260), ("depthwise 8", 260))
            }
            (RequantizeParameters::FractionPerTensor(_), false) => {
                (("requantize 11", 150), ("rows 11", 100), ("convolve 11", 260), ("depthwise 11", 260))
            }
            (RequantizeParameters::FractionPerTensor(_), true) => {
                (("requantize 12", 160), ("rows 12", 100), ("convolve 12", 260), ("depthwise 12", 260))
            }
            (RequantizeParameters::FractionPerChannel { .. }, false) => {
                (("requantize 13", 170), ("rows 13", 100), ("convolve 13", 260), ("depthwise 13", 260))
            }
            (RequantizeParameters::FractionPerChannel { .. }, true) => {
                (("requantize 14", 180), ("rows 14", 100), ("convolve 14", 260), ("depthwise 14", 260))
            }
            (RequantizeParameters::MultiplierPerChannel { .. }, true) => {
                (("requantize 6", 236), ("rows 6", 100), ("convolve 6", 260), ("depthwise 6", 260))
            }
        };
    match kind {
        LinearKernel::Dense { .. } => vec![ACCUMULATE, requantize, rows],
        LinearKernel::Conv2d { .. } => vec![ACCUMULATE, requantize, rows, convolve, GATHER],
        LinearKernel::DepthwiseConv2d { .. } => {
            vec![requantize, depthwise, DEPTHWISE_TAPS, ("repeat", 62), TAPS]
        }
    }
}

/// Bytes of a function where it reads packed weights; `None` where it reads none.
fn unpacking(name: &str, bytes: usize, packing: RowPacking) -> Option<usize> {
    match name {
        // Bytes of the whole function.
        _ if name == ACCUMULATE.0 => Some(match packing {
            RowPacking::Signed(2) => 250,
            RowPacking::Signed(3) => 266,
            RowPacking::Signed(4) => 254,
            RowPacking::Signed(5) => 280,
            RowPacking::Signed(_) => 286,
            RowPacking::Odd(1) => 282,
            RowPacking::Odd(_) => 292,
            RowPacking::Ternary => 206,
        }),
        // As many as of the kernel that reads bytes, and what differs.
        _ if name == DEPTHWISE_TAPS.0 => {
            Some(bytes + if let RowPacking::Odd(_) = packing { 316 } else { 290 })
        }
        _ if name == TRANSPOSED.0 => Some(bytes + 240),
        _ if name == WIDE.0 => Some(bytes + 190),
        _ if name.starts_with("rows ") => Some(bytes + 20),
        _ if name.starts_with("convolve ") || name.starts_with("depthwise ") => Some(bytes),
        _ => None,
    }
}

/// Copies the patch under a window.
pub(super) const GATHER: Shared = ("gather", 330);
/// Finds which taps of a window lie in the image.
pub(super) const TAPS: Shared = ("taps", 88);
/// Sums of products of rows of weights.
pub(super) const ACCUMULATE: Shared = ("accumulate", 188);
/// Sums of a depthwise convolution, tap by tap.
const DEPTHWISE_TAPS: Shared = ("taps of a channel", 488);
/// A transposed convolution.
pub(super) const TRANSPOSED: Shared = ("transpose convolution", 990);
/// A convolution with sums of 64 bits.
pub(super) const WIDE: Shared = ("wide convolution", 760);
/// The table that products are looked up in.
const TRIANGULAR_NUMBERS: Shared = ("triangular numbers", 1024);
/// Multiplies by a quotient of scales.
pub(super) const MULTIPLY: Shared = ("multiply", 74);

/// Bytes of flash of a network whose layers have these costs: what is shared counts once.
pub fn flash<'a>(costs: impl Iterator<Item = &'a Cost>) -> usize {
    /// The calls of the layers, one after the other.
    const SEQUENCE: usize = 16;
    let (mut shared, mut assembly): (Vec<(Shared, Element)>, Vec<_>) = (Vec::new(), Vec::new());
    let mut unpacking = Vec::new();
    let mut flash = SEQUENCE;
    for cost in costs {
        flash += cost.flash;
        if let Some(function) = cost.assembly.filter(|function| !assembly.contains(function)) {
            flash += function.bytes;
            assembly.push(function);
        }
        for &function in &cost.shared {
            let element = if OF_ANY_TYPE.contains(&function.0) { Element::default() } else { cost.element };
            if !shared.contains(&(function, element)) {
                shared.push((function, element));
            }
        }
        for &(packing, function) in &cost.unpacking {
            if !unpacking.contains(&(packing, cost.element, function)) {
                unpacking.push((packing, cost.element, function));
            }
        }
    }
    let shared = shared.iter().map(|(function, _)| function.1);
    let unpacking = unpacking.iter().map(|(_, _, function): &(_, _, Shared)| function.1);
    flash + shared.chain(unpacking).sum::<usize>()
}

/// Functions and tables that have nothing to do with the type of tensors.
const OF_ANY_TYPE: [&str; 10] = [
    TAPS.0,
    MULTIPLY.0,
    TRIANGULAR_NUMBERS.0,
    plain_cost::LOGISTIC.0,
    plain_cost::FILL.0,
    plain_cost::RECIPROCAL.0,
    plain_cost::HIGH_MULTIPLY.0,
    "divider",
    "exponential",
    "logarithm",
];

/// Counts functions in assembly that one layer alone calls as part of that layer.
pub fn own_what_is_not_shared(costs: &mut [Cost]) {
    let functions: Vec<_> = costs.iter().filter_map(|cost| cost.assembly).collect();
    let is_alone = |function: &Function| functions.iter().filter(|other| *other == function).count() == 1;
    for cost in costs {
        if let Some(function) = cost.assembly.take_if(|function| is_alone(function)) {
            cost.flash += function.bytes;
        }
    }
}
