//! Depthwise convolutions: channel by channel, about 2 cycles of a Cortex-M4 a multiply-accumulate in wide images.
//!
//! The rows of the image under the kernel are copied to a ring of rows, one channel of them, as half words with padding
//! around them. So neighbours share words: `SMLAD` multiplies two neighbours by two weights of a row of the kernel, and four
//! neighbouring outputs share what is loaded. Weights lie in the stack frame twice, one after the other: where the ring has
//! turned, the rows of the kernel begin further on.
//!
//! ```text
//! Σ w (x - zero point) = Σ w x - zero point · Σ w
//! ```
//!
//! Outside the image `x` is the zero point, and the second sum is in what accumulators begin with.

use super::assembler::{Assembler, Condition, Function, MOST_OFFSET};
use super::code::{Code, Room};
use super::registers::Register;
use super::requantize::{Form, Scale};
use crate::armv6m::depthwise_conv2d::{is_column, transposed};
use tinynet_core::kernels::Window;

/// A depthwise convolution.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseConv2d<'a> {
    /// Sizes and steps; no dilation.
    pub window: Window,
    /// Output channels an input channel.
    pub multiplier: usize,
    /// `[row][column][output channel]`
    pub weights: &'a [u8],
    /// One an output channel, the input's zero point not worked in.
    pub bias: &'a [i32],
    /// What stands for zero in the input, and outside it.
    pub input_zero_point: i32,
    /// How sums become int8, one an output channel.
    pub scales: &'a [Scale],
    /// The instructions for that.
    pub form: Form,
}

/// Outputs of a row that are computed at a time, at most.
const TILE: usize = 4;

/// Weights of a kernel that is written out.
const MOST_TAPS: usize = 128;

/// Words of the stack frame for weights.
const MOST_WEIGHTS: usize = 90;

/// Words of the stack frame.
mod local {
    pub(super) const SOURCE: usize = 0;
    pub(super) const OUTPUT: usize = 1;
    pub(super) const SCRATCH: usize = 2;
    pub(super) const DATA: usize = 3;
    /// The next row of the image, its number, and its place in the ring.
    pub(super) const NEXT: usize = 4;
    pub(super) const ROW: usize = 5;
    pub(super) const SLOT: usize = 6;
    /// Rows that the next row of outputs still lacks.
    pub(super) const LACKING: usize = 7;
    /// Weights of the row of the kernel that the ring's first row is under.
    pub(super) const WEIGHTS: usize = 8;
    pub(super) const ROWS: usize = 9;
    pub(super) const CHANNELS: usize = 10;
    pub(super) const COPIES: usize = 11;
    /// Where a row of outputs ends, and the next one.
    pub(super) const END: usize = 12;
    pub(super) const NEXT_OUTPUT: usize = 13;
    pub(super) const ZERO_POINT: usize = 14;
    /// What sums begin with, then the numbers of a channel that are not in registers.
    pub(super) const BEGIN: usize = 15;
    pub(super) const FRACTION: usize = 16;
    pub(super) const KINK: usize = 17;
    pub(super) const KERNEL: usize = 18;
}

/// Inputs in the ring, and outputs.
const POINTER: Register = Register::R0;
const OUTPUTS: Register = Register::R12;
const KERNEL: Register = Register::R1;
/// Weights of a row of the kernel, where it has no more words than that.
const WEIGHTS: [Register; 2] = [Register::R2, Register::R3];
const SUMS: [Register; TILE] = [Register::R4, Register::R5, Register::R6, Register::R7];
const INPUTS: [Register; 3] = [Register::R8, Register::R9, Register::R10];
const FACTOR: Register = Register::R11;
const OFFSET: Register = Register::Lr;

/// A half of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Bottom,
    Top,
}

/// A product of an output, or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Product {
    output: usize,
    /// Word of a row of the kernel.
    weights: usize,
    /// Halves of inputs and weights; `None`: both of both.
    halves: Option<[Half; 2]>,
}

