//! `cargo xtask cycles`: by how much planned cycles are off, and the constants that fit better.

use anyhow::Result;
use std::ffi::OsString;
use xtask::emulator::Emulator;
use xtask::process;
use xtask::toolchain::{Builder, CORTEX_M0};

/// Installs what is missing, then runs the program `cycles` of the package `zoo`.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    Builder::new(CORTEX_M0)?;
    Emulator::new()?;
    let mut command = process::cargo();
    command.args(["run", "--quiet", "--release", "--package", "zoo", "--bin", "cycles", "--"]);
    process::show(command.args(arguments))
}
