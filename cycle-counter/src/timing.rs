//! Time of each ARMv6-M instruction on a Cortex-M0 and a Cortex-M0+, with zero wait states.
//!
//! Sources: *Cortex-M0 Technical Reference Manual* (ARM DDI 0432C, table 3-1) and *Cortex-M0+ Technical
//! Reference Manual* (ARM DDI 0484C, table 3-1); encodings from the *ARMv6-M Architecture Reference Manual*
//! (ARM DDI 0419, chapter A5).

/// A processor core whose instruction timings are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// Cortex-M0: three-stage pipeline.
    CortexM0,
    /// Cortex-M0+: two-stage pipeline, so that a taken branch costs one cycle less.
    CortexM0Plus,
}

/// The multiplier that the maker of a chip chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Multiplier {
    /// `MULS` takes one cycle.
    #[default]
    SingleCycle,
    /// `MULS` takes 32 cycles: the smallest hardware.
    Iterative,
}

/// Kinds of instructions that differ in time or in where execution goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Arithmetic, logic, shifts, moves, comparisons, extensions, `NOP`, `SEV`, `YIELD`, `CPS`.
    Simple,
    /// `MULS`.
    Multiply,
    /// One load or store, of any size and addressing mode.
    Memory,
    /// `LDM`, `STM`, `PUSH`, and `POP` without the program counter.
    Multiple {
        /// How many registers move.
        registers: u32,
    },
    /// `POP` that loads the program counter.
    PopProgramCounter {
        /// How many registers move, the program counter included.
        registers: u32,
    },
    /// `B`.
    Branch,
    /// `B` with a condition.
    ConditionalBranch,
    /// `BL`.
    BranchWithLink,
    /// `BX`, `BLX`, and `MOV` or `ADD` into the program counter.
    IndirectBranch {
        /// Whether it stores a return address (`BLX`).
        link: bool,
    },
    /// `WFE`, `WFI`; the time spent waiting is not counted.
    Wait,
    /// `MRS`, `MSR`, `DMB`, `DSB`, `ISB`.
    System,
    /// `SVC`, `BKPT`, for which no time is published, and whatever ARMv6-M does not define.
    Untimed,
    /// A branch that later architectures alone define.
    LaterBranch,
    /// One with a condition.
    LaterConditionalBranch,
    /// A load of the program counter that later architectures alone define.
    LaterReturn,
}

/// Whether the instruction that starts with this halfword has a second one.
pub fn is_wide(first: u16) -> bool {
    first >= 0b11101 << 11
}

impl Instruction {
    /// Decodes an instruction; `second` is only looked at where [`is_wide`] says that there is one.
    pub fn decode(first: u16, second: u16) -> Self {
        match first >> 11 {
            0b00000..=0b00111 => Self::Simple,
            0b01000 => decode_register_operation(first),
            0b01001..=0b10011 => Self::Memory,
            0b10100 | 0b10101 => Self::Simple,
            0b10110 | 0b10111 => decode_miscellaneous(first),
            0b11000 | 0b11001 => Self::Multiple { registers: listed_registers(first) },
            0b11010 | 0b11011 => decode_conditional(first),
            0b11100 => Self::Branch,
            _ => decode_wide(first, second),
        }
    }

    /// Cycles on a core. `taken` matters for a conditional branch only.
    pub fn cycles(self, core: Core, multiplier: Multiplier, taken: bool) -> u32 {
        // Cycles to fill the pipeline again after a branch, the branch itself included.
        let branch = match core {
            Core::CortexM0 => 3,
            Core::CortexM0Plus => 2,
        };
        match self {
            Self::Simple => 1,
            Self::Multiply => match multiplier {
                Multiplier::SingleCycle => 1,
                Multiplier::Iterative => 32,
            },
            Self::Memory | Self::Wait => 2,
            Self::Multiple { registers } => 1 + registers,
            Self::PopProgramCounter { registers } => 1 + branch + registers,
            Self::ConditionalBranch if !taken => 1,
            Self::Branch | Self::ConditionalBranch | Self::IndirectBranch { .. } => branch,
            Self::BranchWithLink | Self::System => 1 + branch,
            Self::Untimed | Self::LaterBranch | Self::LaterConditionalBranch | Self::LaterReturn => 0,
        }
    }

    /// Whether execution may go on elsewhere than at the next instruction.
    pub fn is_branch(self) -> bool {
        matches!(
            self,
            Self::Branch
                | Self::ConditionalBranch
                | Self::BranchWithLink
                | Self::IndirectBranch { .. }
                | Self::PopProgramCounter { .. }
                | Self::LaterBranch
                | Self::LaterConditionalBranch
                | Self::LaterReturn
        )
    }

