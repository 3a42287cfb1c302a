//! `cargo xtask bench`: what public models and the example networks cost.

use anyhow::Result;
use std::ffi::OsString;
use xtask::emulator::Emulator;
use xtask::process;
use xtask::toolchain::{Builder, CORTEX_M0};

/// Installs what is missing, then runs the program `bench` of the package `zoo`, and, unless models were named, the benches
/// of the examples.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    Builder::new(CORTEX_M0)?;
    Emulator::new()?;
    let mut models = process::cargo();
    models.args(["run", "--quiet", "--release", "--package", "zoo", "--bin", "bench", "--"]);
    process::show(models.args(arguments))?;
    if arguments.is_empty() {
        process::show(process::cargo().args(["bench", "--quiet", "--bench", "networks"]))?;
    }
    Ok(())
}
