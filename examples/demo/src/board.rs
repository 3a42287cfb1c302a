//! Firmware of the example networks on the emulated micro:bit.

use crate::example::Example;
use anyhow::{Context, Result};
use cycle_counter::report::{Region, Report};
use std::time::Duration;
use xtask::elf::{Elf, Symbol};
use xtask::emulator::{Emulator, Stack};
use xtask::firmware::{self, Program};
use xtask::measure;
use xtask::toolchain::{Builder, CORTEX_M0};

/// The program that holds all but a network.
const NO_NETWORK: &str = "no_network";
/// The function of the firmware that is one inference, and nothing else.
const INFERENCE: &str = "microbit::server::infer";
/// How long a program may take to end.
const LIMIT: Duration = Duration::from_secs(60);

/// Firmware of several networks, and of none.
pub struct Board {
    emulator: Emulator,
    programs: Vec<Program>,
    /// The firmware without a network.
    pub baseline: Elf,
}

/// What a firmware did with a test set.
pub struct Run {
    /// The linked firmware.
    pub elf: Elf,
    /// One for each input.
    pub outputs: Vec<Vec<i8>>,
    /// The most bytes of stack in use at any time.
    pub stack: Stack,
    /// The counts of whole inferences.
    pub inference: Region,
    /// The functions of the ELF file and the counts of each.
    pub functions: Vec<(Symbol, Region)>,
}

impl Board {
    /// Builds the firmware of these networks; installs compiler and emulator where they are missing.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn new(examples: &[Example]) -> Result<Self> {
        let names: Vec<_> = examples.iter().map(|example| example.name).chain([NO_NETWORK]).collect();
        let emulator = Emulator::new()?;
        let programs = firmware::build(&Builder::new(CORTEX_M0)?, &names)?;
        let baseline = Elf::read(&firmware::named(&programs, NO_NETWORK)?.elf)?;
        Ok(Self { emulator, programs, baseline })
    }

    /// The linked firmware of a network.
    ///
    /// # Errors
    ///
    /// If it was not built, or cannot be read.
    pub fn elf(&self, example: &Example) -> Result<Elf> {
        Elf::read(&firmware::named(&self.programs, example.name)?.elf)
    }

    /// Runs a network's firmware over its test set and counts what every function of it does. `progress` is told the
    /// output of each input.
    ///
    /// # Errors
    ///
    /// If the firmware fails, or executes instructions without a published time.
    pub fn run(&self, example: &Example, mut progress: impl FnMut(&[i8])) -> Result<Run> {
        let program = firmware::named(&self.programs, example.name)?;
        let elf = Elf::read(&program.elf)?;
        let functions = elf.functions();
        let counting = measure::counting(&functions)?;
        let mut session = self.emulator.start(&program.elf, Some(&counting))?;
        let mut outputs = Vec::new();
        for input in &example.inputs {
            let input: Vec<u8> = input.iter().map(|&value| value as u8).collect();
            let mut output = vec![0; example.outputs];
            session.infer(&input, &mut output)?;
            let output: Vec<i8> = output.into_iter().map(|byte| byte as i8).collect();
            progress(&output);
            outputs.push(output);
        }
        let stack = session.end()?;
        let Report { regions, .. } = session.finish(LIMIT)?.report.context("no counts")?;
        let functions: Vec<_> = functions.into_iter().cloned().zip(regions).collect();
        let inference = inference(&functions)?;
        Ok(Run { elf, outputs, stack, inference, functions })
    }
}

fn inference(functions: &[(Symbol, Region)]) -> Result<Region> {
    let found = functions.iter().find(|(symbol, _)| symbol.name.starts_with(INFERENCE));
    let (_, region) = found.with_context(|| format!("there is no function {INFERENCE}"))?;
    anyhow::ensure!(region.inclusive.untimed == 0, "instructions without a published time: {region:?}");
    Ok(region.clone())
}
