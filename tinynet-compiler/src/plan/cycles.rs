//! How long kernels in Rust take on a Cortex-M0: how often each of their parts runs, and how long that part takes.
//!
//! How often is exact: it follows from the sizes of the layer as the loops of the kernel do. How long was fitted to what the
//! emulator counts ([`parts`]); a part is a loop's body or what surrounds it, a few instructions that hardly depend on
//! anything. `cargo xtask cycles` holds both against all public models and fits again. What packed weights take longer
//! was read off the instructions of their loops; `tests/zoo/tests/packed.rs` holds it to a tenth.
//!
//! Where instructions depend on data (a branch around a clamp, a power in an exponential function of int16), a part's time is
//! that of the slowest inference of each model; the fastest takes up to 2 % less in models with an LSTM, else less than that.
//! A softmax that calculates its exponentials multiplies once for each bit of an exponent that is set: its time is that of
//! exponents with all bits set, which no input exceeds.

mod elements;
mod moves;
pub mod parts;
mod pooling;
mod recurrent;
mod softmax;
mod straight_line;
mod weights;
mod window;

use super::CodeShape;
use crate::kernel_parameters::{KernelParameters, RequantizeParameters};
use crate::quantized::Element;
pub use parts::Part;

/// What a layer makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// How many elements.
    pub elements: usize,
    /// Their type.
    pub element: Element,
}

/// How often each part of a kernel runs in an inference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    /// Part and times.
    counts: Vec<(&'static Part, usize)>,
    /// Whether the elements are wider than a byte.
    is_wide: bool,
}

impl Time {
    fn new(element: Element) -> Self {
        Self { counts: Vec::new(), is_wide: element.bytes() > 1 }
    }

    fn add(&mut self, part: &'static Part, times: usize) {
        self.counts.push((part, times));
    }

    /// Parts, in no order, and how often each runs.
    pub fn counts(&self) -> &[(&'static Part, usize)] {
        &self.counts
    }

    /// The name of its first part, which tells kernels apart.
    pub fn kind(&self) -> &'static str {
        self.counts.first().map_or("", |(part, _)| part.name)
    }

    /// Whether parts take the time for elements wider than a byte.
    pub fn is_wide(&self) -> bool {
        self.is_wide
    }

    /// Cycles on a Cortex-M0 and on a Cortex-M0+ with multipliers of one cycle.
    pub fn cycles(&self) -> [usize; 2] {
        let [m0, m0plus, _] = self.sums();
        [m0, m0plus]
    }

    /// Multiplications in those cycles.
    pub fn multiplications(&self) -> usize {
        self.sums()[2]
    }

    fn sums(&self) -> [usize; 3] {
        std::array::from_fn(|index| {
            let counts = self.counts.iter();
            let sum = counts.map(|(part, times)| part.time(self.is_wide)[index] * *times as f64).sum::<f64>();
            sum.round() as usize
        })
    }
}

