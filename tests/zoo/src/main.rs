//! `cargo xtask zoo`: every public model, what it answers and what it costs.

use anyhow::{Context, Result, bail};
use comfy_table::Table;
use cycle_counter::report::Region;
use demo::show::{self, grouped};
use lexopt::prelude::*;
use serde_json::json;
use tinynet_compiler::plan::Plan;
use xtask::emulator::Machine;
use xtask::toolchain::{CORTEX_M0, CORTEX_M3, CORTEX_M4};
use zoo::board::{Bench, Run};
use zoo::model::{Import, Model, Refusal};
use zoo::published::{TensorFlowLiteMicro, tensorflow_lite_micro, tensorflow_lite_micro_on_m4};

/// What the user asked for.
#[derive(Default)]
struct Arguments {
    /// A line of JSON for each model instead of a table.
    json: bool,
    /// The fastest code within TensorFlow Lite Micro's flash instead of the smallest.
    fastest: bool,
    /// A line for each layer, too.
    layers: bool,
    /// Which core runs them.
    core: Core,
    /// Parts of the names of the models; all models where there are none.
    names: Vec<String>,
}

/// Cores that run models.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Core {
    #[default]
    CortexM0,
    CortexM3,
    CortexM4,
}

impl Core {
    fn target(self) -> &'static str {
        match self {
            Self::CortexM0 => CORTEX_M0,
            Self::CortexM3 => CORTEX_M3,
            Self::CortexM4 => CORTEX_M4,
        }
    }

    fn machine(self, model: &Model) -> Machine {
        match self {
            Self::CortexM0 => model.machine(),
            Self::CortexM3 => Machine::Mps2An385,
            Self::CortexM4 => Machine::Mps2An386,
        }
    }
}

/// A model that was imported, and what is known of it.
struct Measured {
    model: Model,
    samples: usize,
    different_on_host: usize,
    core: Core,
    machine: Machine,
    /// `None` without golden inputs.
    run: Option<Run>,
}

fn main() -> Result<()> {
    let arguments = arguments()?;
    let zoo = zoo::folder().context(
        "TINYNET_ZOO names no folder of models: set it to one that has models/SET/MODEL.tflite and golden/SET__MODEL",
    )?;
    let is_chosen =
        |name: &String| arguments.names.is_empty() || arguments.names.iter().any(|part| name.contains(part));
    let bench = Bench::with_target(arguments.core.target())?;
    let (mut measured, mut refused) = (Vec::new(), Vec::new());
    for name in zoo::names(&zoo)?.into_iter().filter(is_chosen) {
        match Model::import(&zoo, &name)? {
            Import::Done(model) => {
                let table = model.as_table();
                for model in std::iter::once(*model).chain(table) {
                    let name = model.name.clone();
                    eprintln!("{name}");
                    let model = measure(&bench, model, &arguments).with_context(|| name)?;
                    if arguments.json {
                        println!("{}", json_of(&model));
                    }
                    if arguments.layers {
                        println!("{}", layers(&model.model));
                    }
                    measured.push(model);
                }
            }
            Import::Refused(refusal) => {
                if arguments.json {
                    println!("{}", json_of_refusal(&name, &refusal));
                }
                refused.push((name, refusal));
            }
        }
    }
    if !arguments.json {
        print(&measured, &refused, arguments.fastest);
    }
    let is_exact = |model: &Measured| {
        model.different_on_host == 0 && model.run.as_ref().is_none_or(|run| run.different == 0)
    };
    let wrong: Vec<_> =
        measured.iter().filter(|model| !is_exact(model)).map(|model| &model.model.name).collect();
    anyhow::ensure!(wrong.is_empty(), "not exact: {wrong:?}");
    Ok(())
}

