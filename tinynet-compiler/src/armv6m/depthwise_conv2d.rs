//! Depthwise convolutions in loops: channel by channel, a few neighbouring outputs at a time.
//!
//! The outputs of a tile have an accumulator each, most of them in high registers, and up to three weights of a row of the
//! kernel are in low ones, so that an input is loaded once for all products of the two that it is part of: `mov`, `muls`
//! and `add` each, but for the last of an input, which needs no copy of it.
//!
//! ```text
//! Σ w (x - zero point) = Σ w x - zero point · Σ w
//! ```
//!
//! The second sum is that of the taps inside the image. Columns outside are never read, and outputs that miss the same
//! columns begin with the same constant. Rows outside the image are read from a row of zero points, whose products cancel
//! out: where a row is comes from a table, so that the same instructions serve all rows. Accumulators begin with what
//! makes them count from the requantiser's last step.
//!
//! Where a multiplication takes 32 cycles, products are looked up ([`triangular`]): a load and two
//! additions each.

use super::assembler::Assembler;
use super::code::Code;
use super::loops::{advance_local, repeat};
use super::registers::{High, Low};
use super::requantize::{Form, Line};
use super::triangular;
use tinynet_core::kernels::Window;

/// A depthwise convolution.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseConv2d<'a> {
    /// Sizes and steps.
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
    pub lines: &'a [Line],
    /// The instructions for that.
    pub form: Form,
    /// Outputs of a row that are computed at a time, at most; `1..=6`. What is fastest depends on the width.
    pub tile: usize,
    /// Whether products are looked up; then a tile is of at most [`LARGEST_TILE_LOOKED_UP`].
    pub looks_up: bool,
}

/// The most outputs at a time: so many registers are left.
pub const LARGEST_TILE: usize = 6;

/// The same where products are looked up.
pub const LARGEST_TILE_LOOKED_UP: usize = 4;

/// The negative triangular number of an input, and where those of numbers from 0 on are.
const OF_INPUT: High = High::R12;
const NUMBERS: High = High::Lr;

/// Weights of a row of the kernel that are in registers at a time.
const CHUNK: usize = 3;

/// Tiles of a channel that are too few for weights to be taken apart before.
const FEW: usize = 8;

/// Rows a word of the table is loaded for lie within what an offset reaches.
const TALLEST: usize = 31;

/// Numbers of a channel that the stack frame has room for.
const MOST_NUMBERS: usize = 110;

/// Words of the stack frame.
mod local {
    /// The channel's first output.
    pub(super) const OUTPUT: usize = 0;
    /// The next output.
    pub(super) const NEXT: usize = 1;
    /// Rows under the window, and where that ends.
    pub(super) const TABLE: usize = 2;
    pub(super) const TABLE_END: usize = 3;
    pub(super) const TABLE_FIRST: usize = 4;
    /// Where in a row a channel begins, and a tile.
    pub(super) const CHANNEL: usize = 5;
    pub(super) const TILE: usize = 6;
    /// The next channel's numbers.
    pub(super) const NUMBERS: usize = 7;
    pub(super) const CHANNELS: usize = 8;
    pub(super) const COPIES: usize = 9;
    pub(super) const TILES: usize = 10;
    /// This channel's numbers.
    pub(super) const OWN: usize = 11;
}

/// Where a tile begins in a row, and the next column: neither changes in a tile, but what they are added to.
const FIRST: Low = Low::R1;
const SECOND: Low = Low::R7;

const WEIGHTS: [Low; CHUNK] = [Low::R4, Low::R5, Low::R6];

/// Accumulators of a tile.
const SUMS: [High; LARGEST_TILE] = [High::R8, High::R9, High::R10, High::R11, High::R12, High::Lr];

