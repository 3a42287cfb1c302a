//! Models, imported and planned as firmware with the least code has them.

use crate::golden::Golden;
use crate::published::tensorflow_lite_micro;
use anyhow::{Context, Result, bail, ensure};
use proc_macro2::Span;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tinynet_compiler::armv6m::timing::Multiplier;
use tinynet_compiler::compile;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::files::FolderFiles;
use tinynet_compiler::from_tflite;
use tinynet_compiler::import::tflite;
use tinynet_compiler::lookup_table;
use tinynet_compiler::optimize;
use tinynet_compiler::parse;
use tinynet_compiler::plan::cost::Processor;
use tinynet_compiler::plan::{self, Budget, Plan, Step, order};
use tinynet_compiler::quantized::QuantizedGraph;
use tinynet_compiler::reference::Reference;
use xtask::emulator::Machine;

/// What a model may take of the micro:bit's 256 KB of flash: the rest is for start-up code and files of the host.
const MICROBIT_FLASH: usize = 248 * 1024;
/// What it may take of 16 KB of RAM: the rest is for the stack, which [`Bench::run`](crate::board::Bench::run) measures.
const MICROBIT_RAM: usize = 15 * 1024;

/// The flash of an MPS2.
const MPS2_FLASH: usize = 4 * 1024 * 1024;

/// Flash of the fastest code of models for which there is no figure of others.
const FLASH: u64 = 100 * 1024;

/// Kinds of code that a model can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// The fastest within TensorFlow Lite Micro's flash, or 100 KB where that is not known, but at least its own.
    Fastest,
    /// The smallest.
    Smallest,
    /// The fastest without assembly, within the same flash.
    FastestPortable,
    /// The smallest without assembly.
    SmallestPortable,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Fastest, Self::Smallest, Self::FastestPortable, Self::SmallestPortable];

    /// As reports say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fastest => "fastest",
            Self::Smallest => "smallest",
            Self::FastestPortable => "fastest portable",
            Self::SmallestPortable => "smallest portable",
        }
    }

    /// Whether there is no assembly in it.
    pub fn is_portable(self) -> bool {
        matches!(self, Self::FastestPortable | Self::SmallestPortable)
    }
}

/// A model that can be imported.
#[derive(Clone, Debug)]
pub struct Model {
    /// `SET/MODEL`.
    pub name: String,
    /// The `.tflite` file.
    pub path: PathBuf,
    /// What stands in braces behind it: `x: Input { precision: Int4 }`; nothing of a model that stays as it is.
    pub input: String,
    /// What it becomes.
    pub graph: QuantizedGraph,
    /// Its smallest code, with the least memory.
    pub plan: Plan,
    /// Its golden inputs and outputs, where there are any.
    pub golden: Option<Golden>,
}

/// What became of a model.
#[derive(Debug)]
pub enum Import {
    /// It can be compiled.
    Done(Box<Model>),
    /// It cannot.
    Refused(Refusal),
}

/// Why a model cannot be imported.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Operators for which there is no conversion at all, each once.
    pub operators: Vec<String>,
    /// Everything that was reported.
    pub causes: Vec<String>,
}

impl Refusal {
    /// The operators in the way; where all are known, the first thing that is wrong with one.
    pub fn summary(&self) -> String {
        let others = self.causes.len().saturating_sub(1);
        match (self.operators.is_empty(), self.causes.first()) {
            (false, _) => self.operators.join(", "),
            (true, Some(cause)) if others > 0 => format!("{cause} (and {others} more)"),
            (true, cause) => cause.cloned().unwrap_or_default(),
        }
    }
}

impl Model {
    /// Imports a model, `SET/MODEL`.
    ///
    /// # Errors
    ///
    /// Where its file or its golden arrays cannot be read.
    pub fn import(zoo: &Path, name: &str) -> Result<Import> {
        // A name may have a dot.
        let path = zoo.join("models").join(format!("{name}.tflite"));
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let folder = zoo.join("golden").join(name.replace('/', "__"));
        let golden =
            |graph: &QuantizedGraph| folder.exists().then(|| Golden::read(&folder, graph)).transpose();
        Self::of(name, path, &bytes, golden)
    }

