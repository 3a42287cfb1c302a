//! Convolutions and dense layers by one function for all layers of a network: about 180 bytes of code, 16 bytes of sizes a layer,
//! 4 bytes a channel, and as many bits a weight as it has; 14 to 17 cycles a multiply-accumulate.
//!
//! Nothing in the instructions depends on a layer but how many bits its weights have. Its sizes come first in its data, then a
//! word for each channel, then the weights, one behind the other whatever they belong to.
//!
//! Ternary weights are five a byte, as `3^5 = 243`: the byte is `⌈n · 256 / 243⌉` of the number `n` with the digits `w + 1`, so
//! that multiplying it by three moves the next digit into its ninth bit and up. Others are two's complement, as many a word as fit it;
//! odd ones count twice, and one.

use super::assembler::Assembler;
use super::code::Code;
use super::convolution::is_inside;
use super::registers::{High, Low};
use super::timing::Counts;
use tinynet_core::kernels::Window;

/// A convolution without padding, or a dense layer as one of a single position, which is requantised by shifts.
#[derive(Clone, Copy, Debug)]
pub struct SharedLoop<'a> {
    /// Sizes and steps; no dilation along a row.
    pub window: Window,
    /// `[output channel][row][column][input channel]`
    pub weights: &'a [u8],
    /// One an output channel, the input's zero point, rounding and the output's zero point worked in.
    pub bias: &'a [i32],
    /// How far sums are shifted to the right: one for all channels, or one each.
    pub shifts: &'a [u8],
    /// The ends of what is left then.
    pub ends: [i32; 2],
    /// Smallest and largest sum of each output channel.
    pub bounds: &'a [[i64; 2]],
}

/// How weights lie in flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weights {
    /// Five a byte.
    Ternary,
    /// So many bits of two's complement each; where they count double, a weight is twice as much and one.
    Bits { bits: u8, is_odd: bool },
}

impl Weights {
    /// The densest that holds all these weights.
    pub(super) fn of(weights: &[u8]) -> Self {
        let weights = || weights.iter().map(|&weight| weight as i8);
        if weights().all(|weight| matches!(weight, -1 | 1)) {
            return Self::Bits { bits: 1, is_odd: true };
        }
        if weights().all(|weight| (-1..=1).contains(&weight)) {
            return Self::Ternary;
        }
        if weights().all(|weight| weight & 1 != 0 && (-3..=3).contains(&weight)) {
            return Self::Bits { bits: 2, is_odd: true };
        }
        let fits = |bits: &u8| weights().all(|weight| (weight << (8 - bits)) >> (8 - bits) == weight);
        Self::Bits { bits: (2..8).find(fits).unwrap_or(8), is_odd: false }
    }

    /// Weights of a byte or of a word, whichever is loaded at a time.
    fn together(self) -> usize {
        match self {
            Self::Ternary => 5,
            Self::Bits { bits, .. } => 32 / usize::from(bits),
        }
    }

    fn pack(self, weights: &[i8]) -> Vec<u32> {
        let together = weights.chunks(self.together());
        let Self::Bits { bits, is_odd } = self else {
            let bytes: Vec<u8> = together.map(ternary).collect();
            return bytes.chunks(4).map(word).collect();
        };
        let code = |weight: i8| u32::from((weight >> u8::from(is_odd)) as u8) << (32 - u32::from(bits));
        let words = together.map(|weights| {
            let places = weights.iter().zip((0u32..).step_by(bits.into()));
            places.fold(0, |word, (&weight, place)| word | code(weight) >> place)
        });
        words.collect()
    }

    /// Loads the next ones to `r3`. `r1` points at them and moves on.
    fn load(self, code: &mut Assembler) {
        use Low::{R1, R3};
        match self {
            Self::Ternary => {
                code.ldrb(R3, R1, 0);
                code.count_constant();
                code.adds_immediate(R1, 1);
            }
            Self::Bits { .. } => code.ldm_constants(R1, &[R3]),
        }
    }

    /// Takes the next one out of `r3` to `r5`.
    fn take(self, code: &mut Assembler) {
        use Low::{R3, R5};
        match self {
            Self::Ternary => {
                code.lsls(R5, R3, 1);
                code.adds(R3, R3, R5);
                code.lsrs(R5, R3, 8);
                code.uxtb(R3, R3);
                code.subs_immediate(R5, 1);
            }
            Self::Bits { bits, is_odd } => {
                code.asrs(R5, R3, 32 - bits);
                code.lsls(R3, R3, bits);
                if is_odd {
                    code.lsls(R5, R5, 1);
                    code.adds_immediate(R5, 1);
                }
            }
        }
    }
}