impl DepthwiseConv2d<'_> {
    /// Writes the layer; `None` where it is none of this kind.
    ///
    /// Channels are read and written one after the other. Input and output may overlap as
    /// [the portable kernel](tinynet_core::kernels::DepthwiseConv2d::lead)'s do if there are as many channels out as in
    /// and the distance of the two is a multiple of them: a channel's outputs then overwrite nothing of others.
    pub fn write(&self, mut code: Assembler) -> Option<Code> {
        // A column of pixels is a row: the same memory, but neighbours share inputs.
        let layer =
            if is_column(&self.window) { Self { window: transposed(&self.window), ..*self } } else { *self };
        let writer = Writer::new(&layer)?;
        writer.write(&mut code);
        Some(Code {
            function: code.finish()?,
            data: writer.data()?.into(),
            scratch: writer.scratch(),
            alignment: 4,
            has_table: layer.looks_up,
        })
    }

    /// A layer's weight as a number.
    fn weight(&self, row: usize, column: usize, filter: usize) -> i32 {
        let [_, width] = self.window.kernel;
        let filters = self.window.output[2];
        i32::from(self.weights[(row * width + column) * filters + filter] as i8)
    }

    fn is_sized(&self) -> bool {
        let Window { input, output, kernel, stride, dilation, .. } = self.window;
        let sizes = [input.as_slice(), &output, &kernel, &stride, &dilation].concat();
        sizes.iter().all(|&size| size > 0)
            && (1..=if self.looks_up { LARGEST_TILE_LOOKED_UP } else { LARGEST_TILE }).contains(&self.tile)
            && (kernel[0] - 1) * dilation[0] <= TALLEST
            && input[2] * self.multiplier == output[2]
            && self.weights.len() == kernel[0] * kernel[1] * output[2]
            && self.bias.len() == output[2]
            && self.lines.len() == output[2]
    }
}

/// Whether an image and its kernel are one pixel wide.
pub(crate) fn is_column(window: &Window) -> bool {
    let Window { input, output, kernel, padding, .. } = window;
    [input[1], output[1], kernel[1], padding[1] + 1] == [1; 4]
}

pub(crate) fn transposed(window: &Window) -> Window {
    let Window { input, output, kernel, stride, dilation, padding } = *window;
    let swapped = |[height, width, channels]: [usize; 3]| [width, height, channels];
    Window {
        input: swapped(input),
        output: swapped(output),
        kernel: [kernel[1], kernel[0]],
        stride: [stride[1], stride[0]],
        dilation: [dilation[1], dilation[0]],
        padding: [padding[1], padding[0]],
    }
}

/// Products of inputs and the weights of a chunk: a column, counted from the tile's, then outputs and weights.
type Products = Vec<(isize, Vec<(usize, usize)>)>;

/// Some outputs of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tile {
    /// Kinds of outputs, by the taps that are inside the image.
    kinds: Vec<usize>,
    /// What is multiplied, one a chunk.
    chunks: Vec<Products>,
}

/// A tile as often as it repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tiles {
    tile: Tile,
    /// Column of the image that the first counts from.
    column: usize,
    /// Columns from one to the next.
    step: usize,
    count: usize,
}

struct Writer<'a> {
    layer: &'a DepthwiseConv2d<'a>,
    /// Taps inside the image of each kind of output.
    kinds: Vec<Vec<bool>>,
    tiles: Vec<Tiles>,
}

impl<'a> Writer<'a> {
    fn new(layer: &'a DepthwiseConv2d<'a>) -> Option<Self> {
        if !layer.is_sized() {
            return None;
        }
        let mut writer = Self { layer, kinds: Vec::new(), tiles: Vec::new() };
        let columns = layer.window.output[1];
        for first in (0..columns).step_by(layer.tile) {
            writer.add_tile(first, layer.tile.min(columns - first));
        }
        (writer.numbers() <= MOST_NUMBERS).then_some(writer)
    }

    /// The column of the image below a tap of an output, if there is one.
    fn column(&self, output: usize, tap: usize) -> Option<usize> {
        let Window { input, stride, dilation, padding, .. } = self.layer.window;
        let column = (output * stride[1] + tap * dilation[1]).checked_sub(padding[1])?;
        (column < input[1]).then_some(column)
    }

    fn add_tile(&mut self, first: usize, outputs: usize) {
        let Window { input, stride, padding, .. } = self.layer.window;
        let column = (first * stride[1]).saturating_sub(padding[1]).min(input[1] - 1);
        let kinds = (first..first + outputs).map(|output| self.kind(output)).collect();
        let chunks = (0..self.chunks()).map(|chunk| self.products(first, outputs, column, chunk)).collect();
        let tile = Tile { kinds, chunks };
        if let Some(last) = self.tiles.last_mut() {
            let step = column.saturating_sub(last.column + (last.count - 1) * last.step);
            if last.tile == tile && (last.count == 1 || last.step == step) {
                last.count += 1;
                last.step = step;
                return;
            }
        }
        self.tiles.push(Tiles { tile, column, step: 0, count: 1 });
    }

