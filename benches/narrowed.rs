//! What weights of few bits cost a model that is quantised already:
//! `TINYNET_ZOO=<folder> cargo bench --bench narrowed`.
//!
//! The weights of MLPerf Tiny's keyword spotter, int8s in its file, are rounded to fewer bits. It is judged by how
//! often it gives the label that the file gives: on golden inputs, the last of which were recorded and the others made
//! up, and on words of synthetic voices. It is calibrated on words of other voices. Flash and cycles are those of a
//! Cortex-M0 by the plan; `-- counted` says instead what is linked, and counted on an emulated one.

mod declaration;
mod on_the_board;

use anyhow::{Context, Result, anyhow, bail, ensure};
use declaration::with_network;
use on_the_board::{Counted, counted};
use std::path::{Path, PathBuf};
use tinynet_compiler::compile::{self, Compiled};
use tinynet_compiler::import::{Values, npy};
use tinynet_compiler::precision::Precision;
use tinynet_compiler::quantized::QuantizedGraph;
use tinynet_compiler::reference::Reference;
use zoo::board::Bench;
use zoo::model::Model;

const NAME: &str = "mlperf_tiny/kws_ref_model_int8";
const MODEL: &str = "models/mlperf_tiny/kws_ref_model_int8.tflite";
const GOLDEN: &str = "golden/mlperf_tiny__kws_ref_model_int8/input.npy";
/// Golden inputs that were recorded.
const RECORDED: std::ops::Range<usize> = 20..32;
/// Golden inputs that keep their label with calibrated weights of four bits, at least, all recorded ones among them.
const LEAST_SAME: usize = 29;
/// Only rustc knows it: the smallest code meets it if any does.
const SMALLEST: &str = "SMALLEST";
/// More flash than the smallest code of four bits takes, for faster code.
const FASTER: &str = "26 * KIB";
/// Limits under which the compiler chooses.
const LIMITS: [&str; 2] = ["25_000", "22_000"];
const WORDS: &str = "datasets/kws_tts_mfcc";

fn main() -> Result<()> {
    let Some(zoo) = std::env::var_os("TINYNET_ZOO").map(PathBuf::from) else {
        println!("TINYNET_ZOO names no folder with `models`, `golden` and `datasets`: nothing to measure");
        return Ok(());
    };
    // `cargo bench` adds options of its own.
    if std::env::args().skip(1).any(|word| word == "counted") {
        return on_the_chip(&zoo);
    }
    let original = compiled(&zoo, SMALLEST, "")?.graph;
    let elements = original.tensor(original.inputs[0]).elements();
    let inputs = |path: &str| -> Result<Vec<Vec<i8>>> {
        let integers = integers(&zoo.join(path))?.into_iter().map(|value| value as i8).collect::<Vec<_>>();
        Ok(integers.chunks_exact(elements).map(<[i8]>::to_vec).collect())
    };
    let (golden, words) = (inputs(GOLDEN)?, inputs(&format!("{WORDS}/x_test.npy"))?);
    let answers: Vec<usize> =
        integers(&zoo.join(WORDS).join("y_test.npy"))?.into_iter().map(|answer| answer as usize).collect();
    let [golden_labels, word_labels] = [&golden, &words].map(|inputs| labels(&original, inputs));
    println!("precision   samples  golden  recorded  words   right   weights   flash      cycles");
    let row = |name: &str, samples: &str, Compiled { graph, plan, .. }: &Compiled| {
        let made = labels(graph, &golden);
        let same: Vec<bool> = made.iter().zip(&golden_labels).map(|(made, label)| made == label).collect();
        let made = labels(graph, &words);
        println!(
            "{name:10} {samples:>8} {:>7} {:>9} {:>5.1} % {:>5.1} % {:>9} {:>7} {:>11}",
            format!("{}/{}", count(&same), same.len()),
            format!("{}/{}", count(&same[RECORDED]), RECORDED.len()),
            share(&made, &word_labels),
            share(&made, &answers),
            weights(graph),
            plan.flash,
            plan.cycles,
        );
        [count(&same), count(&same[RECORDED]), weights(graph)]
    };
    const CALIBRATED: &str = "calibration: \"datasets/kws_tts_mfcc/x_train.npy\"";
    for (name, precision) in Precision::ALL {
        row(name, "none", &compiled(&zoo, SMALLEST, &format!("precision: {name}"))?);
        // Weights that stay as they are have no use for samples.
        if precision != Precision::Int8 {
            let of_row =
                row(name, "256", &compiled(&zoo, SMALLEST, &format!("precision: {name}, {CALIBRATED}"))?);
            if precision == Precision::Int4 {
                hold(of_row, weights(&original))?;
            }
        }
    }
    row("Int4", "256", &compiled(&zoo, FASTER, &format!("precision: Int4, {CALIBRATED}"))?);
    println!("  flash <= {FASTER}");
    for limit in LIMITS {
        let chosen = compiled(&zoo, limit, &format!("precision: Auto, {CALIBRATED}"))?;
        row("Auto", "256", &chosen);
        if let Some(choices) = &chosen.choices {
            println!("  flash <= {limit}: {}", choices.describe(&choices.chosen));
        }
    }
    println!(
        "golden, recorded: inputs with the label that the file gives; words: the same of words that were not"
    );
    println!(
        "calibrated on; right: words that were heard; weights: bits, in bytes; flash, cycles: of a Cortex-M0 by"
    );
    println!("the plan, of the smallest code, or of the fastest within the limit of the line below");
    Ok(())
}

