//! Softmax without a division or a product of 64 bits, in a time that does not depend on the data.
//!
//! Both kinds look exponentials up by the distance to the largest input, sum them, take the sum's reciprocal and multiply.
//! The arithmetic of each is that of its kernel, step by step: [`GemmlowpSoftmax`](tinynet_core::kernels::GemmlowpSoftmax)
//! and [`Softmax`](tinynet_core::kernels::Softmax). Where the kernels branch or repeat something as often as it takes,
//! masks decide here, or all that might be needed is done.

use super::assembler::Assembler;
use super::code::Code;
use super::loops::repeat;
use super::registers::{High, Low};
use tinynet_core::kernels;

/// What there is besides the exponentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// gemmlowp's fixed-point arithmetic on exponentials of 32 bits.
    Gemmlowp,
    /// Exponentials of 16 bits and a long division.
    Plain {
        /// Places of the product behind the output's.
        shift: u8,
        zero_point: i32,
    },
}

/// The input and the output of this row.
const INPUT: High = High::R8;
const OUTPUT: High = High::R9;
const TABLE: High = High::R10;
const LARGEST: High = High::R11;
/// What exponentials are multiplied by.
const FACTOR: High = High::R12;
/// How far products are shifted, less one.
const SHIFT: High = High::Lr;

/// Words of the stack frame: the number of rows that are left.
const ROWS: usize = 0;

/// Writes TensorFlow Lite's softmax of rows of classes, `fn(input, output, scratch, data)`; both are the same or do not
/// overlap. `exponentials` as [the kernel](kernels::GemmlowpSoftmax) takes them. `None` where the kernel would not either.
pub fn gemmlowp(rows: usize, classes: usize, exponentials: &[i32], code: Assembler) -> Option<Code> {
    let is_valid =
        exponentials.first() == Some(&i32::MAX) && exponentials.iter().all(|&exponential| exponential >= 0);
    if !is_valid || classes > 4095 {
        return None;
    }
    let table: Vec<_> = exponentials.iter().map(|&exponential| exponential as u32).collect();
    write(Kind::Gemmlowp, [rows, classes], &table, code)
}

/// Writes the softmax of rows of classes, `fn(input, output, scratch, data)`; both are the same or do not overlap. `None`
/// where the kernel would not either.
pub fn plain(rows: usize, layer: &kernels::Softmax<'_>, code: Assembler) -> Option<Code> {
    let is_valid = layer.exponentials.first() == Some(&65535) && layer.classes <= 65536;
    let fits = (-128..=127).contains(&layer.output_zero_point);
    let shift = match layer.output_steps {
        128 => 24,
        256 => 23,
        _ => return None,
    };
    if !is_valid || !fits {
        return None;
    }
    let table: Vec<_> = layer.exponentials.iter().map(|&exponential| exponential.into()).collect();
    write(Kind::Plain { shift, zero_point: layer.output_zero_point }, [rows, layer.classes], &table, code)
}

fn write(kind: Kind, [rows, classes]: [usize; 2], exponentials: &[u32], mut code: Assembler) -> Option<Code> {
    if rows == 0 || classes == 0 || exponentials.len() > 256 {
        return None;
    }
    let last = (exponentials.len() < 256).then_some(exponentials.len() as u8);
    // What is left out is zero.
    let mut table = exponentials.to_vec();
    table.extend(last.map(|_| 0));
    let data: Vec<_> = match kind {
        Kind::Gemmlowp => table,
        Kind::Plain { .. } => {
            table.chunks(2).map(|two| two[0] | two.get(1).copied().unwrap_or(0) << 16).collect()
        }
    };
    Writer { kind, classes, last }.write(&mut code, rows);
    Some(Code { function: code.finish()?, data: data.into(), scratch: 0, alignment: 1, has_table: false })
}

struct Writer {
    kind: Kind,
    classes: usize,
    /// The entry of the table that is zero; `None`: there is one for each difference.
    last: Option<u8>,
}