impl DepthwiseConv2d<'_> {
    /// Writes the layer; `None` where it is none of this kind, or where there is too little room.
    ///
    /// Input and output may overlap as those of
    /// [the code for ARMv6-M](crate::armv6m::depthwise_conv2d::DepthwiseConv2d::write): rows are read in the same order, but
    /// each once, when it is needed first.
    pub fn write(&self, room: Room) -> Option<Code> {
        let is_turned = is_column(&self.window);
        let layer = if is_turned { Self { window: transposed(&self.window), ..*self } } else { *self };
        let writer = Writer::new(&layer, room)?;
        let data = writer.data()?;
        Some(Code { function: writer.write(), data })
    }
}

struct Writer<'a> {
    layer: &'a DepthwiseConv2d<'a>,
    /// Weights that words of a row of the kernel begin with.
    words: Vec<usize>,
}

impl<'a> Writer<'a> {
    fn new(layer: &'a DepthwiseConv2d<'a>, room: Room) -> Option<Self> {
        let Window { input, output, kernel, stride, dilation, padding } = layer.window;
        let sizes = [input.as_slice(), &output, &kernel, &stride].concat();
        let is_sized = sizes.iter().all(|&size| size > 0)
            && input[2] * layer.multiplier == output[2]
            && layer.weights.len() == kernel[0] * kernel[1] * output[2]
            && layer.scales.len() == output[2];
        let is_dense = (0..2).all(|axis| dilation[axis] == 1 || kernel[axis] == 1);
        let taps = kernel[0].saturating_mul(kernel[1]);
        if !is_sized || !is_dense || taps > MOST_TAPS || padding[1] >= (output[1] - 1) * stride[1] + kernel[1]
        {
            return None;
        }
        // Pairs that begin at an even weight, and at an odd one if outputs begin there.
        let even = (0..kernel[1]).step_by(2);
        let odd = (1..kernel[1].saturating_sub(1)).step_by(2);
        let has_odd = kernel[1] % 2 == 1 || stride[1] % 2 == 1;
        let words = if kernel[1] % 2 == 1 && kernel[1] > 1 {
            // The last one is the upper half of the last odd pair.
            let odd_only = stride[1] % 2 == 0;
            let last = kernel[1] - 2;
            even.take(kernel[1] / 2).chain(odd.filter(|&tap| !odd_only || tap == last)).collect()
        } else {
            even.chain(odd.filter(|_| has_odd)).collect()
        };
        let writer = Self { layer, words };
        let fits = writer.kernel_words() <= MOST_WEIGHTS
            && kernel[0] * writer.row() <= room.scratch
            && kernel[0] * writer.row() + 4 * writer.words.len() <= MOST_OFFSET
            && (TILE * output[2]).max(2 * TILE * stride[1]) <= MOST_OFFSET
            && (0..kernel[1]).all(|tap| writer.single(tap).is_some());
        fits.then_some(writer)
    }

    /// Bytes of a row of the ring.
    fn row(&self) -> usize {
        let Window { output, kernel, stride, .. } = self.layer.window;
        2 * ((output[1] - 1) * stride[1] + kernel[1]).next_multiple_of(2)
    }

    /// Rows that are read for each row of outputs but the first.
    fn new_rows(&self) -> usize {
        self.layer.window.stride[0].min(self.layer.window.kernel[0])
    }

    /// Whether the ring turns, so that the rows of the kernel are needed in any order.
    fn turns(&self) -> bool {
        self.new_rows() < self.layer.window.kernel[0] && self.layer.window.output[0] > 1
    }

    /// Words of the kernel in the stack frame.
    fn kernel_words(&self) -> usize {
        let once = self.layer.window.kernel[0] * self.words.len();
        if self.turns() { 2 * once } else { once }
    }

