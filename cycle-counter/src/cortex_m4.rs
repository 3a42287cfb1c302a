//! Time of each ARMv7E-M instruction on a Cortex-M4 without a floating-point unit, with zero wait states: an approximation.
//!
//! Source: *Cortex-M4 Technical Reference Manual* (ARM 100166, table 3-1 and section "Load/store timings"); encodings from
//! the *ARMv7-M Architecture Reference Manual* (ARM DDI 0403, chapter A5). Where the manual gives a range, this is what is
//! taken: a branch that is taken refills the pipeline in two cycles (of one to three), a division takes twelve (of two to
//! twelve), `IT` takes one (it may be folded). A load takes one cycle less behind another load unless it changes its base, at
//! the beginning of a straight run of instructions always two. That an address which the instruction before has calculated
//! takes a cycle longer is left out, and so are words that are not aligned.

/// Cycles that refill the pipeline after a branch.
const REFILL: u32 = 2;

/// Kinds of instructions that differ in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Arithmetic of any kind but divisions.
    Simple,
    /// `UDIV`, `SDIV`.
    Divide,
    /// A load of one register, of any size.
    Load {
        /// Whether it changes its base.
        updates: bool,
    },
    /// A store of one register.
    Store {
        /// Whether its address has a register for an offset.
        indexed: bool,
    },
    /// Loads and stores of several registers: `LDM`, `STM`, `PUSH`, `POP`, `LDRD`, `STRD`.
    Multiple {
        /// How many.
        registers: u32,
        /// Whether the program counter is one of them.
        branches: bool,
    },
    /// Into the program counter from memory: `LDR`.
    LoadProgramCounter,
    /// A branch; one with a condition takes one cycle where it is not taken.
    Branch,
    /// `TBB`, `TBH`.
    TableBranch,
    /// `MRS`, `MSR`, barriers.
    System,
    /// Whatever this counter does not know.
    Unknown,
}

impl Instruction {
    /// Decodes an instruction; `second` is only looked at where there is one.
    pub fn decode(first: u16, second: u16) -> Self {
        match first >> 11 {
            0b00000..=0b00111 | 0b10100 | 0b10101 => Self::Simple,
            0b01000 => register_operation(first),
            0b01001 => Self::Load { updates: false },
            0b01010 | 0b01011 if first >> 9 & 0b111 < 0b011 => Self::Store { indexed: true },
            0b01010 | 0b01011 => Self::Load { updates: false },
            0b01100 | 0b01110 | 0b10000 | 0b10010 => Self::Store { indexed: false },
            0b01101 | 0b01111 | 0b10001 | 0b10011 => Self::Load { updates: false },
            0b10110 | 0b10111 => miscellaneous(first),
            0b11000 | 0b11001 => multiple(u32::from(first & 0xff)),
            0b11010 | 0b11011 => match first >> 8 & 0b1111 {
                0b1110 | 0b1111 => Self::Unknown,
                _ => Self::Branch,
            },
            0b11100 => Self::Branch,
            _ => wide(first, second),
        }
    }

    /// Whether the load or the store behind it takes a cycle less.
    pub fn is_pipelined(self) -> bool {
        self == Self::Load { updates: false }
    }

    /// Cycles, behind a [pipelined](Self::is_pipelined) load or not. `taken` matters for a branch only.
    pub fn cycles(self, behind_load: bool, taken: bool) -> u32 {
        match self {
            Self::Load { updates: false } | Self::Store { indexed: true } if behind_load => 1,
            Self::Load { .. } | Self::Store { indexed: true } | Self::System => 2,
            Self::Simple | Self::Store { .. } => 1,
            Self::Divide => 12,
            Self::Multiple { registers, branches } => 1 + registers + if branches { REFILL } else { 0 },
            Self::LoadProgramCounter | Self::TableBranch => 2 + REFILL,
            Self::Branch if taken => 1 + REFILL,
            Self::Branch => 1,
            Self::Unknown => 0,
        }
    }
}