impl Writer {
    fn write(&self, code: &mut Assembler, rows: usize) {
        use Low::{R0, R1, R3};
        code.enter();
        code.reserve_locals(1);
        code.mov(INPUT, R0);
        code.mov(OUTPUT, R1);
        code.mov(TABLE, R3);
        repeat(code, ROWS, rows, |code| {
            self.largest(code);
            self.sum(code);
            match self.kind {
                Kind::Gemmlowp => gemmlowp_reciprocal(code),
                Kind::Plain { .. } => plain_reciprocal(code),
            }
            self.products(code);
        });
        code.drop_locals(1);
        code.leave();
    }

    /// Does something with each class, which `r0` points at.
    fn each(&self, code: &mut Assembler, body: impl FnOnce(&mut Assembler)) {
        code.mov(Low::R0, INPUT);
        code.constant(Low::R7, self.classes as i32);
        code.repeat(self.classes, body, |code| code.subs_immediate(Low::R7, 1));
    }

    fn largest(&self, code: &mut Assembler) {
        use Low::{R2, R3, R4};
        code.constant(R4, i8::MIN.into());
        self.each(code, |code| {
            load_input(code);
            code.subs(R2, R2, R4);
            code.asrs(R3, R2, 31);
            code.bics(R2, R3);
            code.adds(R4, R4, R2);
        });
        code.mov(LARGEST, R4);
    }

    /// The next class's exponential in `r2`. Uses `r3` and `r4`.
    fn exponential(&self, code: &mut Assembler) {
        use Low::{R2, R3, R4};
        load_input(code);
        code.mov(R4, LARGEST);
        code.subs(R2, R4, R2);
        if let Some(last) = self.last {
            code.subs_immediate(R2, last);
            code.asrs(R3, R2, 31);
            code.ands(R2, R3);
            code.adds_immediate(R2, last);
        }
        code.mov(R3, TABLE);
        match self.kind {
            Kind::Gemmlowp => {
                code.lsls(R2, R2, 2);
                code.ldr_indexed(R2, R3, R2);
                code.count_constant();
            }
            Kind::Plain { .. } => {
                code.lsls(R2, R2, 1);
                code.ldrh_indexed(R2, R3, R2);
                code.count_constant();
            }
        }
    }

    /// The sum of exponentials in `r6`, in Q12.19 or as they are.
    fn sum(&self, code: &mut Assembler) {
        use Low::{R2, R6};
        code.movs(R6, 0);
        self.each(code, |code| {
            self.exponential(code);
            if self.kind == Kind::Gemmlowp {
                // Rounded.
                code.lsrs(R2, R2, 11);
                code.adds_immediate(R2, 1);
                code.lsrs(R2, R2, 1);
            }
            code.adds(R6, R6, R2);
        });
    }

    fn products(&self, code: &mut Assembler) {
        use Low::{R0, R1, R2, R3};
        let zero_point = match self.kind {
            Kind::Gemmlowp => i8::MIN.into(),
            Kind::Plain { zero_point, .. } => zero_point,
        };
        code.mov(R1, OUTPUT);
        self.each(code, |code| {
            self.exponential(code);
            code.mov(R3, FACTOR);
            match self.kind {
                Kind::Gemmlowp => {
                    high_multiply(code);
                    code.mov(R3, SHIFT);
                    code.lsrs_register(R2, R3);
                }
                Kind::Plain { shift, .. } => {
                    code.muls(R2, R3);
                    code.lsrs(R2, R2, shift - 1);
                }
            }
            // Rounded; at most 127.
            code.adds_immediate(R2, 1);
            code.lsrs(R2, R2, 1);
            code.subs_immediate(R2, (127 - zero_point) as u8);
            code.asrs(R3, R2, 31);
            code.ands(R2, R3);
            code.adds_immediate(R2, 127);
            code.strb(R2, R1, 0);
            code.adds_immediate(R1, 1);
        });
        code.mov(INPUT, R0);
        code.mov(OUTPUT, R1);
    }
}

/// The int8 that `r0` points at in `r2`; `r0` moves on.
fn load_input(code: &mut Assembler) {
    code.ldrb(Low::R2, Low::R0, 0);
    code.sxtb(Low::R2, Low::R2);
    code.adds_immediate(Low::R0, 1);
}

