//! What every program for the micro:bit shares: the board, and the way inputs and outputs travel.
#![no_std]

pub mod board;
pub mod protocol;
pub mod server;
pub mod stack;