/// The time of a layer whose code is not assembly.
///
/// Every kernel is named, so that none without a model of its time compiles.
pub fn time(kernel: &KernelParameters, shape: &CodeShape, output: Output) -> Time {
    let mut time = Time::new(output.element);
    let packing = if let CodeShape::Packed(packing) = shape { Some(*packing) } else { None };
    match (kernel, shape) {
        (KernelParameters::Reshape, _) => {}
        (KernelParameters::Linear(_, linear), CodeShape::Unrolled(unrolled)) => {
            straight_line::unrolled(&mut time, linear, unrolled);
        }
        (KernelParameters::Linear(kind, linear), _) => weights::linear(&mut time, kind, linear, packing),
        (KernelParameters::AsymmetricConv2d(convolution), _) => weights::asymmetric(&mut time, convolution),
        (KernelParameters::WideConv2d(window, groups, _), _) => {
            weights::wide(&mut time, window, *groups, packing);
        }
        (KernelParameters::TransposeConv2d(window, linear), _) => {
            weights::transposed(&mut time, window, linear, packing);
        }
        (KernelParameters::Lstm(lstm), _) => recurrent::lstm(&mut time, lstm),
        (KernelParameters::Svdf(svdf), _) => recurrent::svdf(&mut time, svdf),
        (KernelParameters::MaxPool2d(pool), _) => pooling::max(&mut time, &pool.window),
        (KernelParameters::AveragePool2d(pool), _) => pooling::average(&mut time, pool),
        (KernelParameters::Sum { along, requantize: way, .. }, _) => {
            pooling::sum(&mut time, *along, way);
        }
        (KernelParameters::Extremum(extremum), _) => pooling::extremum(&mut time, extremum),
        (KernelParameters::ArgExtremum(extremum), _) => pooling::arg_extremum(&mut time, extremum),
        (KernelParameters::GemmlowpSoftmax { classes, .. }, shape) => {
            softmax::gemmlowp(&mut time, *classes, *shape == CodeShape::Compact, output.elements);
        }
        (KernelParameters::Softmax(softmax), _) => {
            let parts = [&parts::SOFTMAX_ROW, &parts::SOFTMAX_CLASS];
            softmax::rows(&mut time, parts, softmax.classes, output.elements);
        }
        (KernelParameters::Softmax16(classes, _), _) => {
            let parts = [&parts::SOFTMAX_16_ROW, &parts::SOFTMAX_16_CLASS];
            softmax::rows(&mut time, parts, *classes, output.elements);
        }
        (KernelParameters::LogSoftmax(classes, _), _) => {
            let parts = [&parts::LOG_SOFTMAX_ROW, &parts::LOG_SOFTMAX_CLASS];
            softmax::rows(&mut time, parts, *classes, output.elements);
        }
        (KernelParameters::Concat(parts), _) => moves::concat(&mut time, parts),
        (KernelParameters::Pad(pad), _) => moves::pad(&mut time, pad),
        (KernelParameters::Rearrange(rearrange), _) => moves::rearrange(&mut time, rearrange),
        (KernelParameters::Lookup(lookup), _) => moves::lookup(&mut time, lookup),
        (KernelParameters::Gather(gather), _) => moves::gather(&mut time, gather),
        (KernelParameters::ReadVariable(first) | KernelParameters::AssignVariable(first), _) => {
            moves::variable(&mut time, first.is_empty(), output.elements);
        }
        (KernelParameters::ResizeBilinear(resize), _) => elements::resize(&mut time, resize),
        (KernelParameters::Pair(pair, _), _) => elements::pair(&mut time, pair, output.elements),
        (KernelParameters::Multiply(multiply), _) => {
            elements::multiply(&mut time, multiply, output.elements);
        }
        (KernelParameters::Table(_), _) => {
            let parts = [&parts::TABLE_CALL, &parts::TABLE_FOUR, &parts::TABLE_ONE];
            elements::by_four(&mut time, parts, output.elements);
        }
        (KernelParameters::Clamp(_), _) => {
            let parts = [&parts::CLAMP_CALL, &parts::CLAMP_FOUR, &parts::CLAMP_ONE];
            elements::by_four(&mut time, parts, output.elements);
        }
        // As much is loaded, changed and stored.
        (KernelParameters::FlipSign | KernelParameters::Convert(_), _) => {
            let parts = [&parts::FLIP_SIGN_CALL, &parts::FLIP_SIGN_FOUR, &parts::FLIP_SIGN_ONE];
            elements::by_four(&mut time, parts, output.elements);
        }
        (KernelParameters::PRelu(_), _) => {
            elements::each(&mut time, [&parts::PRELU_CALL, &parts::PRELU], output.elements);
        }
        (KernelParameters::AddShift(_), _) => {
            elements::each(&mut time, [&parts::ADD_SHIFT_CALL, &parts::ADD_SHIFT], output.elements);
        }
        (KernelParameters::AddMultiplier(_), _) => {
            elements::each(&mut time, [&parts::ADD_MULTIPLIER_CALL, &parts::ADD_MULTIPLIER], output.elements);
        }
        (KernelParameters::Rescale(_), _) => {
            elements::each(&mut time, [&parts::RESCALE_CALL, &parts::RESCALE], output.elements);
        }
        (KernelParameters::Logistic16(_), _) => {
            elements::each(&mut time, [&parts::LOGISTIC_16_CALL, &parts::LOGISTIC_16], output.elements);
        }
        (KernelParameters::Tanh16(_), _) => {
            elements::each(&mut time, [&parts::TANH_16_CALL, &parts::TANH_16], output.elements);
        }
        (KernelParameters::Interpolation(_), _) => {
            elements::each(&mut time, [&parts::INTERPOLATION_CALL, &parts::INTERPOLATION], output.elements);
        }
        (KernelParameters::ArgMax, _) => {
            elements::each(&mut time, [&parts::ARG_MAX_CALL, &parts::ARG_MAX], output.elements);
        }
    }
    time
}

/// Cycles by which a layer takes longer that has to copy each patch before it writes over it.
pub(super) fn of_patches(window: &tinynet_core::kernels::Window, element: Element) -> [usize; 2] {
    let [copied, read] = [false, true].map(|may_lie| {
        let mut time = Time::new(element);
        window::gathered(&mut time, window, 1, may_lie);
        time.cycles()
    });
    [0, 1].map(|core| copied[core].saturating_sub(read[core]))
}

/// Requantises so many accumulators.
fn requantize(time: &mut Time, way: &RequantizeParameters, has_table: bool, times: usize) {
    time.add(
        match way {
            RequantizeParameters::ShiftPerTensor { .. } => &parts::SHIFT_PER_TENSOR,
            RequantizeParameters::ShiftPerChannel { .. } => &parts::SHIFT_PER_CHANNEL,
            RequantizeParameters::MultiplierPerTensor { .. } => &parts::MULTIPLIER_PER_TENSOR,
            RequantizeParameters::MultiplierPerChannel { .. } => &parts::MULTIPLIER_PER_CHANNEL,
            RequantizeParameters::ShortMultiplierPerTensor { .. } => &parts::SHORT_MULTIPLIER_PER_TENSOR,
            RequantizeParameters::ShortMultiplierPerChannel { .. } => &parts::SHORT_MULTIPLIER_PER_CHANNEL,
            RequantizeParameters::FractionPerTensor(_) => &parts::FRACTION_PER_TENSOR,
            RequantizeParameters::FractionPerChannel { .. } => &parts::FRACTION_PER_CHANNEL,
            RequantizeParameters::MultiplyShift(_) => &parts::MULTIPLY_SHIFT,
        },
        times,
    );
    if has_table {
        time.add(&parts::THEN_TABLE, times);
    }
}

/// Goes so often through so many elements, four of them at a time: `for_each_pair` of the kernels.
fn by_four(time: &mut Time, [four, one]: [&'static Part; 2], times: usize, elements: usize) {
    time.add(four, times.saturating_mul(elements / 4));
    time.add(one, times.saturating_mul(elements % 4));
}
