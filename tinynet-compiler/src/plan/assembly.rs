//! Which assembly for M-profile cores a layer could be, each with its exact cost.

use crate::armv6m::add::Sum;
use crate::armv6m::assembler::Assembler;
use crate::armv6m::average_pool::{average_pool, sum};
use crate::armv6m::code::Code;
use crate::armv6m::convolution::Convolution;
use crate::armv6m::depthwise_conv2d::{DepthwiseConv2d, LARGEST_TILE, LARGEST_TILE_LOOKED_UP};
use crate::armv6m::max_pool::max_pool;
use crate::armv6m::packing::{MOST_OUTPUTS, Packing};
use crate::armv6m::pairs::Grouping;
use crate::armv6m::requantize::{Factor, Form, Line, Staircase};
use crate::armv6m::shared_loop::SharedLoop;
use crate::armv6m::shifts::ShiftedLine;
use crate::armv6m::sparse::Sparse;
use crate::armv6m::telescope::{Products, Source, Telescoped};
use crate::armv6m::timing::{Core, Counts, Multiplier};
use crate::armv6m::{inner_products, pad, pairs, softmax, table};
use crate::armv7em;
use crate::kernel_parameters::{
    KernelParameters, LinearKernel, LinearParameters, RequantizeParameters, SoftmaxParameters,
};
use crate::listing::Fingerprint;
use crate::quantized::Along;
use std::cell::LazyCell;
use tinynet_core::kernels::{self, Window};

/// A layer's assembly: what it costs, and if it is the one that was chosen, what it is.
///
/// Of all that a layer could be, the text alone would take many times the memory of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembly {
    /// What kind of code it is.
    pub technique: Technique,
    /// Place among all that is tried to write the layer.
    place: usize,
    /// Its function, which layers share.
    function: Function,
    /// Bytes of data.
    pub data_bytes: usize,
    /// What runs in a call.
    pub counts: Counts,
    /// Bytes of stack.
    pub stack: usize,
    /// Bytes of scratch.
    pub scratch: usize,
    /// What they lie at a multiple of.
    pub alignment: usize,
    /// Whether it looks products up in the table of triangular numbers.
    pub has_table: bool,
    /// Instructions and data; `None` as long as it is one of several.
    pub code: Option<Code>,
    /// The same for cores with the DSP extension, if the layer is written for them as well.
    pub dsp: Option<armv7em::code::Code>,
}

/// Tells a function in assembly from others: layers with the same instructions and sizes share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    instructions: Fingerprint,
    scratch: usize,
    data: usize,
    /// Bytes of instructions.
    pub bytes: usize,
}

/// How a layer's assembly computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Technique {
    /// Loops over weights that are packed four a word.
    Telescoped,
    /// Loops over weights whose products are looked up.
    LookedUp,
    /// Loops over the weights that are not 0, with the places of their inputs.
    Sparse,
    /// Loops that all layers share: their sizes are data.
    Shared,
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
            Self::LookedUp => "loop with a table",
            Self::Sparse => "sparse loop",
            Self::Shared => "shared loop",
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
    fn new(technique: Technique, place: usize, code: &Code) -> Self {
        // Where sizes are data, they tell no function from another.
        let is_shared = technique == Technique::Shared;
        let function = Function {
            instructions: code.function.fingerprint,
            scratch: if is_shared { 0 } else { code.scratch },
            data: if is_shared { 0 } else { code.data.len() },
            bytes: code.function.bytes,
        };
        Self {
            technique,
            place,
            function,
            data_bytes: 4 * (code.data.len() + usize::from(code.has_table)),
            counts: code.function.counts,
            stack: code.function.stack,
            scratch: code.scratch,
            alignment: code.alignment,
            has_table: code.has_table,
            code: None,
            dsp: None,
        }
    }

    /// The function, which layers with the same instructions and sizes share.
    pub fn function(&self) -> Function {
        self.function
    }

    /// Whether a layer with weights reads its input again when outputs have been written: it must not write over it.
    pub fn reads_in_place(&self) -> bool {
        let is_loop = matches!(self.technique, Technique::Telescoped | Technique::LookedUp);
        // That of depthwise layers has scratch.
        is_loop && self.scratch == 0
            || matches!(self.technique, Technique::InnerProducts | Technique::Sparse | Technique::Shared)
    }

    /// Cycles of a call.
    pub fn cycles(&self, core: Core) -> u64 {
        self.counts.cycles(core)
    }

    /// The same with instructions and data, of the layer that it was a candidate of; `None` if it is not the same.
    pub fn written(
        &self,
        kernel: &KernelParameters,
        elements: usize,
        multiplier: Multiplier,
    ) -> Option<Self> {
        let written = Candidates::new(Some(self.place), multiplier).of_layer(kernel, elements).pop()?;
        let is_same = written.code.is_some() && Self { code: None, ..written.clone() } == *self;
        is_same.then_some(written)
    }
}

