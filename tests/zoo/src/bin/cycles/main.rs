//! `cargo xtask cycles`: by how much planned cycles are off, model by model, and what constants of the plan would fit
//! better.

mod file;
mod fit;
mod record;

use anyhow::{Context, Result};
use demo::show::{self, grouped};
use fit::Observation;
use lexopt::prelude::*;
use record::{Layer, Record, off};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tinynet_compiler::kernel_parameters::KernelParameters;
use tinynet_compiler::plan::cycles::{self, Output, Time};
use tinynet_compiler::plan::unrolled::Unrolled;
use tinynet_compiler::plan::{CodeShape, overlap};
use zoo::board::Bench;
use zoo::cases;
use zoo::model::{Code, Import, Model};

/// What the user asked for.
#[derive(Default)]
struct Arguments {
    /// Whether the constants that fit are written into the compiler's source.
    write: bool,
    /// A file that what is measured is appended to.
    record: Option<PathBuf>,
    /// A file with what was measured, instead of measuring.
    recorded: Option<PathBuf>,
    /// Parts of the names of the models; all models where there are none.
    names: Vec<String>,
}

/// Of so many models of one operator one is measured.
const EVERY: usize = 2;
/// Products of all samples of a model together: of large models few samples are measured.
const MOST_PRODUCTS: usize = 30_000_000;
/// Layers that are this far off are printed.
const FAR: f64 = 0.05;

fn main() -> Result<()> {
    let arguments = arguments()?;
    let zoo = zoo::folder().context(
        "TINYNET_ZOO names no folder of models: set it to one that has models/SET/MODEL.tflite and golden/SET__MODEL",
    )?;
    let folder = tempfile::tempdir()?;
    let models = Models::new(&zoo, folder.path(), &arguments.names)?;
    let records = match &arguments.recorded {
        Some(path) => Record::read(path)?,
        None => measure(&models, arguments.record.as_deref())?,
    };
    let observations = observations(&models, &records);
    print(&records);
    let constants = fit::fit(&observations);
    print_fit(&observations, &constants);
    if arguments.write {
        file::write(&constants)?;
    }
    Ok(())
}

fn arguments() -> Result<Arguments> {
    let mut arguments = Arguments::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("write") => arguments.write = true,
            Long("record") => arguments.record = Some(parser.value()?.into()),
            Long("recorded") => arguments.recorded = Some(parser.value()?.into()),
            Value(name) => arguments.names.push(name.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

/// The models that were asked for, if they have golden outputs.
struct Models {
    public: Vec<Model>,
    /// Models of one operator.
    cases: Vec<Model>,
}

impl Models {
    fn new(zoo: &Path, folder: &Path, names: &[String]) -> Result<Self> {
        let is_chosen = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part));
        let mut models = Self { public: Vec::new(), cases: cases::some(folder, EVERY)? };
        models.cases.retain(|model| is_chosen(&model.name));
        for name in zoo::names(zoo)?.into_iter().filter(|name| is_chosen(name)) {
            if let Import::Done(model) = Model::import(zoo, &name)? {
                models.public.push(*model);
            }
        }
        models.public.retain(|model| model.golden.is_some());
        Ok(models)
    }

    fn find(&self, record: &Record) -> Option<&Model> {
        let models = if record.is_public { &self.public } else { &self.cases };
        models.iter().find(|model| model.name == record.model)
    }
}

/// Measures public models with all kinds of code, and models of one operator without assembly.
fn measure(models: &Models, file: Option<&Path>) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for code in Code::ALL {
        let bench = if code.is_portable() { Bench::portable()? } else { Bench::new()? };
        let cases = if code == Code::SmallestPortable { &models.cases[..] } else { &[] };
        let public = models.public.iter().map(|model| (model, true));
        for (model, is_public) in public.chain(cases.iter().map(|model| (model, false))) {
            eprintln!("{}, {}", model.name, code.name());
            match measured(&bench, model, code, is_public) {
                Ok(record) => {
                    file.map(|file| record.append(file)).transpose()?;
                    records.push(record);
                }
                Err(error) => eprintln!("{error:#}"),
            }
        }
    }
    Ok(records)
}

