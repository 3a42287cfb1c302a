//! Where inputs of a position stand: where they are, or copied together, counted from the lowest and summed.

use super::{Products, Source, Writer, local};
use crate::armv6m::assembler::Assembler;
use crate::armv6m::convolution::is_inside;
use crate::armv6m::loops::{advance_local, at_once, repeat};
use crate::armv6m::registers::{High, Low};
use crate::armv6m::triangular;
use tinynet_core::kernels::Window;

/// Where inputs are copied together; nowhere where they are read in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Buffer {
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
    pub(super) is_pixel: bool,
}

impl Buffer {
    pub(super) fn new(window: &Window) -> Self {
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

    pub(super) fn bytes(&self) -> usize {
        (self.first() + self.columns * self.column).next_multiple_of(4)
    }
}

impl Writer<'_> {
    pub(super) fn in_place(&self, code: &mut Assembler) {
        code.store_local(Low::R0, local::WINDOW);
        code.mov(Low::R2, Low::R0);
        self.window_end(code, Low::R2);
        code.movs(Low::R7, 0);
        self.before_sum(code);
        sum(code, self.layer.taps(), self.products);
        self.begin(code);
        self.groups(code);
    }

    pub(super) fn pixel_by_pixel(&self, code: &mut Assembler) {
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

    pub(super) fn row_by_row(&self, code: &mut Assembler) {
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
    pub(super) fn window_by_window(&self, code: &mut Assembler) {
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
