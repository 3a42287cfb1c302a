//! Convolutions and pointwise layers written out for two positions at a time: about 2.3 cycles a multiply-accumulate at
//! eight to nine bytes a weight.
//!
//! The inputs of two positions make a word, `P = x0 + x1 · 2^16`, and `P · w` is both products at once. A sum of such
//! products holds the sums of both as long as the lower one fits 16 bits with its sign, which is as long as the magnitudes
//! of its weights add up to no more than 255: `128 · 255 < 2^15`; or 4095 where inputs go from -8 to 7. The weights are known,
//! so that each output is taken apart exactly where its sum might not fit any more. Weights are immediates; those that are
//! zero cost nothing.

use super::assembler::{Assembler, Function};
use super::code::Code;
use super::convolution::{Convolution, is_supported};
use super::loops::{advance_local, repeat};
use super::registers::{High, Low};
use tinynet_core::kernels::Window;

mod eight_outputs;
mod four_outputs;

/// Magnitudes of weights that a packed sum has room for, of inputs of magnitudes up to `largest_input`, which counts as the
/// next power of two: int8s are as good with -128 as without.
fn room(largest_input: u32) -> u32 {
    0x7fff / largest_input.max(1).next_power_of_two()
}

/// Words of the stack frame.
mod local {
    pub(super) const OUTPUT: usize = 0;
    pub(super) const DATA: usize = 1;
    pub(super) const WINDOW: usize = 2;
    /// Next channel's numbers.
    pub(super) const NUMBERS: usize = 3;
    /// From an output of the first position to that of the second.
    pub(super) const APART: usize = 4;
    pub(super) const ROWS: usize = 5;
    pub(super) const PIXELS: usize = 6;
    pub(super) const SOURCE: usize = 7;
    pub(super) const SCRATCH: usize = 8;
    /// Sum of the second position of a group's last output.
    pub(super) const SUM: usize = 9;
    /// From an input of the first position to that of the second.
    pub(super) const BETWEEN: usize = 10;
    pub(super) const ROW: usize = 11;
    /// Rows between the two positions.
    pub(super) const ROWS_BETWEEN: usize = 12;
    pub(super) const TAPS: usize = 13;
    pub(super) const TARGET: usize = 14;
    pub(super) const COUNT: usize = 15;
    /// Behind them.
    pub(super) const OF_GROUP: usize = COUNT;
}

/// Which outputs are made at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Four, in low registers, their sums in high ones: for weights that fill packed sums soon.
    Four,
    /// Eight, in high registers for the most part, each input's multiples made once for all: for weights of few bits.
    Eight,
}

/// Writes a layer; `None` where it is none of this kind.
pub fn write(layer: &Convolution<'_>, grouping: Grouping, code: Assembler) -> Option<Code> {
    let [rows, columns, outputs] = layer.window.output;
    if !is_supported(&layer.window) || layer.lines.len() != outputs || rows * columns < 2 {
        return None;
    }
    let writer = Writer { layer, grouping, buffer: Buffer::new(&layer.window) };
    let function = writer.write(code)?;
    Some(Code {
        function,
        data: writer.data().into(),
        scratch: writer.buffer.bytes(),
        alignment: 4,
        has_table: false,
    })
}

/// Where pairs of inputs are put together, a word each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Buffer {
    /// Whether the pairs are neighbours in memory and each is read by one pair of outputs alone; else they are below one
    /// another, and all columns that windows of two rows of outputs cover are put together at a time.
    is_pixel: bool,
    columns: usize,
    before: usize,
    inside: usize,
    /// Words of a column.
    column: usize,
    channels: usize,
}

impl Buffer {
    fn new(window: &Window) -> Self {
        let Window { input, output, kernel, stride, padding, .. } = *window;
        let channels = input[2];
        if kernel == [1, 1] && padding == [0, 0] && stride == [1, 1] {
            return Self { is_pixel: true, columns: 1, before: 0, inside: 1, column: channels, channels };
        }
        let columns = (output[1] - 1) * stride[1] + kernel[1];
        let before = padding[1].min(columns);
        let inside = input[1].min(columns - before);
        Self { is_pixel: false, columns, before, inside, column: kernel[0] * channels, channels }
    }

    /// Offset of the columns: before it is one of zero points, as rows outside the image are copied from.
    fn first(&self) -> usize {
        if self.is_pixel { 0 } else { self.channels.next_multiple_of(4) }
    }

    fn bytes(&self) -> usize {
        self.first() + 4 * self.columns * self.column
    }
}

#[derive(Clone, Copy)]
struct Writer<'a> {
    layer: &'a Convolution<'a>,
    grouping: Grouping,
    buffer: Buffer,
}