    /// Imports the bytes of a model that lies at a path.
    ///
    /// # Errors
    ///
    /// Where it or its golden arrays cannot be read.
    pub fn of(
        name: &str,
        path: PathBuf,
        bytes: &[u8],
        golden: impl FnOnce(&QuantizedGraph) -> Result<Option<Golden>>,
    ) -> Result<Import> {
        let model = tflite::read(bytes).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
        let graph = match from_tflite::quantized_graph(&model, bytes, Span::call_site()) {
            Ok(graph) => order::in_best_order(optimize::optimize(graph)),
            Err(problems) => {
                let operators = from_tflite::unsupported_operators(&model);
                let operators = operators.iter().map(ToString::to_string).collect();
                let causes = problems.into_iter().map(|problem| problem.cause).collect();
                return Ok(Import::Refused(Refusal { operators, causes }));
            }
        };
        let plan = smallest(&graph).with_context(|| format!("{name} has no plan"))?;
        let golden = golden(&graph)?;
        let input = match lookup_table::tabulated(&graph, &plan) {
            // Layers, not the table that is better.
            Ok(_) => "input: Input { lookup_table: false }".into(),
            Err(_) => String::new(),
        };
        Ok(Import::Done(Box::new(Self { name: name.into(), path, input, graph, plan, golden })))
    }

    /// The same as a table of all its answers, which it is where nothing else is stated; `None` where it cannot be one.
    pub fn as_table(&self) -> Option<Self> {
        let graph = lookup_table::tabulated(&self.graph, &self.plan).ok()?;
        let plan = smallest(&graph)?;
        let name = format!("{}, as a table", self.name);
        Some(Self { name, input: String::new(), graph, plan, ..self.clone() })
    }

    /// The same model with an `Input` by which its weights have fewer bits. What it must answer is what this machine does.
    ///
    /// # Errors
    ///
    /// Where something is wrong with the `Input`, or there are no golden inputs.
    pub fn narrowed(self, input: &str) -> Result<Self> {
        let Golden { inputs, .. } = self.golden.context("no golden inputs")?;
        Self::with_input(&self.name, self.path, input, |_| inputs)
    }

    /// A model with an `Input`. What it must answer to the bytes of some inputs is what this machine does.
    ///
    /// # Errors
    ///
    /// Where something is wrong with either.
    pub fn with_input(
        name: &str,
        path: PathBuf,
        input: &str,
        inputs: impl FnOnce(&QuantizedGraph) -> Vec<Vec<i8>>,
    ) -> Result<Self> {
        let declaration = format!("(::tinynet) struct Model = {path:?} {{ {input} }}");
        let tokens = declaration.parse().map_err(|error| anyhow::anyhow!("{declaration}: {error}"))?;
        let mut errors = Errors::new();
        let invocation = parse::parse(tokens, &mut errors);
        let network = invocation.networks.first().context("a network")?;
        let compiled = compile::compile(network, &FolderFiles::new(PathBuf::new()), &mut errors).compiled;
        let graph = compiled.with_context(|| format!("{declaration}: {:?}", errors.messages()))?.graph;
        let plan = smallest(&graph).with_context(|| format!("{name} has no plan"))?;
        let inputs = inputs(&graph);
        let reference = Reference::new(&graph);
        let outputs = inputs.iter().map(|input| reference.output(input)).collect();
        let golden = Some(Golden { inputs, outputs, stream: Vec::new() });
        Ok(Self { name: name.into(), path, input: input.into(), graph, plan, golden })
    }

