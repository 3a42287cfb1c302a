//! Convolutions, pointwise and dense layers: about 1.1 cycles of a Cortex-M4 a multiply-accumulate at one byte a weight.
//!
//! `SMLAD` adds two products of halves of words. Activations are bytes in memory; four of them make two words of two halves
//! each (`SXTB16`). So do weights, but those of two outputs share a word: its halves are `2^8 · a + b`, and what they sum up
//! to is `2^8 · A + B`, where `A = Σ a x` and `B = Σ b x`. The lower bytes by themselves, which are `b`, sum up to `B`, and the
//! difference of both sums is `2^8 · A`, exactly what requantising begins with. So one `SXTB16` serves four weights.
//!
//! Two positions share the weights, four outputs share the activations. A dense layer has one position and eight outputs.

use super::assembler::{Assembler, Condition, Function, Label, MOST_OFFSET};
use super::code::{Code, Room};
use super::registers::Register;
use super::requantize::{BEFORE, Form, Scale};
use crate::armv6m::convolution::is_supported;
use crate::armv6m::depthwise_conv2d::{is_column, transposed};
use tinynet_core::kernels::Window;

/// A convolution; a dense layer is one of a single position.
#[derive(Clone, Copy, Debug)]
pub struct Convolution<'a> {
    /// Sizes and steps; no dilation along a row.
    pub window: Window,
    /// `[output channel][row][column][input channel]`
    pub weights: &'a [u8],
    /// One an output channel, the input's zero point worked in: what a sum of plain products begins with.
    pub bias: &'a [i32],
    /// What stands for zero in the input, and outside it.
    pub input_zero_point: i32,
    /// How sums become int8, one an output channel.
    pub scales: &'a [Scale],
    /// The instructions for that.
    pub form: Form,
}

/// Words of the stack frame.
mod local {
    pub(super) const SOURCE: usize = 0;
    pub(super) const OUTPUT: usize = 1;
    pub(super) const SCRATCH: usize = 2;
    pub(super) const DATA: usize = 3;
    pub(super) const WINDOW: usize = 4;
    pub(super) const WINDOW_END: usize = 5;
    pub(super) const RETURN: usize = 6;
    pub(super) const GROUPS: usize = 7;
    pub(super) const PIXELS: usize = 8;
    pub(super) const ROWS: usize = 9;
    pub(super) const TAPS: usize = 10;
    pub(super) const ROW: usize = 11;
    pub(super) const TARGET: usize = 12;
    pub(super) const COUNT: usize = 13;
}

/// Inputs under the window, then the outputs.
const POINTER: Register = Register::R0;
/// Weights and what is behind them.
const DATA: Register = Register::R1;
/// Inputs of two positions.
const INPUTS: [Register; 2] = [Register::R2, Register::R3];
const WEIGHTS: Register = Register::R12;
/// The lower bytes of weights.
const LOWER: Register = Register::Lr;
/// Sums of pairs of outputs: of both, and of the second alone; of one position behind those of the other.
const SUMS: [Register; 8] = [
    Register::R4,
    Register::R5,
    Register::R6,
    Register::R7,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
];

/// Bytes that instructions take at a time.
const QUAD: usize = 4;

/// Quads in a turn of the innermost loop.
const UNROLLED: usize = 4;

impl Convolution<'_> {
    /// Writes the layer; `None` where it is none of this kind, or where there is too little room.
    pub fn write(&self, room: Room) -> Option<Code> {
        let layer =
            if is_column(&self.window) { Self { window: transposed(&self.window), ..*self } } else { *self };
        let window = &layer.window;
        let is_sized =
            layer.scales.len() == window.output[2] && layer.weights.len() == layer.taps() * window.output[2];
        if !is_supported(window) || !is_sized {
            return None;
        }
        let writer = Writer::new(&layer, room)?;
        let data = writer.data()?;
        Some(Code { function: writer.write(), data })
    }

    /// Whether there is one position, whose window is the input as it lies in memory.
    fn is_dense(&self) -> bool {
        let Window { input, output, kernel, dilation, padding, .. } = self.window;
        let is_dilated = (0..2).any(|axis| kernel[axis] > 1 && dilation[axis] > 1);
        kernel == input[..2] && output[..2] == [1, 1] && padding == [0, 0] && !is_dilated
    }

    /// Whether each position reads one pixel inside the image.
    fn is_pixel(&self) -> bool {
        self.window.kernel == [1, 1] && self.window.padding == [0, 0]
    }

    /// Values under the window.
    fn taps(&self) -> usize {
        let Window { input: [_, _, channels], kernel: [height, width], .. } = self.window;
        height * width * channels
    }
}