/// Up to five ternary weights as a byte.
fn ternary(weights: &[i8]) -> u8 {
    let digits = weights.iter().map(|&weight| (weight + 1) as u32).chain(std::iter::repeat(0));
    let number = digits.take(5).fold(0, |number, digit| 3 * number + digit);
    (number * 256).div_ceil(243) as u8
}

/// Up to four bytes as a word.
fn word(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte))
}

/// Words of the stack frame.
mod local {
    pub(super) const INPUT: usize = 0;
    pub(super) const OUTPUT: usize = 1;
    pub(super) const ROWS: usize = 2;
    pub(super) const DATA: usize = 3;
    pub(super) const COLUMNS: usize = 4;
    pub(super) const CHANNEL: usize = 5;
    pub(super) const COUNT: usize = 6;
}

/// Places of sizes in a layer's data: halfwords, then bytes.
mod size {
    pub(super) const OUTPUTS: usize = 0;
    /// Values of a row under the window.
    pub(super) const TAPS: usize = 2;
    /// Bytes from a row under the window to the next.
    pub(super) const ROW: usize = 4;
    /// Bytes from a position to the next.
    pub(super) const ACROSS: usize = 6;
    /// Bytes from the end of a row of positions to the next row.
    pub(super) const DOWN: usize = 8;
    pub(super) const ROWS: usize = 10;
    pub(super) const COLUMNS: usize = 11;
    pub(super) const KERNEL_ROWS: usize = 12;
    /// Distance of the ends of the output.
    pub(super) const SPAN: usize = 13;
    pub(super) const LARGEST: usize = 14;
    pub(super) const BYTES: usize = 16;
}

/// Bits of a channel's word that say how far to shift.
const SHIFT: u32 = 8;

/// How often each of the loops runs, within one another.
struct Turns {
    rows: u64,
    columns: u64,
    outputs: u64,
    kernel_rows: u64,
    taps: u64,
}

impl SharedLoop<'_> {
    /// Writes the layer behind `code`, which is empty; `None` where it is none of this kind.
    pub fn write(&self, mut code: Assembler) -> Option<Code> {
        let data = self.data()?;
        let Window { input: [_, _, channels], output: [rows, columns, outputs], kernel, .. } = self.window;
        let counts = [rows, columns, outputs, kernel[0], kernel[1] * channels].map(|count| count as u64);
        let [rows, columns, outputs, kernel_rows, taps] = counts;
        let turns = Turns { rows, columns, outputs, kernel_rows, taps };
        turns.write(&mut code, Weights::of(self.weights));
        Some(Code { function: code.finish()?, data: data.into(), scratch: 0, alignment: 1, has_table: false })
    }

    /// Sizes, channels and weights; `None` where there is no room for one of them.
    fn data(&self) -> Option<Vec<u32>> {
        let mut data: Vec<u32> = self.sizes()?.chunks(4).map(word).collect();
        for channel in 0..self.window.output[2] {
            data.push(self.channel(channel)?);
        }
        data.extend(Weights::of(self.weights).pack(&self.in_order()?));
        Some(data)
    }

    fn sizes(&self) -> Option<[u8; size::BYTES]> {
        let Window { input: [_, width, channels], output: [rows, columns, outputs], .. } = self.window;
        let Window { kernel, stride, dilation, .. } = self.window;
        let is_known = is_inside(&self.window) && (dilation[1] == 1 || kernel[1] == 1);
        if !is_known {
            return None;
        }
        let row = width * channels;
        let halfwords = [
            (size::OUTPUTS, outputs),
            (size::TAPS, kernel[1] * channels),
            (size::ROW, row * dilation[0]),
            (size::ACROSS, stride[1] * channels),
            (size::DOWN, (row * stride[0]).checked_sub(columns * stride[1] * channels)?),
        ];
        let [smallest, largest] = self.ends;
        let bytes = [
            (size::ROWS, rows),
            (size::COLUMNS, columns),
            (size::KERNEL_ROWS, kernel[0]),
            (size::SPAN, usize::try_from(largest.checked_sub(smallest)?).ok()?),
            (size::LARGEST, usize::from(i8::try_from(largest).ok()? as u8)),
        ];
        let mut sizes = [0; size::BYTES];
        for (at, size) in halfwords {
            sizes[at..at + 2].copy_from_slice(&u16::try_from(size).ok()?.to_le_bytes());
        }
        for (at, size) in bytes {
            sizes[at] = u8::try_from(size).ok()?;
        }
        Some(sizes)
    }

    /// What the sum of a channel begins with, and how far it is shifted: sums count from the smallest output.
    fn channel(&self, channel: usize) -> Option<u32> {
        let shift = *self.shifts.get(channel).or(self.shifts.first().filter(|_| self.shifts.len() == 1))?;
        if u32::from(shift) >= i32::BITS {
            return None;
        }
        let smallest = i64::from(self.ends[0]) << shift;
        let begins = i64::from(*self.bias.get(channel)?) - smallest;
        let fits = |sum: i64| i32::try_from(sum).is_ok();
        let is_exact = self.bounds.get(channel)?.iter().all(|&sum| fits(sum) && fits(sum - smallest));
        let has_room = begins << SHIFT >> SHIFT == begins && fits(begins << SHIFT);
        (is_exact && has_room).then_some(((begins as i32) << SHIFT) as u32 | u32::from(shift))
    }

    /// Weights in the order in which they are multiplied: of each row under the window the last first.
    fn in_order(&self) -> Option<Vec<i8>> {
        let Window { input: [_, _, channels], output: [_, _, outputs], kernel, .. } = self.window;
        let taps = kernel[1] * channels;
        if self.weights.len() != outputs * kernel[0] * taps {
            return None;
        }
        let rows = self.weights.chunks(taps);
        Some(rows.flat_map(|row| row.iter().rev().map(|&weight| weight as i8)).collect())
    }
}

