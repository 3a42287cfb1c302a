//! Eight outputs at a time, for weights of few bits: about 1.1 cycles a multiply-accumulate of four bits.
//!
//! Packed sums have room for most of a filter, so that few are taken apart before the end, and what is taken apart may lie
//! in the stack frame.

use super::{approach, local, room};
use crate::armv6m::assembler::Assembler;
use crate::armv6m::convolution::Convolution;
use crate::armv6m::multiples::{self, Term};
use crate::armv6m::registers::{High, Low, Register};
use crate::armv6m::shifts::Requantizer;

/// Outputs that share the load of a pair of inputs.
const GROUP: usize = 8;

/// Packed sums of the outputs of a group.
const PACKED: [Register; GROUP] = [
    Register::High(High::R8),
    Register::High(High::R9),
    Register::High(High::R10),
    Register::High(High::R11),
    Register::High(High::R12),
    Register::High(High::Lr),
    Register::Low(Low::R6),
    Register::Low(Low::R7),
];

/// The first output whose packed sum is in a low register.
const FIRST_LOW: usize = 6;

/// Where packed sums in low registers are while others are requantised.
const SPILLED: usize = local::OF_GROUP;

/// Where sums are that have been taken apart, two an output.
const APART: usize = SPILLED + GROUP - FIRST_LOW;

/// Words of the stack frame.
pub(super) const LOCALS: usize = APART + 2 * GROUP - local::OF_GROUP;

/// All outputs of two positions; `filters` has the weights of each.
pub(super) fn write(code: &mut Assembler, layer: &Convolution<'_>, filters: &[Vec<i8>]) {
    for (index, filters) in filters.chunks(GROUP).enumerate() {
        let mut sums = [PackedSum::default(); GROUP];
        group(code, layer, filters, &mut sums[..filters.len()]);
        outputs(code, layer.requantizer(), index * GROUP, &sums[..filters.len()]);
    }
}

/// The sum of an output of both positions.
#[derive(Clone, Copy, Debug, Default)]
struct PackedSum {
    /// Magnitudes of the weights in the packed sum.
    magnitude: u32,
    /// Whether there is something in it.
    is_begun: bool,
    /// Whether there is something in the sums that are apart.
    is_apart: bool,
}

fn group(code: &mut Assembler, layer: &Convolution<'_>, filters: &[Vec<i8>], sums: &mut [PackedSum]) {
    let room = room(layer.largest_input);
    code.load_local(Low::R0, local::WINDOW);
    let mut at = 0;
    for tap in 0..filters[0].len() {
        if filters.iter().all(|weights| weights[tap] == 0) {
            continue;
        }
        at = approach(code, at, tap);
        let mut terms = Vec::with_capacity(GROUP);
        for (output, (sum, weights)) in sums.iter_mut().zip(filters).enumerate() {
            let weight = weights[tap];
            let magnitude = u32::from(weight.unsigned_abs());
            if sum.magnitude + magnitude > room {
                take_apart(code, output, sum);
            }
            terms.push(Term { accumulator: PACKED[output], weight, is_begun: sum.is_begun });
            sum.magnitude += magnitude;
            sum.is_begun |= weight != 0;
        }
        code.ldr(Low::R1, Low::R0, 4 * tap - at);
        multiples::accumulate(code, Low::R1, &[Low::R2, Low::R3, Low::R4, Low::R5], &terms, layer.multiplier);
    }
}

/// Moves a packed sum to those of the two positions. Uses `r2` to `r4`.
fn take_apart(code: &mut Assembler, output: usize, sum: &mut PackedSum) {
    use Low::{R2, R3, R4};
    code.mov(R2, PACKED[output]);
    divide(code, R2, R3);
    for (position, part) in [R3, R2].into_iter().enumerate() {
        let apart = APART + 2 * output + position;
        if sum.is_apart {
            code.load_local(R4, apart);
            code.adds(part, part, R4);
        }
        code.store_local(part, apart);
    }
    *sum = PackedSum { magnitude: 0, is_begun: false, is_apart: true };
}

/// Takes the sum of the first position out of a packed sum, which becomes that of the second.
fn divide(code: &mut Assembler, packed: Low, first: Low) {
    code.sxth(first, packed);
    // What the sum of the first position has borrowed from that of the second is given back.
    code.subs(packed, packed, first);
    code.asrs(packed, packed, 16);
}

/// Requantises and stores the outputs of a group, whose first is `first`.
fn outputs(code: &mut Assembler, form: Requantizer<'_>, first: usize, sums: &[PackedSum]) {
    use Low::{R0, R1, R2, R6, R7};
    for (place, packed) in PACKED[..sums.len()].iter().skip(FIRST_LOW).enumerate() {
        if let &Register::Low(low) = packed {
            code.store_local(low, SPILLED + place);
        }
    }
    code.load_local(R0, local::NUMBERS);
    for (output, sum) in sums.iter().enumerate() {
        let apart = APART + 2 * output;
        match (sum.is_begun, sum.is_apart) {
            (true, is_apart) => {
                match PACKED[output] {
                    Register::Low(_) => code.load_local(R1, SPILLED + output - FIRST_LOW),
                    high => code.mov(R1, high),
                }
                divide(code, R1, R6);
                if is_apart {
                    code.load_local(R2, apart);
                    code.adds(R6, R6, R2);
                    code.load_local(R2, apart + 1);
                    code.adds(R1, R1, R2);
                }
            }
            (false, true) => {
                code.load_local(R6, apart);
                code.load_local(R1, apart + 1);
            }
            // No weight is anything but 0.
            (false, false) => {
                code.movs(R6, 0);
                code.movs(R1, 0);
            }
        }
        form.load(code);
        code.subs(R6, R7, R6);
        code.subs(R1, R7, R1);
        code.store_local(R1, local::SUM);
        form.write_kept(code, first + output);
        code.load_local(R1, local::OUTPUT);
        code.strb(R6, R1, output);
        code.load_local(R6, local::SUM);
        form.write_kept(code, first + output);
        code.load_local(R1, local::OUTPUT);
        code.load_local(R7, local::APART);
        code.adds(R1, R1, R7);
        code.strb(R6, R1, output);
        if form.words_behind() > 0 {
            code.adds_immediate(R0, (4 * form.words_behind()) as u8);
        }
    }
    code.store_local(R0, local::NUMBERS);
    code.load_local(R1, local::OUTPUT);
    code.adds_immediate(R1, sums.len() as u8);
    code.store_local(R1, local::OUTPUT);
}