/// gemmlowp's reciprocal of the sum in `r6`, and how far products are shifted.
fn gemmlowp_reciprocal(code: &mut Assembler) {
    use Low::{R0, R1, R2, R3, R6};
    normalize(code);
    // 12 integer bits, 31 - 8 bits that the output has not, and what was normalised; 31 at most, less one.
    code.movs(R2, 35 - 31);
    code.subs(R2, R2, R0);
    code.asrs(R3, R2, 31);
    code.ands(R2, R3);
    code.adds_immediate(R2, 30);
    code.mov(SHIFT, R2);
    // Half of what is divided by, `1 + x`, is half of the normalised sum; `r0` keeps it, `r1` the quotient.
    code.lsrs(R0, R6, 1);
    code.mov(R2, R0);
    code.constant(R3, -1_010_580_540);
    high_multiply(code);
    code.constant(R1, 1_515_870_810);
    code.adds(R1, R1, R2);
    code.movs(R2, 3);
    code.mov(FACTOR, R2);
    code.repeat(
        3,
        |code| {
            code.mov(R2, R0);
            code.mov(R3, R1);
            high_multiply(code);
            code.constant(R3, 1 << 29);
            code.subs(R3, R3, R2);
            code.mov(R2, R1);
            high_multiply(code);
            code.lsls(R2, R2, 2);
            code.adds(R1, R1, R2);
        },
        |code| {
            code.mov(R2, FACTOR);
            code.subs_immediate(R2, 1);
            code.mov(FACTOR, R2);
        },
    );
    // Twice that, at most 2^31 - 1.
    code.constant(R2, 1 << 30);
    code.subs_immediate(R2, 1);
    code.subs(R2, R2, R1);
    code.asrs(R2, R2, 31);
    code.lsls(R1, R1, 1);
    code.orrs(R1, R2);
    code.lsls(R1, R1, 1);
    code.lsrs(R1, R1, 1);
    code.mov(FACTOR, R1);
}

/// Shifts the sum in `r6`, at least 2^19, until its first bit is set; how far in `r0`.
fn normalize(code: &mut Assembler) {
    use Low::{R0, R2, R3, R6};
    code.movs(R0, 0);
    for by in [8, 4, 2, 1] {
        // All ones if there is none among the first bits.
        code.lsrs(R2, R6, 32 - by);
        code.subs_immediate(R2, 1);
        code.asrs(R2, R2, 31);
        code.movs(R3, by);
        code.ands(R2, R3);
        code.lsls_register(R6, R2);
        code.adds(R0, R0, R2);
    }
}

/// `2^31` by the sum in `r6`, to the nearest: a long division. The sum is 65535 at least, so that the first 16 places of the
/// quotient are zeros.
fn plain_reciprocal(code: &mut Assembler) {
    use Low::{R0, R1, R2, R3, R4, R5, R6};
    // The dividend, rounding included: its upper half is the first remainder, in `r1`, the lower one is shifted out of `r0`.
    code.lsrs(R0, R6, 1);
    code.movs(R1, 1);
    code.lsls(R1, R1, 31);
    code.adds(R0, R0, R1);
    code.lsrs(R1, R0, 16);
    code.lsls(R0, R0, 16);
    code.movs(R2, 0);
    code.movs(R5, 16);
    code.repeat(
        16,
        |code| {
            code.lsls(R0, R0, 1);
            code.adcs(R1, R1);
            code.cmp(R1, R6);
            // All ones where it does not go in.
            code.borrow(R3);
            code.mov(R4, R6);
            code.bics(R4, R3);
            code.subs(R1, R1, R4);
            code.lsls(R2, R2, 1);
            code.adds(R2, R2, R3);
            code.adds_immediate(R2, 1);
        },
        |code| code.subs_immediate(R5, 1),
    );
    code.mov(FACTOR, R2);
}