/// Where inputs are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// From where they are.
    Input,
    /// From copies of one pixel or two, or of all that a dense layer reads.
    Pixels,
    /// From copies of all columns that windows of a row of outputs cover: of each column the rows under a window.
    Columns,
}

struct Writer<'a> {
    layer: &'a Convolution<'a>,
    source: Source,
    /// Positions that are computed at a time: one or two.
    positions: usize,
    /// Bytes from a position's inputs to those of the next.
    step: usize,
}

impl<'a> Writer<'a> {
    fn new(layer: &'a Convolution<'a>, room: Room) -> Option<Self> {
        let Window { input: [_, _, channels], output, kernel: [height, _], stride, .. } = layer.window;
        let copy = layer.taps().next_multiple_of(4);
        let positions = if Self::extent(layer)[1] >= 2 { 2 } else { 1 };
        let new = |source, positions, step| Self { layer, source, positions, step };
        let writer = if !layer.is_dense() && !layer.is_pixel() {
            let writer = new(Source::Columns, positions, stride[1] * height * channels);
            (writer.first() + writer.columns()[0] * writer.column() <= room.scratch).then_some(writer)?
        } else if !room.overlaps {
            new(Source::Input, positions, stride[1] * channels)
        } else {
            let positions = (1..=positions).rev().find(|positions| positions * copy <= room.scratch)?;
            new(Source::Pixels, positions, copy)
        };
        // A turn and all that may be left behind the last.
        let reach = writer.step + 2 * UNROLLED * QUAD;
        (positions == 1 || reach.max(output[2]) + QUAD <= MOST_OFFSET).then_some(writer)
    }

    /// Rows and columns of positions; one row where all of them lie in memory one after the other.
    fn extent(layer: &Convolution<'_>) -> [usize; 2] {
        let Window { input: [height, width, _], output: [rows, columns, _], stride, .. } = layer.window;
        let is_run = layer.is_pixel() && stride == [1, 1] && [rows, columns] == [height, width];
        if is_run { [1, rows * columns] } else { [rows, columns] }
    }

    /// Outputs that are computed at a time.
    fn group(&self) -> usize {
        8 / self.positions
    }

    /// Bytes of a column.
    fn column(&self) -> usize {
        self.layer.window.kernel[0] * self.layer.window.input[2]
    }

    /// Columns that are put together, and those of them left of the image and inside.
    fn columns(&self) -> [usize; 3] {
        let Window { input, output, kernel, stride, padding, .. } = self.layer.window;
        let columns = (output[1] - 1) * stride[1] + kernel[1];
        let before = padding[1].min(columns);
        [columns, before, input[1].min(columns - before)]
    }

    /// Offset of the columns: before it is one of zero points, as rows outside the image are copied from.
    fn first(&self) -> usize {
        self.layer.window.input[2].next_multiple_of(4)
    }

    /// The weights of an output channel in the order in which inputs are read.
    fn in_order(&self, filter: usize) -> Vec<i32> {
        let Window { input: [_, _, channels], kernel: [height, width], .. } = self.layer.window;
        let weights = &self.layer.weights[filter * self.layer.taps()..][..self.layer.taps()];
        let signed = |weight: &u8| i32::from(*weight as i8);
        if self.source != Source::Columns {
            return weights.iter().map(signed).collect();
        }
        let places =
            (0..width).flat_map(|column| (0..height).map(move |row| (row * width + column) * channels));
        places.flat_map(|at| weights[at..at + channels].iter().map(signed)).collect()
    }

