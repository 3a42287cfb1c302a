//! All models in tables, and as bars.

use crate::grid::Grid;
use crate::measured::{Measured, Peer, cycles, cycles_m4};
use demo::show::grouped;
use zoo::board::Run;
use zoo::microflow::{self, Difference};
use zoo::plot::Bars;
use zoo::published::{others, tensorflow_lite_micro, tensorflow_lite_micro_on_m4};
use zoo::targets::{most_cycles, most_cycles_m4};

/// What the bars are, in their order.
pub(crate) const RUNTIMES: [&str; 7] = [
    "tinynet, fastest",
    "tinynet, smallest",
    "TFLM + CMSIS-NN (measured once)",
    "MicroFlow",
    "Bosch HALE (published)",
    "embedded-nn (measured once)",
    "TinyMaix (measured once)",
];
/// What their length is.
pub(crate) const SCALE: &str = "Cortex-M0 cycles of an inference, those of TFLM + CMSIS-NN: 1";

const NOTES: &str = "\
Cycles: Cortex-M0, zero wait states, the mean inference over golden samples on the emulator; M0+: Cortex-M0+.
Fastest: within TensorFlow Lite Micro's flash (TFLM), or 100 KB where that is not known. Flash, RAM: bytes beyond those of
firmware without a model; RAM is tensors and scratch, of MicroFlow all statics and stack. Planned: by the compiler, calls
of layers included; off: how many cycles more that is. A layer without measured cycles has no function of its own; its
flash is without what it shares with others.
MicroFlow: crates.io, built and run in this run, of large models on the first golden samples; differs: how many of them
have an answer that is not the golden one, and the largest difference in integers of the output.
TFLM (with CMSIS-NN, GCC 12), embedded-nn and TinyMaix were measured once on the same emulator, not in this run; HALE is
what Bosch published for MLPerf Tiny v1.2, of Cortex-M0+ hardware.
Cortex-M4: zero wait states, by the times of its manual as far as they are modelled, of TFLM (-O3, measured once) as of ours.
";

/// What was measured.
pub(crate) struct Report<'a> {
    pub(crate) measured: &'a [Measured],
    pub(crate) peer: &'a Peer,
}

