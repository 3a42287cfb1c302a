//! Registers that instructions of 32 bits can use alike.

use crate::listing::Operand;
use std::fmt;

/// `r0` to `r12` and `lr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Register {
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    R10,
    R11,
    R12,
    Lr,
}

impl Register {
    /// Whether instructions of 16 bits can use it.
    pub fn is_low(self) -> bool {
        self <= Self::R7
    }

    /// Its number in instructions.
    pub fn number(self) -> u32 {
        match self {
            Self::Lr => 14,
            other => other as u32,
        }
    }
}

impl fmt::Display for Register {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lr => formatter.write_str("lr"),
            other => write!(formatter, "r{}", *other as u8),
        }
    }
}

impl Operand for Register {
    fn word(&self) -> u64 {
        *self as u64
    }
}
