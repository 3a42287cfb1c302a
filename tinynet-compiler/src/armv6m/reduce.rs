//! Walks a window over an image, channel by channel, and makes one value of what is under it.
//!
//! Positions that see the same taps of the window share code. Taps are written out; long runs of them, such as those of a
//! window as large as the image, are loops.

use super::assembler::{Assembler, Function};
use super::loops::{advance_local, repeat};
use super::registers::{High, Low};
use std::ops::Range;
use tinynet_core::kernels::Window;

/// What is done with the values under a window.
pub(super) trait Reduction {
    /// Before positions with so many taps inside the image. Uses any low register.
    fn prepare(&self, code: &mut Assembler, taps: usize);
    /// Nothing is seen yet: what is in `r6`.
    fn begin(&self, code: &mut Assembler);
    /// The value in `r2` into `r6`. Uses `r3` and `r4`.
    fn add(&self, code: &mut Assembler);
    /// `r6` becomes the output. Uses all but `r0`.
    fn finish(&self, code: &mut Assembler, taps: usize);
}

/// Words of the stack frame.
pub(super) mod local {
    pub(in super::super) const OUTPUT: usize = 0;
    /// First row under the window, and the first pixel in it.
    pub(in super::super) const ROW: usize = 1;
    pub(in super::super) const PIXEL: usize = 2;
    pub(in super::super) const ROWS: usize = 3;
    pub(in super::super) const COLUMNS: usize = 4;
    pub(in super::super) const DATA: usize = 5;
    /// The reduction's own.
    pub(in super::super) const OWN: usize = 6;
}

/// Taps in a turn of a loop.
const TURN: usize = 8;

/// Taps in all that are written out at most: nobody wants more.
const MOST_WRITTEN: usize = 4096;

/// The end of the pixel's channels.
const END: High = High::R8;
/// The next output.
const NEXT: High = High::R9;
/// From a tap to the next in a run.
const STEP: High = High::R10;

/// Positions along an axis, one after the other, that see the same taps.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Positions {
    count: usize,
    taps: Range<usize>,
    /// Where the first tap of the first position is in the image; 0 where there is none.
    at: usize,
}

/// Taps at equal distances.
struct Run {
    /// From the last tap before it.
    skip: usize,
    count: usize,
    step: usize,
}

/// Writes `fn(input, output, scratch, data)`, with so many words of stack for the reduction itself.
pub(super) fn write(
    window: &Window,
    own: usize,
    reduction: &impl Reduction,
    mut code: Assembler,
) -> Option<Function> {
    let Window { input, output, kernel, stride, dilation, .. } = *window;
    let sizes = [input.as_slice(), &output, &kernel, &stride, &dilation].concat();
    if sizes.contains(&0) || input[2] != output[2] {
        return None;
    }
    let walk = Walk { window, reduction };
    if walk.written() > MOST_WRITTEN {
        return None;
    }
    walk.write(&mut code, local::OWN + own);
    code.finish()
}

struct Walk<'a, R> {
    window: &'a Window,
    reduction: &'a R,
}