    /// For each output channel what sums begin with, its numbers for requantising, and its weights.
    fn data(&self) -> Option<Vec<u32>> {
        let DepthwiseConv2d { window, weights, bias, input_zero_point, scales, form, .. } = *self.layer;
        let Window { output: [_, _, filters], kernel: [height, width], .. } = window;
        let mut data = Vec::new();
        for filter in 0..filters {
            let weight = |row: usize, column: usize| match column < width {
                true => i32::from(weights[(row * width + column) * filters + filter] as i8),
                false => 0,
            };
            let rows = 0..height;
            let sum: i32 =
                rows.clone().flat_map(|row| (0..width).map(move |column| weight(row, column))).sum();
            data.push(bias[filter].checked_sub(sum.checked_mul(input_zero_point)?)? as u32);
            data.extend(form.words(&scales[filter]));
            let half = |row: usize, column: usize| u32::from(weight(row, column) as u16);
            let words = rows.flat_map(|row| self.words.iter().map(move |&tap| (row, tap)));
            data.extend(words.map(|(row, tap)| half(row, tap) | half(row, tap + 1) << 16));
        }
        Some(data)
    }

    fn write(&self) -> Function {
        let Window { input: [_, _, channels], kernel: [height, _], .. } = self.layer.window;
        let locals = local::KERNEL + self.kernel_words();
        let mut code = Assembler::new();
        code.enter(locals);
        code.store_local(Register::R0, local::SOURCE);
        code.store_local(Register::R1, local::OUTPUT);
        code.store_local(Register::R2, local::SCRATCH);
        code.store_local(Register::R3, local::DATA);
        let zero_points = self.layer.input_zero_point as i16 as u16;
        code.constant(Register::R4, i32::from(zero_points) << 16 | i32::from(zero_points));
        code.store_local(Register::R4, local::ZERO_POINT);
        code.count_down(Register::R5, height * self.row() / 4, |code| {
            code.str(Register::R4, Register::R2, 0);
            code.add_number(Register::R2, Register::R2, 4);
        });
        code.count_down_local(local::CHANNELS, channels, |code| {
            code.count_down_local(local::COPIES, self.layer.multiplier, |code| self.channel(code));
            code.advance_local(local::SOURCE, 1);
        });
        code.leave(locals);
        code.finish()
    }

    /// All outputs of an output channel.
    fn channel(&self, code: &mut Assembler) {
        use Register::{R0, R1, R2, R3, R4, R5, R6};
        let Window { input: [_, width, channels], output, kernel: [height, _], padding, .. } =
            self.layer.window;
        self.numbers(code);
        let above = (padding[0] * width * channels) as i32;
        code.load_local(R0, local::SOURCE);
        code.add_number(R1, R0, -above);
        code.store_local(R1, local::NEXT);
        code.constant(R2, -(padding[0] as i32));
        code.store_local(R2, local::ROW);
        code.load_local(R3, local::SCRATCH);
        code.store_local(R3, local::SLOT);
        code.constant(R4, height as i32);
        code.store_local(R4, local::LACKING);
        code.local_address(R5, local::KERNEL);
        code.store_local(R5, local::WEIGHTS);
        code.load_local(R6, local::OUTPUT);
        code.store_local(R6, local::NEXT_OUTPUT);
        code.add_number(R6, R6, 1);
        code.store_local(R6, local::OUTPUT);
        code.count_down_local(local::ROWS, output[0], |code| self.row_of_outputs(code));
    }

