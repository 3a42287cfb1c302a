//! `cargo xtask bench`: what every public model costs, by layer, and beside others.

mod grid;
mod measured;
mod report;
mod slow_multiplier;

use anyhow::{Context, Result, ensure};
use lexopt::prelude::*;
use measured::{Benches, Measured, Peer};
use std::path::{Path, PathBuf};
use xtask::process;
use zoo::microflow::MicroFlow;
use zoo::model::{Import, Model};
use zoo::{plot, targets};

/// What the user asked for.
struct Arguments {
    /// Where report and plot go.
    folder: PathBuf,
    /// Whether to measure what a slow multiplier costs instead.
    slow_multiplier: bool,
    /// Parts of the names of the models; all models where there are none.
    names: Vec<String>,
}

fn main() -> Result<()> {
    let arguments = arguments()?;
    let zoo = zoo::folder().context(
        "TINYNET_ZOO names no folder of models: set it to one that has models/SET/MODEL.tflite and golden/SET__MODEL",
    )?;
    let models = chosen(&zoo, &arguments.names)?;
    if arguments.slow_multiplier {
        let grid = slow_multiplier::grid(models)?;
        println!("{}{}", grid.text(), slow_multiplier::NOTES);
        let markdown = format!("{}\n{}", grid.markdown(), slow_multiplier::NOTES);
        return save(&arguments.folder, &[("slow_multiplier.md", markdown)]);
    }
    let benches = Benches::new(&models)?;
    let peer = Peer::of(MicroFlow::new());
    let mut measured = Vec::new();
    for model in models {
        eprintln!("{}", model.name);
        let name = model.name.clone();
        let model = Measured::new(&benches, &peer, model).with_context(|| name)?;
        println!("{}", model.layers().text());
        measured.push(model);
    }
    ensure!(!measured.is_empty(), "no model that can be imported and has golden outputs has such a name");
    let report = report::Report { measured: &measured, peer: &peer };
    report.print();
    write(&arguments, &report)?;
    let wrong: Vec<_> = measured.iter().filter(|model| !model.is_exact()).map(Measured::name).collect();
    ensure!(wrong.is_empty(), "not exact: {wrong:?}");
    Ok(())
}

fn arguments() -> Result<Arguments> {
    let folder = process::target_directory().join("bench");
    let mut arguments = Arguments { folder, slow_multiplier: false, names: Vec::new() };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("folder") => arguments.folder = parser.value()?.into(),
            Long("slow-multiplier") => arguments.slow_multiplier = true,
            Value(name) => arguments.names.push(name.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

/// The models that can be measured and were asked for: those that have a target first.
fn chosen(zoo: &Path, parts: &[String]) -> Result<Vec<Model>> {
    let is_chosen = |name: &String| parts.is_empty() || parts.iter().any(|part| name.contains(part));
    let mut models = Vec::new();
    for name in zoo::names(zoo)?.into_iter().filter(is_chosen) {
        match Model::import(zoo, &name)? {
            Import::Done(model) if model.golden.is_some() => {
                let table = model.as_table();
                models.extend(std::iter::once(*model).chain(table));
            }
            Import::Done(_) => eprintln!("{name}: no golden outputs"),
            Import::Refused(refusal) => eprintln!("{name}: {}", refusal.summary()),
        }
    }
    models.sort_by_key(|model| targets::most_cycles(&model.name).is_none());
    Ok(models)
}

/// Writes report and plot.
fn write(arguments: &Arguments, report: &report::Report<'_>) -> Result<()> {
    let drawing = plot::svg(report::SCALE, &report::RUNTIMES, &report.bars())?;
    save(&arguments.folder, &[("report.md", report.markdown()), ("cycles.svg", drawing)])
}

/// Writes files into a folder.
fn save(folder: &Path, files: &[(&str, String)]) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        println!("{}", path.display());
    }
    Ok(())
}
