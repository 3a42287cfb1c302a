//! Convolutions, pointwise and dense layers in loops: about 3.5 cycles a multiply-accumulate at one byte a weight or less.
//!
//! Activations and weights are counted from the lowest, so that `x` and `u` have no sign. Weights of some outputs make a
//! word, bytes for instance `W = u0 + u1 · 2^8 + u2 · 2^16 + u3 · 2^24`. For each output `A_j += x · (W >> 8 j)`, *without*
//! taking its bits out of the word: arithmetic modulo 2^32 is linear, so that in the end `A_j - 2^8 · A_(j + 1)` is
//! `Σ u_j · x` exactly (the shifted words telescope). A shift, a multiplication and an addition are left of a
//! multiply-accumulate, and eight outputs share the load of `x`. How many bits a weight has is [`Packing`]'s matter.
//!
//! A dense layer may read its inputs where they are, with their signs: modulo 2^32 that makes no difference. Where memory is
//! short, what lies under a window alone is copied together, of which only the columns that are new are read.
//!
//! `Σ (u + lowest)(x - 128) = Σ u x + lowest Σ x + …`: the sum of the inputs is taken while they are copied together, and
//! the accumulators begin with what telescopes to `lowest · Σ x`. All else is constant. Where the weights of neighbouring
//! codes are two apart, `2 Σ u x + lowest Σ x` is put together at the end.
//!
//! Where a multiplication takes 32 cycles, the same loops look products up instead ([`triangular`]): about
//! 6.5 cycles a multiply-accumulate. A weight is a byte then, and accumulators begin with `-Σ T(x)`. Where it is two bytes, it
//! is the place in the table as it stands, which saves a cycle.

use super::assembler::Assembler;
use super::code::Code;
use super::convolution::{Convolution, is_inside, is_supported};
use super::loops::{advance_local, at_once, repeat};
use super::packing::{MOST_OUTPUTS, Packing};
use super::registers::{High, Low, Register};
use super::triangular;
use std::sync::Arc;
use tinynet_core::kernels::Window;

/// A convolution in loops.
#[derive(Clone, Copy, Debug)]
pub struct Telescoped<'a> {
    /// What is computed.
    pub layer: Convolution<'a>,
    /// How its weights are packed.
    pub packing: Packing,
    /// Inputs that a turn of the innermost loop takes at most: more are faster and larger.
    pub unroll: usize,
    /// Where it reads its inputs.
    pub source: Source,
    /// Where products come from.
    pub products: Products,
    /// Outputs whose sums are made at the same time, at most. Fewer take less code and more time; a whole number of words of
    /// weights, or as many as there may be.
    pub group: usize,
}

/// Where inputs are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A dense layer's where they are: no scratch, but a little slower. Others' are copied.
    InPlace,
    /// Copied together, all that windows of a row of outputs cover.
    Copied,
    /// What lies under one window: the least scratch that a convolution can do with, but slower. A position that reads one
    /// pixel has no less than if it were [copied](Self::Copied), and is.
    Window,
}

/// Where products come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Products {
    /// `MULS`
    Multiplied,
    /// The [table of triangular numbers](super::triangular); weights are bytes, however they could be packed.
    LookedUp,
    /// The same with weights of two bytes.
    LookedUpByPlace,
}

impl Products {
    fn is_looked_up(self) -> bool {
        self != Self::Multiplied
    }

    /// Bytes of a weight where products are looked up.
    fn bytes(self) -> usize {
        if self == Self::LookedUpByPlace { 2 } else { 1 }
    }

    /// Accumulators of the outputs of a group.
    fn accumulators(self) -> &'static [Register] {
        match self {
            Self::Multiplied => &ACCUMULATORS,
            Self::LookedUp | Self::LookedUpByPlace => &LOOKED_UP,
        }
    }

    /// The first output whose accumulator is a low register.
    fn first_low(self) -> usize {
        match self {
            Self::Multiplied => 6,
            Self::LookedUp | Self::LookedUpByPlace => 5,
        }
    }

    /// Outputs of a group.
    fn outputs(self, packing: Packing) -> usize {
        match self {
            Self::Multiplied => packing.outputs(),
            Self::LookedUp | Self::LookedUpByPlace => LOOKED_UP.len(),
        }
    }

    /// Words of the weights of so many inputs for so many outputs of a group.
    fn words(self, packing: Packing, inputs: usize, outputs: usize) -> usize {
        match self {
            Self::Multiplied => packing.words(inputs, outputs),
            Self::LookedUp | Self::LookedUpByPlace => (self.bytes() * inputs * outputs).div_ceil(4),
        }
    }
}