/// All assembly that a layer of int8 could be whose output has so many elements, on cores with a multiplier, without
/// instructions.
pub fn candidates(kernel: &KernelParameters, elements: usize, multiplier: Multiplier) -> Vec<Assembly> {
    Candidates::new(None, multiplier).of_layer(kernel, elements)
}

/// What a layer could be.
struct Candidates {
    all: Vec<Assembly>,
    /// How many ways to write it were tried.
    tried: usize,
    /// The place of the one that is wanted with its instructions; `None`: all are, without.
    wanted: Option<usize>,
    multiplier: Multiplier,
}

impl Candidates {
    fn new(wanted: Option<usize>, multiplier: Multiplier) -> Self {
        Self { all: Vec::new(), tried: 0, wanted, multiplier }
    }

    fn push(&mut self, technique: Technique, write: impl FnOnce(Assembler) -> Option<Code>) {
        let place = self.tried;
        self.tried += 1;
        let is_wanted = self.wanted == Some(place);
        if self.wanted.is_some() && !is_wanted {
            return;
        }
        let code = if is_wanted { Assembler::new() } else { Assembler::counting() };
        if let Some(code) = write(code) {
            let mut assembly = Assembly::new(technique, place, &code);
            assembly.code = Some(code).filter(|_| is_wanted);
            // The same once more, where there is no more to unroll.
            if self.all.last().is_none_or(|last| Assembly { place, ..last.clone() } != assembly) {
                self.all.push(assembly);
            }
        }
    }

    fn of_layer(mut self, kernel: &KernelParameters, elements: usize) -> Vec<Assembly> {
        if !is_addressable(kernel) || elements > MOST_BYTES {
            return Vec::new();
        }
        match kernel {
            KernelParameters::Linear(LinearKernel::DepthwiseConv2d { window, multiplier }, linear) => {
                self.depthwise(*window, *multiplier, linear);
            }
            KernelParameters::Linear(kernel, linear) => self.convolution(kernel, linear),
            _ => self.push(Technique::Loop, |code| plain(kernel, elements, code)),
        }
        self.all
    }

