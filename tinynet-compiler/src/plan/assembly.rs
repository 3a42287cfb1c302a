//! Which assembly for M-profile cores a layer could be, each with its exact cost.

use crate::armv6m::add::{Destination, Sum};
use crate::armv6m::average_pool::{average_pool, sum};
use crate::armv6m::depthwise_conv2d::{DepthwiseConv2d, LARGEST_TILE};
use crate::armv6m::max_pool::max_pool;
use crate::armv6m::requantize::{Factor, Form, Line, Staircase};
use crate::armv6m::table::{self, Place};
use crate::armv6m::telescope::{Code, Convolution};
use crate::armv6m::timing::Core;
use crate::armv6m::{inner_products, pad, pairs, softmax};
use crate::kernel_parameters::{
    KernelParameters, LinearKernel, LinearParameters, RequantizeParameters, SoftmaxParameters,
};
use crate::quantized::Along;
use std::hash::{DefaultHasher, Hash, Hasher};
use tinynet_core::kernels::{self, Window};

/// A layer's assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembly {
    /// What kind of code it is.
    pub technique: Technique,
    /// Instructions and data.
    pub code: Code,
}

/// How a layer's assembly computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Technique {
    /// Loops over weights that are packed four a word.
    Telescoped,
    /// Straight-line code, two positions at a time, weights as immediates.
    Pairs,
    /// Straight-line code, two inputs a multiplication, weights as immediates.
    InnerProducts,
    /// Loops over tiles of neighbouring outputs, channel by channel.
    Tiles,
    /// A loop.
    Loop,
}

impl Technique {
    /// Whether weights are immediates.
    pub fn is_unrolled(self) -> bool {
        matches!(self, Self::Pairs | Self::InnerProducts)
    }

    /// As reports say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Telescoped => "telescoped loop",
            Self::Pairs => "pairs of positions",
            Self::InnerProducts => "inner products",
            Self::Tiles => "tiled loop",
            Self::Loop => "assembly loop",
        }
    }
}

/// Weights of straight-line code of which nobody wants more.
const MOST_WRITTEN: usize = 20_000;

/// Inputs in a turn of the innermost loop: more are faster and larger.
const UNROLLED: [usize; 4] = [4, 9, 18, 31];

impl Assembly {
    /// The function, which layers with the same instructions and sizes share, and its bytes.
    pub(super) fn function(&self) -> (u64, usize) {
        let mut hasher = DefaultHasher::new();
        self.code.function.text.hash(&mut hasher);
        (self.code.scratch, self.code.data.len()).hash(&mut hasher);
        (hasher.finish(), self.code.function.bytes)
    }

    /// Cycles of a call.
    pub fn cycles(&self, core: Core) -> u64 {
        self.code.function.counts.cycles(core)
    }
}

/// All assembly that a layer of int8 could be whose output has so many elements.
pub fn candidates(kernel: &KernelParameters, elements: usize) -> Vec<Assembly> {
    if !is_addressable(kernel) || elements > MOST_BYTES {
        return Vec::new();
    }
    let plain = |code: Option<Code>| {
        let assembly = code.map(|code| Assembly { technique: Technique::Loop, code });
        assembly.into_iter().collect()
    };
    match kernel {
        KernelParameters::Linear(LinearKernel::DepthwiseConv2d { window, multiplier }, linear) => {
            depthwise(*window, *multiplier, linear)
        }
        KernelParameters::Linear(kernel, linear) => convolution(kernel, linear),
        KernelParameters::AddMultiplier(add) => {
            plain(Sum::of_multipliers(add).write(elements, Destination::Third))
        }
        KernelParameters::AddShift(add) => plain(Sum::of_shifts(add).write(elements, Destination::Third)),
        KernelParameters::MaxPool2d(pool) => plain(max_pool(pool)),
        KernelParameters::AveragePool2d(pool) => plain(average_pool(pool)),
        KernelParameters::Sum { along, bias, requantize } => {
            let Along { rows, length, columns } = *along;
            plain(sum([rows, length, columns], *bias, &Channel { requantize, channel: 0 }))
        }
        KernelParameters::GemmlowpSoftmax { classes, softmax } => {
            plain(softmax::gemmlowp(elements / (*classes).max(1), *classes, &softmax.exponentials))
        }
        KernelParameters::Softmax(parameters) => {
            let SoftmaxParameters { classes, ref exponentials, output_steps, output_zero_point } =
                *parameters;
            let layer = kernels::Softmax { classes, exponentials, output_steps, output_zero_point };
            plain(softmax::plain(elements / classes.max(1), &layer))
        }
        KernelParameters::Pad(pad) => {
            let &kernels::Pad { input, output, before, value } = pad;
            let pad = i8::try_from(value).map(|value| kernels::Pad { input, output, before, value });
            plain(pad.ok().and_then(|pad| self::pad::pad(&pad, false)))
        }
        KernelParameters::Table(table) => {
            plain(Some(table::write(&table.to_bytes(), elements, Place::Apart)))
        }
        _ => Vec::new(),
    }
}

