//! Four outputs at a time.

use super::{approach, local, room};
use crate::armv6m::assembler::Assembler;
use crate::armv6m::convolution::Convolution;
use crate::armv6m::digits;
use crate::armv6m::multiples::Term;
use crate::armv6m::registers::{High, Low, Register};
use crate::armv6m::shifts::Requantizer;
use crate::armv6m::timing::Multiplier;

/// Outputs that share the load of a pair of inputs.
const GROUP: usize = 4;

/// Packed sums of the outputs of a group.
const PACKED: [Low; GROUP] = [Low::R3, Low::R4, Low::R5, Low::R6];

/// Sums of the two positions; `None`: in the stack frame.
const SUMS: [[Option<Register>; 2]; GROUP] = [
    [Some(Register::High(High::R8)), Some(Register::High(High::R9))],
    [Some(Register::High(High::R10)), Some(Register::High(High::R11))],
    [Some(Register::High(High::R12)), Some(Register::High(High::Lr))],
    [Some(Register::Low(Low::R7)), None],
];

/// All outputs of two positions; `filters` has the weights of each.
pub(super) fn write(code: &mut Assembler, layer: &Convolution<'_>, filters: &[Vec<i8>]) {
    for (index, filters) in filters.chunks(GROUP).enumerate() {
        group(code, layer, index * GROUP, filters);
    }
}

fn group(code: &mut Assembler, layer: &Convolution<'_>, first: usize, filters: &[Vec<i8>]) {
    let mut sums: Vec<_> = (0..filters.len()).map(PackedSum::new).collect();
    let room = room(layer.largest_input);
    code.load_local(Low::R0, local::WINDOW);
    let mut at = 0;
    for tap in 0..filters[0].len() {
        if filters.iter().all(|weights| weights[tap] == 0) {
            continue;
        }
        at = approach(code, at, tap);
        for (sum, weights) in sums.iter_mut().zip(filters) {
            if sum.magnitude + u32::from(weights[tap].unsigned_abs()) > room {
                sum.take_apart(code);
            }
        }
        code.ldr(Low::R1, Low::R0, 4 * tap - at);
        match layer.multiplier {
            Multiplier::SingleCycle => {
                sums.iter_mut().zip(filters).for_each(|(sum, weights)| sum.add(code, weights[tap]));
            }
            Multiplier::Iterative => {
                let terms = sums.iter_mut().zip(filters).map(|(sum, weights)| sum.term(weights[tap]));
                let terms: Vec<_> = terms.collect();
                digits::accumulate(code, Low::R1, Low::R2, &terms);
            }
        }
    }
    for sum in &mut sums {
        sum.finish(code);
    }
    self::outputs(code, layer.requantizer(), first, filters.len());
}

/// Requantises and stores the outputs of a group, whose first is `first`.
fn outputs(code: &mut Assembler, form: Requantizer<'_>, first: usize, outputs: usize) {
    use Low::{R0, R1, R6, R7};
    // The one in low registers first: they are wanted.
    if outputs == GROUP {
        code.mov(R6, R7);
    }
    code.load_local(R0, local::NUMBERS);
    if outputs == GROUP {
        code.adds_immediate(R0, (4 * form.words_of_channel() * (GROUP - 1)) as u8);
    }
    let order: Vec<usize> = if outputs == GROUP { vec![3, 0, 1, 2] } else { (0..outputs).collect() };
    for (turn, output) in order.into_iter().enumerate() {
        if turn == 1 && outputs == GROUP {
            code.load_local(R0, local::NUMBERS);
        }
        let [one, other] = SUMS[output];
        if let Some(Register::High(one)) = one {
            code.mov(R6, one);
        }
        form.load(code);
        code.subs(R6, R7, R6);
        match other {
            Some(other) => code.mov(R1, other),
            None => code.load_local(R1, local::SUM),
        }
        code.subs(R1, R7, R1);
        match other {
            Some(other) => code.mov(other, R1),
            None => code.store_local(R1, local::SUM),
        }
        form.write_kept(code, first + output);
        code.load_local(R1, local::OUTPUT);
        code.strb(R6, R1, output);
        match other {
            Some(other) => code.mov(R6, other),
            None => code.load_local(R6, local::SUM),
        }
        form.write_kept(code, first + output);
        code.load_local(R1, local::OUTPUT);
        code.load_local(R7, local::APART);
        code.adds(R1, R1, R7);
        code.strb(R6, R1, output);
        if form.words_behind() > 0 {
            code.adds_immediate(R0, (4 * form.words_behind()) as u8);
        }
    }
    if outputs == GROUP {
        code.adds_immediate(R0, (4 * form.words_of_channel()) as u8);
    }
    code.store_local(R0, local::NUMBERS);
    code.load_local(R1, local::OUTPUT);
    code.adds_immediate(R1, outputs as u8);
    code.store_local(R1, local::OUTPUT);
}

