//! A model, measured.

use crate::grid::Grid;
use anyhow::{Context, Result};
use demo::show::grouped;
use tinynet_compiler::plan::{Faster, Step};
use xtask::emulator::Machine;
use xtask::toolchain::CORTEX_M4;
use zoo::board::{Bench, Run};
use zoo::microflow::{self, MicroFlow};
use zoo::model::Model;
use zoo::published::tensorflow_lite_micro_on_m4;

/// MicroFlow, or why it cannot be built here.
pub(crate) enum Peer {
    Ready(MicroFlow),
    Missing(String),
}

impl Peer {
    pub(crate) fn of(found: Result<MicroFlow>) -> Self {
        match found {
            Ok(found) => Self::Ready(found),
            Err(error) => Self::Missing(microflow::first_error(&error)),
        }
    }
}

/// Boards, by their cores.
pub(crate) struct Benches {
    /// Cortex-M0.
    pub(crate) small: Bench,
    /// Cortex-M4, if a model is compared there.
    pub(crate) larger: Option<Bench>,
}

impl Benches {
    pub(crate) fn new(models: &[Model]) -> Result<Self> {
        let larger = models.iter().any(is_compared_on_cortex_m4).then(|| Bench::with_target(CORTEX_M4));
        Ok(Self { small: Bench::new()?, larger: larger.transpose()? })
    }
}

fn is_compared_on_cortex_m4(model: &Model) -> bool {
    tensorflow_lite_micro_on_m4(&model.name).is_some()
}

/// What a model costs.
pub(crate) struct Measured {
    /// With the plan of its fastest code.
    pub(crate) model: Model,
    /// Of that code.
    pub(crate) fastest: Run,
    pub(crate) smallest: Run,
    /// The fastest code on a Cortex-M4, of models of which others' cycles there are known.
    pub(crate) on_cortex_m4: Option<Run>,
    /// With MicroFlow: what it did, or why it did nothing; nothing where there is no MicroFlow.
    pub(crate) microflow: Option<Result<microflow::Run, String>>,
}

/// Cortex-M4 cycles of an inference, a mean, about.
pub(crate) fn cycles_m4(run: &Run) -> u64 {
    run.inference.inclusive.cycles_m4 / run.inference.calls.max(1)
}

/// Cortex-M0 cycles of an inference, a mean.
pub(crate) fn cycles(run: &Run) -> u64 {
    run.inference.inclusive.cycles_m0 / run.inference.calls.max(1)
}

impl Measured {
    /// Runs the smallest code, the fastest, the fastest on a Cortex-M4 where there is something to compare it with, and
    /// MicroFlow's.
    pub(crate) fn new(benches: &Benches, peer: &Peer, model: Model) -> Result<Self> {
        let Benches { small: bench, larger } = benches;
        let smallest = bench.run(&model, model.machine(), &model.tightest_limits())?;
        let (model, limits) = model.fastest().context("no plan")?;
        let fastest = bench.run(&model, model.machine(), &limits)?;
        let on_cortex_m4 = larger.as_ref().filter(|_| is_compared_on_cortex_m4(&model));
        let on_cortex_m4 =
            on_cortex_m4.map(|bench| bench.run(&model, Machine::Mps2An386, &limits)).transpose()?;
        let microflow = match peer {
            Peer::Ready(peer) => Some(peer.run(&model).map_err(|error| microflow::first_error(&error))),
            Peer::Missing(_) => None,
        };
        Ok(Self { model, fastest, smallest, on_cortex_m4, microflow })
    }

    pub(crate) fn name(&self) -> &str {
        &self.model.name
    }

    /// Whether all answers are the golden ones.
    pub(crate) fn is_exact(&self) -> bool {
        let runs = [Some(&self.fastest), Some(&self.smallest), self.on_cortex_m4.as_ref()];
        runs.into_iter().flatten().all(|run| run.different == 0)
    }

    /// What each layer of its fastest code costs.
    pub(crate) fn layers(&self) -> Grid {
        let headings =
            vec!["layer", "code", "next faster", "MACs", "cycles", "planned", "a MAC", "flash", "a weight"];
        let layers = self.model.graph.nodes.iter().zip(&self.model.plan.steps).zip(&self.fastest.layers);
        let rows = layers.map(|((node, step), region)| {
            let measured = region.as_ref().map(|region| region.inclusive.cycles_m0 / region.calls.max(1));
            layer(&node.label, step, measured)
        });
        let rows = rows.collect();
        Grid { title: format!("{}, fastest code by layer", self.name()), headings, texts: 3, rows }
    }
}

/// The row of a layer; `measured` are its cycles.
fn layer(label: &str, step: &Step, measured: Option<u64>) -> Vec<String> {
    let cost = &step.cost;
    let quotient = |a: Option<f64>, b: usize| match (a, b) {
        (None, _) | (_, 0) => "–".into(),
        (Some(a), b) => format!("{:.2}", a / b as f64),
    };
    let faster = step.faster.map_or("–".into(), |Faster { code, flash, cycles }| {
        format!("{code}: {} cycles, {} bytes", grouped(cycles), grouped(flash))
    });
    vec![
        label.into(),
        step.shape.name().into(),
        faster,
        grouped(cost.macs),
        measured.map_or("–".into(), |cycles| grouped(cycles as i64)),
        grouped(cost.cycles),
        quotient(measured.map(|cycles| cycles as f64), cost.macs),
        grouped(cost.flash),
        quotient(Some(cost.flash as f64), cost.weights),
    ]
}
