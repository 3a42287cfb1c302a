//! Models on chips whose multiplier takes 32 cycles: with code for such chips, and with code for all others.

use crate::grid::Grid;
use anyhow::{Context, Result, ensure};
use demo::declaration;
use demo::show::grouped;
use tinynet_compiler::armv6m::timing::Multiplier;
use tinynet_compiler::compile::compile;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::plan::{Budget, Plan, plan};
use zoo::board::{Bench, Run};
use zoo::model::{Model, cycles_with};

pub(crate) const NOTES: &str = "\
Cortex-M0 cycles of an inference, zero wait states, the mean over golden samples on the emulator, where `MULS` takes 1 cycle
or 32. Both kinds of code are the fastest within the same flash: TensorFlow Lite Micro's, or 100 KB where that is not known.
Planned: by the compiler, for 32 cycles; off: how many cycles more that is. Flash: bytes beyond those of firmware without a
model; RAM: tensors and scratch. Figures of example networks, whose code is all assembly, are the compiler's.
";

/// Example networks that are all assembly.
const EXAMPLES: [&str; 2] = ["digits", "touch"];

/// The table of all models.
pub(crate) fn grid(models: Vec<Model>) -> Result<Grid> {
    ensure!(!models.is_empty(), "no model that can be imported and has golden outputs has such a name");
    let benches = [Bench::new()?, Bench::with_slow_multiplier()?];
    let mut rows = Vec::new();
    for model in models {
        let name = model.name.clone();
        eprintln!("{name}");
        rows.push(row(&benches, model).with_context(|| name)?);
    }
    for name in EXAMPLES {
        rows.push(example(name).with_context(|| name)?);
    }
    let headings = vec![
        "model",
        "multiplier of 1 cycle: cycles",
        "of 32 cycles",
        "code for 32: cycles",
        "planned",
        "off",
        "times faster",
        "flash",
        "RAM",
        "code for 1: flash",
        "RAM",
    ];
    Ok(Grid { title: "Chips with a slow multiplier".into(), headings, texts: 1, rows })
}

/// What the compiler says of an example, within the flash that it takes at a multiplier of one cycle.
fn example(name: &str) -> Result<Vec<String>> {
    let mut errors = Errors::new();
    let compiled = compile(&declaration::read(name)?, &declaration::files(), &mut errors).compiled;
    let graph = compiled.with_context(|| errors.messages().join("\n"))?.graph;
    let mut planned = |flash, multiplier| {
        plan(&graph, Budget { flash, multiplier, ..Budget::default() }, &mut errors).context("no plan")
    };
    let fast = planned(None, Multiplier::SingleCycle)?;
    let slow = planned(None, Multiplier::Iterative)?;
    let [at_one, before] = [Multiplier::SingleCycle, Multiplier::Iterative].map(|to| cycles_with(&fast, to));
    let memory = |plan: &Plan| [grouped(plan.flash), grouped(plan.arena)];
    let mut row = vec![
        format!("example `{name}`"),
        grouped(at_one),
        grouped(before),
        grouped(slow.cycles),
        grouped(slow.cycles),
        "–".into(),
        format!("{:.1}", before as f64 / slow.cycles as f64),
    ];
    row.extend(memory(&slow));
    row.extend(memory(&fast));
    Ok(row)
}

/// Measures a model with code of both kinds.
fn row([fast, slow]: &[Bench; 2], model: Model) -> Result<Vec<String>> {
    let (model, limits) = model.fastest().context("no plan")?;
    let flash = model.flash_of_fastest();
    let planned = model.plan_with(flash, Multiplier::Iterative).context("no plan")?.cycles;
    let [with_fast, with_slow] = [fast, slow].map(|bench| bench.run(&model, model.machine(), &limits));
    let (with_fast, with_slow) = (with_fast?, with_slow?);
    ensure!(with_fast.different + with_slow.different == 0, "not exact");
    let before = with_fast.cycles(Multiplier::Iterative);
    let after = with_slow.cycles(Multiplier::Iterative);
    let number = |number: u64| i64::try_from(number).map_or("–".into(), grouped);
    let memory = |run: &Run| [grouped(run.flash), grouped(run.network_ram)];
    let mut row = vec![
        model.name.clone(),
        number(with_fast.cycles(Multiplier::SingleCycle)),
        number(before),
        number(after),
        grouped(planned),
        format!("{:+.1}\u{a0}%", 100.0 * (planned as f64 / after as f64 - 1.0)),
        format!("{:.1}", before as f64 / after as f64),
    ];
    row.extend(memory(&with_slow));
    row.extend(memory(&with_fast));
    Ok(row)
}