    /// The number of an output's kind.
    fn kind(&mut self, output: usize) -> usize {
        let taps = 0..self.layer.window.kernel[1];
        let inside: Vec<_> = taps.map(|tap| self.column(output, tap).is_some()).collect();
        let known = self.kinds.iter().position(|kind| *kind == inside);
        known.unwrap_or_else(|| {
            self.kinds.push(inside);
            self.kinds.len() - 1
        })
    }

    /// Chunks of a row of the kernel.
    fn chunks(&self) -> usize {
        self.layer.window.kernel[1].div_ceil(CHUNK)
    }

    /// The taps of a chunk: as even as they go.
    fn taps(&self, chunk: usize) -> std::ops::Range<usize> {
        let (width, chunks) = (self.layer.window.kernel[1], self.chunks());
        chunk * width / chunks..(chunk + 1) * width / chunks
    }

    fn products(&self, first: usize, outputs: usize, from: usize, chunk: usize) -> Products {
        let mut products: Products = Vec::new();
        let taps = self.taps(chunk);
        for output in 0..outputs {
            for (weight, tap) in taps.clone().enumerate() {
                let Some(column) = self.column(first + output, tap) else { continue };
                let column = column as isize - from as isize;
                match products.iter_mut().find(|(other, _)| *other == column) {
                    Some((_, of_column)) => of_column.push((output, weight)),
                    None => products.push((column, vec![(output, weight)])),
                }
            }
        }
        products.sort_by_key(|&(column, _)| column);
        products
    }

    /// Whether weights are taken apart once a channel, for many tiles.
    fn is_unpacked(&self) -> bool {
        let tiles: usize = self.tiles.iter().map(|tiles| tiles.count).sum();
        tiles * self.layer.window.output[0] > FEW
    }

    /// Words of the stack frame with weights.
    fn weights(&self) -> usize {
        let [height, width] = self.layer.window.kernel;
        height * if self.is_unpacked() { width } else { self.chunks() }
    }

    /// Words of a channel behind the weights: what accumulators begin with, and what requantises.
    fn others(&self) -> usize {
        self.kinds.len() + 4 + self.layer.form.words_behind()
    }

    /// Words of the stack frame for a channel's numbers.
    fn numbers(&self) -> usize {
        self.weights() + self.others()
    }

    /// Word of the stack frame that says where triangular numbers are.
    fn table(&self) -> usize {
        local::OWN + self.numbers()
    }

    /// Word of the stack frame that accumulators of a kind begin with.
    fn begin(&self, kind: usize) -> usize {
        local::OWN + self.weights() + kind
    }

    /// Word of the stack frame with the first number for requantising.
    fn requantizer(&self) -> usize {
        self.begin(self.kinds.len())
    }

    /// The zero point in all bytes of a word, then each channel's numbers.
    fn data(&self) -> Option<Vec<u32>> {
        let mut data = vec![u32::from_le_bytes([self.layer.input_zero_point as u8; 4])];
        for filter in 0..self.layer.window.output[2] {
            self.of_filter(filter, &mut data)?;
        }
        Some(data)
    }

    fn of_filter(&self, filter: usize, data: &mut Vec<u32>) -> Option<()> {
        let [height, width] = self.layer.window.kernel;
        for row in 0..height {
            for chunk in 0..self.chunks() {
                let weights: Vec<_> =
                    self.taps(chunk).map(|column| self.layer.weight(row, column, filter)).collect();
                data.push(packed(&weights));
            }
        }
        let line = &self.layer.lines[filter];
        for kind in &self.kinds {
            let inside = (0..width).filter(|&column| kind[column]);
            let weights: Vec<_> = inside
                .flat_map(|column| (0..height).map(move |row| (row, column)))
                .map(|(row, column)| i64::from(self.layer.weight(row, column, filter)))
                .collect();
            let zero_point = i64::from(self.layer.input_zero_point);
            let sum: i64 = weights.iter().sum();
            let of_weights: i64 = match self.layer.looks_up {
                true => weights.iter().map(|&weight| i64::from(triangular::triangular(weight as i32))).sum(),
                false => 0,
            };
            let begin = i64::from(self.layer.bias[filter]) - zero_point * sum - line.last - of_weights;
            let reach: i64 = weights.iter().map(|weight| 128 * weight.abs()).sum();
            // All that an accumulator can be, and twice that.
            data.push((begin.abs() + reach + i64::from(line.span) < 1 << 30).then_some(begin as i32 as u32)?);
        }
        let mut words = self.layer.form.words(line, 0);
        // The last step is in the beginning.
        words.remove(4);
        data.extend(words);
        Some(())
    }