    /// Loads a channel's numbers to registers and the stack frame.
    fn numbers(&self, code: &mut Assembler) {
        use Register::{R0, R1, R2, R3, R4, R5, R6, R7};
        let form = self.layer.form;
        code.load_local(R0, local::DATA);
        code.ldr(R2, R0, 0);
        code.store_local(R2, local::BEGIN);
        form.load(code, R0, 4, [FACTOR, OFFSET, R3]);
        if form.has_kink() {
            code.store_local(R3, local::KINK);
        }
        if form.has_fraction() {
            form.load_fraction(code, R0, 4, R3);
            code.store_local(R3, local::FRACTION);
        }
        code.add_number(R0, R0, 4 * (1 + form.words_of_channel()) as i32);
        code.local_address(R1, local::KERNEL);
        let once = self.layer.window.kernel[0] * self.words.len();
        for first in (0..once).step_by(6) {
            let some = &[R2, R3, R4, R5, R6, R7][..(once - first).min(6)];
            for (word, &register) in some.iter().enumerate() {
                code.ldr(register, R0, 4 * (first + word));
            }
            for (word, &register) in some.iter().enumerate() {
                code.str(register, R1, 4 * (first + word));
                if self.turns() {
                    code.str(register, R1, 4 * (once + first + word));
                }
            }
        }
        code.add_number(R0, R0, 4 * once as i32);
        code.store_local(R0, local::DATA);
    }

    fn row_of_outputs(&self, code: &mut Assembler) {
        use Register::{R0, R1, R2, R3};
        let Window { input: [_, width, channels], output, kernel: [height, _], stride, .. } =
            self.layer.window;
        self.fill_ring(code);
        code.constant(R0, self.new_rows() as i32);
        code.store_local(R0, local::LACKING);
        code.load_local(KERNEL, local::WEIGHTS);
        code.load_local(OUTPUTS, local::NEXT_OUTPUT);
        code.load_local(POINTER, local::SCRATCH);
        let [tiles, rest] = [output[1] / TILE, output[1] % TILE];
        if tiles > 1 {
            code.constant(R3, (tiles * TILE * output[2]) as i32);
            code.add(R2, OUTPUTS, R3);
            code.store_local(R2, local::END);
        }
        if tiles > 0 {
            code.repeat(
                tiles,
                |code| {
                    self.tile(code, TILE);
                    code.add_number(POINTER, POINTER, (2 * TILE * stride[1]) as i32);
                    code.add_number(OUTPUTS, OUTPUTS, (TILE * output[2]) as i32);
                },
                |code| {
                    code.load_local(R2, local::END);
                    code.cmp(OUTPUTS, R2);
                },
            );
        }
        if rest > 0 {
            self.tile(code, rest);
            code.add_number(OUTPUTS, OUTPUTS, (rest * output[2]) as i32);
        }
        code.store_local(OUTPUTS, local::NEXT_OUTPUT);
        if stride[0] > height {
            // Rows that no window sees.
            let passed = stride[0] - height;
            code.advance_local(local::ROW, passed as i32);
            code.advance_local(local::NEXT, (passed * width * channels) as i32);
        }
        if self.turns() {
            let row = 4 * self.words.len() as i32;
            code.load_local(R0, local::WEIGHTS);
            code.add_number(R1, R0, -(self.new_rows() as i32) * row);
            code.add_number(R2, R1, height as i32 * row);
            code.local_address(R3, local::KERNEL);
            code.cmp(R1, R3);
            code.mov_if(Condition::Lower, R1, R2);
            code.store_local(R1, local::WEIGHTS);
        }
    }

