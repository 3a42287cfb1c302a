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
use super::convolution::{Convolution, is_supported};
use super::packing::Packing;
use super::registers::{Low, Register};
use super::triangular;
use inputs::Buffer;
use outputs::{ACCUMULATORS, LOOKED_UP};
use std::sync::Arc;
use tinynet_core::kernels::Window;

mod inputs;
mod outputs;

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

    fn is_looked_up(&self) -> bool {
        self.products.is_looked_up()
    }
}