impl Writer<'_> {
    /// Numbers for requantising, group by group.
    fn data(&self) -> Vec<u32> {
        let channels = self.layer.bias.iter().enumerate();
        channels
            .flat_map(|(channel, &bias)| self.layer.requantizer().words(channel, i64::from(bias)))
            .collect()
    }

    fn write(&self, mut code: Assembler) -> Option<Function> {
        code.enter();
        let locals = match self.grouping {
            Grouping::Four => local::COUNT,
            Grouping::Eight => local::COUNT + eight_outputs::LOCALS,
        };
        code.reserve_locals(locals);
        code.store_local(Low::R0, local::SOURCE);
        code.store_local(Low::R1, local::OUTPUT);
        code.store_local(Low::R2, local::SCRATCH);
        code.store_local(Low::R3, local::DATA);
        if self.buffer.is_pixel {
            self.pixel_by_pixel(&mut code);
        } else {
            self.row_by_row(&mut code);
        }
        code.drop_locals(locals);
        code.leave();
        code.finish()
    }

    /// Distances to the second position: none where it is the first once more because there is no other.
    fn distances(&self, code: &mut Assembler, counter: usize, positions: usize, distances: &[(usize, i32)]) {
        let is_odd = positions % 2 == 1;
        if is_odd && positions > 2 {
            code.load_local(Low::R0, counter);
            code.cmp_immediate(Low::R0, 2);
            // All ones in the last turn.
            code.borrow(Low::R0);
        }
        for &(local, distance) in distances {
            code.constant(Low::R1, if positions == 1 { 0 } else { distance });
            if is_odd && positions > 2 {
                code.bics(Low::R1, Low::R0);
            }
            code.store_local(Low::R1, local);
        }
    }

    fn pixel_by_pixel(&self, code: &mut Assembler) {
        let Window { output: [rows, columns, outputs], .. } = self.layer.window;
        let channels = self.buffer.channels;
        let positions = rows * columns;
        code.load_local(Low::R0, local::SCRATCH);
        code.store_local(Low::R0, local::WINDOW);
        repeat(code, local::PIXELS, positions.div_ceil(2), |code| {
            let distances = [(local::BETWEEN, channels as i32), (local::APART, outputs as i32)];
            self.distances(code, local::PIXELS, positions, &distances);
            code.load_local(Low::R0, local::SOURCE);
            code.load_local(Low::R1, local::BETWEEN);
            code.adds(Low::R1, Low::R1, Low::R0);
            code.load_local(Low::R2, local::SCRATCH);
            pack(code, channels);
            advance_local(code, local::SOURCE, 2 * channels as i32);
            self.groups(code);
            advance_local(code, local::OUTPUT, outputs as i32);
        });
    }

    fn row_by_row(&self, code: &mut Assembler) {
        let Window { input, output, kernel, stride, dilation, padding } = self.layer.window;
        let Buffer { before, column, channels, .. } = self.buffer;
        self.border(code);
        let row = (input[1] * channels) as i32;
        advance_local(code, local::SOURCE, -(padding[0] as i32) * row);
        code.constant(Low::R0, -(padding[0] as i32));
        code.store_local(Low::R0, local::ROW);
        let first = self.buffer.first();
        let row_of_outputs = (output[1] * output[2]) as i32;
        repeat(code, local::ROWS, output[0].div_ceil(2), |code| {
            let distances = [
                (local::BETWEEN, stride[0] as i32 * row),
                (local::ROWS_BETWEEN, stride[0] as i32),
                (local::APART, row_of_outputs),
            ];
            self.distances(code, local::ROWS, output[0], &distances);
            code.load_local(Low::R1, local::SCRATCH);
            code.advance(Low::R1, (first + 4 * before * column) as i32, Low::R3);
            code.store_local(Low::R1, local::TARGET);
            repeat(code, local::TAPS, kernel[0], |code| {
                self.pack_row(code);
                advance_local(code, local::ROW, dilation[0] as i32);
                advance_local(code, local::SOURCE, dilation[0] as i32 * row);
                advance_local(code, local::TARGET, 4 * channels as i32);
            });
            let on = 2 * stride[0] as i32 - (kernel[0] * dilation[0]) as i32;
            advance_local(code, local::ROW, on);
            advance_local(code, local::SOURCE, on * row);
            code.load_local(Low::R0, local::SCRATCH);
            code.advance(Low::R0, first as i32, Low::R2);
            code.store_local(Low::R0, local::WINDOW);
            repeat(code, local::PIXELS, output[1], |code| {
                self.groups(code);
                advance_local(code, local::WINDOW, 4 * (stride[1] * column) as i32);
            });
            // The other row has been written, too.
            advance_local(code, local::OUTPUT, row_of_outputs);
        });
    }

    /// Columns outside the image, and the one that rows outside it are copied from.
    fn border(&self, code: &mut Assembler) {
        let Buffer { columns, before, inside, column, channels, .. } = self.buffer;
        let zero_point = self.layer.input_zero_point;
        code.load_local(Low::R0, local::SCRATCH);
        code.movs(Low::R4, zero_point as u8);
        code.constant(Low::R6, channels as i32);
        code.repeat(
            channels,
            |code| {
                code.strb(Low::R4, Low::R0, 0);
                code.adds_immediate(Low::R0, 1);
            },
            |code| code.subs_immediate(Low::R6, 1),
        );
        code.constant(Low::R4, zero_point);
        code.lsls(Low::R5, Low::R4, 16);
        code.adds(Low::R4, Low::R4, Low::R5);
        for (at, count) in [(0, before), (before + inside, columns - before - inside)] {
            if count == 0 {
                continue;
            }
            let words = count * column;
            code.load_local(Low::R0, local::SCRATCH);
            code.advance(Low::R0, (self.buffer.first() + 4 * at * column) as i32, Low::R2);
            code.constant(Low::R6, words as i32);
            code.repeat(words, |code| code.stm(Low::R0, &[Low::R4]), |code| code.subs_immediate(Low::R6, 1));
        }
    }

    /// Puts two rows of the input together in the columns.
    fn pack_row(&self, code: &mut Assembler) {
        let Buffer { inside, column, channels, .. } = self.buffer;
        let height = self.layer.window.input[0];
        code.load_local(Low::R2, local::SCRATCH);
        code.constant(Low::R6, height as i32);
        code.load_local(Low::R5, local::ROW);
        code.load_local(Low::R0, local::SOURCE);
        code.load_local(Low::R1, local::BETWEEN);
        code.adds(Low::R1, Low::R1, Low::R0);
        for (source, step) in [(Low::R0, High::R8), (Low::R1, High::R9)] {
            // All ones inside the image, zero outside it.
            code.cmp(Low::R5, Low::R6);
            code.borrow(Low::R4);
            code.subs(source, source, Low::R2);
            code.ands(source, Low::R4);
            code.adds(source, source, Low::R2);
            // Outside, all columns are the same one.
            code.constant(Low::R3, channels as i32);
            code.ands(Low::R3, Low::R4);
            code.mov(step, Low::R3);
            code.load_local(Low::R4, local::ROWS_BETWEEN);
            code.adds(Low::R5, Low::R5, Low::R4);
        }
        code.load_local(Low::R2, local::TARGET);
        code.constant(Low::R5, 4 * (column - channels) as i32);
        code.mov(High::R10, Low::R5);
        code.constant(Low::R5, 4 * (inside * column) as i32);
        code.adds(Low::R5, Low::R5, Low::R2);
        code.mov(High::R11, Low::R5);
        code.repeat(
            inside,
            |code| {
                pack(code, channels);
                code.add(Low::R0, High::R8);
                code.add(Low::R1, High::R9);
                code.add(Low::R2, High::R10);
            },
            |code| code.cmp(Low::R2, High::R11),
        );
    }

    /// All outputs of two positions.
    fn groups(&self, code: &mut Assembler) {
        code.load_local(Low::R0, local::DATA);
        code.store_local(Low::R0, local::NUMBERS);
        let filters: Vec<_> = (0..self.layer.window.output[2])
            .map(|filter| self.layer.column_by_column(filter).map(|weight| weight as i8).collect::<Vec<_>>())
            .collect();
        match self.grouping {
            Grouping::Four => four_outputs::write(code, self.layer, &filters),
            Grouping::Eight => eight_outputs::write(code, self.layer, &filters),
        }
    }
}