    /// Reads the rows that a row of outputs lacks.
    fn fill_ring(&self, code: &mut Assembler) {
        use Register::{R0, R1, R2, R3, R9};
        let Window { input: [height, width, channels], kernel, .. } = self.layer.window;
        let first = 2 * self.layer.window.padding[1];
        code.repeat_until_zero(local::LACKING, |code| {
            code.load_local(R0, local::NEXT);
            code.load_local(R1, local::SLOT);
            code.load_local(R9, local::ROW);
            code.constant(R2, channels as i32);
            code.constant(R3, height as i32);
            code.cmp(R9, R3);
            // Above the image rows have negative numbers, which are large without a sign. Outside, all columns are one zero.
            code.local_address(R3, local::ZERO_POINT);
            code.mov_if(Condition::HigherOrSame, R0, R3);
            code.number_if(Condition::HigherOrSame, R2, 0);
            if first > 0 {
                code.add_number(R1, R1, first as i32);
            }
            self.copy_row(code);
            code.advance_local(local::ROW, 1);
            code.advance_local(local::NEXT, (width * channels) as i32);
            code.load_local(R0, local::SLOT);
            code.add_number(R1, R0, self.row() as i32);
            code.load_local(R2, local::SCRATCH);
            code.constant(R3, (kernel[0] * self.row()) as i32);
            code.add(R3, R3, R2);
            code.cmp(R1, R3);
            code.mov_if(Condition::HigherOrSame, R1, R2);
            code.store_local(R1, local::SLOT);
        });
    }

    /// Copies a row from `r0` on, a step in `r2` apart, to half words from `r1` on.
    fn copy_row(&self, code: &mut Assembler) {
        use Register::{R0, R1, R2, R3, R4, R5, R6, R7, R8};
        let Window { input: [_, width, _], output, kernel, stride, padding, .. } = self.layer.window;
        let inside = width.min((output[1] - 1) * stride[1] + kernel[1] - padding[1]);
        let values = [R4, R5, R6, R7];
        let (fours, rest) = (inside / 4, inside % 4);
        if fours > 0 {
            code.add_shifted(R3, R2, R2, 1);
            code.count_down(R8, fours, |code| {
                code.ldrsb(R4, R0, 0);
                code.ldrsb_indexed(R5, R0, R2, 0);
                code.ldrsb_indexed(R6, R0, R2, 1);
                code.ldrsb_indexed(R7, R0, R3, 0);
                values.iter().enumerate().for_each(|(at, &value)| code.strh(value, R1, 2 * at));
                code.add_shifted(R0, R0, R2, 2);
                code.add_number(R1, R1, 8);
            });
        }
        for (at, &value) in values[..rest].iter().enumerate() {
            code.ldrsb(value, R0, 0);
            code.strh(value, R1, 2 * at);
            code.add(R0, R0, R2);
        }
    }

    /// The products of inputs of a row of the ring, word by word, for so many outputs.
    fn products(&self, outputs: usize) -> Vec<Vec<Product>> {
        let Window { kernel: [_, width], stride, .. } = self.layer.window;
        let inputs = (outputs - 1) * stride[1] + width;
        let mut products = vec![Vec::new(); inputs.div_ceil(2)];
        for output in 0..outputs {
            let first = output * stride[1];
            let mut tap = 0;
            while tap < width {
                let word = (first + tap) / 2;
                let is_top = (first + tap) % 2 == 1;
                let pair =
                    self.words.iter().position(|&begin| begin == tap).filter(|_| !is_top && tap + 1 < width);
                let single = || {
                    let inputs = if is_top { Half::Top } else { Half::Bottom };
                    let (weights, half) = self.single(tap)?;
                    Some(Product { output, weights, halves: Some([inputs, half]) })
                };
                let both = pair.map(|weights| Product { output, weights, halves: None });
                products[word].extend(both.or_else(single));
                tap += if pair.is_some() { 2 } else { 1 };
            }
        }
        products
    }

    /// Where a weight is by itself.
    fn single(&self, tap: usize) -> Option<(usize, Half)> {
        let is_at = |begin: usize| self.words.iter().position(|&word| word == begin);
        let top = || Some((is_at(tap.checked_sub(1)?)?, Half::Top));
        is_at(tap).map(|word| (word, Half::Bottom)).or_else(top)
    }