    /// For each group what its sums begin with, its weights, and its numbers for requantising. `None` where two weights do not
    /// fit 16 bits.
    fn data(&self) -> Option<Vec<u32>> {
        let Convolution { window: Window { output: [_, _, outputs], .. }, bias, scales, form, .. } =
            *self.layer;
        let taps = self.layer.taps();
        let mut data = Vec::new();
        for first in (0..outputs).step_by(self.group()) {
            let group: Vec<_> = (first..(first + self.group()).min(outputs)).collect();
            let mut pairs = Vec::new();
            for pair in group.chunks(2) {
                let bias = |index: usize| pair.get(index).map_or(0, |&filter| bias[filter]);
                let fraction = i32::from(scales[pair[0]].fraction);
                data.extend([
                    (bias(0) << BEFORE).wrapping_add(bias(1)).wrapping_add(fraction) as u32,
                    bias(1) as u32,
                ]);
                let weights = |index: usize| {
                    pair.get(index).map_or_else(|| vec![0; taps], |&filter| self.in_order(filter))
                };
                let both =
                    weights(0).into_iter().zip(weights(1)).map(|(a, b)| i16::try_from(256 * a + b).ok());
                pairs.push(both.collect::<Option<Vec<_>>>()?);
            }
            let half = |pair: &[i16], tap: usize| u32::from(pair[tap] as u16);
            for quad in 0..taps / QUAD {
                for tap in [QUAD * quad, QUAD * quad + 1] {
                    data.extend(pairs.iter().map(|pair| half(pair, tap) | half(pair, tap + 2) << 16));
                }
            }
            for tap in taps / QUAD * QUAD..taps {
                data.extend(pairs.iter().map(|pair| half(pair, tap)));
            }
            data.extend(group.iter().flat_map(|&filter| form.words(&scales[filter])));
        }
        Some(data)
    }

    fn write(&self) -> Function {
        let mut code = Assembler::new();
        code.enter(local::COUNT);
        code.store_local(Register::R0, local::SOURCE);
        code.store_local(Register::R1, local::OUTPUT);
        code.store_local(Register::R2, local::SCRATCH);
        code.store_local(Register::R3, local::DATA);
        let position = code.label();
        match self.source {
            Source::Input => self.in_place(&mut code, position),
            Source::Pixels => self.pixel_by_pixel(&mut code, position),
            Source::Columns => self.row_by_row(&mut code, position),
        }
        code.leave(local::COUNT);
        code.begin(position, local::RETURN);
        self.position(&mut code);
        code.end(local::RETURN);
        code.finish()
    }

    fn in_place(&self, code: &mut Assembler, position: Label) {
        let Window { input: [_, width, channels], stride, .. } = self.layer.window;
        let [rows, columns] = Self::extent(self.layer);
        code.store_local(Register::R0, local::WINDOW);
        code.count_down_local(local::ROWS, rows, |code| {
            self.row(code, columns, position);
            if rows > 1 {
                let passed = (columns * self.step) as i32;
                code.advance_local(local::WINDOW, (stride[0] * width * channels) as i32 - passed);
            }
        });
    }

    /// Positions of a row, whose inputs are a step apart.
    fn row(&self, code: &mut Assembler, columns: usize, position: Label) {
        let outputs = self.layer.window.output[2] as i32;
        let step = self.step as i32;
        // Those of the first position are behind when the call returns.
        let others = (self.positions - 1) as i32 * outputs;
        let call = |code: &mut Assembler| {
            code.call(position);
            code.advance_local(local::OUTPUT, others);
            code.advance_local(local::WINDOW, self.positions as i32 * step);
        };
        code.count_down_local(local::PIXELS, columns / self.positions, call);
        if !columns.is_multiple_of(self.positions) {
            // The last one once more, with the one before it.
            code.advance_local(local::WINDOW, -step);
            code.advance_local(local::OUTPUT, -outputs);
            call(code);
        }
    }