/// The high half of twice the product of `r2` and `r3`, rounded, in `r2`, from halves of both as
/// [the kernel](tinynet_core::requantize::saturating_rounding_doubling_high_multiply) takes it. Uses `r3` to `r6`.
fn high_multiply(code: &mut Assembler) {
    use Low::{R2, R3, R4, R5, R6};
    code.uxth(R4, R2);
    code.asrs(R2, R2, 16);
    code.uxth(R5, R3);
    code.asrs(R3, R3, 16);
    code.mov(R6, R4);
    code.muls(R6, R5);
    code.lsrs(R6, R6, 16);
    code.muls(R5, R2);
    code.adds(R5, R5, R6);
    code.uxth(R6, R5);
    code.muls(R4, R3);
    code.adds(R4, R4, R6);
    code.muls(R2, R3);
    code.asrs(R5, R5, 16);
    code.adds(R2, R2, R5);
    code.asrs(R5, R4, 16);
    code.adds(R2, R2, R5);
    // Bits behind, of which the first is the product's last one doubled and the second rounds.
    code.lsls(R2, R2, 1);
    code.lsls(R4, R4, 16);
    code.lsrs(R4, R4, 30);
    code.adds_immediate(R4, 1);
    code.lsrs(R4, R4, 1);
    code.adds(R2, R2, R4);
}

#[cfg(test)]
mod tests {
    use super::super::random_layers::{bytes, run};
    use super::*;
    use fastrand::Rng;
    use tinynet_core::kernels::{GemmlowpExponential, GemmlowpSoftmax, Softmax};

    /// Rows of all kinds: equal inputs, two that are far apart, any.
    fn inputs(random: &mut Rng, rows: usize, classes: usize) -> Vec<i8> {
        let row = |random: &mut Rng| match random.u8(..4) {
            0 => vec![random.i8(..); classes],
            1 => {
                let [a, b] = [random.i8(..), random.i8(..)];
                (0..classes).map(|_| if random.bool() { a } else { b }).collect()
            }
            _ => bytes(random, classes),
        };
        (0..rows).flat_map(|_| row(random)).collect()
    }

    fn sizes(random: &mut Rng) -> [usize; 2] {
        [random.usize(1..5), if random.u8(..5) == 0 { random.usize(1..4096) } else { random.usize(1..20) }]
    }

    #[test]
    fn tensorflow_lites_is_exact() {
        let mut random = Rng::with_seed(1);
        for _ in 0..200 {
            let exponential =
                GemmlowpExponential { multiplier: random.i32(1 << 30..), shift: random.u8(16..27) };
            let exponentials: Vec<_> = (0..256).map(|difference| exponential.of(difference)).collect();
            let end =
                exponentials.iter().rposition(|&exponential| exponential > 0).map_or(1, |last| last + 1);
            let [rows, classes] = sizes(&mut random);
            let input = inputs(&mut random, rows, classes);
            let mut expected = vec![0i8; input.len()];
            GemmlowpSoftmax { classes, exponentials: &exponentials[..end] }.run(&input, &mut expected);
            let code = gemmlowp(rows, classes, &exponentials[..end], Assembler::new()).expect("code");
            assert_eq!(run(&code, &[&input], input.len()), expected, "{exponential:?} {rows} {classes}");
        }
    }

    #[test]
    fn the_plain_one_is_exact() {
        let mut random = Rng::with_seed(2);
        for _ in 0..200 {
            let scale = 2f64.powf(-9.0 + 9.0 * random.f64());
            let exponential =
                |difference| (65535.0 * libm::exp(-scale * f64::from(difference))).round() as u16;
            let exponentials: Vec<_> =
                (0..256).map(exponential).take_while(|&exponential| exponential > 0).collect();
            let [rows, classes] = sizes(&mut random);
            let (output_steps, output_zero_point) = if random.bool() { (256, -128) } else { (128, 0) };
            let layer = Softmax { classes, exponentials: &exponentials, output_steps, output_zero_point };
            let input = inputs(&mut random, rows, classes);
            let mut expected = vec![0; input.len()];
            layer.run(&input, &mut expected);
            let code = plain(rows, &layer, Assembler::new()).expect("code");
            assert_eq!(run(&code, &[&input], input.len()), expected, "{layer:?}");
        }
    }
}