fn measured(bench: &Bench, model: &Model, code: Code, is_public: bool) -> Result<Record> {
    let (mut model, limits) = model.clone().with(code).context("no plan")?;
    let macs = model.plan.macs.max(1);
    if let Some(golden) = &mut model.golden {
        let samples = (MOST_PRODUCTS / macs).max(2);
        golden.inputs.truncate(samples);
        golden.outputs.truncate(samples);
        golden.stream.truncate(samples);
    }
    let run = bench.run(&model, model.machine(), &limits)?;
    Ok(Record::new(&model, code, is_public, &run))
}

/// The layers in Rust that have functions of their own.
fn observations(models: &Models, records: &[Record]) -> Vec<Observation> {
    let mut observations = Vec::new();
    for record in records {
        let Some(model) = models.find(record) else { continue };
        for ((layer, node), step) in record.layers.iter().zip(&model.graph.nodes).zip(&model.plan.steps) {
            let (Some(time), Some(measured)) =
                (time(model, layer, node.output, &step.kernel), &layer.measured)
            else {
                continue;
            };
            let name = format!("{} {} {}", record.model, layer.label, layer.shape);
            observations.push(Observation { name, time, cycles: measured.slowest() });
        }
    }
    observations
}

/// The parts of a layer; nothing where it is assembly, or a loop whose packing the record does not name.
fn time(
    model: &Model,
    layer: &Layer,
    output: tinynet_compiler::graph::TensorId,
    kernel: &KernelParameters,
) -> Option<Time> {
    let shape = match (layer.shape.as_str(), kernel) {
        // What a softmax without a table takes depends on its inputs: its constants are those of the longest.
        ("loop", _) => CodeShape::Loop,
        ("unrolled", KernelParameters::Linear(kind, linear)) => {
            CodeShape::Unrolled(Unrolled::new(kind, linear))
        }
        _ => return None,
    };
    // What it takes longer for that is reckoned apart.
    let copies = overlap::overlap(kernel, &shape).is_some_and(|overlap| overlap.cycles[0] > 0);
    let tensor = model.graph.tensor(output);
    let output = Output { elements: tensor.elements(), element: tensor.info.element };
    (!layer.overlaps || !copies).then(|| cycles::time(kernel, &shape, output))
}

fn print(records: &[Record]) {
    let headings = ["model", "code", "cycles", "planned", "off", "M0+ off", "slowest"];
    let mut table = show::table(&headings, 2);
    for record in records.iter().filter(|record| record.is_public) {
        let (planned, measured) = (&record.planned, &record.measured);
        table.add_row([
            record.model.clone(),
            record.code.name().into(),
            grouped(measured.cycles[0].round() as i64),
            grouped(planned.cycles[0]),
            off(planned.cycles[0], measured.cycles[0]),
            off(planned.cycles[1], measured.cycles[1]),
            format!("{:+.2}\u{a0}%", 100.0 * (measured.range[1] as f64 / measured.range[0] as f64 - 1.0)),
        ]);
    }
    println!("{table}");
    println!(
        "cycles: of a mean inference; slowest: how much longer the slowest inference takes than the fastest"
    );
}

fn print_fit(observations: &[Observation], constants: &fit::Constants) {
    let current = fit::current();
    let mut table =
        show::table(&["part", "elements", "now", "fits", "M0+ now", "fits", "MULS now", "fits"], 2);
    for key in fit::observed(observations) {
        let (now, fits) = (current[&key], constants[&key]);
        let elements = if key.1 { "int16" } else { "int8" };
        let numbers =
            now.iter().zip(&fits).flat_map(|(now, fits)| [now, fits]).map(|cycles| format!("{cycles:.1}"));
        table.add_row([key.0.to_owned(), elements.to_owned()].into_iter().chain(numbers));
    }
    println!("{table}");
    let mut by_kind: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for observation in observations {
        let off = fit::cycles(&observation.time, constants, 0) / observation.cycles[0] - 1.0;
        if off.abs() > FAR {
            println!("{}: {:.0} cycles, {:+.1} %", observation.name, observation.cycles[0], 100.0 * off);
        }
        by_kind.entry(observation.time.kind()).or_default().push(off);
    }
    let mut table = show::table(&["kernel", "layers", "least off", "most off"], 1);
    for (kind, offs) in by_kind {
        let [least, most] = [f64::min, f64::max].map(|choose| offs.iter().copied().fold(offs[0], choose));
        let [least, most] = [least, most].map(|off| format!("{:+.1}\u{a0}%", 100.0 * off));
        table.add_row([kind, &grouped(offs.len()), &least, &most]);
    }
    println!("{table}");
}
