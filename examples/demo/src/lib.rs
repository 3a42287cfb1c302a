//! The example networks on the host and on the emulated micro:bit, and what they cost there.
//!
//! * [`data`]: the held-out test sets.
//! * [`float`]: what the float networks achieve on them.
//! * [`example`]: the networks, all of one type.
//! * [`board`]: their firmware, run over any number of inputs.
//! * [`cost`]: flash, RAM and cycles, layer by layer.
//! * [`score`]: how good the answers are.
//! * [`show`]: tables and pictures in a terminal.

pub mod board;
pub mod cost;
pub mod data;
pub mod declaration;
pub mod example;
pub mod float;
pub mod score;
pub mod show;
