//! `cargo xtask measure`: flash, RAM, instructions and cycles of any firmware.

use crate::elf::{Elf, Symbol};
use crate::emulator::{self, Counting, Emulator, Session, Stack};
use anyhow::{Context, Result, bail};
use cycle_counter::report::{Count, Region, Report};
use std::path::PathBuf;
use std::time::Duration;

/// How long a program may run.
const LIMIT: Duration = Duration::from_secs(300);
/// More than any output that the board's RAM can hold.
const LARGEST_OUTPUT: usize = 16 * 1024;

/// What the user asked for.
#[derive(Debug)]
pub struct Arguments {
    /// The firmware.
    pub elf: PathBuf,
    /// Parts of function names.
    pub functions: Vec<String>,
    /// Files, each the input of one inference.
    pub inputs: Vec<PathBuf>,
}

/// Measures and prints.
pub fn run(arguments: &Arguments) -> Result<()> {
    let elf = Elf::read(&arguments.elf)?;
    let functions: Vec<&Symbol> =
        arguments.functions.iter().map(|name| elf.function(name)).collect::<Result<_>>()?;
    println!("flash {} bytes, RAM {} bytes without the stack", elf.flash(), elf.ram());
    for section in &elf.sections {
        println!("  {:16} {:>8}", section.name, section.size);
    }
    let counting = counting(&functions)?;
    let mut session = Emulator::new()?.start(&arguments.elf, Some(&counting))?;
    infer_all(&mut session, &arguments.inputs)?;
    let outcome = session.finish(LIMIT)?;
    print!("{}", outcome.text);
    print_counts(&functions, &outcome.report.context("no counts")?)
}

/// Prepares to count functions.
pub fn counting(functions: &[&Symbol]) -> Result<Counting> {
    let functions = functions.iter().map(|function| (function.address, function.size)).collect();
    Ok(Counting { plugin: emulator::build_plugin()?, functions })
}

fn infer_all(session: &mut Session, inputs: &[PathBuf]) -> Result<()> {
    let mut output = vec![0; LARGEST_OUTPUT];
    for (sequence, path) in inputs.iter().enumerate() {
        let input = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let length = session.exchange(sequence as u8, &input, &mut output)?;
        println!("{}: {:?}", path.display(), &output[..length]);
    }
    if !inputs.is_empty() {
        let Stack { program, inference } = session.end()?;
        println!("at most {program} bytes of stack, {inference} of them of an inference");
    }
    Ok(())
}

fn print_counts(functions: &[&Symbol], report: &Report) -> Result<()> {
    println!("one call, callees included; zero wait states");
    println!("{:>8} {:>12} {:>12} {:>12}", "calls", "instructions", "Cortex-M0", "Cortex-M0+");
    for (function, region) in functions.iter().zip(&report.regions) {
        println!("{}", function.name);
        match region {
            Region { calls: 0, unfinished: 0, .. } => println!("{:>8}", "none"),
            Region { calls: 0, .. } => println!("{:>8}", "has not returned"),
            _ => print_calls(region),
        }
        check_timed(&function.name, region.inclusive)?;
    }
    Ok(())
}

fn print_calls(region: &Region) {
    let Count { instructions, cycles_m0, cycles_m0plus, .. } = region.least;
    println!("{:>8} {instructions:>12} {cycles_m0:>12} {cycles_m0plus:>12}", region.calls);
    if region.most != region.least {
        let Count { instructions, cycles_m0, cycles_m0plus, .. } = region.most;
        println!("{:>8} {instructions:>12} {cycles_m0:>12} {cycles_m0plus:>12}", "up to");
    }
}

/// Cycles that leave instructions out would mislead.
fn check_timed(name: &str, count: Count) -> Result<()> {
    if count.untimed > 0 {
        bail!("{name} executes {} instructions that have no published time", count.untimed);
    }
    Ok(())
}