    fn pixel_by_pixel(&self, code: &mut Assembler, position: Label) {
        let Window { input: [_, width, channels], output: [_, _, outputs], stride, .. } = self.layer.window;
        let [rows, columns] = Self::extent(self.layer);
        let outputs = outputs as i32;
        let bytes = self.layer.taps();
        let from_input = |code: &mut Assembler, index: usize| {
            code.load_local(Register::R0, local::SOURCE);
            code.load_local(Register::R2, local::SCRATCH);
            code.add_number(Register::R1, Register::R2, (index * self.step) as i32);
            copy(code, bytes);
            code.advance_local(local::SOURCE, (stride[1] * channels) as i32);
        };
        code.store_local(Register::R2, local::WINDOW);
        code.count_down_local(local::ROWS, rows, |code| {
            code.count_down_local(local::PIXELS, columns / self.positions, |code| {
                (0..self.positions).for_each(|index| from_input(code, index));
                code.call(position);
                code.advance_local(local::OUTPUT, (self.positions - 1) as i32 * outputs);
            });
            if !columns.is_multiple_of(self.positions) {
                // The last one, with the copy of the one before it: what it was copied from may have been overwritten.
                code.load_local(Register::R1, local::SCRATCH);
                code.add_number(Register::R0, Register::R1, self.step as i32);
                copy(code, bytes);
                from_input(code, 1);
                code.advance_local(local::OUTPUT, -outputs);
                code.call(position);
                code.advance_local(local::OUTPUT, outputs);
            }
            if rows > 1 {
                let passed = (columns * stride[1] * channels) as i32;
                code.advance_local(local::SOURCE, (stride[0] * width * channels) as i32 - passed);
            }
        });
    }

    fn row_by_row(&self, code: &mut Assembler, position: Label) {
        let Window { input: [_, width, channels], output, kernel, stride, dilation, padding } =
            self.layer.window;
        let [_, before, _] = self.columns();
        let row = (width * channels) as i32;
        self.border(code);
        code.advance_local(local::SOURCE, -(padding[0] as i32) * row);
        code.constant(Register::R0, -(padding[0] as i32));
        code.store_local(Register::R0, local::ROW);
        code.count_down_local(local::ROWS, output[0], |code| {
            code.load_local(Register::R0, local::SCRATCH);
            code.add_number(Register::R1, Register::R0, self.first() as i32);
            code.store_local(Register::R1, local::WINDOW);
            code.add_number(Register::R2, Register::R1, (before * self.column()) as i32);
            code.store_local(Register::R2, local::TARGET);
            code.count_down_local(local::TAPS, kernel[0], |code| {
                self.copy_row(code);
                code.advance_local(local::ROW, dilation[0] as i32);
                code.advance_local(local::SOURCE, dilation[0] as i32 * row);
                code.advance_local(local::TARGET, channels as i32);
            });
            let back = stride[0] as i32 - (kernel[0] * dilation[0]) as i32;
            code.advance_local(local::ROW, back);
            code.advance_local(local::SOURCE, back * row);
            self.row(code, output[1], position);
        });
    }

    /// Columns outside the image, and the one that rows outside it are copied from.
    fn border(&self, code: &mut Assembler) {
        let [columns, before, inside] = self.columns();
        let (first, column) = (self.first(), self.column());
        let behind = before + inside;
        let zero_points = i32::from_le_bytes([self.layer.input_zero_point as u8; 4]);
        code.constant(Register::R2, zero_points);
        for (from, bytes) in [
            (0, self.layer.window.input[2]),
            (first, before * column),
            (first + behind * column, (columns - behind) * column),
        ] {
            code.load_local(Register::R0, local::SCRATCH);
            code.add_number(Register::R1, Register::R0, from as i32);
            fill(code, bytes);
        }
    }

    /// Copies a row of the input to the columns.
    fn copy_row(&self, code: &mut Assembler) {
        let Window { input: [height, _, channels], .. } = self.layer.window;
        let [_, _, inside] = self.columns();
        let [source, target, from_to, column] = [Register::R0, Register::R1, Register::R11, Register::Lr];
        code.load_local(source, local::SOURCE);
        code.load_local(Register::R2, local::SCRATCH);
        code.load_local(Register::R3, local::ROW);
        code.constant(from_to, channels as i32);
        code.constant(column, self.column() as i32);
        // Above the image rows have negative numbers, which are large without a sign. Outside, all columns are the same one.
        code.constant(Register::R4, height as i32);
        code.cmp(Register::R3, Register::R4);
        code.mov_if(Condition::HigherOrSame, source, Register::R2);
        code.number_if(Condition::HigherOrSame, from_to, 0);
        code.load_local(target, local::TARGET);
        code.count_down(Register::R12, inside, |code| {
            copy(code, channels);
            code.add(source, source, from_to);
            code.add(target, target, column);
        });
    }