/// Words of the stack frame.
mod local {
    pub(super) const OUTPUT: usize = 0;
    pub(super) const DATA: usize = 1;
    pub(super) const WINDOW: usize = 2;
    pub(super) const WINDOW_END: usize = 3;
    pub(super) const ROWS: usize = 4;
    pub(super) const PIXELS: usize = 5;
    pub(super) const GROUPS: usize = 6;
    pub(super) const SOURCE: usize = 7;
    pub(super) const SCRATCH: usize = 8;
    pub(super) const SUMS: usize = 9;
    pub(super) const ROW: usize = 10;
    pub(super) const TAPS: usize = 11;
    pub(super) const TARGET: usize = 12;
    /// Column of the input.
    pub(super) const COLUMN: usize = SUMS;
    /// Columns that are copied before the next output.
    pub(super) const COLUMNS: usize = TAPS;
    /// Accumulators in registers that requantising needs.
    pub(super) const SPILLED: usize = 13;
    /// What accumulators begin with: that of a word's last place, of the last but one, and so on.
    pub(super) const FIRST: usize = 16;
    /// Where products are looked up: the place of the smallest input, whose weight is the smallest.
    pub(super) const TABLE: usize = FIRST + 1;
}

/// Accumulators of the outputs of a group.
const ACCUMULATORS: [Register; MOST_OUTPUTS] = [
    Register::High(High::R8),
    Register::High(High::R9),
    Register::High(High::R10),
    Register::High(High::R11),
    Register::High(High::R12),
    Register::High(High::Lr),
    Register::Low(Low::R6),
    Register::Low(Low::R7),
    // The second word of weights, or a part of the first, where there are no nine outputs.
    Register::Low(Low::R5),
];

/// The same where products are looked up: `lr` points at the table.
const LOOKED_UP: [Register; MOST_OUTPUTS] = [
    Register::High(High::R8),
    Register::High(High::R9),
    Register::High(High::R10),
    Register::High(High::R11),
    Register::High(High::R12),
    Register::Low(Low::R4),
    Register::Low(Low::R5),
    Register::Low(Low::R7),
    Register::Low(Low::R6),
];

impl Telescoped<'_> {
    /// Writes the layer; `None` where it is none of this kind. `data` is [what it reads](Self::data), which does not depend
    /// on how far it is unrolled.
    pub fn write(&self, data: &Arc<[u32]>, mut code: Assembler) -> Option<Code> {
        let Convolution { window, lines, .. } = self.layer;
        if !is_supported(&window) || lines.len() != window.output[2] {
            return None;
        }
        let source = self.source();
        // Products of windows are not looked up.
        if source == Source::Window && self.products.is_looked_up() {
            return None;
        }
        let buffer = if source == Source::Copied { Buffer::new(&window) } else { Buffer::default() };
        let writer = Writer {
            layer: &self.layer,
            packing: self.packing,
            unroll: self.unroll,
            source,
            products: self.products,
            group: self.group(),
            buffer,
        };
        writer.write(&mut code);
        let (scratch, alignment) = match source {
            Source::Window => (self.layer.taps(), 1),
            Source::InPlace | Source::Copied => (buffer.bytes(), 4),
        };
        Some(Code {
            function: code.finish()?,
            data: data.clone(),
            scratch,
            alignment,
            has_table: self.products.is_looked_up(),
        })
    }

    /// Where inputs are read indeed.
    fn source(&self) -> Source {
        let Window { kernel, padding, .. } = self.layer.window;
        let is_pixel = kernel == [1, 1] && padding == [0, 0];
        match self.source {
            Source::InPlace if !self.layer.is_dense() => Source::Copied,
            Source::Window if is_pixel => Source::Copied,
            source => source,
        }
    }

    /// Outputs of a group.
    fn group(&self) -> usize {
        self.group.clamp(1, self.products.outputs(self.packing))
    }

    /// The weights of an output channel in the order in which inputs are read.
    fn in_order(&self, filter: usize) -> Vec<u8> {
        match self.source() {
            Source::InPlace => self.layer.natural_order(filter).to_vec(),
            Source::Copied | Source::Window => self.layer.column_by_column(filter).collect(),
        }
    }

    /// What an accumulator has too much because of a weight, whatever the input.
    fn of_weight(&self, weight: u8) -> i64 {
        let weight = i32::from(weight as i8);
        i64::from(match self.products {
            Products::LookedUp | Products::LookedUpByPlace => triangular::triangular(weight),
            Products::Multiplied if self.source() == Source::InPlace => 0,
            Products::Multiplied => 128 * weight,
        })
    }

    /// Words of [`data`](Self::data).
    pub fn data_words(&self) -> usize {
        let outputs = self.layer.window.output[2];
        let (group, taps) = (self.group(), self.layer.taps());
        let words = |outputs| self.products.words(self.packing, taps, outputs);
        let weights = outputs / group * words(group) + words(outputs % group);
        weights + outputs * self.layer.form.words_of_channel()
    }

    /// For each group of outputs its weights, then the numbers for requantising, the last output's first.
    pub fn data(&self) -> Arc<[u32]> {
        let Convolution { window: Window { output: [_, _, outputs], .. }, bias, lines, form, .. } =
            self.layer;
        let mut data = Vec::with_capacity(self.data_words());
        let group = self.group();
        for first in (0..outputs).step_by(group) {
            let group = first..(first + group).min(outputs);
            let weights: Vec<_> = group.clone().map(|filter| self.in_order(filter)).collect();
            match self.products {
                Products::Multiplied => data.extend(self.packing.pack(&weights)),
                products => data.extend(one_by_one(&weights, products)),
            }
            for filter in group.rev() {
                let line = &lines[filter];
                let of_weights =
                    weights[filter - first].iter().map(|&weight| self.of_weight(weight)).sum::<i64>();
                // What the accumulator lacks of the sum that requantising is defined for.
                let lacks = i64::from(bias[filter]) - of_weights;
                data.extend(form.words(line, (line.last - lacks) as i32));
            }
        }
        data.into()
    }
}