fn arguments() -> Result<Arguments> {
    let mut arguments = Arguments::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => arguments.json = true,
            Long("fastest") => arguments.fastest = true,
            Long("layers") => arguments.layers = true,
            Long("core") => {
                arguments.core = match parser.value()?.string()?.as_str() {
                    "cortex-m0" => Core::CortexM0,
                    "cortex-m3" => Core::CortexM3,
                    "cortex-m4" => Core::CortexM4,
                    other => bail!("`{other}`: cortex-m0, cortex-m3 or cortex-m4"),
                }
            }
            Value(name) => arguments.names.push(name.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

/// Runs a model's smallest or fastest code where it fits.
fn measure(bench: &Bench, model: Model, arguments: &Arguments) -> Result<Measured> {
    let (model, limits) = if arguments.fastest {
        model.fastest().context("no plan")?
    } else {
        let limits = model.tightest_limits();
        (model, limits)
    };
    let core = arguments.core;
    let machine = core.machine(&model);
    let golden = model.golden.as_ref();
    let run = golden.map(|_| bench.run(&model, machine, &limits)).transpose()?;
    let samples = golden.map_or(0, |golden| golden.inputs.len());
    let different_on_host = model.different_on_host().unwrap_or(0);
    Ok(Measured { model, samples, different_on_host, core, machine, run })
}

impl Measured {
    /// Cycles of an inference, a mean: of a Cortex-M4 where that is the core, else of a Cortex-M0.
    fn cycles(&self) -> Option<u64> {
        let Region { inclusive, calls, .. } = self.run.as_ref()?.inference;
        let cycles = if self.core == Core::CortexM4 { inclusive.cycles_m4 } else { inclusive.cycles_m0 };
        cycles.checked_div(calls)
    }

    fn published(&self) -> Option<TensorFlowLiteMicro> {
        tensorflow_lite_micro(&self.model.name)
    }

    /// The same with TensorFlow Lite Micro.
    fn published_cycles(&self) -> Option<u64> {
        match self.core {
            Core::CortexM4 => tensorflow_lite_micro_on_m4(&self.model.name),
            _ => self.published()?.cycles,
        }
    }

    /// `32 of 32`
    fn exact(&self, different: Option<usize>) -> String {
        match different {
            Some(different) if self.samples > 0 => {
                format!("{} of {}", self.samples - different, self.samples)
            }
            _ => "–".into(),
        }
    }
}

fn print(measured: &[Measured], refused: &[(String, Refusal)], is_fastest: bool) {
    let which = if is_fastest { "Fastest code within its flash" } else { "Smallest code of each model" };
    println!("{which}; TensorFlow Lite Micro's figures (TFLM) beside it");
    println!("{}", table(measured));
    println!("exact: golden samples answered bit for bit on this machine, on the emulated board");
    println!(
        "flash: bytes of the firmware less those of one without a model; RAM: bytes of all tensors and scratch"
    );
    println!(
        "MACs: multiply-accumulates of an inference after folding; cycles: of a Cortex-M0, or about those of a Cortex-M4 with `--core cortex-m4`, zero wait states"
    );
    println!(
        "TFLM: with CMSIS-NN, built by GCC 12; flash of the firmware, RAM of the arena, cycles of its faster build"
    );
    if !refused.is_empty() {
        println!("\nNot imported");
        let width = refused.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, refusal) in refused {
            println!("  {name:width$}  {}", refusal.summary());
        }
    }
}

fn table(measured: &[Measured]) -> Table {
    let headings = [
        "model", "host", "board", "machine", "flash", "TFLM", "RAM", "TFLM", "stack", "MACs", "cycles",
        "planned", "TFLM",
    ];
    let mut table = show::table(&headings, 1);
    for model in measured {
        let Plan { arena, macs, cycles, .. } = model.model.plan;
        let (run, published) = (model.run.as_ref(), model.published());
        table.add_row([
            model.model.name.clone(),
            model.exact(Some(model.different_on_host)),
            model.exact(run.map(|run| run.different)),
            model.machine.name().into(),
            optional(run.map(|run| run.flash)),
            optional(published.map(|published| published.flash.into())),
            grouped(arena),
            optional(published.and_then(|published| published.arena).map(i64::from)),
            optional(run.map(|run| run.stack.inference.into())),
            grouped(macs),
            optional(model.cycles().and_then(|cycles| cycles.try_into().ok())),
            grouped(cycles),
            optional(model.published_cycles().and_then(|cycles| cycles.try_into().ok())),
        ]);
    }
    table
}

/// What each layer costs by the plan.
fn layers(model: &Model) -> Table {
    let headings = ["layer", "code", "MACs", "cycles", "a MAC", "flash", "a weight", "scratch"];
    let mut table = show::table(&headings, 2);
    for (node, step) in model.graph.nodes.iter().zip(&model.plan.steps) {
        let quotient = |a: usize, b: usize| match b {
            0 => "–".into(),
            _ => format!("{:.2}", a as f64 / b as f64),
        };
        let cost = &step.cost;
        table.add_row([
            node.label.clone(),
            step.shape.name().into(),
            grouped(cost.macs),
            grouped(cost.cycles),
            quotient(cost.cycles, cost.macs),
            grouped(cost.flash),
            quotient(cost.flash, cost.weights),
            grouped(step.scratch.len()),
        ]);
    }
    table
}

fn optional(number: Option<i64>) -> String {
    number.map_or("–".into(), grouped)
}

fn json_of(measured: &Measured) -> serde_json::Value {
    let Plan { arena, macs, flash, .. } = measured.model.plan;
    let run = measured.run.as_ref();
    let published = measured.published().map(|TensorFlowLiteMicro { flash, arena, .. }| {
        let cycles = measured.published_cycles();
        json!({ "flash": flash, "arena": arena, "cycles": cycles })
    });
    json!({
        "model": measured.model.name,
        "imported": true,
        "samples": measured.samples,
        "different_on_host": measured.different_on_host,
        "different_on_board": run.map(|run| run.different),
        "machine": measured.machine.name(),
        "flash": run.map(|run| run.flash),
        "flash_estimate": flash,
        "ram": arena,
        "statics": run.map(|run| run.ram),
        "stack": run.map(|run| run.stack.inference),
        "stack_of_program": run.map(|run| run.stack.program),
        "macs": macs,
        "cycles": measured.cycles(),
        "cycles_planned": measured.model.plan.cycles,
        "tensorflow_lite_micro": published,
    })
}

fn json_of_refusal(name: &str, refusal: &Refusal) -> serde_json::Value {
    json!({
        "model": name,
        "imported": false,
        "unsupported_operators": refusal.operators,
        "causes": refusal.causes,
    })
}