/// Several registers of a list, one bit each.
fn multiple(list: u32) -> Instruction {
    Instruction::Multiple { registers: list.count_ones(), branches: list >> 15 & 1 == 1 }
}

/// `0b010000`: data processing; `0b010001`: operations on all sixteen registers and indirect branches.
fn register_operation(first: u16) -> Instruction {
    let destination = (first >> 4 & 0b1000) | (first & 0b111);
    match first >> 6 & 0b11111 {
        0b10000..=0b10011 | 0b11000..=0b11011 if destination == 15 => Instruction::Branch,
        0b11100..=0b11111 => Instruction::Branch,
        _ => Instruction::Simple,
    }
}

/// `0b1011`: stack, extensions, byte reversal, branches that compare with zero, `IT`, hints.
fn miscellaneous(first: u16) -> Instruction {
    let registers = u32::from(first & 0xff);
    match first >> 8 & 0b1111 {
        0b0001 | 0b0011 | 0b1001 | 0b1011 => Instruction::Branch,
        0b0100 => multiple(registers),
        // The return address is pushed, the program counter is popped.
        0b0101 => multiple(registers | 1 << 14),
        0b1100 => multiple(registers),
        0b1101 => multiple(registers | 1 << 15),
        0b1110 => Instruction::Unknown,
        _ => Instruction::Simple,
    }
}

/// Instructions of 32 bits.
fn wide(first: u16, second: u16) -> Instruction {
    match (first >> 11 & 0b11, first >> 4 & 0b111_1111) {
        (0b01, operation) if operation >> 6 == 1 => Instruction::Unknown,
        (0b01, operation) if operation >> 5 == 1 => Instruction::Simple,
        (0b01, operation) if operation >> 2 & 1 == 0 => multiple(second.into()),
        (0b01, operation) => several(operation, second),
        (0b10, _) if second >> 15 == 0 => Instruction::Simple,
        (0b10, _) => branch_or_system(first, second),
        (_, operation) => match operation >> 5 {
            0b00 => one(first, second),
            0b01 if operation >> 3 == 0b0111 && matches!(operation & 0b111, 0b001 | 0b011) => {
                Instruction::Divide
            }
            0b01 => Instruction::Simple,
            _ => Instruction::Unknown,
        },
    }
}

/// `LDRD`, `STRD`, exclusive loads and stores, branches by tables.
fn several(operation: u16, second: u16) -> Instruction {
    match (operation & 0b11111, second >> 4 & 0b1111) {
        (0b01101, 0b0000 | 0b0001) => Instruction::TableBranch,
        (0b00100 | 0b01100, _) => Instruction::Store { indexed: true },
        (0b00101 | 0b01101, _) => Instruction::Load { updates: true },
        _ => Instruction::Multiple { registers: 2, branches: false },
    }
}

/// Loads and stores of one register.
fn one(first: u16, second: u16) -> Instruction {
    let has_long_offset = first >> 7 & 1 == 1;
    if first >> 4 & 1 == 0 {
        let indexed = !has_long_offset && second >> 11 & 1 == 0;
        return Instruction::Store { indexed };
    }
    let is_literal = first & 0b1111 == 15;
    // `P U W` of short offsets: the base changes where it is indexed afterwards or written back.
    let updates = !has_long_offset && !is_literal && second >> 11 & 1 == 1 && second >> 8 & 0b101 != 0b100;
    match second >> 12 {
        15 if first >> 5 & 0b11 == 0b10 => Instruction::LoadProgramCounter,
        // Hints to load beforehand.
        15 => Instruction::Simple,
        _ => Instruction::Load { updates },
    }
}