/// What the model takes on the chip.
fn on_the_chip(zoo: &Path) -> Result<()> {
    let bench = Bench::new()?;
    let samples = zoo.join(WORDS).join("x_train.npy");
    let as_it_is = Model::read(zoo, NAME)?;
    println!("precision    weights   flash      cycles  the same on the board");
    for (name, precision) in Precision::ALL {
        let model = match precision {
            Precision::Int8 => as_it_is.clone(),
            _ => as_it_is
                .clone()
                .narrowed(&format!("audio: Input {{ precision: {name}, calibration: {samples:?} }}"))?,
        };
        let weights = weights(&model.graph);
        let Counted { flash, cycles, samples } = counted(&bench, model).context(name)?;
        println!("{name:10} {weights:>9} {flash:>7} {cycles:>11}  {samples} golden inputs");
    }
    println!(
        "flash: bytes that the linked firmware has more than one without a network, cycles: of an inference,"
    );
    println!("both of the smallest code; the same: answers as this machine gives them");
    Ok(())
}

/// Fails where weights of four bits, calibrated, are more than half of those of eight, or change more than they may.
fn hold([golden, recorded, bytes]: [usize; 3], of_int8: usize) -> Result<()> {
    ensure!(2 * bytes == of_int8, "{bytes} bytes of weights of four bits, {of_int8} of eight");
    ensure!(recorded == RECORDED.len(), "{recorded} of {} recorded inputs keep their label", RECORDED.len());
    ensure!(golden >= LEAST_SAME, "{golden} golden inputs keep their label, {LEAST_SAME} are demanded");
    Ok(())
}

/// The model with an `Input` of these options, with as much flash; without options as it is.
fn compiled(zoo: &Path, limit: &str, options: &str) -> Result<Compiled> {
    let input = format!(", {{ audio: Input {{ {options} }} }}");
    let end = if options.is_empty() { ";" } else { &input };
    let declaration = format!("struct Keywords = {MODEL:?} where flash <= {limit}{end}");
    with_network(&declaration, zoo, |network, files, errors| {
        compile::compile(network, files, errors).compiled
    })
}

fn labels(graph: &QuantizedGraph, inputs: &[Vec<i8>]) -> Vec<usize> {
    let reference = Reference::new(graph);
    let label = |output: Vec<i8>| (0..output.len()).rev().max_by_key(|&index| output[index]).unwrap_or(0);
    inputs.iter().map(|input| label(reference.output(input))).collect()
}

fn integers(path: &Path) -> Result<Vec<i64>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    match npy::read(&bytes).map_err(|error| anyhow!("{}: {error:?}", path.display()))?.values {
        Values::Integers(values) => Ok(values),
        Values::F32(_) => bail!("{}: no integers", path.display()),
    }
}

fn count(which: &[bool]) -> usize {
    which.iter().filter(|&&is_so| is_so).count()
}

fn share(made: &[usize], expected: &[usize]) -> f64 {
    let same: Vec<bool> = made.iter().zip(expected).map(|(made, expected)| made == expected).collect();
    100.0 * count(&same) as f64 / same.len() as f64
}

/// What the weights of a model have of information.
fn weights(graph: &QuantizedGraph) -> usize {
    let bits = |precision: Precision| match precision {
        Precision::Int8 => 8,
        Precision::Int6 => 6,
        Precision::Int5 => 5,
        Precision::Int4 | Precision::PowerOfTwo => 4,
        Precision::Int3 => 3,
        Precision::Int2 | Precision::Ternary => 2,
        Precision::Binary => 1,
    };
    let linears = graph.nodes.iter().filter_map(|node| node.operator.linear());
    linears.map(|linear| linear.weights.len() * bits(linear.precision)).sum::<usize>().div_ceil(8)
}
