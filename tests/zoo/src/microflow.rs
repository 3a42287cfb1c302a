//! The same models with MicroFlow of crates.io, on the same emulator and the same inputs.

use crate::model::Model;
use anyhow::{Context, Result, ensure};
use cycle_counter::report::Region;
use std::time::Duration;
use tinynet_compiler::quantized::Element;
use xtask::elf::Elf;
use xtask::emulator::{Emulator, Machine, Stack};
use xtask::firmware::{self, Program};
use xtask::measure;
use xtask::toolchain::{Builder, CORTEX_M0};

/// The firmware's package.
const PACKAGE: &str = "tests/zoo/microflow";
const PROGRAM: &str = "microflow-firmware";
/// The function of the firmware that is one inference.
const INFERENCE: &str = "microflow_firmware::infer";
/// The only machine with room for it: all that it computes with is on the stack.
const MACHINE: Machine = Machine::Mps2An385;
/// How long the inputs of a model may take.
const LIMIT: Duration = Duration::from_secs(600);
/// Multiply-accumulates of all inputs of a model together: more take minutes.
const MOST_MACS: usize = 40_000_000;

/// A compiler for the firmware, and the emulator.
#[derive(Debug)]
pub struct MicroFlow {
    builder: Builder,
    emulator: Emulator,
    /// Bytes of flash of the firmware without a model.
    without_model: u32,
}

/// What a model did.
#[derive(Clone, Debug)]
pub struct Run {
    /// Golden samples, the first ones of a large model.
    pub samples: usize,
    /// How their answers differ from the golden ones.
    pub difference: Difference,
    /// Bytes that the firmware has more than one without a model.
    pub flash: i64,
    /// Bytes of all statics and of the stack.
    pub ram: u32,
    /// The counts of whole inferences: integers in, real numbers out.
    pub inference: Region,
}

impl Run {
    /// Cortex-M0 cycles of an inference, a mean.
    pub fn cycles(&self) -> u64 {
        self.inference.inclusive.cycles_m0 / self.inference.calls.max(1)
    }
}

impl MicroFlow {
    /// Finds compiler and emulator, and builds MicroFlow.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn new() -> Result<Self> {
        let builder = Builder::new(CORTEX_M0)?;
        let without_model = Elf::read(&build(&builder, "")?.elf)?.flash();
        Ok(Self { builder, emulator: Emulator::new()?, without_model })
    }

    /// Builds the firmware of a model and runs it on golden inputs.
    ///
    /// # Errors
    ///
    /// If MicroFlow does not compile the model, or its program fails.
    pub fn run(&self, model: &Model) -> Result<Run> {
        let golden = model.golden.as_ref().context("no golden outputs")?;
        ensure!(
            model.graph.inputs.len() == 1
                && model.graph.outputs.len() == 1
                && model.graph.states().is_empty(),
            "more than one input or output, or a state"
        );
        let program = build(&self.builder, &model.path.display().to_string())?;
        let elf = Elf::read(&program.elf)?;
        let samples = (MOST_MACS / model.plan.macs.max(1)).clamp(1, golden.inputs.len());
        let folder = tempfile::tempdir()?;
        let input: Vec<u8> = golden.inputs[..samples].concat().iter().map(|&byte| byte as u8).collect();
        std::fs::write(folder.path().join("input"), input)?;
        let counting = measure::counting(&[elf.function(INFERENCE)?])?;
        let session = self.emulator.start_in(MACHINE, &program.elf, folder.path(), Some(&counting))?;
        let report = session.finish(LIMIT)?.report.context("no counts")?;
        let inference = report.regions.into_iter().next().context("no counts of an inference")?;
        let output = std::fs::read(folder.path().join("output"))?;
        let difference = difference(model, &output, &golden.outputs[..samples])?;
        let stack = std::fs::read(folder.path().join("stack"))?;
        let stack = Stack::from_bytes(stack.as_slice().try_into().context("the depths of the stack")?);
        let flash = i64::from(elf.flash()) - i64::from(self.without_model);
        Ok(Run { samples, difference, flash, ram: elf.ram() + stack.program, inference })
    }
}

/// How answers differ from the golden ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Samples with an answer that is not the golden one.
    pub samples: usize,
    /// The largest difference of an element, in integers of the model's output.
    pub largest: u32,
}

/// Compares answers, real numbers that become integers of the model's output again, with the golden ones.
fn difference(model: &Model, answers: &[u8], expected: &[Vec<i8>]) -> Result<Difference> {
    let tensor = model.graph.tensor(model.graph.outputs[0]);
    let element = tensor.info.element;
    let of_real = |real: &[u8]| {
        tensor.info.quantize(f64::from(f32::from_le_bytes([real[0], real[1], real[2], real[3]])))
    };
    let of_one = 4 * tensor.elements();
    ensure!(answers.len() == of_one * expected.len(), "{} bytes of output", answers.len());
    let mut difference = Difference::default();
    for (answer, expected) in answers.chunks(of_one).zip(expected) {
        let answer = answer.chunks(4).map(of_real);
        let expected = expected.chunks(element.bytes()).map(|bytes| integer(element, bytes));
        let largest = answer.zip(expected).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
        difference.samples += usize::from(largest > 0);
        difference.largest = difference.largest.max(largest);
    }
    Ok(difference)
}

/// An element of its bytes, the low one first.
fn integer(element: Element, bytes: &[i8]) -> i32 {
    match element {
        Element::UInt8 => i32::from(bytes[0] as u8),
        _ => bytes.iter().rev().fold(if bytes.last() < Some(&0) { -1 } else { 0 }, |high, &byte| {
            (high << 8) | i32::from(byte as u8)
        }),
    }
}

/// The linked firmware of a model, or of none.
fn build(builder: &Builder, model: &str) -> Result<Program> {
    let variables = [("MODEL", model), ("MEMORY", MACHINE.memory())];
    let programs = firmware::build_package_with(builder, PACKAGE, &[PROGRAM], &[], &variables)?;
    programs.into_iter().find(|program| program.name == PROGRAM).context("no program")
}

/// What a compiler said first of all that is wrong, with what it adds about a macro; else the whole error.
pub fn first_error(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let mut lines = text.lines().map(str::trim);
    let Some(first) = lines.find(|line| line.starts_with("error")) else {
        return text.lines().next().unwrap_or_default().into();
    };
    match lines.find_map(|line| line.strip_prefix("= help: message: ")) {
        Some(message) => format!("{first}: {message}"),
        None => first.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_bytes() {
        assert_eq!(integer(Element::Int8, &[-3]), -3);
        assert_eq!(integer(Element::UInt8, &[-3]), 253);
        assert_eq!(integer(Element::Int16, &[-2, -1]), -2);
        assert_eq!(integer(Element::Int16, &[-2, 1]), 510);
    }

    #[test]
    fn the_first_error_is_one_line() {
        let of = |text: &'static str| first_error(&anyhow::anyhow!(text));
        let macros = "`cargo build` failed:\n   Compiling a\nerror: custom attribute panicked\n  --> m.rs:1:1\n  \
                      = help: message: not implemented\n\nerror: could not compile";
        assert_eq!(of(macros), "error: custom attribute panicked: not implemented");
        assert_eq!(
            of("failed:\nerror: unsupported operator: ADD\n --> m.rs"),
            "error: unsupported operator: ADD"
        );
        assert_eq!(of("not finished after 600 s\nqemu"), "not finished after 600 s");
    }
}
