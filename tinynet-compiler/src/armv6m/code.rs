//! What there is of a layer when it has been written.

use super::assembler::Function;
use std::sync::Arc;

/// A layer's code and what it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// `fn(input, output, scratch, data)`
    pub function: Function,
    /// Weights and numbers for requantising, aligned to 4.
    pub data: Arc<[u32]>,
    /// Bytes of scratch.
    pub scratch: usize,
    /// What they lie at a multiple of.
    pub alignment: usize,
    /// Whether the address of the [table of triangular numbers](super::triangular) stands before the data.
    pub has_table: bool,
}