    /// All assembly that a dense layer or a convolution could be.
    fn convolution(&mut self, kernel: &LinearKernel, linear: &LinearParameters) {
        let window = match *kernel {
            LinearKernel::Dense { inputs, outputs } => dense(inputs, outputs),
            LinearKernel::Conv2d { window, groups: 1 } => window,
            _ => return,
        };
        self.push(Technique::Shared, |code| shared_loop(window, linear)?.write(code));
        let Some((lines, form)) = lines(linear).filter(|_| linear.table.is_none()) else { return };
        let terms = linear.weights.iter().filter(|&&weight| weight != 0).count();
        // Straight-line code alone has use for it, and to find it takes long.
        let shifted = if terms <= MOST_WRITTEN { shifted(linear, self.multiplier) } else { None };
        let layer = Convolution {
            window,
            weights: &linear.weights,
            bias: &linear.bias,
            input_zero_point: linear.input_zero_point,
            largest_input: linear.largest_input,
            lines: &lines,
            form,
            shifted: shifted.as_deref(),
            multiplier: self.multiplier,
        };
        let is_counted = self.wanted.is_none();
        let sources = [if layer.is_dense() { Source::InPlace } else { Source::Window }, Source::Copied];
        let packing = Packing::of(&linear.weights);
        let multiplied = (Technique::Telescoped, Products::Multiplied);
        let looked_up =
            [Products::LookedUp, Products::LookedUpByPlace].map(|products| (Technique::LookedUp, products));
        let looked_up = looked_up.into_iter().filter(|_| self.multiplier.is_slow());
        let techniques: Vec<_> = [multiplied].into_iter().chain(looked_up).collect();
        let combinations =
            sources.iter().flat_map(|source| techniques.iter().map(move |technique| (*source, *technique)));
        for (source, (technique, products)) in combinations {
            let telescoped = |unroll, group| Telescoped { layer, packing, unroll, source, products, group };
            // A group of a single word of bytes, which has as much data.
            let is_halved = packing == Packing::BYTES && products == Products::Multiplied;
            let groups = [MOST_OUTPUTS, packing.places()];
            for (group, unrolled) in
                groups.into_iter().zip([&UNROLLED[..], &UNROLLED[..if is_halved { 2 } else { 0 }]])
            {
                let data = LazyCell::new(|| match is_counted {
                    // As much, of which only that counts.
                    true => std::iter::repeat_n(0, telescoped(1, group).data_words()).collect(),
                    false => telescoped(1, group).data(),
                });
                for &unroll in unrolled {
                    self.push(technique, |code| telescoped(unroll, group).write(&data, code));
                }
            }
        }
        if 2 * terms < linear.weights.len() {
            for words in [1, 2, 4] {
                self.push(Technique::Sparse, |code| Sparse { layer, words }.write(code));
            }
        }
        if terms <= MOST_WRITTEN {
            self.push(Technique::Pairs, |code| pairs::write(&layer, Grouping::Four, code));
            self.push(Technique::Pairs, |code| pairs::write(&layer, Grouping::Eight, code));
            self.push(Technique::InnerProducts, |code| inner_products::write(&layer, code));
        }
    }

    fn depthwise(&mut self, window: Window, multiplier: usize, linear: &LinearParameters) {
        let Some((lines, form)) = lines(linear).filter(|_| linear.table.is_none()) else { return };
        let tiles = (1..=LARGEST_TILE).map(|tile| (Technique::Tiles, tile, false));
        let looked_up = (1..=LARGEST_TILE_LOOKED_UP).map(|tile| (Technique::LookedUp, tile, true));
        let looked_up = looked_up.filter(|_| self.multiplier.is_slow()).collect::<Vec<_>>();
        for (technique, tile, looks_up) in tiles.chain(looked_up) {
            let layer = DepthwiseConv2d {
                window,
                multiplier,
                weights: &linear.weights,
                bias: &linear.bias,
                input_zero_point: linear.input_zero_point,
                lines: &lines,
                form,
                tile,
                looks_up,
            };
            self.push(technique, |code| layer.write(code));
        }
    }
}

/// A layer whose sums are shifted, for a loop that all layers share.
fn shared_loop(window: Window, linear: &LinearParameters) -> Option<SharedLoop<'_>> {
    let (shifts, ends) = match &linear.requantize {
        RequantizeParameters::ShiftPerTensor { shift, min, max } => {
            (std::slice::from_ref(shift), [*min, *max])
        }
        RequantizeParameters::ShiftPerChannel { shifts, min, max } => (shifts.as_slice(), [*min, *max]),
        _ => return None,
    };
    let LinearParameters { weights, bias, accumulator_bounds: bounds, table: None, .. } = linear else {
        return None;
    };
    Some(SharedLoop { window, weights, bias, shifts, ends, bounds })
}

/// A dense layer as a convolution of a single position.
pub(super) fn dense(inputs: usize, outputs: usize) -> Window {
    Window {
        input: [1, 1, inputs],
        output: [1, 1, outputs],
        kernel: [1; 2],
        stride: [1; 2],
        dilation: [1; 2],
        padding: [0; 2],
    }
}