    /// Quads in a turn, turns, and quads and inputs that are left.
    fn turns(&self) -> [usize; 4] {
        let taps = self.layer.taps();
        let quads = taps / QUAD;
        let most = UNROLLED.min(quads).max(1);
        let turn =
            (most / 2 + 1..=most).rev().find(|turn: &usize| quads.is_multiple_of(*turn)).unwrap_or(most);
        [turn, quads / turn, quads % turn, taps % QUAD]
    }

    /// All outputs of one position or two.
    fn position(&self, code: &mut Assembler) {
        let outputs = self.layer.window.output[2];
        let [turn, turns, ..] = self.turns();
        if turns > 1 {
            code.load_local(Register::R0, local::WINDOW);
            code.add_number(Register::R2, Register::R0, (turn * turns * QUAD) as i32);
            code.store_local(Register::R2, local::WINDOW_END);
        }
        code.load_local(DATA, local::DATA);
        let (whole, rest) = (outputs / self.group(), outputs % self.group());
        if whole > 0 {
            code.count_down_local(local::GROUPS, whole, |code| self.outputs(code, self.group()));
        }
        if rest > 0 {
            self.outputs(code, rest);
        }
    }

    /// The sums of a pair of outputs.
    fn sums(&self, position: usize, pair: usize) -> [Register; 2] {
        let first = position * self.group() + 2 * pair;
        [SUMS[first], SUMS[first + 1]]
    }

    /// A few outputs. [`DATA`] points at their data, and behind them afterwards.
    fn outputs(&self, code: &mut Assembler, outputs: usize) {
        let pairs = outputs.div_ceil(2);
        code.ldm(DATA, &SUMS[..2 * pairs]);
        if self.positions == 2 {
            (0..2 * pairs).for_each(|sum| code.mov(SUMS[4 + sum], SUMS[sum]));
        }
        code.load_local(POINTER, local::WINDOW);
        let [turn, turns, rest, inputs] = self.turns();
        let bytes = |quads: usize| quads * 2 * pairs * 4;
        if turns > 1 {
            code.repeat(
                turns,
                |code| {
                    (0..turn).for_each(|quad| self.quad(code, pairs, quad * QUAD, bytes(quad)));
                    code.add_number(POINTER, POINTER, (turn * QUAD) as i32);
                    code.add_number(DATA, DATA, bytes(turn) as i32);
                },
                |code| {
                    code.load_local(WEIGHTS, local::WINDOW_END);
                    code.cmp(POINTER, WEIGHTS);
                },
            );
        }
        let quads = if turns > 1 { rest } else { turn * turns + rest };
        (0..quads).for_each(|quad| self.quad(code, pairs, quad * QUAD, bytes(quad)));
        for input in 0..inputs {
            self.input(code, pairs, quads * QUAD + input, bytes(quads) + input * pairs * 4);
        }
        self.requantize(code, outputs, bytes(quads) + inputs * pairs * 4);
    }

    /// The products of four inputs, at offsets of inputs and weights.
    fn quad(&self, code: &mut Assembler, pairs: usize, inputs: usize, weights: usize) {
        for odd in [false, true] {
            let weights = weights + if odd { 4 * pairs } else { 0 };
            if self.positions == 2 {
                code.ldr(INPUTS[0], POINTER, inputs);
                code.ldr(INPUTS[1], POINTER, inputs + self.step);
                code.ldr(WEIGHTS, DATA, weights);
                INPUTS.into_iter().for_each(|input| code.sxtb16(input, input, odd));
                self.products(code, 0);
                for pair in 1..pairs {
                    code.ldr(WEIGHTS, DATA, weights + 4 * pair);
                    self.products(code, pair);
                }
            } else {
                if !odd {
                    code.ldr(INPUTS[1], POINTER, inputs);
                }
                code.sxtb16(INPUTS[0], INPUTS[1], odd);
                for pair in 0..pairs {
                    code.ldr(WEIGHTS, DATA, weights + 4 * pair);
                    self.products(code, pair);
                }
            }
        }
    }

