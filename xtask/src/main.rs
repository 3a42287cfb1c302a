//! Every job of the project, so that nothing but cargo needs to be installed by hand:
//! `cargo xtask demo`, `cargo xtask test`, `cargo xtask measure`, `cargo xtask zoo`.

mod demo;
mod test;
mod zoo;

use anyhow::{Result, bail};
use lexopt::prelude::*;
use std::process::ExitCode;
use xtask::measure;

const HELP: &str = "\
Jobs of the project. What a job needs and cannot find, it installs, and says so.

cargo xtask demo
    Runs the touch-pad firmware on an emulated micro:bit over all test images, and shows what it costs
    and how well it does.
cargo xtask test [STEP]
    Runs every check, or those whose name contains STEP.
cargo xtask measure [--input FILE]... ELF FUNCTION...
    Runs firmware on an emulated micro:bit and prints its flash and RAM, and instructions and cycles
    of the functions whose names contain FUNCTION. Each --input is sent over the serial line as the
    input of one inference.
cargo xtask zoo [--json] [MODEL]...
    Imports every model of TensorFlow Lite in the folder that TINYNET_ZOO names, or those whose names contain
    MODEL, and prints for each whether it is exact on this machine and on an emulated board, and what it costs,
    beside what it costs with TensorFlow Lite Micro; then the models that cannot be imported, and why.
    --json prints a line of JSON for each model instead. Fails where a model is not exact.
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = lexopt::Parser::from_env();
    match arguments.next()? {
        Some(Value(job)) if job == "demo" => demo::run(),
        Some(Value(job)) if job == "test" => test::run(test_arguments(arguments)?.as_deref()),
        Some(Value(job)) if job == "measure" => measure::run(&measure_arguments(arguments)?),
        Some(Value(job)) if job == "zoo" => zoo::run(&arguments.raw_args()?.collect::<Vec<_>>()),
        None | Some(Short('h') | Long("help")) => help(),
        Some(Value(job)) if job == "help" => help(),
        Some(other) => bail!("{}\n\n{HELP}", other.unexpected()),
    }
}

fn help() -> Result<()> {
    print!("{HELP}");
    Ok(())
}

fn test_arguments(mut arguments: lexopt::Parser) -> Result<Option<String>> {
    let mut step = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(name) if step.is_none() => step = Some(name.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(step)
}

fn measure_arguments(mut arguments: lexopt::Parser) -> Result<measure::Arguments> {
    let mut inputs = Vec::new();
    let mut elf = None;
    let mut functions = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("input") => inputs.push(arguments.value()?.into()),
            Value(path) if elf.is_none() => elf = Some(path.into()),
            Value(function) => functions.push(function.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    match elf {
        Some(elf) => Ok(measure::Arguments { elf, functions, inputs }),
        None => bail!("measure needs the firmware's ELF file"),
    }
}