/// All assembly that a dense layer or a convolution could be.
fn convolution(kernel: &LinearKernel, linear: &LinearParameters) -> Vec<Assembly> {
    let window = match *kernel {
        LinearKernel::Dense { inputs, outputs } => Window {
            input: [1, 1, inputs],
            output: [1, 1, outputs],
            kernel: [1; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: [0; 2],
        },
        LinearKernel::Conv2d { window, groups: 1 } => window,
        _ => return Vec::new(),
    };
    let Some((lines, form)) = lines(linear).filter(|_| linear.table.is_none()) else { return Vec::new() };
    let convolution = |unroll, reads_in_place| Convolution {
        window,
        weights: &linear.weights,
        bias: &linear.bias,
        input_zero_point: linear.input_zero_point,
        lines: &lines,
        form,
        unroll,
        reads_in_place,
    };
    let mut candidates = Vec::new();
    let sources = if convolution(1, true).is_dense() { &[true, false][..] } else { &[false] };
    for &reads_in_place in sources {
        let data = convolution(1, reads_in_place).data();
        for unroll in UNROLLED {
            let code = convolution(unroll, reads_in_place).write(&data);
            candidates.extend(code.map(|code| Assembly { technique: Technique::Telescoped, code }));
        }
    }
    let terms = linear.weights.iter().filter(|&&weight| weight != 0).count();
    if terms <= MOST_WRITTEN {
        let code = pairs::write(&convolution(1, false));
        candidates.extend(code.map(|code| Assembly { technique: Technique::Pairs, code }));
        let code = inner_products::write(&convolution(1, true));
        candidates.extend(code.map(|code| Assembly { technique: Technique::InnerProducts, code }));
    }
    candidates
}

/// The most bytes of a tensor, more than any of these cores has: all distances then fit their registers.
const MOST_BYTES: usize = 1 << 24;

fn is_addressable(kernel: &KernelParameters) -> bool {
    let is_small = |shape: &[usize]| {
        shape
            .iter()
            .try_fold(1usize, |bytes, &size| bytes.checked_mul(size))
            .is_some_and(|bytes| bytes <= MOST_BYTES)
    };
    let window = match kernel {
        KernelParameters::Linear(LinearKernel::Dense { inputs, .. }, _) => return is_small(&[*inputs]),
        KernelParameters::Linear(
            LinearKernel::Conv2d { window, .. } | LinearKernel::DepthwiseConv2d { window, .. },
            _,
        ) => window,
        KernelParameters::MaxPool2d(pool) => &pool.window,
        KernelParameters::AveragePool2d(pool) => &pool.window,
        KernelParameters::Sum { along, .. } => return is_small(&[along.rows, along.length, along.columns]),
        _ => return true,
    };
    let Window { input, output, kernel, stride, dilation, padding } = window;
    let steps = [kernel, stride, dilation].into_iter().flatten();
    let is_narrow = steps.chain(padding).all(|&size| size <= MOST_STEP);
    is_small(input) && is_small(output) && is_narrow && is_small(&[kernel[0], kernel[1], input[2]])
}

/// The largest sizes and steps of windows.
const MOST_STEP: usize = 1 << 10;

fn depthwise(window: Window, multiplier: usize, linear: &LinearParameters) -> Vec<Assembly> {
    let Some((lines, form)) = lines(linear).filter(|_| linear.table.is_none()) else { return Vec::new() };
    let write = |tile| {
        let layer = DepthwiseConv2d {
            window,
            multiplier,
            weights: &linear.weights,
            bias: &linear.bias,
            input_zero_point: linear.input_zero_point,
            lines: &lines,
            form,
            tile,
        };
        layer.write().map(|code| Assembly { technique: Technique::Tiles, code })
    };
    (1..=LARGEST_TILE).filter_map(write).collect()
}

/// The numbers with which all channels requantise alike, and the instructions for that.
fn lines(linear: &LinearParameters) -> Option<(Vec<Line>, Form)> {
    let channels: Vec<_> = linear
        .accumulator_bounds
        .iter()
        .enumerate()
        .map(|(channel, &range)| (Channel { requantize: &linear.requantize, channel }, range))
        .collect();
    let factors = (8..=16).rev().flat_map(|split| [2, 3].map(|parts| Factor { split, parts }));
    factors.into_iter().find_map(|factor| {
        let lines = channels.iter().map(|(channel, range)| Line::find(channel, *range, factor));
        let lines: Vec<_> = lines.collect::<Option<_>>()?;
        let has_kink = lines.iter().any(|line| line.kink.is_some());
        Some((lines, Form { factor, has_kink }))
    })
}

/// A channel's requantisation.
struct Channel<'a> {
    requantize: &'a RequantizeParameters,
    channel: usize,
}

impl Staircase for Channel<'_> {
    fn value(&self, accumulator: i64) -> i32 {
        self.requantize.apply(self.channel, accumulator as i32)
    }

    fn slope(&self) -> f64 {
        self.requantize.slope(self.channel)
    }

    fn kink(&self) -> Option<u32> {
        self.requantize.second_rounding(self.channel)
    }
}