    /// A model in real numbers of an example network, with an `Input` of these options beside its calibration samples, and
    /// outputs that differ from sample to sample.
    ///
    /// # Errors
    ///
    /// Where something is wrong with one of them.
    pub fn of_example(network: &str, options: &str) -> Result<Self> {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let path = repository.join(format!("tinynet-compiler/tests/real_models/{network}.tflite"));
        let samples = repository.join(format!("examples/networks/{network}/calibration.npy"));
        let inputs = |graph: &QuantizedGraph| {
            let bytes = graph.tensor(graph.inputs[0]).bytes();
            let byte =
                |sample: usize, index: usize| (sample * 7919 + index * 104_729 + sample * index * 31) as i8;
            (0..12).map(|sample| (0..bytes).map(|index| byte(sample, index)).collect()).collect()
        };
        let input = format!("x: Input {{ calibration: {samples:?}, {options} }}");
        let model = Self::with_input(network, path, &input, inputs)?;
        let outputs = &model.golden.as_ref().context("no outputs")?.outputs;
        ensure!(outputs.iter().any(|output| output != &outputs[0]), "{network} answers all samples alike");
        Ok(model)
    }

    /// Imports a model that must be importable and must have golden outputs.
    ///
    /// # Errors
    ///
    /// Where that is not so.
    pub fn read(zoo: &Path, name: &str) -> Result<Self> {
        match Self::import(zoo, name)? {
            Import::Done(model) if model.golden.is_some() => Ok(*model),
            Import::Done(_) => bail!("{name} has no golden outputs"),
            Import::Refused(refusal) => bail!("{name}: {:#?}", refusal.causes),
        }
    }

    /// Limits that only the smallest code and the least memory meet.
    pub fn tightest_limits(&self) -> String {
        format!("flash <= {}, ram <= {}", self.plan.flash, self.plan.arena)
    }

    /// Limits that its fastest code meets on a board.
    pub fn limits_of(machine: Machine) -> String {
        match machine {
            Machine::Microbit => format!("flash <= {MICROBIT_FLASH}, ram <= {MICROBIT_RAM}"),
            Machine::Mps2An385 | Machine::Mps2An386 | Machine::Mps2An505 => format!("flash <= {MPS2_FLASH}"),
        }
    }

    /// The model with its fastest code within TensorFlow Lite Micro's flash, or 100 KB where that is not known, but at
    /// least its own; and limits that this code meets.
    pub fn fastest(self) -> Option<(Self, String)> {
        let flash = self.flash_of_fastest();
        Some((self.within(flash)?, format!("flash <= {flash}")))
    }

    /// The flash within which its fastest code is: that of TensorFlow Lite Micro, or 100 KB where that is not known, but at
    /// least what its own code takes.
    pub fn flash_of_fastest(&self) -> u64 {
        let flash = tensorflow_lite_micro(&self.name).map_or(FLASH, |published| published.flash.into());
        flash.max(self.plan.flash as u64)
    }

    /// The model with its fastest code within so many bytes of flash.
    pub fn within(mut self, flash: u64) -> Option<Self> {
        self.plan = self.plan_within(flash)?;
        Some(self)
    }

    /// Cycles by its plan, on a Cortex-M0 and on a Cortex-M0+.
    pub fn cycles(&self) -> [usize; 2] {
        cycles(&self.plan)
    }

    /// The plan of that.
    pub fn plan_within(&self, flash: u64) -> Option<Plan> {
        self.plan_for(Budget { flash: Some(flash), ram: None, ..Budget::default() })
    }

    /// The same for chips with a multiplier.
    pub fn plan_with(&self, flash: u64, multiplier: Multiplier) -> Option<Plan> {
        self.plan_for(Budget { flash: Some(flash), multiplier, ..Budget::default() })
    }

    /// The plan of the fastest code that a board has room for.
    pub fn plan_on(&self, machine: Machine) -> Option<Plan> {
        let (flash, ram) = match machine {
            Machine::Microbit => (MICROBIT_FLASH, Some(MICROBIT_RAM as u64)),
            Machine::Mps2An385 | Machine::Mps2An386 | Machine::Mps2An505 => (MPS2_FLASH, None),
        };
        self.plan_for(Budget { flash: Some(flash as u64), ram, ..Budget::default() })
    }

