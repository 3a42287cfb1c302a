//! What an instruction costs on an in-order core without caches: a sum over kinds of instructions.
//!
//! Sources: *Cortex-M0 Technical Reference Manual* (ARM DDI 0432C, table 3-1) and *Cortex-M0+ Technical Reference Manual*
//! (ARM DDI 0484C, table 3-1).

use std::ops::{Add, AddAssign, Mul};

/// How often instructions of each kind run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Arithmetic, shifts, moves, comparisons.
    pub simple: u64,
    /// `MULS`
    pub multiplies: u64,
    /// Loads and stores of one register.
    pub accesses: u64,
    /// `LDM`, `STM`, `PUSH`, `POP`.
    pub multiples: u64,
    /// Registers that those move.
    pub moved: u64,
    /// Branches that are taken, and returns by `POP`.
    pub branches: u64,
    /// Conditional branches that are not.
    pub passed: u64,
    /// Words of constants that are loaded from flash.
    pub constants: u64,
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

impl Multiplier {
    /// Cycles of `MULS`.
    pub fn cycles(self) -> u64 {
        match self {
            Self::SingleCycle => 1,
            Self::Iterative => 32,
        }
    }

    /// The one that firmware is built for where its networks say nothing else: the feature `slow-multiplier`.
    pub fn of_build() -> Self {
        if cfg!(feature = "slow-multiplier") { Self::Iterative } else { Self::SingleCycle }
    }

    /// Whether additions, shifts and tables are to be preferred.
    pub fn is_slow(self) -> bool {
        self == Self::Iterative
    }
}

/// A core, with its multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Core {
    /// Cycles of a branch that is taken.
    pub branch: u64,
    /// What multiplies.
    pub multiplier: Multiplier,
}

impl Core {
    /// Cortex-M0.
    pub const fn cortex_m0(multiplier: Multiplier) -> Self {
        Self { branch: 3, multiplier }
    }

    /// Cortex-M0+.
    pub const fn cortex_m0plus(multiplier: Multiplier) -> Self {
        Self { branch: 2, multiplier }
    }
}

impl Counts {
    /// Cycles with zero wait states.
    pub fn cycles(&self, core: Core) -> u64 {
        self.simple
            + self.multiplies * core.multiplier.cycles()
            + 2 * self.accesses
            + self.multiples
            + self.moved
            + self.branches * core.branch
            + self.passed
    }

    /// Words that are read from flash: instructions two by two, one more where a branch lands, and constants.
    ///
    /// As many as there are without a prefetch buffer and without a cache, so that none takes less than no wait state and
    /// none more than all.
    pub fn fetches(&self) -> u64 {
        self.instructions().div_ceil(2) + self.branches + self.constants
    }

    /// Number of instructions.
    pub fn instructions(&self) -> u64 {
        self.simple + self.multiplies + self.accesses + self.multiples + self.branches + self.passed
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            simple: self.simple + other.simple,
            multiplies: self.multiplies + other.multiplies,
            accesses: self.accesses + other.accesses,
            multiples: self.multiples + other.multiples,
            moved: self.moved + other.moved,
            branches: self.branches + other.branches,
            passed: self.passed + other.passed,
            constants: self.constants + other.constants,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for Counts {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self {
            simple: self.simple * times,
            multiplies: self.multiplies * times,
            accesses: self.accesses * times,
            multiples: self.multiples * times,
            moved: self.moved * times,
            branches: self.branches * times,
            passed: self.passed * times,
            constants: self.constants * times,
        }
    }
}