    /// Rows of the table, and those of them above and below the image.
    fn rows(&self) -> [usize; 3] {
        let Window { input, output, kernel, stride, dilation, padding } = self.layer.window;
        let rows = (output[0] - 1) * stride[0] + (kernel[0] - 1) * dilation[0] + 1;
        let above = padding[0].min(rows);
        let below = (rows - above).saturating_sub(input[0]);
        [rows, above, below]
    }

    /// Bytes of the row of zero points; none where no window leaves the image above or below.
    fn outside(&self) -> usize {
        let [_, width, channels] = self.layer.window.input;
        let [_, above, below] = self.rows();
        if above + below > 0 { (width * channels).next_multiple_of(4) } else { 0 }
    }

    fn scratch(&self) -> usize {
        self.outside() + 4 * self.rows()[0]
    }

    fn write(&self, code: &mut Assembler) {
        let Window { input: [_, _, channels], .. } = self.layer.window;
        let locals = self.table() + usize::from(self.layer.looks_up);
        code.enter();
        code.reserve_locals(locals);
        code.store_local(Low::R1, local::OUTPUT);
        if self.layer.looks_up {
            code.ldm_constants(Low::R3, &[Low::R4]);
            code.advance(Low::R4, triangular::ZERO, Low::R5);
            code.store_local(Low::R4, self.table());
        }
        self.fill_table(code);
        code.movs(Low::R0, 0);
        code.store_local(Low::R0, local::CHANNEL);
        repeat(code, local::CHANNELS, channels, |code| {
            repeat(code, local::COPIES, self.layer.multiplier, |code| self.channel(code));
            advance_local(code, local::CHANNEL, 1);
        });
        code.drop_locals(locals);
        code.leave();
    }

    /// Fills the row of zero points and the table of rows; `r0` points at the input, `r2` at the scratch, `r3` at the data.
    fn fill_table(&self, code: &mut Assembler) {
        use Low::{R0, R1, R2, R3, R4, R5, R6};
        let Window { input: [_, width, channels], stride, output, .. } = self.layer.window;
        let [rows, above, below] = self.rows();
        code.ldm_constants(R3, &[R4]);
        code.store_local(R3, local::NUMBERS);
        code.mov(R1, R2);
        let outside = self.outside() / 4;
        if outside > 0 {
            store_repeatedly(code, outside, R1, R4);
        }
        code.store_local(R1, local::TABLE_FIRST);
        code.mov(R3, R1);
        code.advance(R3, (4 * output[0] * stride[0]) as i32, R6);
        code.store_local(R3, local::TABLE_END);
        store_repeatedly(code, above, R1, R2);
        let inside = rows - above - below;
        if inside > 0 {
            code.constant(R5, (width * channels) as i32);
            code.constant(R6, inside as i32);
            code.repeat(
                inside,
                |code| {
                    code.stm(R1, &[R0]);
                    code.adds(R0, R0, R5);
                },
                |code| code.subs_immediate(R6, 1),
            );
        }
        store_repeatedly(code, below, R1, R2);
    }

