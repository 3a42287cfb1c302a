//! Registers of an ARMv6-M core.
//!
//! Nearly all instructions see the low eight alone; the high ones can be moved from and to, and added to. That they are
//! types of their own keeps an instruction that does not exist from being written.

use crate::listing::Operand;
use std::fmt;

/// `r0` to `r7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Low {
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
}

/// `r8` to `r12` and `lr`, as accumulators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum High {
    R8,
    R9,
    R10,
    R11,
    R12,
    Lr,
}

/// Any of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Register {
    Low(Low),
    High(High),
}

impl From<Low> for Register {
    fn from(register: Low) -> Self {
        Self::Low(register)
    }
}

impl From<High> for Register {
    fn from(register: High) -> Self {
        Self::High(register)
    }
}

impl fmt::Display for Low {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "r{}", *self as u8)
    }
}

impl fmt::Display for High {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lr => formatter.write_str("lr"),
            other => write!(formatter, "r{}", 8 + *other as u8),
        }
    }
}

impl fmt::Display for Register {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Low(register) => register.fmt(formatter),
            Self::High(register) => register.fmt(formatter),
        }
    }
}

impl Operand for Low {
    fn word(&self) -> u64 {
        *self as u64
    }
}

impl Operand for High {
    fn word(&self) -> u64 {
        8 + *self as u64
    }
}

impl Operand for Register {
    fn word(&self) -> u64 {
        match self {
            Self::Low(register) => register.word(),
            Self::High(register) => register.word(),
        }
    }
}
