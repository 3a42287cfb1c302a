//! `cargo xtask zoo`: every public model, what it answers and what it costs.

use anyhow::Result;
use std::ffi::OsString;
use xtask::emulator::Emulator;
use xtask::process;
use xtask::toolchain::{Builder, CORTEX_M0};

/// Installs what is missing, then runs the package `zoo`: a program of its own, so that this one needs no compiler of
/// networks.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    Builder::new(CORTEX_M0)?;
    Emulator::new()?;
    let mut command = process::cargo();
    process::show(command.args(["run", "--quiet", "--release", "--package", "zoo", "--"]).args(arguments))
}