    /// Some neighbouring outputs: [`POINTER`] points at their first input in the ring's first row, [`OUTPUTS`] at the first of
    /// them, [`KERNEL`] at the weights.
    fn tile(&self, code: &mut Assembler, outputs: usize) {
        let Window { output: [_, _, filters], kernel: [height, _], .. } = self.layer.window;
        code.load_local(SUMS[0], local::BEGIN);
        SUMS[1..outputs].iter().for_each(|&sum| code.mov(sum, SUMS[0]));
        let products = self.products(outputs);
        for row in 0..height {
            let (inputs, weights) = (row * self.row(), 4 * row * self.words.len());
            if self.words.len() <= WEIGHTS.len() {
                self.with_kept_weights(code, &products, inputs, weights);
            } else {
                self.with_loaded_weights(code, &products, inputs, weights);
            }
        }
        let form = self.layer.form;
        let [fraction, kink] = WEIGHTS;
        if form.has_fraction() {
            code.load_local(fraction, local::FRACTION);
        }
        if form.has_kink() {
            code.load_local(kink, local::KINK);
        }
        for (output, &sum) in SUMS[..outputs].iter().enumerate() {
            form.shift(code, sum, fraction);
            form.write(code, sum, [FACTOR, OFFSET, kink], INPUTS[0]);
            code.strb(sum, OUTPUTS, output * filters);
        }
    }

    /// A row of a kernel whose words of weights have a register each.
    fn with_kept_weights(
        &self,
        code: &mut Assembler,
        products: &[Vec<Product>],
        inputs: usize,
        weights: usize,
    ) {
        for (word, &register) in WEIGHTS[..self.words.len()].iter().enumerate() {
            code.ldr(register, KERNEL, weights + 4 * word);
        }
        for (batch, words) in products.chunks(INPUTS.len()).enumerate() {
            for (word, &register) in INPUTS[..words.len()].iter().enumerate() {
                code.ldr(register, POINTER, inputs + 4 * (batch * INPUTS.len() + word));
            }
            for (products, &register) in words.iter().zip(&INPUTS) {
                products
                    .iter()
                    .for_each(|product| multiply(code, product, register, WEIGHTS[product.weights]));
            }
        }
    }

    /// A row of a kernel with more words than that: they are loaded for each word of inputs.
    fn with_loaded_weights(
        &self,
        code: &mut Assembler,
        products: &[Vec<Product>],
        inputs: usize,
        weights: usize,
    ) {
        const LOADED: [Register; 4] = [Register::R2, Register::R3, Register::R9, Register::R10];
        let input = INPUTS[0];
        for (word, products) in products.iter().enumerate() {
            code.ldr(input, POINTER, inputs + 4 * word);
            for some in products.chunks(LOADED.len()) {
                for (product, &register) in some.iter().zip(&LOADED) {
                    code.ldr(register, KERNEL, weights + 4 * product.weights);
                }
                some.iter()
                    .zip(LOADED)
                    .for_each(|(product, register)| multiply(code, product, input, register));
            }
        }
    }
}

