//! Public models of TensorFlow Lite on emulated boards: what they answer to golden inputs, and what they cost.
//!
//! The environment variable `TINYNET_ZOO` names a folder with `models/SET/MODEL.tflite` and, in
//! `golden/SET__MODEL`, `input.npy` and `output_ref.npy`: what TensorFlow 2.19's reference kernels answer.

use anyhow::{Context, Result, ensure};
use cycle_counter::report::{Region, Report};
use proc_macro2::Span;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tinynet_compiler::from_tflite;
use tinynet_compiler::import::{Values, npy, tflite};
use tinynet_compiler::quantized::{Quantization, QuantizedGraph};
use xtask::elf::Elf;
use xtask::emulator::{Emulator, Machine};
use xtask::toolchain::Builder;
use xtask::{firmware, measure};

/// The firmware's package.
const PACKAGE: &str = "tests/zoo/firmware";
const PROGRAM: &str = "zoo-firmware";
/// The function of the firmware that is one inference.
const INFERENCE: &str = "zoo_firmware::infer";
/// How long all golden inputs may take.
const LIMIT: Duration = Duration::from_secs(600);

/// A model and its golden inputs and outputs.
pub struct Model {
    /// `SET/MODEL`.
    pub name: String,
    /// The `.tflite` file.
    pub path: PathBuf,
    /// What it becomes.
    pub graph: QuantizedGraph,
    /// One for each sample.
    pub inputs: Vec<Vec<i8>>,
    /// One for each sample.
    pub outputs: Vec<Vec<i8>>,
}

/// What a model did on a board.
pub struct Run {
    /// Samples with an answer that is not the golden one.
    pub different: usize,
    /// Bytes that the firmware has more than one without a model.
    pub flash: i64,
    /// Bytes of all statics.
    pub ram: u32,
    /// The most bytes of stack in use.
    pub stack: u32,
    /// The counts of whole inferences.
    pub inference: Region,
}

/// The folder that `TINYNET_ZOO` names.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("TINYNET_ZOO").map(|folder| std::path::absolute(folder).expect("a path"))
}

impl Model {
    /// Reads a model, `SET/MODEL`, and its golden arrays.
    ///
    /// # Errors
    ///
    /// Where a file is missing, or the model cannot be imported.
    pub fn read(zoo: &Path, name: &str) -> Result<Self> {
        let path = zoo.join("models").join(name).with_extension("tflite");
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let model = tflite::read(&bytes).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
        let graph = from_tflite::quantized_graph(&model, &bytes, Span::call_site())
            .map_err(|problems| anyhow::anyhow!("{name}: {problems:#?}"))?;
        let graph = tinynet_compiler::optimize::optimize(graph);
        let golden = zoo.join("golden").join(name.replace('/', "__"));
        let [input, output] = [graph.inputs[0], graph.outputs[0]].map(|id| graph.tensor(id));
        let inputs = samples(&golden.join("input.npy"), input.elements(), input.info.quantization)?;
        let outputs = samples(&golden.join("output_ref.npy"), output.elements(), output.info.quantization)?;
        ensure!(!inputs.is_empty() && inputs.len() == outputs.len(), "{name}: {} samples", inputs.len());
        Ok(Self { name: name.into(), path, graph, inputs, outputs })
    }

    /// Builds the firmware under limits (`flash <= 64 * KIB`) and runs it on all samples.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn run(&self, builder: &Builder, machine: Machine, limits: &str) -> Result<Run> {
        let elf = build(builder, machine, &self.path.display().to_string(), limits)?;
        let folder = tempfile::tempdir()?;
        let bytes = |samples: &[Vec<i8>]| -> Vec<u8> { samples.concat().iter().map(|&x| x as u8).collect() };
        std::fs::write(folder.path().join("input"), bytes(&self.inputs))?;
        let counting = measure::counting(&[elf.function(INFERENCE)?])?;
        let session = Emulator::new()?.start_in(machine, &elf.path, folder.path(), Some(&counting))?;
        let Report { mut regions, .. } = session.finish(LIMIT)?.report.context("no counts")?;
        let answered = std::fs::read(folder.path().join("output"))?;
        let expected = bytes(&self.outputs);
        ensure!(answered.len() == expected.len(), "{} bytes instead of {}", answered.len(), expected.len());
        let size = self.outputs[0].len();
        let different = answered.chunks(size).zip(expected.chunks(size)).filter(|(a, b)| a != b).count();
        let stack = std::fs::read(folder.path().join("stack"))?;
        let stack = u32::from_le_bytes(stack.as_slice().try_into().context("the depth of the stack")?);
        let without = build(builder, machine, "", "")?.flash();
        let flash = i64::from(elf.flash()) - i64::from(without);
        Ok(Run { different, flash, ram: elf.ram(), stack, inference: regions.remove(0) })
    }
}

/// The linked firmware of a model; of none where there is no path.
fn build(builder: &Builder, machine: Machine, model: &str, limits: &str) -> Result<Linked> {
    let variables = [("MODEL", model), ("LIMITS", limits), ("MEMORY", machine.memory())];
    let programs = firmware::build_package_with(builder, PACKAGE, &[PROGRAM], &variables)?;
    let path = firmware::named(&programs, PROGRAM)?.elf.clone();
    let elf = Elf::read(&path)?;
    Ok(Linked { path, elf })
}

struct Linked {
    path: PathBuf,
    elf: Elf,
}

impl std::ops::Deref for Linked {
    type Target = Elf;
    fn deref(&self) -> &Elf {
        &self.elf
    }
}

/// The samples of an array, as int8.
fn samples(path: &Path, size: usize, quantization: Quantization) -> Result<Vec<Vec<i8>>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let array = npy::read(&bytes).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    let values: Vec<i8> = match array.values {
        Values::Integers(values) => values.into_iter().map(i8::try_from).collect::<Result<_, _>>()?,
        Values::F32(values) => {
            values.into_iter().map(|value| quantization.quantize(f64::from(value))).collect()
        }
    };
    ensure!(values.len().is_multiple_of(size), "{}: {} values", path.display(), values.len());
    Ok(values.chunks(size).map(<[i8]>::to_vec).collect())
}