    /// The products of an input, at offsets of inputs and weights.
    fn input(&self, code: &mut Assembler, pairs: usize, input: usize, weights: usize) {
        for (position, &register) in INPUTS[..self.positions].iter().enumerate() {
            code.ldrsb(register, POINTER, input + position * self.step);
        }
        for pair in 0..pairs {
            code.ldr(WEIGHTS, DATA, weights + 4 * pair);
            self.products(code, pair);
        }
    }

    /// Adds products of a pair of outputs.
    fn products(&self, code: &mut Assembler, pair: usize) {
        code.sxtb16(LOWER, WEIGHTS, false);
        for (position, &inputs) in INPUTS[..self.positions].iter().enumerate() {
            let [both, second] = self.sums(position, pair);
            code.smlad(both, inputs, WEIGHTS, both);
            code.smlad(second, inputs, LOWER, second);
        }
    }

    /// Requantises sums and stores them; their numbers are at an offset of [`DATA`], which moves behind them.
    fn requantize(&self, code: &mut Assembler, outputs: usize, offset: usize) {
        let form = self.layer.form;
        let numbers = [INPUTS[0], INPUTS[1], WEIGHTS];
        let words = form.words_of_channel();
        code.load_local(POINTER, local::OUTPUT);
        for output in 0..outputs {
            let at = offset + 4 * words * output;
            let sums: Vec<_> = (0..self.positions).map(|position| self.sums(position, output / 2)).collect();
            let sums: Vec<_> = if output % 2 == 0 {
                // The fraction is in what sums begin with.
                sums.iter().for_each(|&[both, second]| code.sub(both, both, second));
                sums.iter().map(|sums| sums[0]).collect()
            } else {
                let sums: Vec<_> = sums.iter().map(|sums| sums[1]).collect();
                form.load_fraction(code, DATA, at, LOWER);
                sums.iter().for_each(|&sum| form.shift(code, sum, LOWER));
                sums
            };
            form.load(code, DATA, at, numbers);
            for (position, sum) in sums.into_iter().enumerate() {
                form.write(code, sum, numbers, LOWER);
                code.strb(sum, POINTER, output + position * self.layer.window.output[2]);
            }
        }
        code.add_number(POINTER, POINTER, outputs as i32);
        code.store_local(POINTER, local::OUTPUT);
        code.add_number(DATA, DATA, (offset + 4 * words * outputs) as i32);
    }
}

/// The most bytes that are copied without a loop.
const COPIED_AT_ONCE: usize = 64;

/// Copies bytes from `r0` to `r1`, which stay. Uses `r4` to `r10`.
fn copy(code: &mut Assembler, bytes: usize) {
    let [mut source, mut target] = [Register::R0, Register::R1];
    let mut rest = bytes;
    if bytes > COPIED_AT_ONCE {
        const TURN: usize = 16;
        [source, target] = [Register::R8, Register::R9];
        code.mov(source, Register::R0);
        code.mov(target, Register::R1);
        rest = bytes % TURN;
        code.count_down(Register::R10, bytes / TURN, |code| {
            copy_words(code, source, target, 0, TURN / 4);
            code.add_number(source, source, TURN as i32);
            code.add_number(target, target, TURN as i32);
        });
    }
    let mut offset = 0;
    while rest - offset >= 4 {
        let words = ((rest - offset) / 4).min(4);
        copy_words(code, source, target, offset, words);
        offset += 4 * words;
    }
    for byte in offset..rest {
        code.ldrsb(Register::R4, source, byte);
        code.strb(Register::R4, target, byte);
    }
}

/// Copies up to four words.
fn copy_words(code: &mut Assembler, source: Register, target: Register, offset: usize, words: usize) {
    let registers = &SUMS[..words];
    registers.iter().enumerate().for_each(|(word, &register)| code.ldr(register, source, offset + 4 * word));
    registers.iter().enumerate().for_each(|(word, &register)| code.str(register, target, offset + 4 * word));
}

/// Fills bytes from `r1` on, which moves, with those of `r2`. Uses `r3`.
fn fill(code: &mut Assembler, bytes: usize) {
    if bytes >= 4 {
        code.count_down(Register::R3, bytes / 4, |code| {
            code.str(Register::R2, Register::R1, 0);
            code.add_number(Register::R1, Register::R1, 4);
        });
    }
    (0..bytes % 4).for_each(|byte| code.strb(Register::R2, Register::R1, byte));
}