impl<R: Reduction> Walk<'_, R> {
    fn write(&self, code: &mut Assembler, locals: usize) {
        let Window { input: [_, width, channels], stride, .. } = *self.window;
        code.enter();
        code.reserve_locals(locals);
        code.store_local(Low::R0, local::ROW);
        code.store_local(Low::R1, local::OUTPUT);
        code.store_local(Low::R3, local::DATA);
        let line = (width * channels) as i32;
        let mut row = 0;
        for rows in self.positions(0) {
            advance_local(code, local::ROW, (rows.at as i32 - row) * line);
            repeat(code, local::ROWS, rows.count, |code| {
                self.row(code, &rows);
                advance_local(code, local::ROW, stride[0] as i32 * line);
            });
            row = (rows.at + rows.count * stride[0]) as i32;
        }
        code.drop_locals(locals);
        code.leave();
    }

    fn row(&self, code: &mut Assembler, rows: &Positions) {
        let Window { input: [_, _, channels], stride, .. } = *self.window;
        for columns in self.positions(1) {
            let taps = rows.taps.len() * columns.taps.len();
            self.reduction.prepare(code, taps);
            code.load_local(Low::R0, local::ROW);
            code.advance(Low::R0, (columns.at * channels) as i32, Low::R1);
            code.store_local(Low::R0, local::PIXEL);
            let runs = self.runs(&rows.taps, &columns.taps);
            repeat(code, local::COLUMNS, columns.count, |code| {
                self.position(code, &runs, taps);
                if columns.count > 1 {
                    advance_local(code, local::PIXEL, (stride[1] * channels) as i32);
                }
            });
        }
    }

    /// Taps that are written out.
    fn written(&self) -> usize {
        let columns = self.positions(1);
        let of_runs = |runs: Vec<Run>| runs.iter().map(|run| run.count.min(2 * TURN)).sum::<usize>();
        let rows = self.positions(0);
        let pairs = rows.iter().flat_map(|row| columns.iter().map(move |column| (&row.taps, &column.taps)));
        pairs.map(|(rows, columns)| of_runs(self.runs(rows, columns))).sum()
    }

    /// All channels of a position.
    fn position(&self, code: &mut Assembler, runs: &[Run], taps: usize) {
        use Low::{R0, R1, R2, R6};
        let channels = self.window.input[2];
        code.load_local(R1, local::OUTPUT);
        code.mov(NEXT, R1);
        code.constant(R1, channels as i32);
        code.load_local(R0, local::PIXEL);
        code.adds(R2, R0, R1);
        code.mov(END, R2);
        if let Some(run) = runs.first() {
            code.constant(R1, run.step as i32);
            code.mov(STEP, R1);
        }
        code.repeat(
            channels,
            |code| {
                self.reduction.begin(code);
                self.taps(code, runs);
                self.reduction.finish(code, taps);
                code.mov(R1, NEXT);
                code.strb(R6, R1, 0);
                code.adds_immediate(R1, 1);
                code.mov(NEXT, R1);
                code.adds_immediate(R0, 1);
            },
            |code| code.cmp(R0, END),
        );
        code.store_local(R1, local::OUTPUT);
    }

    /// All taps of a channel: `r0` points at the first.
    fn taps(&self, code: &mut Assembler, runs: &[Run]) {
        code.movs(Low::R1, 0);
        // How far `r1` is behind the last tap.
        let mut behind = 0;
        for run in runs {
            code.advance(Low::R1, run.skip as i32 - behind, Low::R3);
            let (turns, rest) = (run.count / TURN, run.count % TURN);
            if turns > 1 {
                code.constant(Low::R5, turns as i32);
                code.repeat(
                    turns,
                    |code| (0..TURN).for_each(|_| self.tap(code, run.step, true)),
                    |code| code.subs_immediate(Low::R5, 1),
                );
            }
            let written = if turns > 1 { rest } else { run.count };
            (0..written).for_each(|index| self.tap(code, run.step, index + 1 < written));
            behind = if written == 0 { run.step as i32 } else { 0 };
        }
    }

    fn tap(&self, code: &mut Assembler, step: usize, goes_on: bool) {
        code.ldrsb(Low::R2, Low::R0, Low::R1);
        self.reduction.add(code);
        match step {
            _ if !goes_on => {}
            0..=255 => code.adds_immediate(Low::R1, step as u8),
            _ => code.add(Low::R1, STEP),
        }
    }

    /// What positions along an axis see.
    fn positions(&self, axis: usize) -> Vec<Positions> {
        let Window { input, output, kernel, stride, dilation, padding } = *self.window;
        let place = |position: usize, tap: usize| {
            let place = (position * stride[axis] + tap * dilation[axis]).checked_sub(padding[axis])?;
            (place < input[axis]).then_some(place)
        };
        let mut all: Vec<Positions> = Vec::new();
        for position in 0..output[axis] {
            let mut inside = (0..kernel[axis]).filter(|&tap| place(position, tap).is_some());
            let taps = inside.next().map_or(0..0, |first| first..inside.next_back().unwrap_or(first) + 1);
            let at = place(position, taps.start).unwrap_or(0);
            match all.last_mut() {
                Some(last)
                    if last.taps == taps
                        && (taps.is_empty() || at == last.at + last.count * stride[axis]) =>
                {
                    last.count += 1;
                }
                _ => all.push(Positions { count: 1, taps, at }),
            }
        }
        all
    }

    /// The taps of a position, in the order of memory.
    fn runs(&self, rows: &Range<usize>, columns: &Range<usize>) -> Vec<Run> {
        let Window { input: [_, width, channels], dilation, .. } = *self.window;
        let [height, count] = [rows.len(), columns.len()];
        if height == 0 || count == 0 {
            return Vec::new();
        }
        let step = dilation[1] * channels;
        if count == 1 {
            return vec![Run { skip: 0, count: height, step: dilation[0] * width * channels }];
        }
        if count * dilation[1] == width && dilation[0] == 1 {
            return vec![Run { skip: 0, count: height * count, step }];
        }
        let back = dilation[0] * width * channels - (count - 1) * step;
        (0..height).map(|row| Run { skip: if row == 0 { 0 } else { back }, count, step }).collect()
    }
}