impl Turns {
    fn write(&self, code: &mut Assembler, weights: Weights) {
        use Low::{R0, R1, R2, R3, R4, R5};
        code.enter_low();
        // Inputs are counted from one.
        code.subs_immediate(R0, 1);
        code.push(&[R0, R1, R2, R3, R4, R5]);
        header(code, R4, R3, size::ROWS);
        code.store_local(R4, local::ROWS);
        let mut inner = Counts::default();
        let rows = code.repeat_by_data(
            1,
            self.rows,
            |code| {
                code.load_local(R3, local::DATA);
                header(code, R4, R3, size::COLUMNS);
                code.store_local(R4, local::COLUMNS);
                inner = self.columns(code, weights);
                advance(code, size::DOWN);
            },
            |code| count_down(code, local::ROWS),
        );
        code.count(rows + inner);
        code.drop_locals(local::COUNT);
        code.leave_low();
    }

    /// A row of positions.
    fn columns(&self, code: &mut Assembler, weights: Weights) -> Counts {
        use Low::{R1, R4, R7};
        let mut inner = Counts::default();
        let columns = code.repeat_by_data(
            self.rows,
            self.rows * self.columns,
            |code| {
                code.load_local(R1, local::DATA);
                header(code, R4, R1, size::OUTPUTS);
                code.mov(High::Lr, R4);
                code.adds_immediate(R1, size::BYTES as u8);
                code.store_local(R1, local::CHANNEL);
                code.lsls(R4, R4, 2);
                code.adds(R1, R1, R4);
                // The first weight is the last that is left of those before it.
                code.movs(R7, 1);
                inner = self.outputs(code, weights);
                advance(code, size::ACROSS);
            },
            |code| count_down(code, local::COLUMNS),
        );
        columns + inner
    }

    /// All outputs of a position.
    fn outputs(&self, code: &mut Assembler, weights: Weights) -> Counts {
        use Low::{R0, R2, R4, R5};
        let mut inner = Counts::default();
        let entered = self.rows * self.columns;
        let outputs = code.repeat_by_data(
            entered,
            entered * self.outputs,
            |code| {
                code.load_local(R4, local::CHANNEL);
                code.ldr(R2, R4, 0);
                code.count_constant();
                code.asrs(R2, R2, SHIFT as u8);
                code.load_local(R0, local::INPUT);
                code.load_local(R4, local::DATA);
                header(code, R5, R4, size::KERNEL_ROWS);
                code.mov(High::R12, R5);
                inner = self.kernel_rows(code, weights);
                requantize(code);
            },
            |code| count_down_high(code, High::Lr),
        );
        outputs + inner
    }

    /// All rows under the window.
    fn kernel_rows(&self, code: &mut Assembler, weights: Weights) -> Counts {
        use Low::{R0, R4, R5, R6};
        let mut inner = Counts::default();
        let entered = self.rows * self.columns * self.outputs;
        let rows = code.repeat_by_data(
            entered,
            entered * self.kernel_rows,
            |code| {
                code.load_local(R4, local::DATA);
                header(code, R6, R4, size::TAPS);
                inner = self.taps(code, weights);
                code.load_local(R4, local::DATA);
                header(code, R5, R4, size::ROW);
                code.adds(R0, R0, R5);
            },
            |code| count_down_high(code, High::R12),
        );
        rows + inner
    }