    fn plan_for(&self, budget: Budget) -> Option<Plan> {
        plan::plan(&self.graph, budget, &mut Errors::new())
    }

    /// The model with code of a kind, and limits that only this code meets.
    pub fn with(mut self, code: Code) -> Option<(Self, String)> {
        let portable = code.is_portable();
        let smallest =
            self.plan_for(Budget { flash: Some(0), ram: None, portable, ..Budget::default() })?.flash as u64;
        let flash = match code {
            Code::Smallest | Code::SmallestPortable => smallest,
            Code::Fastest | Code::FastestPortable => {
                tensorflow_lite_micro(&self.name).map_or(FLASH, |other| other.flash.into()).max(smallest)
            }
        };
        self.plan = self.plan_for(Budget { flash: Some(flash), ram: None, portable, ..Budget::default() })?;
        Some((self, format!("flash <= {flash}")))
    }

    /// The smallest board that has room for it.
    pub fn machine(&self) -> Machine {
        let fits = self.plan.flash <= MICROBIT_FLASH && self.plan.arena <= MICROBIT_RAM;
        if fits { Machine::Microbit } else { Machine::Mps2An385 }
    }

    /// Keeps so many golden samples, the first ones.
    pub fn keep_samples(&mut self, most: usize) {
        if let Some(Golden { inputs, outputs, stream }) = &mut self.golden {
            [inputs, outputs, stream].into_iter().for_each(|samples| samples.truncate(most));
        }
    }

    /// Number of golden samples that the kernels answer otherwise on this machine; `None` without golden outputs.
    pub fn different_on_host(&self) -> Option<usize> {
        let golden = self.golden.as_ref()?;
        let reference = Reference::new(&self.graph);
        let samples = golden.inputs.iter().zip(&golden.outputs);
        let first = samples.filter(|(input, output)| reference.output(input) != **output).count();
        let stream = self.stream(&reference, golden);
        Some(first + stream.iter().zip(&golden.stream).filter(|(made, expected)| made != expected).count())
    }

    /// What the kernels answer on this machine to all golden inputs, one after another.
    fn stream(&self, reference: &Reference<'_>, golden: &Golden) -> Vec<Vec<i8>> {
        let mut state = reference.first_state();
        golden.inputs.iter().map(|input| reference.output_after(&mut state, input)).collect()
    }

    /// What it must answer to all golden inputs, one after another; nothing where each inference is for itself.
    pub fn expected_stream(&self) -> Vec<Vec<i8>> {
        match &self.golden {
            Some(golden) if self.graph.states().is_empty() => {
                assert!(golden.stream.is_empty(), "{} keeps nothing", self.name);
                Vec::new()
            }
            Some(golden) if golden.stream.is_empty() => self.stream(&Reference::new(&self.graph), golden),
            Some(golden) => golden.stream.clone(),
            None => Vec::new(),
        }
    }
}

/// Cycles by a plan, on a Cortex-M0 and on a Cortex-M0+.
pub fn cycles(plan: &Plan) -> [usize; 2] {
    let cores = [Processor::cortex_m0(plan.multiplier), Processor::cortex_m0plus(plan.multiplier)];
    cores.map(|processor| plan.cycles_on(processor))
}

/// Cycles on a Cortex-M0 by a plan whose layers are all assembly, with another multiplier than it was made for.
pub fn cycles_with(plan: &Plan, multiplier: Multiplier) -> usize {
    let of_layer = |step: &Step| step.shape.assembly().map_or(0, |code| code.function.counts.multiplies);
    let multiplications: u64 = plan.steps.iter().map(of_layer).sum();
    let slower = |multiplier: Multiplier| (multiplications * (multiplier.cycles() - 1)) as usize;
    plan.cycles - slower(plan.multiplier) + slower(multiplier)
}

/// The plan with the smallest code and the least memory.
fn smallest(graph: &QuantizedGraph) -> Option<Plan> {
    plan::plan(graph, Budget { flash: Some(0), ram: Some(0), ..Budget::default() }, &mut Errors::new())
}