/// The weights of a group, those of an input together; counted from the smallest, or as the bytes that are that far.
fn one_by_one(weights: &[Vec<u8>], products: Products) -> Vec<u32> {
    let inputs = weights.first().map_or(0, Vec::len);
    let codes = (0..inputs).flat_map(|input| weights.iter().map(move |weights| weights[input] ^ 0x80));
    let bytes: Vec<u8> = match products {
        Products::LookedUpByPlace => codes.flat_map(|code| (2 * u16::from(code)).to_le_bytes()).collect(),
        _ => codes.collect(),
    };
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    bytes.chunks(4).map(word).collect()
}

/// Where inputs are copied together; nowhere where they are read in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Buffer {
    /// Columns that windows of a row of outputs cover; 1 where each output reads one column that no other reads.
    columns: usize,
    /// Those of them that are left of the image.
    before: usize,
    /// Those of them that are in it.
    inside: usize,
    /// Bytes of a column: the rows under a window, all channels.
    column: usize,
    channels: usize,
    /// Whether each position reads one pixel, which is all that is in the buffer.
    is_pixel: bool,
}

impl Buffer {
    fn new(window: &Window) -> Self {
        let Window { input, output, kernel, stride, padding, .. } = *window;
        let channels = input[2];
        if kernel == [1, 1] && padding == [0, 0] {
            return Self { columns: 1, before: 0, inside: 1, column: channels, channels, is_pixel: true };
        }
        let columns = (output[1] - 1) * stride[1] + kernel[1];
        let before = padding[1].min(columns);
        let inside = input[1].min(columns - before);
        Self { columns, before, inside, column: kernel[0] * channels, channels, is_pixel: false }
    }

    /// A column of zero points, as rows outside the image are copied from.
    fn outside(&self) -> usize {
        self.channels.next_multiple_of(4)
    }

    /// Offset of the sums of the columns.
    fn sums(&self) -> usize {
        self.outside()
    }

    /// Offset of the columns.
    fn first(&self) -> usize {
        if self.is_pixel { 0 } else { self.sums() + 4 * self.columns }
    }

    fn bytes(&self) -> usize {
        (self.first() + self.columns * self.column).next_multiple_of(4)
    }
}

#[derive(Clone, Copy)]
struct Writer<'a> {
    layer: &'a Convolution<'a>,
    packing: Packing,
    unroll: usize,
    source: Source,
    products: Products,
    group: usize,
    buffer: Buffer,
}