impl Report<'_> {
    /// The tables of all models, on the terminal.
    pub(crate) fn print(&self) {
        for grid in self.tables() {
            println!("{}", grid.text());
        }
        println!("{}{NOTES}", self.without_microflow());
    }

    /// The tables of all models, then those of each.
    pub(crate) fn markdown(&self) -> String {
        let tables: String = self.tables().iter().map(Grid::markdown).collect();
        let layers: String = self.measured.iter().map(|model| model.layers().markdown()).collect();
        format!("# Benches\n\n{tables}{}\n{NOTES}\n{layers}", self.without_microflow())
    }

    fn tables(&self) -> Vec<Grid> {
        [self.costs(), self.runtimes()].into_iter().chain(self.on_cortex_m4()).collect()
    }

    /// What tinynet's code costs.
    fn costs(&self) -> Grid {
        let headings = vec![
            "model",
            "target",
            "to reach",
            "cycles",
            "planned",
            "off",
            "M0+",
            "flash",
            "RAM",
            "stack",
            "smallest: cycles",
            "flash",
            "RAM",
            "stack",
        ];
        let row = |model: &Measured| {
            let (name, fastest) = (model.name(), &model.fastest);
            let (goal, planned) = (most_cycles(name), model.model.plan.cycles);
            let memory =
                |run: &Run| [run.flash, run.network_ram.into(), run.stack.inference.into()].map(grouped);
            let mut row = vec![
                name.to_owned(),
                verdict(goal, cycles(fastest)).into(),
                optional(goal),
                number(cycles(fastest)),
                grouped(planned),
                format!("{:+.1}\u{a0}%", 100.0 * (planned as f64 / cycles(fastest) as f64 - 1.0)),
                number(fastest.inference.inclusive.cycles_m0plus / fastest.inference.calls.max(1)),
            ];
            row.extend(memory(fastest));
            row.push(number(cycles(&model.smallest)));
            row.extend(memory(&model.smallest));
            row
        };
        Grid {
            title: "What models cost".into(),
            headings,
            texts: 2,
            rows: self.measured.iter().map(row).collect(),
        }
    }

    /// Cycles beside others.
    fn runtimes(&self) -> Grid {
        let headings = vec![
            "model",
            "MicroFlow differs",
            "tinynet",
            "TFLM",
            "times",
            "MicroFlow",
            "times",
            "flash",
            "RAM",
            "HALE",
            "embedded-nn",
            "TinyMaix",
        ];
        let row = |model: &Measured| {
            let own = cycles(&model.fastest);
            let times = |other: Option<u64>| match other {
                Some(other) => format!("{:.1}", other as f64 / own as f64),
                None => "–".into(),
            };
            let tflm = tensorflow_lite_micro(model.name()).and_then(|published| published.cycles);
            let run = model.microflow.as_ref().and_then(|run| run.as_ref().ok());
            let microflow = run.map(|run| run.cycles());
            let others = others(model.name());
            vec![
                model.name().to_owned(),
                run.map_or("–".into(), wrong),
                number(own),
                optional(tflm),
                times(tflm),
                optional(microflow),
                times(microflow),
                run.map_or("–".into(), |run| grouped(run.flash)),
                run.map_or("–".into(), |run| grouped(run.ram)),
                optional(others.hale),
                optional(others.embedded_nn),
                optional(others.tiny_maix),
            ]
        };
        let rows = self.measured.iter().map(row).collect();
        Grid { title: "Cycles beside others: how many times ours".into(), headings, texts: 2, rows }
    }

    /// Cycles of a Cortex-M4, beside TensorFlow Lite Micro's, if any model was measured there.
    fn on_cortex_m4(&self) -> Option<Grid> {
        let row = |model: &Measured| {
            let (run, name) = (model.on_cortex_m4.as_ref()?, model.name());
            let (own, tflm) = (cycles_m4(run), tensorflow_lite_micro_on_m4(name)?);
            Some(vec![
                name.to_owned(),
                verdict(most_cycles_m4(name), own).into(),
                optional(most_cycles_m4(name)),
                number(own),
                format!("{:.2}", own as f64 / model.model.plan.macs as f64),
                grouped(run.flash),
                number(tflm),
                format!("{:.2}", own as f64 / tflm as f64),
            ])
        };
        let rows: Vec<_> = self.measured.iter().filter_map(row).collect();
        let headings = vec!["model", "target", "to reach", "cycles", "a MAC", "flash", "TFLM", "of TFLM's"];
        let title = "Cycles on a Cortex-M4, about".into();
        (!rows.is_empty()).then_some(Grid { title, headings, texts: 2, rows })
    }

    /// The models that MicroFlow does not run, and why.
    fn without_microflow(&self) -> String {
        if let Peer::Missing(cause) = self.peer {
            return format!("MicroFlow was not measured, as it cannot be built here: {cause}\n\n");
        }
        let failed = |model: &Measured| {
            let cause = model.microflow.as_ref()?.as_ref().err()?;
            Some(format!("- {}: {cause}\n", model.name()))
        };
        let failures: String = self.measured.iter().filter_map(failed).collect();
        match failures.as_str() {
            "" => failures,
            _ => format!("Not with MicroFlow:\n\n{failures}\n"),
        }
    }

    /// A group of bars for each model of which TensorFlow Lite Micro's cycles are known.
    pub(crate) fn bars(&self) -> Vec<Bars> {
        let bars = |model: &Measured| {
            let tflm = tensorflow_lite_micro(model.name())?.cycles?;
            let run = model.microflow.as_ref().and_then(|run| run.as_ref().ok());
            let others = others(model.name());
            let cycles = [
                Some(cycles(&model.fastest)),
                Some(cycles(&model.smallest)),
                Some(tflm),
                run.map(|run| run.cycles()),
                others.hale,
                others.embedded_nn,
                others.tiny_maix,
            ];
            let ratios = cycles.map(|cycles| Some(cycles? as f64 / tflm as f64)).to_vec();
            let (_, name) = model.name().split_once('/')?;
            Some(Bars { model: name.into(), ratios })
        };
        self.measured.iter().filter_map(bars).collect()
    }
}

/// `2 of 32, by up to 1`
fn wrong(run: &microflow::Run) -> String {
    let Difference { samples, largest } = run.difference;
    match samples {
        0 => format!("0 of {}", run.samples),
        _ => format!("{samples} of {}, by up to {largest}", run.samples),
    }
}

fn verdict(goal: Option<u64>, cycles: u64) -> &'static str {
    match goal {
        Some(goal) if cycles <= goal => "met",
        Some(_) => "missed",
        None => "–",
    }
}

fn number(number: u64) -> String {
    grouped(number as i64)
}

fn optional(cycles: Option<u64>) -> String {
    cycles.map_or("–".into(), number)
}