/// Moves `r0`, which points `at` bytes into the window, as far that the pair of a tap can be loaded; says how far it is
/// then.
fn approach(code: &mut Assembler, mut at: usize, tap: usize) -> usize {
    while 4 * tap - at > 124 {
        let step = (4 * tap - at).min(252);
        code.adds_immediate(Low::R0, step as u8);
        at += step;
    }
    at
}

/// Puts bytes from `r0` and from `r1` together as words from `r2` on; `r2` moves on. Uses `r5` to `r7`.
fn pack(code: &mut Assembler, pairs: usize) {
    /// The most pairs that are put together without a loop.
    const AT_ONCE: usize = 8;
    let at_once =
        (1..=AT_ONCE.min(pairs)).rev().find(|at_once: &usize| pairs.is_multiple_of(*at_once)).unwrap_or(1);
    code.movs(Low::R6, 0);
    if pairs > 255 && pairs > at_once {
        code.constant(Low::R4, pairs as i32);
    }
    code.repeat(
        pairs / at_once,
        |code| {
            for _ in 0..at_once {
                code.ldrsb(Low::R5, Low::R0, Low::R6);
                code.ldrsb(Low::R7, Low::R1, Low::R6);
                code.lsls(Low::R7, Low::R7, 16);
                code.adds(Low::R5, Low::R5, Low::R7);
                code.stm(Low::R2, &[Low::R5]);
                code.adds_immediate(Low::R6, 1);
            }
        },
        |code| {
            if pairs > 255 { code.cmp(Low::R6, Low::R4) } else { code.cmp_immediate(Low::R6, pairs as u8) }
        },
    );
}
