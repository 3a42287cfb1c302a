//! `cargo xtask demo`: the touch-pad firmware on the emulated micro:bit.

use anyhow::Result;
use xtask::emulator::Emulator;
use xtask::process;
use xtask::toolchain::{Builder, CORTEX_M0};

/// Installs what is missing, then runs the package `demo`: a program of its own, so that this one needs no network.
pub(crate) fn run() -> Result<()> {
    Builder::new(CORTEX_M0)?;
    Emulator::new()?;
    process::show(process::cargo().args(["run", "--release", "--package", "demo"]))
}