    /// All outputs of an output channel.
    fn channel(&self, code: &mut Assembler) {
        use Low::{R0, R1, R2, R3, R4, R5, R6, R7};
        code.load_local(R0, local::NUMBERS);
        code.local_address(R1, local::OWN);
        let chunks = self.layer.window.kernel[0] * self.chunks();
        if self.is_unpacked() {
            for chunk in 0..chunks {
                let weights = self.taps(chunk % self.chunks()).len();
                code.ldm_constants(R0, &WEIGHTS[2..]);
                self.unpack(code, weights);
                code.stm(R1, &WEIGHTS[CHUNK - weights..]);
            }
        }
        let words = if self.is_unpacked() { self.others() } else { self.numbers() };
        for first in (0..words).step_by(6) {
            let some = &[R2, R3, R4, R5, R6, R7][..(words - first).min(6)];
            code.ldm_constants(R0, some);
            code.stm(R1, some);
        }
        code.store_local(R0, local::NUMBERS);
        code.load_local(R0, local::OUTPUT);
        code.store_local(R0, local::NEXT);
        code.adds_immediate(R0, 1);
        code.store_local(R0, local::OUTPUT);
        code.load_local(R0, local::TABLE_FIRST);
        code.store_local(R0, local::TABLE);
        let Window { output, stride, .. } = self.layer.window;
        code.repeat(
            output[0],
            |code| self.row(code),
            |code| {
                code.load_local(R0, local::TABLE);
                code.advance(R0, 4 * stride[0] as i32, R1);
                code.store_local(R0, local::TABLE);
                code.load_local(R1, local::TABLE_END);
                code.cmp(R0, R1);
            },
        );
    }

    /// Whether a row has several tiles, which begin at different columns.
    fn is_divided(&self) -> bool {
        self.tiles.len() > 1 || self.tiles.iter().any(|tiles| tiles.count > 1)
    }

    /// Word of the stack frame that says where a tile begins.
    fn place(&self) -> usize {
        if self.is_divided() { local::TILE } else { local::CHANNEL }
    }

    fn row(&self, code: &mut Assembler) {
        let channels = self.layer.window.input[2];
        if self.is_divided() {
            code.load_local(Low::R0, local::CHANNEL);
            code.store_local(Low::R0, local::TILE);
        }
        for (index, tiles) in self.tiles.iter().enumerate() {
            repeat(code, local::TILES, tiles.count, |code| {
                self.tile(code, &tiles.tile);
                if tiles.count > 1 {
                    advance_local(code, local::TILE, (tiles.step * channels) as i32);
                }
            });
            if let Some(next) = self.tiles.get(index + 1) {
                let passed = if tiles.count > 1 { tiles.count * tiles.step } else { 0 };
                let columns = next.column as isize - (tiles.column + passed) as isize;
                advance_local(code, local::TILE, (columns * channels as isize) as i32);
            }
        }
    }

    fn tile(&self, code: &mut Assembler, tile: &Tile) {
        let Window { kernel: [height, _], dilation, .. } = self.layer.window;
        let mut loaded = None;
        for (&sum, &kind) in SUMS.iter().zip(&tile.kinds) {
            if loaded != Some(kind) {
                code.load_local(Low::R2, self.begin(kind));
                loaded = Some(kind);
            }
            code.mov(sum, Low::R2);
        }
        if self.layer.looks_up {
            code.load_local(Low::R2, self.table());
            code.mov(NUMBERS, Low::R2);
        }
        code.load_local(FIRST, self.place());
        code.mov(SECOND, FIRST);
        code.advance(SECOND, self.between(), Low::R3);
        for row in 0..height {
            code.load_local(Low::R0, local::TABLE);
            code.ldr(Low::R0, Low::R0, 4 * row * dilation[0]);
            self.kernel_row(code, tile, row);
        }
        self.requantize(code, tile.kinds.len());
    }

    /// From the one index to the other: from a column to the next that is multiplied.
    fn between(&self) -> i32 {
        let Window { input: [_, _, channels], dilation, .. } = self.layer.window;
        (dilation[1] * channels) as i32
    }

    /// The products of a row of the kernel: `r0` points at the row of the image.
    fn kernel_row(&self, code: &mut Assembler, tile: &Tile, row: usize) {
        let Window { input: [_, _, channels], dilation, .. } = self.layer.window;
        let mut at = 0;
        for (chunk, products) in tile.chunks.iter().enumerate() {
            if products.is_empty() {
                continue;
            }
            let weights = self.load_weights(code, row, chunk);
            for (column, of_column) in products {
                let index = if *column == at + dilation[1] as isize {
                    SECOND
                } else {
                    code.advance(Low::R0, ((column - at) * channels as isize) as i32, Low::R3);
                    at = *column;
                    FIRST
                };
                code.ldrsb(Low::R2, Low::R0, index);
                match self.layer.looks_up {
                    false => multiply(code, of_column, weights),
                    true => look_up(code, of_column, weights),
                }
            }
        }
    }

