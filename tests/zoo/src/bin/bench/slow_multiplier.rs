//! Models on chips whose multiplier takes 32 cycles: with code for such chips, and with code for all others.

use crate::grid::Grid;
use anyhow::{Context, Result, ensure};
use demo::show::grouped;
use tinynet_compiler::armv6m::timing::Multiplier;
use zoo::board::{Bench, Run};
use zoo::model::Model;

pub(crate) const NOTES: &str = "\
Cortex-M0 cycles of an inference, zero wait states, the mean over golden samples on the emulator, where `MULS` takes 1 cycle
or 32. Both kinds of code are the fastest within the same flash: TensorFlow Lite Micro's, or 100 KB where that is not known.
Planned: by the compiler, for 32 cycles; off: how many cycles more that is. Flash: bytes beyond those of firmware without a
model; RAM: tensors and scratch.
";

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