impl Writer<'_> {
    fn write(&self, code: &mut Assembler) {
        code.enter();
        let locals = local::FIRST + self.begun() + usize::from(self.is_looked_up());
        code.reserve_locals(locals);
        code.store_local(Low::R0, local::SOURCE);
        code.store_local(Low::R1, local::OUTPUT);
        code.store_local(Low::R2, local::SCRATCH);
        if self.is_looked_up() {
            code.ldm_constants(Low::R3, &[Low::R4]);
            if self.source == Source::InPlace {
                code.advance(Low::R4, triangular::ZERO / 2, Low::R5);
            }
            code.store_local(Low::R4, local::TABLE);
        }
        code.store_local(Low::R3, local::DATA);
        match self.source {
            Source::InPlace => self.in_place(code),
            Source::Window => self.window_by_window(code),
            Source::Copied if self.buffer.is_pixel => self.pixel_by_pixel(code),
            Source::Copied => self.row_by_row(code),
        }
        code.drop_locals(locals);
        code.leave();
    }

    fn in_place(&self, code: &mut Assembler) {
        code.store_local(Low::R0, local::WINDOW);
        code.mov(Low::R2, Low::R0);
        self.window_end(code, Low::R2);
        code.movs(Low::R7, 0);
        self.before_sum(code);
        sum(code, self.layer.taps(), self.products);
        self.begin(code);
        self.groups(code);
    }

    fn pixel_by_pixel(&self, code: &mut Assembler) {
        let Window { input: [_, width, channels], output: [rows, columns, _], stride, .. } =
            self.layer.window;
        code.load_local(Low::R0, local::SCRATCH);
        code.store_local(Low::R0, local::WINDOW);
        self.window_end(code, Low::R0);
        repeat(code, local::ROWS, rows, |code| {
            repeat(code, local::PIXELS, columns, |code| {
                code.load_local(Low::R0, local::SOURCE);
                code.load_local(Low::R1, local::SCRATCH);
                self.before_sum(code);
                code.movs(Low::R7, 0);
                copy(code, channels, self.products);
                self.begin(code);
                self.groups(code);
                advance_local(code, local::SOURCE, (stride[1] * channels) as i32);
            });
            let passed = columns * stride[1] * channels;
            advance_local(code, local::SOURCE, (stride[0] * width * channels) as i32 - passed as i32);
        });
    }

    fn row_by_row(&self, code: &mut Assembler) {
        let Window { input, output, kernel, stride, dilation, padding } = self.layer.window;
        let Buffer { columns, before, inside, column, channels, .. } = self.buffer;
        self.border(code);
        let row = (input[1] * channels) as i32;
        advance_local(code, local::SOURCE, -(padding[0] as i32) * row);
        code.constant(Low::R0, -(padding[0] as i32));
        code.store_local(Low::R0, local::ROW);
        let first = self.buffer.first();
        let sums = self.buffer.sums();
        repeat(code, local::ROWS, output[0], |code| {
            // Sums of the columns inside begin with 0.
            code.load_local(Low::R1, local::SCRATCH);
            code.mov(Low::R2, Low::R1);
            code.advance(Low::R2, (sums + 4 * before) as i32, Low::R3);
            code.movs(Low::R7, 0);
            code.constant(Low::R6, inside as i32);
            code.repeat(inside, |code| code.stm(Low::R2, &[Low::R7]), |code| code.subs_immediate(Low::R6, 1));
            code.advance(Low::R1, (first + before * column) as i32, Low::R3);
            code.store_local(Low::R1, local::TARGET);
            repeat(code, local::TAPS, kernel[0], |code| {
                self.copy_row(code);
                advance_local(code, local::ROW, dilation[0] as i32);
                advance_local(code, local::SOURCE, dilation[0] as i32 * row);
                advance_local(code, local::TARGET, channels as i32);
            });
            let back = stride[0] as i32 - (kernel[0] * dilation[0]) as i32;
            advance_local(code, local::ROW, back);
            advance_local(code, local::SOURCE, back * row);
            code.load_local(Low::R0, local::SCRATCH);
            code.mov(Low::R1, Low::R0);
            code.advance(Low::R0, first as i32, Low::R2);
            code.store_local(Low::R0, local::WINDOW);
            code.advance(Low::R1, sums as i32, Low::R2);
            code.store_local(Low::R1, local::SUMS);
            repeat(code, local::PIXELS, output[1], |code| {
                code.load_local(Low::R0, local::WINDOW);
                self.window_end(code, Low::R0);
                code.load_local(Low::R1, local::SUMS);
                code.ldr(Low::R7, Low::R1, 0);
                for tap in 1..kernel[1] {
                    // The offset of a word has its limit.
                    if tap % 32 == 0 {
                        code.adds_immediate(Low::R1, 128);
                    }
                    code.ldr(Low::R2, Low::R1, 4 * (tap % 32));
                    code.adds(Low::R7, Low::R7, Low::R2);
                }
                self.begin(code);
                self.groups(code);
                advance_local(code, local::WINDOW, (stride[1] * column) as i32);
                advance_local(code, local::SUMS, 4 * stride[1] as i32);
            });
        });
        debug_assert!(before + inside <= columns);
    }

    /// Columns outside the image, and the one that rows outside it are copied from.
    fn border(&self, code: &mut Assembler) {
        let Buffer { columns, before, inside, column, channels, .. } = self.buffer;
        let zero_point = self.layer.input_zero_point;
        let (sums, first) = (self.buffer.sums(), self.buffer.first());
        code.load_local(Low::R0, local::SCRATCH);
        code.movs(Low::R4, zero_point as u8);
        fill(code, channels);
        code.movs(Low::R4, zero_point as u8 ^ 0x80);
        let sum = column as i32
            * match self.products {
                Products::Multiplied => zero_point + 128,
                Products::LookedUp | Products::LookedUpByPlace => triangular::triangular(zero_point),
            };
        for (at, count) in [(0, before), (before + inside, columns - before - inside)] {
            if count == 0 {
                continue;
            }
            code.load_local(Low::R0, local::SCRATCH);
            code.mov(Low::R1, Low::R0);
            code.advance(Low::R0, (first + at * column) as i32, Low::R2);
            fill(code, count * column);
            code.advance(Low::R1, (sums + 4 * at) as i32, Low::R2);
            code.constant(Low::R5, sum);
            code.constant(Low::R6, count as i32);
            code.repeat(count, |code| code.stm(Low::R1, &[Low::R5]), |code| code.subs_immediate(Low::R6, 1));
        }
    }

    /// Copies a row of the input to the columns, and adds to their sums.
    fn copy_row(&self, code: &mut Assembler) {
        let Buffer { before, inside, column, channels, .. } = self.buffer;
        let height = self.layer.window.input[0];
        let sums = self.buffer.sums();
        code.load_local(Low::R0, local::SOURCE);
        code.load_local(Low::R1, local::SCRATCH);
        code.load_local(Low::R5, local::ROW);
        code.constant(Low::R6, height as i32);
        // All ones inside the image, zero outside it: above it rows have negative numbers, which are large without sign.
        code.cmp(Low::R5, Low::R6);
        code.borrow(Low::R6);
        code.subs(Low::R0, Low::R0, Low::R1);
        code.ands(Low::R0, Low::R6);
        code.adds(Low::R0, Low::R0, Low::R1);
        // Outside, all columns are the same one.
        code.constant(Low::R3, -(channels as i32));
        code.bics(Low::R3, Low::R6);
        code.mov(Low::R2, Low::R1);
        code.advance(Low::R2, (sums + 4 * before) as i32, Low::R5);
        code.mov(Low::R5, Low::R2);
        code.advance(Low::R5, 4 * inside as i32, Low::R6);
        code.mov(High::R8, Low::R5);
        code.constant(Low::R5, (column - channels) as i32);
        code.mov(High::R9, Low::R5);
        code.load_local(Low::R1, local::TARGET);
        self.before_sum(code);
        code.repeat(
            inside,
            |code| {
                code.ldr(Low::R7, Low::R2, 0);
                copy(code, channels, self.products);
                code.stm(Low::R2, &[Low::R7]);
                code.adds(Low::R0, Low::R0, Low::R3);
                code.add(Low::R1, High::R9);
            },
            |code| code.cmp(Low::R2, High::R8),
        );
    }

    /// Keeps what lies under the window in the scratch, column by column: for each output that is moved by the columns that
    /// the window moves by, for the first of a row by all.
    fn window_by_window(&self, code: &mut Assembler) {
        let Window { input, output: [rows, columns, _], kernel, stride, padding, .. } = self.layer.window;
        let channels = input[2] as i32;
        let row = input[1] as i32 * channels;
        let [above, before] = padding.map(|padding| padding as i32);
        code.load_local(Low::R0, local::SCRATCH);
        code.store_local(Low::R0, local::WINDOW);
        self.window_end(code, Low::R0);
        advance_local(code, local::SOURCE, -(above * row + before * channels));
        code.constant(Low::R0, -above);
        code.store_local(Low::R0, local::ROW);
        repeat(code, local::ROWS, rows, |code| {
            code.constant(Low::R0, -before);
            code.store_local(Low::R0, local::COLUMN);
            code.constant(Low::R0, kernel[1] as i32);
            code.store_local(Low::R0, local::COLUMNS);
            let mut in_loops = Default::default();
            repeat(code, local::PIXELS, columns, |code| {
                let turns = kernel[1] + (columns - 1) * stride[1];
                in_loops = code.repeat_by_data(
                    columns as u64,
                    turns as u64,
                    |code| self.column(code),
                    |code| {
                        code.load_local(Low::R0, local::COLUMNS);
                        code.subs_immediate(Low::R0, 1);
                        code.store_local(Low::R0, local::COLUMNS);
                    },
                );
                self.begin(code);
                self.groups(code);
                code.constant(Low::R0, stride[1] as i32);
                code.store_local(Low::R0, local::COLUMNS);
            });
            code.count(in_loops);
            let passed = (kernel[1] + (columns - 1) * stride[1]) as i32 * channels;
            advance_local(code, local::SOURCE, stride[0] as i32 * row - passed);
            advance_local(code, local::ROW, stride[0] as i32);
        });
    }

    /// Moves the columns under the window on by one, puts the next one behind them, and sums all of them in `r7`.
    fn column(&self, code: &mut Assembler) {
        use Low::{R0, R1, R2, R3, R4, R5, R6, R7};
        let Window { input: [height, width, channels], kernel, dilation, .. } = self.layer.window;
        let is_padded = !is_inside(&self.layer.window);
        let zero_point = self.layer.input_zero_point as u8;
        let column = kernel[0] * channels;
        code.load_local(R1, local::SCRATCH);
        code.mov(High::R11, R1);
        code.movs(R7, 0);
        if kernel[1] > 1 {
            code.mov(R0, R1);
            code.advance(R0, column as i32, R5);
            let body = |code: &mut Assembler, offset| {
                code.ldrb(R5, R0, offset);
                code.strb(R5, R1, offset);
                code.adds(R7, R7, R5);
            };
            byte_by_byte(code, self.layer.taps() - column, body);
        }
        // All ones inside the image, zero outside it: what is left of it or above it has negative numbers, which are large
        // without sign.
        let mask = |code: &mut Assembler, size: usize| {
            code.constant(R6, size as i32);
            code.cmp(R5, R6);
            code.borrow(R2);
        };
        if is_padded {
            code.load_local(R5, local::COLUMN);
            mask(code, width);
            code.mov(High::R8, R2);
        }
        code.load_local(R5, local::ROW);
        code.mov(High::R9, R5);
        code.advance(R5, (kernel[0] * dilation[0]) as i32, R6);
        code.mov(High::R12, R5);
        code.load_local(R0, local::SOURCE);
        code.mov(High::R10, R0);
        // Inputs are counted from -128; what is outside is the zero point.
        code.movs(R4, if is_padded { zero_point } else { 0x80 });
        if is_padded {
            code.movs(R3, zero_point ^ 0x80);
        }
        let pixel = |code: &mut Assembler| {
            code.mov(R0, High::R10);
            if is_padded {
                code.mov(R5, High::R9);
                mask(code, height);
                code.mov(R6, High::R8);
                code.ands(R2, R6);
                // What is read outside is the scratch.
                code.mov(R6, High::R11);
                code.subs(R0, R0, R6);
                code.ands(R0, R2);
                code.adds(R0, R0, R6);
            }
            byte_by_byte(code, channels, |code, offset| {
                code.ldrb(R5, R0, offset);
                code.eors(R5, R4);
                if is_padded {
                    code.ands(R5, R2);
                    code.eors(R5, R3);
                }
                code.strb(R5, R1, offset);
                code.adds(R7, R7, R5);
            });
            for (register, by) in [(High::R9, dilation[0]), (High::R10, dilation[0] * width * channels)] {
                code.mov(R5, register);
                code.advance(R5, by as i32, R6);
                code.mov(register, R5);
            }
        };
        code.repeat(kernel[0], pixel, |code| code.cmp(High::R9, High::R12));
        advance_local(code, local::COLUMN, 1);
        advance_local(code, local::SOURCE, channels as i32);
    }

    fn is_looked_up(&self) -> bool {
        self.products.is_looked_up()
    }

    /// What copying or summing inputs needs in `r4`: the sign, or the place of `T(0)`, in a table of inputs with signs or of
    /// such that are counted from -128.
    fn before_sum(&self, code: &mut Assembler) {
        match self.products {
            Products::Multiplied if self.source == Source::InPlace => {}
            Products::Multiplied => code.movs(Low::R4, 0x80),
            Products::LookedUp | Products::LookedUpByPlace => {
                code.load_local(Low::R4, local::TABLE);
                code.adds_immediate(Low::R4, 255);
                code.adds_immediate(Low::R4, 1);
            }
        }
    }

    /// How the taps are divided: those of a turn, whole words of weights, turns, those left.
    fn turns(&self) -> [usize; 3] {
        let (taps, together) = match self.products {
            Products::Multiplied => (self.layer.taps(), self.packing.inputs()),
            Products::LookedUp | Products::LookedUpByPlace => (self.layer.taps(), 1),
        };
        let words = taps / together;
        // `lr` holds the table: a turn must not be so long that a branch back takes it.
        let most = if self.is_looked_up() { self.unroll.min(MOST_LOOKED_UP) } else { self.unroll.min(32) };
        let most = (most / together).clamp(1, words.max(1));
        let best =
            (most / 2 + 1..=most).rev().find(|turn: &usize| words.is_multiple_of(*turn)).unwrap_or(most);
        [best * together, words / best, taps - words / best * best * together]
    }

    /// What accumulators begin with, from the sum of the inputs in `r7`. Uses `r5` and `r6`.
    fn begin(&self, code: &mut Assembler) {
        if self.is_looked_up() {
            code.negate(Low::R7, Low::R7);
            code.store_local(Low::R7, local::FIRST);
            return;
        }
        let lowest = i32::from(self.packing.lowest);
        if lowest.unsigned_abs().is_power_of_two() {
            code.lsls(Low::R7, Low::R7, lowest.unsigned_abs().trailing_zeros() as u8);
            code.negate(Low::R7, Low::R7);
        } else {
            code.constant(Low::R6, lowest);
            code.muls(Low::R7, Low::R6);
        }
        code.store_local(Low::R7, local::FIRST);
        let mut before = Low::R7;
        for place in 1..self.begun() {
            let next = if place % 2 == 0 { Low::R5 } else { Low::R6 };
            code.lsls(next, before, self.packing.bits);
            code.adds(next, next, Low::R7);
            code.store_local(next, local::FIRST + place);
            before = next;
        }
    }

    /// What accumulators begin with, so many of it. Where codes count double, all begin with nothing.
    fn begun(&self) -> usize {
        match self.packing.step {
            _ if self.is_looked_up() => 1,
            0 => self.packing.places().min(self.layer.window.output[2]),
            _ => 1,
        }
    }

    /// Where the loop over the taps ends, for a window that begins at `window`; `window` is overwritten.
    fn window_end(&self, code: &mut Assembler, window: Low) {
        let [turn, turns, _] = self.turns();
        code.advance(window, (turn * turns) as i32, Low::R1);
        code.store_local(window, local::WINDOW_END);
    }

    /// All outputs of a position.
    fn groups(&self, code: &mut Assembler) {
        let outputs = self.layer.window.output[2];
        code.load_local(Low::R1, local::DATA);
        let group = self.group;
        let (whole, rest) = (outputs / group, outputs % group);
        if whole > 0 {
            repeat(code, local::GROUPS, whole, |code| self.group(code, group));
        }
        if rest > 0 {
            self.group(code, rest);
        }
    }

    /// A few outputs. `r1` points at their data, and behind them afterwards.
    fn group(&self, code: &mut Assembler, outputs: usize) {
        let form = self.layer.form;
        let [turn, turns, rest] = self.turns();
        self.clear(code, outputs);
        code.load_local(Low::R0, local::WINDOW);
        if turns > 0 {
            code.repeat(
                turns,
                |code| {
                    self.taps(code, turn, outputs);
                    code.adds_immediate(Low::R0, turn as u8);
                },
                |code| {
                    code.load_local(Low::R3, local::WINDOW_END);
                    code.cmp(Low::R0, Low::R3);
                },
            );
        }
        self.taps(code, rest, outputs);
        if self.is_looked_up() {
            // Numbers begin at a word.
            let weights = self.layer.taps() * outputs * self.products.bytes();
            let behind = weights.next_multiple_of(4) - weights;
            if behind > 0 {
                code.adds_immediate(Low::R1, behind as u8);
            }
        }
        let (accumulators, first_low) = (self.products.accumulators(), self.products.first_low());
        // The last is requantised first: until then it stays where it is.
        for (place, accumulator) in accumulators[..outputs].iter().skip(first_low).enumerate() {
            let output = first_low + place;
            let is_needed = output + 1 < outputs || self.is_behind(output);
            if let (&Register::Low(low), true) = (accumulator, is_needed) {
                code.store_local(low, local::SPILLED + place);
            }
        }
        code.mov(Low::R0, Low::R1);
        code.load_local(Low::R1, local::OUTPUT);
        for output in (0..outputs).rev() {
            let load = |code: &mut Assembler, to: Low, from: usize| match accumulators[from] {
                Register::Low(_) => code.load_local(to, local::SPILLED + from - first_low),
                high => code.mov(to, high),
            };
            match accumulators[output] {
                Register::Low(low) if output + 1 == outputs => {
                    if low != Low::R6 {
                        code.mov(Low::R6, low);
                    }
                }
                _ => load(code, Low::R6, output),
            }
            if output + 1 < outputs && self.is_behind(output + 1) {
                load(code, Low::R7, output + 1);
                code.lsls(Low::R7, Low::R7, self.packing.bits);
                code.subs(Low::R6, Low::R6, Low::R7);
            }
            if self.packing.step > 0 && !self.is_looked_up() {
                code.lsls(Low::R6, Low::R6, self.packing.step);
                code.load_local(Low::R7, local::FIRST);
                code.adds(Low::R6, Low::R6, Low::R7);
            }
            form.write(code);
            code.strb(Low::R6, Low::R1, output);
        }
        code.adds_immediate(Low::R1, outputs as u8);
        code.store_local(Low::R1, local::OUTPUT);
        code.mov(Low::R1, Low::R0);
    }

    /// Whether the codes of an output lie above those of the one before it in a word.
    fn is_behind(&self, output: usize) -> bool {
        !self.is_looked_up() && !output.is_multiple_of(self.packing.places())
    }

    /// The accumulators of a group as they begin.
    fn clear(&self, code: &mut Assembler, outputs: usize) {
        if self.is_looked_up() {
            code.load_local(Low::R2, local::TABLE);
            code.mov(High::Lr, Low::R2);
            code.load_local(Low::R2, local::FIRST);
            LOOKED_UP[..outputs].iter().for_each(|&accumulator| code.mov(accumulator, Low::R2));
            return;
        }
        let places = self.packing.places();
        if self.packing.step > 0 {
            code.movs(Low::R2, 0);
            (0..outputs).for_each(|output| code.mov(ACCUMULATORS[output], Low::R2));
            return;
        }
        // The last output of a word first, then the last but one of each word.
        for from_last in (0..places).rev() {
            let is_there = |output: &usize| {
                let last = (output / places * places + places).min(outputs) - 1;
                last - output == from_last
            };
            let of_place: Vec<_> = (0..outputs).filter(is_there).collect();
            if !of_place.is_empty() {
                code.load_local(Low::R2, local::FIRST + from_last);
                of_place.into_iter().for_each(|output| code.mov(ACCUMULATORS[output], Low::R2));
            }
        }
    }

    /// Some taps of a group: `r0` points at the inputs, `r1` at the weights and moves on.
    fn taps(&self, code: &mut Assembler, count: usize, outputs: usize) {
        let Packing { bits, .. } = self.packing;
        let (places, together) = (self.packing.places(), self.packing.inputs());
        let load = |code: &mut Assembler, tap: usize| {
            if self.source == Source::InPlace {
                code.movs(Low::R2, tap as u8);
                code.ldrsb(Low::R2, Low::R0, Low::R2);
            } else {
                code.ldrb(Low::R2, Low::R0, tap);
            }
        };
        if self.is_looked_up() {
            let mut at = 0;
            for tap in 0..count {
                load(code, tap);
                code.lsls(Low::R2, Low::R2, 1);
                code.add(Low::R2, High::Lr);
                look_up(code, &LOOKED_UP[..outputs], self.products, &mut at);
            }
            if at > 0 {
                code.adds_immediate(Low::R1, at as u8);
            }
            return;
        }
        let multiply = |code: &mut Assembler, word: Low, outputs: std::ops::Range<usize>| {
            for output in outputs.clone().skip(1) {
                code.lsrs(Low::R3, word, bits * (output - outputs.start) as u8);
                code.muls(Low::R3, Low::R2);
                code.accumulate(ACCUMULATORS[output], Low::R3);
            }
            code.muls(word, Low::R2);
            code.accumulate(ACCUMULATORS[outputs.start], word);
        };
        if together == 1 {
            for tap in 0..count {
                load(code, tap);
                let words = [Low::R4, Low::R5];
                let words = &words[..outputs.div_ceil(places)];
                code.ldm_constants(Low::R1, words);
                for (index, &word) in words.iter().enumerate() {
                    multiply(code, word, index * places..(index * places + places).min(outputs));
                }
            }
            return;
        }
        for first in (0..count).step_by(together) {
            let taps = first..(first + together).min(count);
            code.ldm_constants(Low::R1, &[Low::R4]);
            for tap in taps.clone() {
                load(code, tap);
                if tap + 1 == first + together {
                    multiply(code, Low::R4, 0..outputs);
                    continue;
                }
                // Codes of later inputs are no multiple of this one's: they do not telescope away.
                if together == 2 {
                    code.uxth(Low::R5, Low::R4);
                } else {
                    code.uxtb(Low::R5, Low::R4);
                }
                multiply(code, Low::R5, 0..outputs);
                if tap + 1 < taps.end {
                    code.lsrs(Low::R4, Low::R4, (32 / together) as u8);
                }
            }
        }
    }
}