    /// Loads the weights of a chunk; uses `r2`.
    fn load_weights(&self, code: &mut Assembler, row: usize, chunk: usize) -> &'static [Low] {
        let taps = self.taps(chunk);
        let registers = &WEIGHTS[CHUNK - taps.len()..];
        if !self.is_unpacked() {
            code.load_local(WEIGHTS[2], local::OWN + row * self.chunks() + chunk);
            self.unpack(code, taps.len());
            return registers;
        }
        let first = local::OWN + row * self.layer.window.kernel[1] + taps.start;
        match registers {
            [one] => code.load_local(*one, first),
            _ => {
                code.local_address(Low::R2, first);
                code.ldm(Low::R2, registers);
            }
        }
        registers
    }

    /// Takes weights of a word apart; those that products are looked up by count places of two bytes.
    fn unpack(&self, code: &mut Assembler, weights: usize) {
        unpack(code, weights);
        if self.layer.looks_up {
            WEIGHTS[CHUNK - weights..].iter().for_each(|&weight| code.lsls(weight, weight, 1));
        }
    }

    fn requantize(&self, code: &mut Assembler, outputs: usize) {
        use Low::{R0, R1, R2, R3, R4, R5, R6};
        let step = self.layer.window.output[2];
        let from = self.requantizer();
        code.load_local(R0, local::NEXT);
        code.local_address(R1, from);
        code.ldm(R1, &[R2, R3, R4, R5]);
        let mut offset = 0;
        for (output, &sum) in SUMS[..outputs].iter().enumerate() {
            code.mov(R6, sum);
            self.layer.form.write_from_last(code, from + 4);
            code.strb(R6, R0, offset);
            offset += step;
            if offset > 31 || output + 1 == outputs {
                code.advance(R0, offset as i32, R1);
                offset = 0;
            }
        }
        code.store_local(R0, local::NEXT);
    }
}

/// Adds the input in `r2` times weights to sums.
fn multiply(code: &mut Assembler, products: &[(usize, usize)], weights: &[Low]) {
    for (index, &(output, weight)) in products.iter().enumerate() {
        // The last product may take the input's place.
        let product = if index + 1 < products.len() { Low::R3 } else { Low::R2 };
        if product != Low::R2 {
            code.mov(product, Low::R2);
        }
        code.muls(product, weights[weight]);
        code.add(SUMS[output], product);
    }
}

/// Adds the input in `r2` times weights, which are doubled, to sums, all but what triangular numbers of weights make.
fn look_up(code: &mut Assembler, products: &[(usize, usize)], weights: &[Low]) {
    use Low::{R2, R3};
    code.lsls(R2, R2, 1);
    code.add(R2, NUMBERS);
    if let &[(output, weight)] = products {
        code.ldrh_indexed(R3, R2, weights[weight]);
        code.ldrh(R2, R2, 0);
        code.subs(R3, R3, R2);
        code.add(SUMS[output], R3);
        (0..2).for_each(|_| code.count_constant());
        return;
    }
    code.ldrh(R3, R2, 0);
    code.count_constant();
    code.negate(R3, R3);
    code.mov(OF_INPUT, R3);
    for &(output, weight) in products {
        code.ldrh_indexed(R3, R2, weights[weight]);
        code.count_constant();
        code.add(SUMS[output], R3);
        code.add(SUMS[output], OF_INPUT);
    }
}

/// Three weights in a word: a byte, a byte and a half word.
fn packed(weights: &[i32]) -> u32 {
    match *weights {
        [a, b, c] => (a & 0xff | (b & 0xff) << 8 | c << 16) as u32,
        [a, b] => (a & 0xffff | b << 16) as u32,
        _ => weights.first().map_or(0, |&a| a as u32),
    }
}

/// Takes the last register, with so many weights [`packed`], apart: into the last ones.
fn unpack(code: &mut Assembler, weights: usize) {
    let [a, b, c] = WEIGHTS;
    match weights {
        3 => {
            code.sxtb(a, c);
            code.sxth(b, c);
            code.asrs(b, b, 8);
            code.asrs(c, c, 16);
        }
        2 => {
            code.sxth(b, c);
            code.asrs(c, c, 16);
        }
        _ => {}
    }
}