    /// Whether no time is published, or none for these cores.
    pub fn is_untimed(self) -> bool {
        matches!(self, Self::Untimed | Self::LaterBranch | Self::LaterConditionalBranch | Self::LaterReturn)
    }

    /// Whether it may go on at the next instruction or elsewhere.
    pub fn is_conditional(self) -> bool {
        matches!(self, Self::ConditionalBranch | Self::LaterConditionalBranch)
    }
}

/// Registers in the list of `LDM`, `STM`, `PUSH`, `POP`: r0 to r7.
fn listed_registers(first: u16) -> u32 {
    (first & 0xff).count_ones()
}

/// `0b010000`: data processing; `0b010001`: operations on all sixteen registers and indirect branches.
fn decode_register_operation(first: u16) -> Instruction {
    const PROGRAM_COUNTER: u16 = 15;
    let destination = (first >> 4 & 0b1000) | (first & 0b111);
    match first >> 6 & 0b11111 {
        0b01101 => Instruction::Multiply,
        0b00000..=0b01111 => Instruction::Simple,
        0b10000..=0b10011 | 0b11000..=0b11011 if destination == PROGRAM_COUNTER => {
            Instruction::IndirectBranch { link: false }
        }
        0b11100 | 0b11101 => Instruction::IndirectBranch { link: false },
        0b11110 | 0b11111 => Instruction::IndirectBranch { link: true },
        _ => Instruction::Simple,
    }
}

/// `0b1011`: stack, extensions, byte reversal, hints.
fn decode_miscellaneous(first: u16) -> Instruction {
    let registers = listed_registers(first) + u32::from(first >> 8 & 1);
    match first >> 5 & 0b1111111 {
        // ADD and SUB on the stack pointer; SXTH, SXTB, UXTH, UXTB.
        0b0000000..=0b0000111 | 0b0010000..=0b0010111 => Instruction::Simple,
        // PUSH, with or without the link register.
        0b0100000..=0b0101111 => Instruction::Multiple { registers },
        // CPS.
        0b0110011 => Instruction::Simple,
        // REV, REV16, REVSH.
        0b1010000..=0b1010011 | 0b1010110..=0b1010111 => Instruction::Simple,
        0b1100000..=0b1100111 => Instruction::Multiple { registers },
        0b1101000..=0b1101111 => Instruction::PopProgramCounter { registers },
        // CBZ, CBNZ.
        operation if operation >> 3 & 0b101 == 0b001 => Instruction::LaterConditionalBranch,
        0b1111000..=0b1111111 => decode_hint(first),
        _ => Instruction::Untimed,
    }
}

/// `0b10111111`: NOP, YIELD, WFE, WFI, SEV.
fn decode_hint(first: u16) -> Instruction {
    match first & 0xff {
        0x00 | 0x10 | 0x40 => Instruction::Simple,
        0x20 | 0x30 => Instruction::Wait,
        _ => Instruction::Untimed,
    }
}

/// `0b1101`: conditional branches; the last two conditions are UDF and SVC.
fn decode_conditional(first: u16) -> Instruction {
    match first >> 8 & 0b1111 {
        0b1110 | 0b1111 => Instruction::Untimed,
        _ => Instruction::ConditionalBranch,
    }
}

/// The six instructions of 32 bits, BL, MSR, MRS and the barriers, and branches of later architectures.
fn decode_wide(first: u16, second: u16) -> Instruction {
    let link = first >> 11 == 0b11110 && second & 0xd000 == 0xd000;
    let write = first & 0xffe0 == 0xf380 && second & 0xd000 == 0x8000;
    let read = first & 0xffe0 == 0xf3e0 && second & 0xd000 == 0x8000;
    let barrier = first & 0xfff0 == 0xf3b0 && matches!(second & 0xd0f0, 0x8040 | 0x8050 | 0x8060);
    if link {
        Instruction::BranchWithLink
    } else if write || read || barrier {
        Instruction::System
    } else {
        decode_later_branch(first, second)
    }
}

