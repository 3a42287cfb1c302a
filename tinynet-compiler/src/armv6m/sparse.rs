//! Dense layers and convolutions without padding most of whose weights are 0, in loops: two bytes and about nine cycles a weight that is not.
//!
//! Of each output, only the weights that are not 0 are in flash, each beside the place of its input: two of both make a word.
//! Places are counted from the first input where a byte holds them all, else from the place before; a gap that no byte
//! holds is bridged by a weight of 0. A turn of the innermost loop takes a few words, and how many turns an output takes is
//! a word before them, so that time depends on the weights alone.

use super::assembler::Assembler;
use super::code::Code;
use super::convolution::{Convolution, is_inside};
use super::loops::{advance_local, repeat};
use super::registers::{High, Low};
use tinynet_core::kernels::Window;

/// A layer in loops over weights that are not 0.
#[derive(Clone, Copy, Debug)]
pub struct Sparse<'a> {
    /// What is computed.
    pub layer: Convolution<'a>,
    /// Words that a turn of the innermost loop takes: more are faster, and waste more behind the last weight.
    pub words: usize,
}

/// Words of the stack frame.
mod local {
    pub(super) const INPUT: usize = 0;
    pub(super) const DATA: usize = 1;
    pub(super) const ROWS: usize = 2;
    pub(super) const PIXELS: usize = 3;
    pub(super) const OUTPUTS: usize = 4;
    pub(super) const COUNT: usize = 5;
}

/// Inputs whose places a byte holds.
const PLACES: usize = 256;

impl Sparse<'_> {
    /// Writes the layer; `None` where it is none of this kind.
    pub fn write(&self, mut code: Assembler) -> Option<Code> {
        let Convolution { window, lines, .. } = self.layer;
        let Window { input: [_, width, channels], output: [rows, columns, outputs], stride, .. } = window;
        if !is_inside(&window) || lines.len() != outputs {
            return None;
        }
        let (data, turns) = self.data();
        code.enter();
        code.reserve_locals(local::COUNT);
        code.store_local(Low::R0, local::INPUT);
        code.store_local(Low::R3, local::DATA);
        code.mov(High::R8, Low::R1);
        if self.layer.is_dense() {
            self.position(&mut code, turns);
        } else {
            repeat(&mut code, local::ROWS, rows, |code| {
                repeat(code, local::PIXELS, columns, |code| {
                    self.position(code, turns);
                    advance_local(code, local::INPUT, (stride[1] * channels) as i32);
                });
                let passed = columns * stride[1] * channels;
                advance_local(code, local::INPUT, (stride[0] * width * channels) as i32 - passed as i32);
            });
        }
        code.drop_locals(local::COUNT);
        code.leave();
        Some(Code { function: code.finish()?, data: data.into(), scratch: 0, alignment: 1, has_table: false })
    }

    /// Whether places are counted from the first input under the window.
    fn is_indexed(&self) -> bool {
        self.place(self.layer.taps() - 1) < PLACES
    }

    /// How far behind the first input under the window another lies.
    fn place(&self, tap: usize) -> usize {
        let Window { input: [_, width, channels], kernel, dilation, .. } = self.layer.window;
        let (pixel, channel) = (tap / channels, tap % channels);
        let (row, column) = (pixel / kernel[1], pixel % kernel[1]);
        (row * dilation[0] * width + column * dilation[1]) * channels + channel
    }

    /// For each output its turns, its weights with their places and its numbers for requantising; and all turns together.
    fn data(&self) -> (Vec<u32>, u64) {
        let Convolution { window, bias, lines, form, .. } = self.layer;
        let (mut data, mut all) = (Vec::new(), 0);
        for filter in 0..window.output[2] {
            let mut entries = self.entries(filter);
            let turns = entries.len().div_ceil(2 * self.words).max(1);
            entries.resize(turns * 2 * self.words, [0, 0]);
            data.push(turns as u32);
            let word =
                |pair: &[[u8; 2]]| u32::from_le_bytes([pair[0][0], pair[0][1], pair[1][0], pair[1][1]]);
            data.extend(entries.chunks_exact(2).map(word));
            let line = &lines[filter];
            data.extend(form.words(line, (line.last - i64::from(bias[filter])) as i32));
            all += turns as u64;
        }
        (data, all)
    }

    /// The places and the weights of an output.
    fn entries(&self, filter: usize) -> Vec<[u8; 2]> {
        let (mut entries, mut last) = (Vec::new(), 0);
        for (tap, &weight) in self.layer.natural_order(filter).iter().enumerate() {
            if weight == 0 {
                continue;
            }
            let place = self.place(tap);
            if self.is_indexed() {
                entries.push([place as u8, weight]);
                continue;
            }
            while place - last >= PLACES {
                entries.push([(PLACES - 1) as u8, 0]);
                last += PLACES - 1;
            }
            entries.push([(place - last) as u8, weight]);
            last = place;
        }
        entries
    }

    /// All outputs of a position, which take so many turns together.
    fn position(&self, code: &mut Assembler, turns: u64) {
        use Low::{R0, R1, R2, R3, R6, R7};
        let outputs = self.layer.window.output[2];
        code.load_local(R1, local::DATA);
        let mut in_loops = Default::default();
        repeat(code, local::OUTPUTS, outputs, |code| {
            code.load_local(R0, local::INPUT);
            code.ldm_constants(R1, &[R7]);
            code.movs(R6, 0);
            if !self.is_indexed() {
                code.movs(R3, 0);
            }
            in_loops = code.repeat_by_data(
                outputs as u64,
                turns,
                |code| self.turn(code),
                |code| code.subs_immediate(R7, 1),
            );
            code.mov(R0, R1);
            self.layer.form.write(code);
            code.mov(R1, R0);
            code.mov(R2, High::R8);
            code.strb(R6, R2, 0);
            code.adds_immediate(R2, 1);
            code.mov(High::R8, R2);
        });
        code.count(in_loops);
    }

    /// The words of a turn: `r1` points at them and moves on, `r0` at the input.
    fn turn(&self, code: &mut Assembler) {
        use Low::{R1, R2, R3};
        if !self.is_indexed() {
            for _ in 0..self.words {
                code.ldm_constants(R1, &[R2]);
                self.word(code, R2);
            }
            return;
        }
        for first in (0..self.words).step_by(2) {
            let words = &[R2, R3][..(self.words - first).min(2)];
            code.ldm_constants(R1, words);
            words.iter().for_each(|&word| self.word(code, word));
        }
    }

    /// Adds two products to `r6`.
    fn word(&self, code: &mut Assembler, word: Low) {
        use Low::{R4, R5, R6};
        code.uxtb(R4, word);
        self.load(code);
        code.sxth(R5, word);
        code.asrs(R5, R5, 8);
        code.muls(R4, R5);
        code.adds(R6, R6, R4);
        code.lsrs(R4, word, 16);
        code.uxtb(R4, R4);
        self.load(code);
        code.asrs(word, word, 24);
        code.muls(R4, word);
        code.adds(R6, R6, R4);
    }

    /// Loads the input at the place in `r4`.
    fn load(&self, code: &mut Assembler) {
        use Low::{R0, R3, R4};
        if self.is_indexed() {
            code.ldrsb(R4, R0, R4);
        } else {
            code.adds(R0, R0, R4);
            code.ldrsb(R4, R0, R3);
        }
    }
}