/// The assembly of a layer without weights.
fn plain(kernel: &KernelParameters, elements: usize, code: Assembler) -> Option<Code> {
    match kernel {
        KernelParameters::AddMultiplier(add) => Sum::of_multipliers(add).write(elements, code),
        KernelParameters::AddShift(add) => Sum::of_shifts(add).write(elements, code),
        KernelParameters::MaxPool2d(pool) => max_pool(pool, code),
        KernelParameters::AveragePool2d(pool) => average_pool(pool, code),
        KernelParameters::Sum { along, bias, requantize } => {
            let Along { rows, length, columns } = *along;
            sum([rows, length, columns], *bias, &Channel { requantize, channel: 0 }, code)
        }
        KernelParameters::GemmlowpSoftmax { classes, softmax } => {
            softmax::gemmlowp(elements / (*classes).max(1), *classes, &softmax.exponentials, code)
        }
        KernelParameters::Softmax(parameters) => {
            let SoftmaxParameters { classes, ref exponentials, output_steps, output_zero_point } =
                *parameters;
            let layer = kernels::Softmax { classes, exponentials, output_steps, output_zero_point };
            softmax::plain(elements / classes.max(1), &layer, code)
        }
        KernelParameters::Pad(pad) => {
            let &kernels::Pad { input, output, before, value } = pad;
            let pad = i8::try_from(value).map(|value| kernels::Pad { input, output, before, value });
            pad.ok().and_then(|pad| self::pad::pad(&pad, code))
        }
        KernelParameters::Table(table) => table::write(&table.to_bytes(), elements, code),
        _ => None,
    }
}

/// The most bytes of a tensor, more than any of these cores has: all distances then fit their registers.
const MOST_BYTES: usize = 1 << 20;

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
        KernelParameters::Sum { along, .. } => {
            let is_short = along.rows.max(along.length) <= MOST_POSITIONS;
            return is_short && is_small(&[along.rows, along.length, along.columns]);
        }
        _ => return true,
    };
    let Window { input, output, kernel, stride, dilation, padding } = window;
    let steps = [kernel, stride, dilation].into_iter().flatten();
    let is_narrow = steps.chain(padding).all(|&size| size <= MOST_STEP);
    let is_short = input[..2].iter().chain(&output[..2]).all(|&positions| positions <= MOST_POSITIONS);
    is_small(input)
        && is_small(output)
        && is_narrow
        && is_short
        && is_small(&[kernel[0], kernel[1], input[2]])
}

/// The largest sizes and steps of windows.
const MOST_STEP: usize = 1 << 10;
/// The most positions along an axis.
const MOST_POSITIONS: usize = 1 << 14;

/// The numbers with which all channels requantise alike, and the instructions for that.
fn lines(linear: &LinearParameters) -> Option<(Vec<Line>, Form)> {
    let channels = channels(linear);
    let factors = (8..=16).rev().flat_map(|split| [2, 3].map(|parts| Factor { split, parts }));
    factors.into_iter().find_map(|factor| {
        let lines = channels.iter().map(|(channel, range)| Line::find(channel, *range, factor));
        let lines: Vec<_> = lines.collect::<Option<_>>()?;
        let has_kink = lines.iter().any(|line| line.kink.is_some());
        Some((lines, Form { factor, has_kink }))
    })
}

/// The same by shifts, where they pay.
fn shifted(linear: &LinearParameters, multiplier: Multiplier) -> Option<Vec<ShiftedLine>> {
    if !multiplier.is_slow() {
        return None;
    }
    channels(linear).iter().map(|(channel, range)| ShiftedLine::find(channel, *range)).collect()
}

/// How channels requantise, and the smallest and the largest accumulator of each.
pub(super) fn channels(linear: &LinearParameters) -> Vec<(Channel<'_>, [i64; 2])> {
    let ranges = linear.accumulator_bounds.iter().enumerate();
    ranges.map(|(channel, &range)| (Channel { requantize: &linear.requantize, channel }, range)).collect()
}

