//! Networks of few bits where their code is counted: on an emulated Cortex-M0.

use anyhow::{Result, ensure};
use tinynet_compiler::armv6m::timing::Multiplier;
use zoo::board::Bench;
use zoo::model::{Code, Model};

/// What a network takes there.
pub(crate) struct Counted {
    /// Bytes of flash that the linked firmware has more than one without a network.
    pub(crate) flash: i64,
    /// Cycles of an inference.
    pub(crate) cycles: u64,
    /// Samples that were answered as this machine answers them.
    pub(crate) samples: usize,
}

/// Runs the smallest code of a network on its golden samples.
///
/// # Errors
///
/// If that fails, or an answer is not the one that this machine gives.
pub(crate) fn counted(bench: &Bench, model: Model) -> Result<Counted> {
    let Some((model, limits)) = model.clone().with(Code::Smallest) else {
        anyhow::bail!("{} has no plan", model.name)
    };
    let run = bench.run(&model, model.machine(), &limits)?;
    ensure!(run.different == 0, "{}: host and chip differ", model.name);
    let samples = model.golden.as_ref().map_or(0, |golden| golden.inputs.len());
    Ok(Counted { flash: run.flash, cycles: run.cycles(Multiplier::SingleCycle), samples })
}