/// Stores a word so often from `to` on, which moves behind. Uses `r6`.
fn store_repeatedly(code: &mut Assembler, times: usize, to: Low, word: Low) {
    if times == 0 {
        return;
    }
    code.constant(Low::R6, times as i32);
    code.repeat(times, |code| code.stm(to, &[word]), |code| code.subs_immediate(Low::R6, 1));
}

#[cfg(test)]
mod tests {
    use super::super::random_layers::{Multiplier, bytes, lines, run, run_overlapping, window, zero_point};
    use super::*;
    use fastrand::Rng;
    use tinynet_core::kernels;
    use tinynet_core::requantize::MultiplierPerChannel;

    /// Runs a layer of random numbers, and in place of its input if `overlaps`.
    fn check(random: &mut Rng, window: Window, multiplier: usize, overlaps: bool) {
        let filters = window.output[2];
        let taps = window.kernel[0] * window.kernel[1];
        let weights: Vec<u8> = bytes(random, filters * taps).into_iter().map(|weight| weight as u8).collect();
        let bias: Vec<i32> = (0..filters).map(|_| random.i32(-5000..5000)).collect();
        let [input_zero_point, zero_point] = [zero_point(random), zero_point(random)];
        let most = 255 * 128 * taps as i64 + 5000;
        let factor = |random: &mut Rng| (30.0 + 60.0 * random.f64()) / (74.0 * 74.0 * (taps as f64).sqrt());
        let channel = |_| (Multiplier::new(factor(random), zero_point), [-most, most]);
        let channels: Vec<_> = (0..filters).map(channel).collect();
        let (lines, form) = lines(&channels).expect("numbers");
        let looks_up = random.bool();
        let layer = DepthwiseConv2d {
            window,
            multiplier,
            weights: &weights,
            bias: &bias,
            input_zero_point,
            lines: &lines,
            form,
            tile: random.usize(1..=if looks_up { LARGEST_TILE_LOOKED_UP } else { LARGEST_TILE }),
            looks_up,
        };
        let code = layer.write(Assembler::new()).expect("code");
        let numbers = channels.iter().map(|(channel, _)| (channel.multiplier, channel.shift));
        let (multipliers, shifts): (Vec<_>, Vec<_>) = numbers.unzip();
        let requantize = MultiplierPerChannel {
            multipliers: &multipliers,
            shifts: &shifts,
            zero_point,
            min: -128,
            max: 127,
        };
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
        assert_eq!(run(&code, &[&input], expected.len()), expected, "{layer:?}");
        if overlaps {
            let channels = window.input[2] as isize;
            let lead = (kernel.lead() + channels - 1).div_euclid(channels) * channels;
            assert_eq!(run_overlapping(&code, &input, expected.len(), lead), expected, "{layer:?}");
        }
    }

    #[test]
    fn all_windows_are_exact() {
        let mut random = Rng::with_seed(1);
        (0..150).for_each(|_| {
            let window = window(&mut random);
            check(&mut random, window, 1, true);
        });
    }

    #[test]
    fn several_outputs_a_channel_are_exact() {
        let mut random = Rng::with_seed(2);
        for multiplier in 2..10 {
            let mut window = window(&mut random);
            window.output[2] *= multiplier;
            check(&mut random, window, multiplier, false);
        }
    }

    #[test]
    fn many_channels_are_exact() {
        let mut random = Rng::with_seed(3);
        for channels in [63, 64, 127, 128, 129, 256, 300] {
            let window = Window {
                input: [3, 4, channels],
                output: [3, 4, channels],
                kernel: [3; 2],
                stride: [1; 2],
                dilation: [1; 2],
                padding: [1; 2],
            };
            check(&mut random, window, 1, true);
        }
    }

    #[test]
    fn sequences_are_exact_along_either_axis() {
        let mut random = Rng::with_seed(4);
        for kernel in 1..16 {
            let mut window = Window {
                input: [20, 1, 3],
                output: [21 - kernel, 1, 3],
                kernel: [kernel, 1],
                stride: [1; 2],
                dilation: [1; 2],
                padding: [0; 2],
            };
            check(&mut random, window, 1, true);
            window = transposed(&window);
            check(&mut random, window, 1, true);
        }
    }
}
