//! The counts as they are written to a file and read back.

use serde::{Deserialize, Serialize};
use std::ops::{AddAssign, Sub};

/// What a run of instructions amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Instructions executed.
    pub instructions: u64,
    /// Cycles on a Cortex-M0 with zero wait states.
    pub cycles_m0: u64,
    /// Cycles on a Cortex-M0+ with zero wait states.
    pub cycles_m0plus: u64,
    /// Instructions without a published time on these two cores, which their cycles therefore leave out. Anything but 0
    /// says that the cycles are too low.
    pub untimed: u64,
    /// Cycles on a Cortex-M4 with zero wait states, about.
    pub cycles_m4: u64,
    /// Instructions that this counter knows no time of on a Cortex-M4.
    pub untimed_m4: u64,
    /// `MULS`: the instructions whose time the maker of a chip chooses.
    pub multiplications: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.instructions += other.instructions;
        self.cycles_m0 += other.cycles_m0;
        self.cycles_m0plus += other.cycles_m0plus;
        self.untimed += other.untimed;
        self.cycles_m4 += other.cycles_m4;
        self.untimed_m4 += other.untimed_m4;
        self.multiplications += other.multiplications;
    }
}

impl Sub for Count {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            instructions: self.instructions - other.instructions,
            cycles_m0: self.cycles_m0 - other.cycles_m0,
            cycles_m0plus: self.cycles_m0plus - other.cycles_m0plus,
            untimed: self.untimed - other.untimed,
            cycles_m4: self.cycles_m4 - other.cycles_m4,
            untimed_m4: self.untimed_m4 - other.untimed_m4,
            multiplications: self.multiplications - other.multiplications,
        }
    }
}

impl Count {
    /// The smaller of both in each field.
    pub fn least(self, other: Self) -> Self {
        self.by_field(other, u64::min)
    }

    /// The larger of both in each field.
    pub fn most(self, other: Self) -> Self {
        self.by_field(other, u64::max)
    }

    fn by_field(self, other: Self, choose: fn(u64, u64) -> u64) -> Self {
        Self {
            instructions: choose(self.instructions, other.instructions),
            cycles_m0: choose(self.cycles_m0, other.cycles_m0),
            cycles_m0plus: choose(self.cycles_m0plus, other.cycles_m0plus),
            untimed: choose(self.untimed, other.untimed),
            cycles_m4: choose(self.cycles_m4, other.cycles_m4),
            untimed_m4: choose(self.untimed_m4, other.untimed_m4),
            multiplications: choose(self.multiplications, other.multiplications),
        }
    }
}

/// Counts of one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Address of the first instruction.
    pub address: u32,
    /// Calls that returned. A recursive call counts as part of the outermost one.
    pub calls: u64,
    /// Calls that had not returned when the program ended; only `own` counts them.
    pub unfinished: u64,
    /// All calls together, callees included: from the first instruction up to and including the return.
    pub inclusive: Count,
    /// The function's own instructions, without its callees.
    pub own: Count,
    /// The smallest count of a single call, field by field, callees included; zero without calls.
    pub least: Count,
    /// The largest count of a single call, field by field, callees included.
    pub most: Count,
}

/// What the plugin writes when the program ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Every instruction of the program.
    pub total: Count,
    /// One entry for each `region=` argument, in their order.
    pub regions: Vec<Region>,
}

impl Report {
    /// Reads a report that the plugin wrote.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The report as JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}