/// A channel's requantisation.
pub(super) struct Channel<'a> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::armv6m::random_layers::run;
    use crate::graph::{Graph, Node, Wishes};
    use crate::kernel_parameters::kernel_parameters;
    use crate::precision::Precision;
    use crate::quantized::{self, Element, Linear, Quantization, QuantizedOperator, QuantizedTensor};
    use proc_macro2::Span;

    fn kernel(linear: Linear) -> KernelParameters {
        let mut graph = Graph { tensors: vec![], nodes: vec![], inputs: vec![], outputs: vec![] };
        let info = QuantizedTensor {
            element: Element::Int8,
            quantization: Quantization::FixedPoint { fraction_bits: 7 },
            bounds: [-128, 127],
        };
        let [outputs, inputs] = [linear.shape[0], linear.shape[1]];
        let input = graph.add_tensor("input", vec![inputs], info.clone());
        let output = graph.add_tensor("output", vec![outputs], info);
        let node = Node {
            label: "layer".into(),
            kind: "Dense".into(),
            operator: QuantizedOperator::Dense(linear),
            inputs: vec![input],
            output,
            states: vec![],
            span: Span::call_site(),
            wishes: Wishes::default(),
        };
        kernel_parameters(&graph, &node)
    }

    /// Numbers for requantising are looked for within what can occur, and have to be right up to its very ends.
    #[test]
    fn layers_are_exact_at_the_ends_of_their_accumulators() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut found = 0;
        for case in 0..200 {
            let inputs = random.usize(1..5);
            let weights: Vec<i8> = (0..inputs).map(|_| random.i8(..)).collect();
            let bias = random.i32(-3000..3000);
            let output_zero_point = if case % 4 == 0 { random.i32(-128..128) } else { 0 };
            let end = |of: fn(i8) -> i64| {
                i64::from(bias) + weights.iter().map(|&weight| i64::from(weight) * of(weight)).sum::<i64>()
            };
            let bounds = [
                end(|weight| if weight < 0 { 127 } else { -128 }),
                end(|weight| if weight < 0 { -128 } else { 127 }),
            ];
            let requantize = match case % 2 {
                0 => quantized::Requantize::Shift(vec![random.u8(4..12)]),
                _ => quantized::Requantize::Multiplier {
                    multipliers: vec![random.i32(1 << 30..)],
                    shifts: vec![random.i8(-9..-4)],
                },
            };
            let linear = Linear {
                precision: Precision::Int8,
                shape: vec![1, inputs],
                weights: weights.clone(),
                weight_scales: vec![1.0],
                bias: vec![bias],
                input_zero_point: 0,
                requantize,
                output_zero_point,
                clamp: [-128, 127],
                table: None,
                accumulator_bounds: vec![bounds],
            };
            let kernel = kernel(linear);
            let KernelParameters::Linear(_, parameters) = &kernel else { panic!("{kernel:?}") };
            let at_end = |end: fn(i8) -> i8| weights.iter().map(|&weight| end(weight)).collect::<Vec<_>>();
            let mut samples = vec![
                at_end(|weight| if weight < 0 { 127 } else { -128 }),
                at_end(|weight| if weight < 0 { -128 } else { 127 }),
            ];
            samples.extend((0..20).map(|_| (0..inputs).map(|_| random.i8(..)).collect()));
            for multiplier in [Multiplier::SingleCycle, Multiplier::Iterative] {
                for assembly in candidates(&kernel, 1, multiplier) {
                    found += 1;
                    let written = assembly.written(&kernel, 1, multiplier);
                    let code = written.and_then(|written| written.code).expect("code");
                    for sample in &samples {
                        let products = sample.iter().zip(&weights);
                        let sum: i32 =
                            products.map(|(&input, &weight)| i32::from(input) * i32::from(weight)).sum();
                        let expected = parameters.requantize.apply(0, sum + parameters.bias[0]);
                        assert_eq!(
                            run(&code, &[sample], 1),
                            [expected as i8],
                            "{parameters:?} of {sample:?}"
                        );
                    }
                }
            }
        }
        assert!(found > 1000, "{found}");
    }
}
