//! Every job of the project, so that nothing but cargo needs to be installed by hand:
//! `cargo xtask demo`, `cargo xtask test`, `cargo xtask measure`, `cargo xtask zoo`,
//! `cargo xtask bench`, `cargo xtask cycles`, `cargo xtask fuzz`.

mod bench;
mod cycles;
mod demo;
mod fuzz;
mod test;
mod zoo;

use anyhow::{Result, bail};
use lexopt::prelude::*;
use std::process::ExitCode;
use std::time::Duration;
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
cargo xtask zoo [--fastest] [--layers] [--json] [--core CORE] [MODEL]...
    Imports every model of TensorFlow Lite in the folder that TINYNET_ZOO names, or those whose names contain
    MODEL, and prints for each whether it is exact on this machine and on an emulated board, and what it costs,
    beside what it costs with TensorFlow Lite Micro; then the models that cannot be imported, and why.
    --fastest takes the fastest code within TensorFlow Lite Micro's flash in place of the smallest, --layers adds what
    each layer costs by the plan, --json prints a line of JSON for each model instead of the tables, --core runs them
    on a cortex-m0 (the default), cortex-m3 or cortex-m4. Fails where a model is not exact.
cargo xtask bench [--slow-multiplier] [--folder FOLDER] [MODEL]...
    Measures every model that TINYNET_ZOO has golden outputs of, or those whose names contain MODEL, on an emulated
    board: the fastest and the smallest code, each layer, what was set as a target, and MicroFlow of crates.io on the
    same inputs, beside what others published. Writes report.md and cycles.svg to target/bench or FOLDER. Without
    arguments, the example networks follow. --slow-multiplier measures instead what a multiplier of 32 cycles costs,
    with code for such chips and with code for others, and writes slow_multiplier.md.
cargo xtask cycles [--write] [--record FILE] [--recorded FILE] [MODEL]...
    Holds the cycles that the compiler plans against those that the emulator counts, for the fastest and the smallest
    code of every model that TINYNET_ZOO has golden outputs of, with and without assembly, and for models of one
    operator; then prints the constants of the plan that fit best, and --write writes them into the compiler's source.
    --record appends what was measured to a file, --recorded takes it from there.
cargo xtask fuzz [--seconds N] [--seed N] [FILE]...
    Damages models of TensorFlow Lite, those of the tests or the FILEs, and compiles them, for 600 seconds or
    N: the compiler must neither panic nor hang, nor take much memory, and its networks must be consistent.
    Files for which that is not so are kept, and named. Goes on from one run to the next by --seed.
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
        Some(Value(job)) if job == "bench" => bench::run(&arguments.raw_args()?.collect::<Vec<_>>()),
        Some(Value(job)) if job == "cycles" => cycles::run(&arguments.raw_args()?.collect::<Vec<_>>()),
        Some(Value(job)) if job == "fuzz" => fuzz::run(&fuzz_arguments(arguments)?),
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

fn fuzz_arguments(mut arguments: lexopt::Parser) -> Result<fuzz::Arguments> {
    let mut parsed = fuzz::Arguments { time: Duration::from_secs(600), seed: 0, files: Vec::new() };
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("seconds") => parsed.time = Duration::from_secs(arguments.value()?.parse()?),
            Long("seed") => parsed.seed = arguments.value()?.parse()?,
            Value(path) => parsed.files.push(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(parsed)
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