/// The most inputs of a turn where products are looked up.
const MOST_LOOKED_UP: usize = 24;

/// Adds what is at `r2` and so many places farther as each weight says, of which the first is `at` bytes behind `r1`.
fn look_up(code: &mut Assembler, accumulators: &[Register], products: Products, at: &mut usize) {
    /// Weights that an offset reaches.
    const REACH: usize = 32;
    for &accumulator in accumulators {
        if *at == REACH * products.bytes() {
            code.adds_immediate(Low::R1, *at as u8);
            *at = 0;
        }
        if products == Products::LookedUpByPlace {
            code.ldrh(Low::R3, Low::R1, *at);
        } else {
            code.ldrb(Low::R3, Low::R1, *at);
            code.lsls(Low::R3, Low::R3, 1);
        }
        code.count_constant();
        code.ldrh_indexed(Low::R3, Low::R2, Low::R3);
        code.count_constant();
        code.accumulate(accumulator, Low::R3);
        *at += products.bytes();
    }
}

/// Replaces the number in `r5` by its triangular number, whose place `r4` counts from.
fn triangular_number(code: &mut Assembler) {
    code.lsls(Low::R5, Low::R5, 1);
    code.ldrh_indexed(Low::R5, Low::R4, Low::R5);
    code.count_constant();
}