/// Branches, and what talks to the system.
fn branch_or_system(first: u16, second: u16) -> Instruction {
    let is_conditional_or_system = second & 0x5000 == 0;
    match first >> 6 & 0b1111 {
        0b1110 | 0b1111 if is_conditional_or_system => Instruction::System,
        _ => Instruction::Branch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_have_their_published_times() {
        // (first halfword, second halfword, cycles, cycles behind a load, assembly)
        let table: &[(u16, u16, u32, u32, &str)] = &[
            (0x1888, 0, 1, 1, "adds r0, r1, r2"),
            (0x4348, 0, 1, 1, "muls r0, r1, r0"),
            (0x4770, 0, 3, 3, "bx lr"),
            (0x4801, 0, 2, 1, "ldr r0, [pc, #4]"),
            (0x5088, 0, 2, 1, "str r0, [r1, r2]"),
            (0x5688, 0, 2, 1, "ldrsb r0, [r1, r2]"),
            (0x6048, 0, 1, 1, "str r0, [r1, #4]"),
            (0x6848, 0, 2, 1, "ldr r0, [r1, #4]"),
            (0x7048, 0, 1, 1, "strb r0, [r1, #1]"),
            (0x9801, 0, 2, 1, "ldr r0, [sp, #4]"),
            (0xb570, 0, 5, 5, "push {r4, r5, r6, lr}"),
            (0xbd70, 0, 7, 7, "pop {r4, r5, r6, pc}"),
            (0xb108, 0, 3, 3, "cbz r0, …"),
            (0xbfb8, 0, 1, 1, "it lt"),
            (0xc878, 0, 5, 5, "ldm r0!, {r3, r4, r5, r6}"),
            (0xd1fd, 0, 3, 3, "bne …"),
            (0xe8b1, 0x0ff0, 9, 9, "ldm r1!, {r4, …, r11}"),
            (0xe92d, 0x4ff0, 10, 10, "push {r4, …, r11, lr}"),
            (0xe8bd, 0x8ff0, 12, 12, "pop {r4, …, r11, pc}"),
            (0xe9d1, 0x2300, 3, 3, "ldrd r2, r3, [r1]"),
            (0xe8df, 0xf000, 4, 4, "tbb [pc, r0]"),
            (0xeb01, 0x0002, 1, 1, "add.w r0, r1, r2"),
            (0xf240, 0x0064, 1, 1, "movw r0, #100"),
            (0xf000, 0xf800, 3, 3, "bl …"),
            (0xf000, 0xb800, 3, 3, "b.w …"),
            (0xf43f, 0xaffe, 3, 3, "beq.w …"),
            (0xf3ef, 0x8010, 2, 2, "mrs r0, PRIMASK"),
            (0xf3bf, 0x8f4f, 2, 2, "dsb"),
            (0xf8d1, 0x2100, 2, 1, "ldr.w r2, [r1, #256]"),
            (0xf851, 0x2b04, 2, 2, "ldr r2, [r1], #4"),
            (0xf851, 0x2c04, 2, 1, "ldr r2, [r1, #-4]"),
            (0xf851, 0x2003, 2, 1, "ldr.w r2, [r1, r3]"),
            (0xf8dd, 0xf018, 4, 4, "ldr pc, [sp, #24]"),
            (0xf991, 0x2003, 2, 1, "ldrsb r2, [r1, #3]"),
            (0xf881, 0x2040, 1, 1, "strb.w r2, [r1, #64]"),
            (0xf841, 0x2003, 2, 1, "str.w r2, [r1, r3]"),
            (0xf821, 0x2b02, 1, 1, "strh r2, [r1], #2"),
            (0xfa2f, 0xf283, 1, 1, "sxtb16 r2, r3"),
            (0xfb22, 0x440c, 1, 1, "smlad r4, r2, r12, r4"),
            (0xfb54, 0x4402, 1, 1, "smmla r4, r4, r2, r4"),
            (0xfb81, 0x2303, 1, 1, "smull r2, r3, r1, r3"),
            (0xfbb1, 0xf0f2, 12, 12, "udiv r0, r1, r2"),
            (0xf324, 0x4407, 1, 1, "ssat r4, #8, r4, asr #16"),
        ];
        for &(first, second, cycles, behind_load, assembly) in table {
            let instruction = Instruction::decode(first, second);
            let times = [false, true].map(|behind| instruction.cycles(behind, true));
            assert_eq!(times, [cycles, behind_load], "{assembly}: {instruction:?}");
        }
    }
}