    /// A row under the window.
    fn taps(&self, code: &mut Assembler, weights: Weights) -> Counts {
        use Low::{R0, R2, R4, R5, R6, R7};
        let positions = self.rows * self.columns;
        let of_position = self.outputs * self.kernel_rows * self.taps;
        let entered = positions * self.outputs * self.kernel_rows;
        let loads = positions * of_position.div_ceil(weights.together() as u64);
        let mut inner = Counts::default();
        let taps = code.repeat_by_data(
            entered,
            positions * of_position,
            |code| {
                code.subs_immediate(R7, 1);
                inner = code.where_zero(positions * of_position, loads, |code| {
                    weights.load(code);
                    code.movs(R7, weights.together() as u8);
                });
                weights.take(code);
                code.ldrsb(R4, R0, R6);
                code.muls(R5, R4);
                code.adds(R2, R2, R5);
            },
            |code| code.subs_immediate(R6, 1),
        );
        taps + inner
    }
}

/// Loads a size to `to` from the data that `data` points at.
fn header(code: &mut Assembler, to: Low, data: Low, size: usize) {
    if size < size::ROWS {
        code.ldrh(to, data, size);
    } else {
        code.ldrb(to, data, size);
    }
    code.count_constant();
}

/// Moves the window by a size. Uses `r0`, `r4` and `r5`.
fn advance(code: &mut Assembler, size: usize) {
    use Low::{R0, R4, R5};
    code.load_local(R0, local::INPUT);
    code.load_local(R4, local::DATA);
    header(code, R5, R4, size);
    code.adds(R0, R0, R5);
    code.store_local(R0, local::INPUT);
}

/// Counts a word of the stack frame down. Uses `r4`.
fn count_down(code: &mut Assembler, local: usize) {
    code.load_local(Low::R4, local);
    code.subs_immediate(Low::R4, 1);
    code.store_local(Low::R4, local);
}

/// Counts a register down. Uses `r4`.
fn count_down_high(code: &mut Assembler, register: High) {
    code.mov(Low::R4, register);
    code.subs_immediate(Low::R4, 1);
    code.mov(register, Low::R4);
}

/// Requantises the sum in `r2` and stores it; channel and output move on. Uses `r4` and `r5`.
fn requantize(code: &mut Assembler) {
    use Low::{R2, R4, R5};
    code.load_local(R4, local::CHANNEL);
    code.ldm_constants(R4, &[R5]);
    code.store_local(R4, local::CHANNEL);
    // The lowest byte of a register is what it shifts by.
    code.asrs_register(R2, R5);
    clamp(code, R4);
    code.load_local(R4, local::DATA);
    header(code, R5, R4, size::SPAN);
    code.subs(R2, R5, R2);
    clamp(code, R5);
    header(code, R5, R4, size::LARGEST);
    code.subs(R2, R5, R2);
    code.load_local(R4, local::OUTPUT);
    code.strb(R2, R4, 0);
    code.adds_immediate(R4, 1);
    code.store_local(R4, local::OUTPUT);
}

/// Makes 0 of what is less in `r2`.
fn clamp(code: &mut Assembler, spare: Low) {
    code.asrs(spare, Low::R2, 31);
    code.bics(Low::R2, spare);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Multiplying by three, as the instructions do, gives the digits back.
    #[test]
    fn bytes_hold_five_ternary_weights() {
        for number in 0..243u32 {
            let weights: Vec<i8> =
                [81, 27, 9, 3, 1].iter().map(|power| (number / power % 3) as i8 - 1).collect();
            let mut byte = u32::from(ternary(&weights));
            let digits = (0..5).map(|_| {
                byte *= 3;
                let digit = byte >> 8;
                byte &= 255;
                digit as i8 - 1
            });
            assert_eq!(digits.collect::<Vec<_>>(), weights);
        }
    }

    #[test]
    fn weights_take_their_bits() {
        let of =
            |weights: &[i8]| Weights::of(&weights.iter().map(|&weight| weight as u8).collect::<Vec<_>>());
        let bits = |bits| Weights::Bits { bits, is_odd: false };
        assert_eq!(of(&[1, -1]), Weights::Bits { bits: 1, is_odd: true });
        assert_eq!(of(&[1, 0, -1]), Weights::Ternary);
        assert_eq!(of(&[3, -1]), Weights::Bits { bits: 2, is_odd: true });
        assert_eq!(
            [of(&[-2, 1]), of(&[2, 1]), of(&[7, -8]), of(&[64]), of(&[-128])].map(|of| of),
            [bits(2), bits(3), bits(4), bits(8), bits(8)]
        );
    }
}
