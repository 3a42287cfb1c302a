//! Models on emulated boards.

use crate::model::Model;
use anyhow::{Context, Result, ensure};
use cycle_counter::report::{Region, Report};
use nix::sys::resource::{UsageWho, getrusage};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tinynet_compiler::armv6m::timing::Multiplier;
use xtask::elf::{Elf, Symbol};
use xtask::emulator::{Emulator, Machine, Stack};
use xtask::toolchain::{Builder, CORTEX_M0};
use xtask::{firmware, measure};

/// The firmware's package.
const PACKAGE: &str = "tests/zoo/firmware";
const PROGRAM: &str = "zoo-firmware";
/// The function of the firmware that is one inference.
const INFERENCE: &str = "zoo_firmware::infer";
/// How long all golden inputs may take.
const LIMIT: Duration = Duration::from_secs(600);
/// What the micro:bit has.
const MICROBIT_RAM: u32 = 16 * 1024;

/// Held while a program is built, as all are built in one folder: another may run on the emulator meanwhile.
static BUILDING: Mutex<()> = Mutex::new(());

/// A compiler for the boards, and the emulator.
#[derive(Debug)]
pub struct Bench {
    builder: Builder,
    emulator: Emulator,
    /// Of the firmware.
    features: &'static [&'static str],
    /// Bytes of flash of the firmware without a model, and of its statics.
    without_model: [u32; 2],
}

/// What a model did on a board.
#[derive(Clone, Debug)]
pub struct Run {
    /// Samples with an answer that is not the golden one, by themselves or one after another.
    pub different: usize,
    /// Bytes that the firmware has more than one without a model.
    pub flash: i64,
    /// Bytes of all statics.
    pub ram: u32,
    /// Those of them that are the network.
    pub network_ram: u32,
    /// The most bytes of stack in use.
    pub stack: Stack,
    /// The most that an inference takes of it, as the macro says.
    pub most_stack: u32,
    /// The counts of whole inferences.
    pub inference: Region,
    /// Those of the layers in it, one a node; `None` where a layer has no function of its own.
    pub layers: Vec<Option<Region>>,
    /// Functions of the firmware that a network must not bring in: panics, floating point and division.
    pub forbidden: Vec<String>,
    /// How long expansion, compilation and linking took; the macro itself was compiled before.
    pub build: Duration,
}

impl Run {
    /// Cortex-M0 cycles of an inference, a mean, on a chip with a multiplier.
    pub fn cycles(&self, multiplier: Multiplier) -> u64 {
        let Region { inclusive, calls, .. } = self.inference;
        (inclusive.cycles_m0 + inclusive.multiplications * (multiplier.cycles() - 1)) / calls.max(1)
    }
}

