//! What was measured of a model.

use anyhow::{Context, Result};
use cycle_counter::report::Region;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::Path;
use zoo::board::Run;
use zoo::model::{Code, Model};

/// What was measured of a model with code of a kind.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) model: String,
    pub(crate) code: Code,
    /// Whether it is a public model; else it is one of one operator.
    pub(crate) is_public: bool,
    pub(crate) planned: Planned,
    /// Of a whole inference.
    pub(crate) measured: Measured,
    pub(crate) layers: Vec<Layer>,
}

/// What was measured of a layer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Layer {
    pub(crate) label: String,
    /// The name of its code's shape.
    pub(crate) shape: String,
    /// Whether its output overlaps its input.
    pub(crate) overlaps: bool,
    pub(crate) planned: Planned,
    /// `None` where it has no function of its own.
    pub(crate) measured: Option<Measured>,
}

/// Cycles by the plan.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Planned {
    /// On a Cortex-M0 and on a Cortex-M0+.
    pub(crate) cycles: [usize; 2],
}

/// Cycles by the emulator.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Of a mean inference, on a Cortex-M0 and on a Cortex-M0+.
    pub(crate) cycles: [f64; 2],
    /// Of the fastest and the slowest inference on a Cortex-M0.
    pub(crate) range: [u64; 2],
    /// The most multiplications of an inference.
    pub(crate) multiplications: u64,
}

impl Measured {
    fn of(region: &Region) -> Self {
        let mean = |all: u64| all as f64 / region.calls.max(1) as f64;
        Self {
            cycles: [mean(region.inclusive.cycles_m0), mean(region.inclusive.cycles_m0plus)],
            range: [region.least.cycles_m0, region.most.cycles_m0],
            multiplications: region.most.multiplications,
        }
    }
}

impl Measured {
    /// Of the slowest inference, and its multiplications.
    pub(crate) fn slowest(&self) -> [f64; 3] {
        let [m0, plus] = self.cycles.map(|cycles| cycles * self.range[1] as f64 / self.cycles[0]);
        [m0, plus, self.multiplications as f64]
    }
}

impl Record {
    pub(crate) fn new(model: &Model, code: Code, is_public: bool, run: &Run) -> Self {
        let layers = model.graph.nodes.iter().zip(&model.plan.steps).zip(&run.layers);
        let layers = layers.map(|((node, step), region)| Layer {
            label: node.label.clone(),
            shape: step.shape.name().into(),
            overlaps: step.lead.is_some(),
            planned: Planned { cycles: [step.cost.cycles, step.cost.cycles_m0plus] },
            measured: region.as_ref().map(Measured::of),
        });
        Self {
            model: model.name.clone(),
            code,
            is_public,
            planned: Planned { cycles: model.cycles() },
            measured: Measured::of(&run.inference),
            layers: layers.collect(),
        }
    }

    /// Appends it to a file.
    pub(crate) fn append(&self, path: &Path) -> Result<()> {
        let file = std::fs::File::options().append(true).create(true).open(path);
        let mut file = file.with_context(|| path.display().to_string())?;
        writeln!(file, "{}", serde_json::to_string(self)?)?;
        Ok(())
    }

    /// All that are in a file.
    pub(crate) fn read(path: &Path) -> Result<Vec<Self>> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }
}

/// `+1.2 %`: by how much what is planned is off.
pub(crate) fn off(planned: usize, measured: f64) -> String {
    format!("{:+.1}\u{a0}%", 100.0 * (planned as f64 / measured - 1.0))
}