/// The sum of an output of both positions.
struct PackedSum {
    output: usize,
    /// Magnitudes of the weights in the packed sum; none: it is empty.
    magnitude: u32,
    is_empty: bool,
    /// Whether there is something in the sums that are apart.
    is_apart: bool,
}

impl PackedSum {
    fn new(output: usize) -> Self {
        Self { output, magnitude: 0, is_empty: true, is_apart: false }
    }

    /// `+= r1 · weight`, for others to write.
    fn term(&mut self, weight: i8) -> Term {
        let term = Term { accumulator: PACKED[self.output].into(), weight, is_begun: !self.is_empty };
        self.is_empty &= weight == 0;
        self.magnitude += u32::from(weight.unsigned_abs());
        term
    }

    /// `+= r1 · weight`. Uses `r2`.
    fn add(&mut self, code: &mut Assembler, weight: i8) {
        let magnitude = weight.unsigned_abs();
        if magnitude == 0 {
            return;
        }
        let packed = PACKED[self.output];
        let shift = magnitude.trailing_zeros() as u8;
        let multiply = |code: &mut Assembler, to: Low| {
            if magnitude.is_power_of_two() {
                code.lsls(to, Low::R1, shift);
            } else {
                code.movs(to, magnitude);
                code.muls(to, Low::R1);
            }
        };
        if self.is_empty {
            multiply(code, packed);
            if weight < 0 {
                code.negate(packed, packed);
            }
        } else {
            let product = if magnitude == 1 { Low::R1 } else { Low::R2 };
            if magnitude != 1 {
                multiply(code, product);
            }
            if weight < 0 {
                code.subs(packed, packed, product);
            } else {
                code.adds(packed, packed, product);
            }
        }
        self.is_empty = false;
        self.magnitude += u32::from(magnitude);
    }

    /// Moves the packed sum to those of the two positions. Uses `r2`.
    fn take_apart(&mut self, code: &mut Assembler) {
        if self.is_empty {
            return;
        }
        let packed = PACKED[self.output];
        let [one, other] = SUMS[self.output];
        code.sxth(Low::R2, packed);
        // What the sum of the first position has borrowed from that of the second is given back.
        code.subs(packed, packed, Low::R2);
        code.asrs(packed, packed, 16);
        match one {
            Some(sum) if self.is_apart => code.accumulate(sum, Low::R2),
            Some(sum) => code.mov(sum, Low::R2),
            None => {}
        }
        match other {
            Some(sum) if self.is_apart => code.accumulate(sum, packed),
            Some(sum) => code.mov(sum, packed),
            None => {
                if self.is_apart {
                    code.load_local(Low::R2, local::SUM);
                    code.adds(packed, packed, Low::R2);
                }
                code.store_local(packed, local::SUM);
            }
        }
        (self.magnitude, self.is_empty, self.is_apart) = (0, true, true);
    }

    fn finish(&mut self, code: &mut Assembler) {
        if self.is_empty && !self.is_apart {
            code.movs(PACKED[self.output], 0);
            self.is_empty = false;
        }
        self.take_apart(code);
    }
}