/// Branches of ARMv7-M, by which functions of this architecture begin and end.
fn decode_later_branch(first: u16, second: u16) -> Instruction {
    let is_branch = first >> 11 == 0b11110 && second >> 15 == 1;
    let has_condition = second & 0x5000 == 0 && first >> 7 & 0b111 != 0b111;
    // LDM, which POP is one of, with the program counter; LDR of the program counter.
    let is_multiple = first & 0xfe50 == 0xe810 && second >> 15 == 1;
    let is_load = first & 0xff70 == 0xf850 && second >> 12 == 15;
    // TBB, TBH.
    let is_table = first & 0xfff0 == 0xe8d0 && second & 0xffe0 == 0xf000;
    if is_branch && has_condition {
        Instruction::LaterConditionalBranch
    } else if (is_branch && second & 0x5000 == 0x1000) || is_table {
        Instruction::LaterBranch
    } else if is_multiple || is_load {
        Instruction::LaterReturn
    } else {
        Instruction::Untimed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cycles on (Cortex-M0, Cortex-M0+); a conditional branch is not taken.
    fn cycles(first: u16, second: u16) -> (u32, u32) {
        let instruction = Instruction::decode(first, second);
        let on = |core| instruction.cycles(core, Multiplier::SingleCycle, false);
        (on(Core::CortexM0), on(Core::CortexM0Plus))
    }

    #[test]
    fn every_encoding_class_has_its_published_time() {
        // (first halfword, second halfword, cycles on M0, cycles on M0+, assembly)
        let table: &[(u16, u16, u32, u32, &str)] = &[
            (0x0088, 0, 1, 1, "lsls r0, r1, #2"),
            (0x0888, 0, 1, 1, "lsrs r0, r1, #2"),
            (0x1088, 0, 1, 1, "asrs r0, r1, #2"),
            (0x1888, 0, 1, 1, "adds r0, r1, r2"),
            (0x1a88, 0, 1, 1, "subs r0, r1, r2"),
            (0x1cc8, 0, 1, 1, "adds r0, r1, #3"),
            (0x1ec8, 0, 1, 1, "subs r0, r1, #3"),
            (0x2064, 0, 1, 1, "movs r0, #100"),
            (0x2864, 0, 1, 1, "cmp r0, #100"),
            (0x3064, 0, 1, 1, "adds r0, #100"),
            (0x3864, 0, 1, 1, "subs r0, #100"),
            (0x4008, 0, 1, 1, "ands r0, r1"),
            (0x4048, 0, 1, 1, "eors r0, r1"),
            (0x4088, 0, 1, 1, "lsls r0, r1"),
            (0x41c8, 0, 1, 1, "rors r0, r1"),
            (0x4248, 0, 1, 1, "rsbs r0, r1, #0"),
            (0x4288, 0, 1, 1, "cmp r0, r1"),
            (0x4348, 0, 1, 1, "muls r0, r1, r0"),
            (0x43c8, 0, 1, 1, "mvns r0, r1"),
            (0x4480, 0, 1, 1, "add r8, r0"),
            (0x4580, 0, 1, 1, "cmp r8, r0"),
            (0x4680, 0, 1, 1, "mov r8, r0"),
            (0x4487, 0, 3, 2, "add pc, r0"),
            (0x4687, 0, 3, 2, "mov pc, r0"),
            (0x4770, 0, 3, 2, "bx lr"),
            (0x4780, 0, 3, 2, "blx r0"),
            (0x4801, 0, 2, 2, "ldr r0, [pc, #4]"),
            (0x5088, 0, 2, 2, "str r0, [r1, r2]"),
            (0x5688, 0, 2, 2, "ldrsb r0, [r1, r2]"),
            (0x5e88, 0, 2, 2, "ldrsh r0, [r1, r2]"),
            (0x6048, 0, 2, 2, "str r0, [r1, #4]"),
            (0x6848, 0, 2, 2, "ldr r0, [r1, #4]"),
            (0x7048, 0, 2, 2, "strb r0, [r1, #1]"),
            (0x7848, 0, 2, 2, "ldrb r0, [r1, #1]"),
            (0x8048, 0, 2, 2, "strh r0, [r1, #2]"),
            (0x8848, 0, 2, 2, "ldrh r0, [r1, #2]"),
            (0x9001, 0, 2, 2, "str r0, [sp, #4]"),
            (0x9801, 0, 2, 2, "ldr r0, [sp, #4]"),
            (0xa001, 0, 1, 1, "adr r0, #4"),
            (0xa801, 0, 1, 1, "add r0, sp, #4"),
            (0xb001, 0, 1, 1, "add sp, #4"),
            (0xb081, 0, 1, 1, "sub sp, #4"),
            (0xb208, 0, 1, 1, "sxth r0, r1"),
            (0xb2c8, 0, 1, 1, "uxtb r0, r1"),
            (0xb40f, 0, 5, 5, "push {r0-r3}"),
            (0xb5f0, 0, 6, 6, "push {r4-r7, lr}"),
            (0xb662, 0, 1, 1, "cpsie i"),
            (0xb672, 0, 1, 1, "cpsid i"),
            (0xba08, 0, 1, 1, "rev r0, r1"),
            (0xba48, 0, 1, 1, "rev16 r0, r1"),
            (0xbac8, 0, 1, 1, "revsh r0, r1"),
            (0xbc0f, 0, 5, 5, "pop {r0-r3}"),
            (0xbdf0, 0, 9, 8, "pop {r4-r7, pc}"),
            (0xbe00, 0, 0, 0, "bkpt #0"),
            (0xbf00, 0, 1, 1, "nop"),
            (0xbf10, 0, 1, 1, "yield"),
            (0xbf20, 0, 2, 2, "wfe"),
            (0xbf30, 0, 2, 2, "wfi"),
            (0xbf40, 0, 1, 1, "sev"),
            (0xc007, 0, 4, 4, "stm r0!, {r0-r2}"),
            (0xc807, 0, 4, 4, "ldm r0, {r0-r2}"),
            (0xd001, 0, 1, 1, "beq, not taken"),
            (0xdd01, 0, 1, 1, "ble, not taken"),
            (0xde00, 0, 0, 0, "udf #0"),
            (0xdf00, 0, 0, 0, "svc #0"),
            (0xe001, 0, 3, 2, "b"),
            (0xf000, 0xf801, 4, 3, "bl"),
            (0xf7ff, 0xfffe, 4, 3, "bl, backwards"),
            (0xf3ef, 0x8010, 4, 3, "mrs r0, primask"),
            (0xf380, 0x8810, 4, 3, "msr primask, r0"),
            (0xf3bf, 0x8f4f, 4, 3, "dsb sy"),
            (0xf3bf, 0x8f5f, 4, 3, "dmb sy"),
            (0xf3bf, 0x8f6f, 4, 3, "isb sy"),
        ];
        for &(first, second, m0, m0plus, assembly) in table {
            assert_eq!(cycles(first, second), (m0, m0plus), "{assembly}");
        }
    }

    #[test]
    fn a_taken_branch_refills_the_pipeline() {
        let branch = Instruction::decode(0xd1fd, 0);
        assert_eq!(branch, Instruction::ConditionalBranch);
        assert_eq!(branch.cycles(Core::CortexM0, Multiplier::SingleCycle, true), 3);
        assert_eq!(branch.cycles(Core::CortexM0Plus, Multiplier::SingleCycle, true), 2);
    }

    #[test]
    fn the_small_multiplier_takes_32_cycles() {
        let multiply = Instruction::decode(0x4348, 0);
        assert_eq!(multiply.cycles(Core::CortexM0, Multiplier::Iterative, false), 32);
        assert_eq!(multiply.cycles(Core::CortexM0Plus, Multiplier::Iterative, false), 32);
    }

    #[test]
    fn instructions_of_larger_cores_have_no_time() {
        // cbz r0; it eq; vadd-like coprocessor space; ldrd; sdiv; b.w
        for (first, second) in
            [(0xb100, 0), (0xbf08, 0), (0xee30, 0x0a00), (0xe9d0, 0x0100), (0xfb90, 0xf0f1), (0xf000, 0x9000)]
        {
            let instruction = Instruction::decode(first, second);
            assert!(instruction.is_untimed(), "{first:#06x} {second:#06x}");
            assert_eq!(instruction.cycles(Core::CortexM0, Multiplier::SingleCycle, true), 0);
        }
    }

    #[test]
    fn width_follows_from_the_first_halfword() {
        assert!(!is_wide(0xe7fe) && is_wide(0xe800) && is_wide(0xf000) && is_wide(0xffff));
    }

    #[test]
    fn only_control_flow_is_a_branch() {
        let branches = (0..=u16::MAX).filter(|&first| !is_wide(first));
        let branches = branches.filter(|&first| Instruction::decode(first, 0).is_branch()).count();
        // 14 conditions of 256 offsets; 2048 of B; 256 of BX and BLX; MOV and ADD into the program
        // counter from 16 registers each; 256 lists of POP with the program counter; of later architectures 64 offsets of CBZ
        // and CBNZ on eight registers.
        assert_eq!(branches, 14 * 256 + 2048 + 256 + 32 + 256 + 2 * 64 * 8);
    }
}
