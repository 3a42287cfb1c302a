#![no_std]
//! Example networks, each declared in a file of its own.
//!
//! Weights, calibration samples, test sets and the scripts that made them are in the folders beside `src`; the README
//! there says where the data come from. `cargo doc` shows for each type what it costs, layer by layer.

mod digits;
mod gestures;
mod limits;
mod sea_temperature;
mod touch;

pub use digits::Digits;
pub use gestures::Gestures;
pub use limits::{TouchExact, TouchFast, TouchSmall, TouchTiny};
pub use sea_temperature::SeaTemperature;
pub use touch::Touch;