/// Adds bytes with signs from `r0` on to `r7`, or their triangular numbers; `r0` moves on.
fn sum(code: &mut Assembler, bytes: usize, products: Products) {
    let at_once = at_once(bytes);
    if bytes > at_once {
        code.constant(Low::R6, (bytes / at_once) as i32);
    }
    code.repeat(
        bytes / at_once,
        |code| {
            for offset in 0..at_once {
                code.movs(Low::R5, offset as u8);
                code.ldrsb(Low::R5, Low::R0, Low::R5);
                if products.is_looked_up() {
                    triangular_number(code);
                }
                code.adds(Low::R7, Low::R7, Low::R5);
            }
            code.adds_immediate(Low::R0, at_once as u8);
        },
        |code| code.subs_immediate(Low::R6, 1),
    );
}

/// Copies bytes from `r0` to `r1`, counted from -128, and adds them to `r7`, by the `0x80` in `r4`, or their triangular
/// numbers, which it points at. `r0` and `r1` move on.
fn copy(code: &mut Assembler, bytes: usize, products: Products) {
    let at_once = at_once(bytes);
    let times = bytes / at_once;
    if times > 1 {
        code.constant(Low::R6, times as i32);
    }
    code.repeat(
        times,
        |code| {
            for offset in 0..at_once {
                code.ldrb(Low::R5, Low::R0, offset);
                match products {
                    Products::Multiplied => code.eors(Low::R5, Low::R4),
                    Products::LookedUp | Products::LookedUpByPlace => {
                        code.adds_immediate(Low::R5, 0x80);
                        code.uxtb(Low::R5, Low::R5);
                    }
                }
                code.strb(Low::R5, Low::R1, offset);
                if products.is_looked_up() {
                    triangular_number(code);
                }
                code.adds(Low::R7, Low::R7, Low::R5);
            }
            code.adds_immediate(Low::R0, at_once as u8);
            code.adds_immediate(Low::R1, at_once as u8);
        },
        |code| code.subs_immediate(Low::R6, 1),
    );
}

/// Does something for each of so many bytes, of which `r0` and `r1` point at the first: four a turn at most. Both move on. Uses
/// `r6`.
fn byte_by_byte(code: &mut Assembler, bytes: usize, of_byte: impl Fn(&mut Assembler, usize)) {
    let at_once = (1..=4).rev().find(|at_once| bytes.is_multiple_of(*at_once)).unwrap_or(1);
    if bytes > at_once {
        code.constant(Low::R6, (bytes / at_once) as i32);
    }
    code.repeat(
        bytes / at_once,
        |code| {
            (0..at_once).for_each(|offset| of_byte(code, offset));
            code.adds_immediate(Low::R0, at_once as u8);
            code.adds_immediate(Low::R1, at_once as u8);
        },
        |code| code.subs_immediate(Low::R6, 1),
    );
}

/// Fills bytes from `r0` on with `r4`.
fn fill(code: &mut Assembler, bytes: usize) {
    code.constant(Low::R6, bytes as i32);
    code.repeat(
        bytes,
        |code| {
            code.strb(Low::R4, Low::R0, 0);
            code.adds_immediate(Low::R0, 1);
        },
        |code| code.subs_immediate(Low::R6, 1),
    );
}
