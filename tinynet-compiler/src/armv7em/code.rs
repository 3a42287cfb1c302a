//! What there is of a layer when it has been written, and what it needs.

use super::assembler::Function;

/// A layer's code and what it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// `fn(input, output, scratch, data)`
    pub function: Function,
    /// Weights and numbers for requantising, aligned to 4.
    pub data: Vec<u32>,
}

/// Memory that there is, as the plan has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes of scratch, aligned to 4.
    pub scratch: usize,
    /// Whether outputs may overwrite inputs that have been used.
    pub overlaps: bool,
}