impl Bench {
    /// Finds compiler and emulator, and installs what is missing.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn new() -> Result<Self> {
        Self::with(Builder::new(CORTEX_M0)?)
    }

    /// The same with a compiler for another target than the Cortex-M0.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn with_target(target: &'static str) -> Result<Self> {
        Self::with(Builder::new(target)?)
    }

    /// The same with a compiler that has been found.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn with(builder: Builder) -> Result<Self> {
        Self::of(builder, &[])
    }

    /// The same for models without assembly, on a Cortex-M0.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn portable() -> Result<Self> {
        Self::portable_with(Builder::new(CORTEX_M0)?)
    }

    /// The same with a compiler that has been found.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn portable_with(builder: Builder) -> Result<Self> {
        Self::of(builder, &["portable"])
    }

    /// The same for models whose code is for chips with a slow multiplier; the emulator counts what it always does.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn with_slow_multiplier() -> Result<Self> {
        Self::of(Builder::new(CORTEX_M0)?, &["slow-multiplier"])
    }

    fn of(builder: Builder, features: &'static [&'static str]) -> Result<Self> {
        let mut bench = Self { builder, emulator: Emulator::new()?, features, without_model: [0; 2] };
        let elf = bench.build(Machine::Microbit, None, "")?.elf;
        // What stands in for a network has 8 bytes.
        bench.without_model = [elf.flash(), elf.ram() - 8];
        Ok(bench)
    }

    /// Builds the firmware of a model under limits (`flash <= 64 * KIB`) and runs it on all golden inputs.
    ///
    /// # Errors
    ///
    /// If that fails, or its memory is not enough.
    pub fn run(&self, model: &Model, machine: Machine, limits: &str) -> Result<Run> {
        let golden = model.golden.as_ref().context("no golden outputs")?;
        let Linked { folder, elf, build } = self.build(machine, Some(model), limits)?;
        let bytes = |samples: &[Vec<i8>]| -> Vec<u8> { samples.concat().iter().map(|&x| x as u8).collect() };
        std::fs::write(folder.path().join("input"), bytes(&golden.inputs))?;
        let layers: Vec<Option<&Symbol>> =
            model.graph.nodes.iter().map(|node| layer_function(&elf, &node.label)).collect();
        let functions: Vec<&Symbol> =
            std::iter::once(elf.function(INFERENCE)?).chain(layers.iter().copied().flatten()).collect();
        let counting = measure::counting(&functions)?;
        let session =
            self.emulator.start_in(machine, &folder.path().join(PROGRAM), folder.path(), Some(&counting))?;
        let Report { regions, .. } = session.finish(LIMIT)?.report.context("no counts")?;
        let mut regions = regions.into_iter();
        let inference = regions.next().context("no counts of an inference")?;
        let is_once = |region: &Region| region.calls == inference.calls;
        let layers =
            layers.iter().map(|function| function.and_then(|_| regions.next()).filter(is_once)).collect();
        let mut different = 0;
        for (file, expected) in [("output", golden.outputs.clone()), ("stream", model.expected_stream())] {
            let Some(size) = expected.first().map(Vec::len) else { continue };
            let (answered, expected) = (std::fs::read(folder.path().join(file))?, bytes(&expected));
            ensure!(
                answered.len() == expected.len(),
                "{} bytes instead of {}",
                answered.len(),
                expected.len()
            );
            different += answered.chunks(size).zip(expected.chunks(size)).filter(|(a, b)| a != b).count();
        }
        let stack = std::fs::read(folder.path().join("stack"))?;
        let (depths, most_stack) = stack.split_first_chunk().context("the depths of the stack")?;
        let stack = Stack::from_bytes(*depths);
        let most_stack = u32::from_le_bytes(most_stack.try_into().context("what the macro says of it")?);
        let ram = elf.ram();
        // A stack that reached the statics would show as all the room there is.
        ensure!(
            machine != Machine::Microbit || ram + stack.program < MICROBIT_RAM,
            "{ram} bytes of RAM and {stack:?} of stack are more than a micro:bit has"
        );
        let [flash_without_model, ram_without_model] = self.without_model;
        let flash = i64::from(elf.flash()) - i64::from(flash_without_model);
        let network_ram = ram.saturating_sub(ram_without_model);
        let forbidden = elf.forbidden().into_iter().map(str::to_owned).collect();
        Ok(Run { different, flash, ram, network_ram, stack, most_stack, inference, layers, forbidden, build })
    }

    /// The linked firmware of a model, or of none.
    fn build(&self, machine: Machine, model: Option<&Model>, limits: &str) -> Result<Linked> {
        let path = model.map(|model| model.path.display().to_string()).unwrap_or_default();
        let inputs = model.map_or(0, |model| model.graph.inputs.len()).to_string();
        let is_stateful = model.is_some_and(|model| !model.graph.states().is_empty());
        let variables = [
            ("MODEL", path.as_str()),
            ("INPUT", model.map_or("", |model| &model.input)),
            ("INPUTS", &inputs),
            ("STATEFUL", if is_stateful { "yes" } else { "" }),
            ("LIMITS", limits),
            ("MEMORY", machine.memory()),
        ];
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(PROGRAM);
        // Who failed while he held it left nothing half-done that cargo would not do again.
        let building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now();
        let programs =
            firmware::build_package_with(&self.builder, PACKAGE, &[PROGRAM], self.features, &variables)?;
        let build = start.elapsed();
        std::fs::copy(&firmware::named(&programs, PROGRAM)?.elf, &path)?;
        drop(building);
        let elf = Elf::read(&path)?;
        Ok(Linked { folder, elf, build })
    }
}

/// The function that is one layer of the network; `None` where there is none, or where others are the same function.
fn layer_function<'a>(elf: &'a Elf, label: &str) -> Option<&'a Symbol> {
    let ending = format!("Model>::{label}");
    let is_layer = |symbol: &&Symbol| {
        symbol.is_function
            && (symbol.name.ends_with(&ending) || symbol.name.ends_with(&format!("Model::{label}")))
    };
    let found = elf.symbols.iter().find(is_layer)?;
    let others = elf.symbols.iter().filter(|symbol| symbol.is_function && symbol.address == found.address);
    (others.count() == 1).then_some(found)
}

/// The most bytes of memory that a compiler took so far, of all that this process waited for.
///
/// # Errors
///
/// If the system does not tell.
pub fn peak_memory_of_compilers() -> Result<u64> {
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    Ok(u64::try_from(getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss())? * unit)
}

/// A program in a folder of its own.
struct Linked {
    folder: TempDir,
    elf: Elf,
    /// How long it took.
    build: Duration,
}