/// Adds a product, or two.
fn multiply(code: &mut Assembler, product: &Product, inputs: Register, weights: Register) {
    let sum = SUMS[product.output];
    match product.halves {
        None => code.smlad(sum, inputs, weights, sum),
        Some(halves) => {
            let [is_input_top, is_weight_top] = halves.map(|half| half == Half::Top);
            code.smla(sum, (inputs, is_input_top), (weights, is_weight_top), sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random_layers::{Limited, run, run_overlapping};
    use super::super::requantize::scales;
    use super::*;
    use crate::armv6m::random_layers::{bytes, window, zero_point};
    use fastrand::Rng;
    use tinynet_core::kernels;
    use tinynet_core::requantize::MultiplierPerChannel;

    /// Runs a layer of random numbers, and in place of its input if `overlaps`; tells whether there was code for it.
    fn check(random: &mut Rng, window: Window, multiplier: usize, overlaps: bool) -> bool {
        let filters = window.output[2];
        let taps = window.kernel[0] * window.kernel[1];
        let weights: Vec<u8> = bytes(random, filters * taps).into_iter().map(|weight| weight as u8).collect();
        let bias: Vec<i32> = (0..filters).map(|_| random.i32(-5000..5000)).collect();
        let [input_zero_point, zero_point] = [zero_point(random), zero_point(random)];
        let limits = if random.bool() { [-128, 127] } else { [zero_point, 127] };
        let most = 255 * 128 * taps as i64 + 5000;
        let factor = |random: &mut Rng| (30.0 + 60.0 * random.f64()) / (74.0 * 74.0 * (taps as f64).sqrt());
        let channel = |_| (Limited::new(factor(random), zero_point, limits), [-most, most]);
        let channels: Vec<_> = (0..filters).map(channel).collect();
        let (scales, form) = scales(&channels).expect("numbers");
        let layer = DepthwiseConv2d {
            window,
            multiplier,
            weights: &weights,
            bias: &bias,
            input_zero_point,
            scales: &scales,
            form,
        };
        let numbers =
            channels.iter().map(|(channel, _)| (channel.multiplier.multiplier, channel.multiplier.shift));
        let (multipliers, shifts): (Vec<_>, Vec<_>) = numbers.unzip();
        let [min, max] = limits;
        let requantize =
            MultiplierPerChannel { multipliers: &multipliers, shifts: &shifts, zero_point, min, max };
        let kernel = kernels::DepthwiseConv2d {
            window,
            multiplier,
            weights: &weights,
            bias: &bias,
            input_zero_point,
            requantize,
        };
        let input = bytes(random, window.input.iter().product());
        let mut expected = vec![0; window.output.iter().product()];
        kernel.run(&input, &mut expected);
        let reach = |axis: usize| (window.output[axis] - 1) * window.stride[axis] + window.kernel[axis];
        let scratch =
            (2 * taps.max(window.kernel[0] * (reach(1) + 1)).max(window.kernel[1] * (reach(0) + 1)))
                .next_multiple_of(4);
        let Some(code) = layer.write(Room { scratch, overlaps }) else { return false };
        assert_eq!(run(&code, &input, expected.len(), scratch), expected, "{layer:?}");
        if overlaps {
            let channels = window.input[2] as isize;
            let lead = (kernel.lead() + channels - 1).div_euclid(channels) * channels;
            let made = run_overlapping(&code, &input, expected.len(), scratch, lead);
            assert_eq!(made, expected, "over its input {layer:?}");
        }
        true
    }

    #[test]
    fn all_windows_are_exact() {
        let mut random = Rng::with_seed(1);
        let written = (0..300).filter(|_| {
            let mut window = window(&mut random);
            for axis in 0..2 {
                window.output[axis] +=
                    (window.dilation[axis] - 1) * (window.kernel[axis] - 1) / window.stride[axis];
            }
            window.dilation = [1; 2];
            check(&mut random, window, 1, true)
        });
        assert!(written.count() > 240);
    }

    #[test]
    fn several_outputs_a_channel_are_exact() {
        let mut random = Rng::with_seed(2);
        let written = (0..40).filter(|case| {
            let multiplier = 2 + case % 8;
            let mut window = window(&mut random);
            window.output[2] *= multiplier;
            check(&mut random, window, multiplier, false)
        });
        assert!(written.count() > 20);
    }

    #[test]
    fn all_kernels_and_steps_are_exact() {
        let mut random = Rng::with_seed(3);
        for height in 1..=5 {
            for width in 1..=8 {
                for stride in 1..=3 {
                    for size in [9, 12, 14] {
                        let window = Window {
                            input: [size, size, 3],
                            output: [(size - 1) / stride + 1, (size - 1) / stride + 1, 3],
                            kernel: [height, width],
                            stride: [stride; 2],
                            dilation: [1; 2],
                            padding: [(height - 1) / 2, (width - 1) / 2],
                        };
                        assert!(check(&mut random, window, 1, true), "{window:?}");
                    }
                }
            }
        }
    }
}
