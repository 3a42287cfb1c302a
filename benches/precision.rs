//! What weights of few bits cost in accuracy: `TINYNET_ZOO=<folder> cargo bench --bench precision`.
//!
//! The weights of all layers of nine networks are in one number format after another. `-- counted` says instead what those of
//! four bits take on an emulated Cortex-M0, `-- activations` holds tensors of four bits between layers against those of eight,
//! and `-- groups` says what scales of groups of weights would win. Further words are parts of the names of networks.

mod declaration;
mod group_scales;
mod nine_networks;
mod on_the_board;

use anyhow::{Context, Result, ensure};
use nine_networks::{NETWORKS, Network, WEIGHTS, output, quantized};
use on_the_board::{Counted, counted};
use std::path::{Path, PathBuf};
use tinynet_compiler::float_evaluator;
use tinynet_compiler::precision::Precision;
use zoo::board::Bench;
use zoo::model::Model;

/// The options that are held to [`LOST`].
const HELD: [&str; 2] = ["precision: Int8", "precision: Int4"];

/// How far a network with one of [`HELD`] may lie below real numbers: a point.
const LOST: f64 = 0.01;

fn main() -> Result<()> {
    let Some(zoo) = std::env::var_os("TINYNET_ZOO").map(PathBuf::from) else {
        println!(
            "TINYNET_ZOO names no folder with `trained` and `datasets` (for `groups`: `trained` and `models`):"
        );
        println!("nothing to measure");
        return Ok(());
    };
    // `cargo bench` adds options of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    match wanted.split_first() {
        Some((first, [])) if first == "groups" => group_scales::print(&zoo),
        Some((first, wanted)) if first == "counted" => on_the_chip(&zoo, wanted),
        Some((first, wanted)) if first == "activations" => {
            print(&zoo, "activations", &["Int8", "Int4"], wanted)
        }
        _ => print(&zoo, "precision", &Precision::ALL.map(|(name, _)| name), &wanted),
    }
}

/// Prints how well networks do with each value of an option of their `Input`.
fn print(zoo: &Path, option: &str, values: &[&str], wanted: &[String]) -> Result<()> {
    let names: String = values.iter().map(|value| format!("{value:>12}")).collect();
    println!("{:22} {:>5} {names}", "network", "real");
    for network in NETWORKS.into_iter().filter(|network| is_wanted(network, wanted)) {
        let test = network.test_set(zoo)?;
        let mut row = String::new();
        let mut real = None;
        let mut held = Ok(());
        for value in values {
            let stated = format!("{option}: {value}");
            let (float, quantized) = network.compiled(zoo, &stated)?;
            let real =
                *real.get_or_insert_with(|| test.judge(|sample| float_evaluator::output(&float, sample)));
            let made = test.judge(|sample| output(&quantized, sample));
            row += &format!(" {made:.3}{:>+6.1}", 100.0 * (made - real));
            if HELD.contains(&stated.as_str()) {
                held = held.and(hold(network.name, &stated, made, real));
            }
        }
        println!("{:22} {:.3} {row}", network.name, real.unwrap_or_default());
        held?;
    }
    println!("share of right answers (anomalies: area under the curve), and points won or lost");
    Ok(())
}

/// Fails where a network loses more than it may.
fn hold(name: &str, option: &str, made: f64, real: f64) -> Result<()> {
    ensure!(made >= real - LOST, "{name}: {made} by `{option}`, {real} in real numbers");
    Ok(())
}

/// Whether a word is a part of a network's name, or there is none.
fn is_wanted(network: &Network, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|word| network.name.contains(word.as_str()))
}

/// Samples that are answered on the board as well.
const ON_THE_BOARD: usize = 20;

/// What the networks take on the chip with weights of eight bits and of four, and how well they do.
fn on_the_chip(zoo: &Path, wanted: &[String]) -> Result<()> {
    let bench = Bench::new()?;
    println!(
        "{:22} {:15} {:>6} {:>8} {:>6} {:>10} the same on the board",
        "network", "option", "score", "points", "flash", "cycles"
    );
    for network in NETWORKS.into_iter().filter(|network| is_wanted(network, wanted)) {
        let test = network.test_set(zoo)?;
        let (float, _) = network.compiled(zoo, "")?;
        let real = test.judge(|sample| float_evaluator::output(&float, sample));
        for option in HELD {
            let model = of_network(&network, zoo, option, &test.samples)?;
            let score = test.judge(|sample| output(&model.graph, sample));
            let Counted { flash, cycles, samples } =
                counted(&bench, model).with_context(|| format!("{}, {option}", network.name))?;
            println!(
                "{:22} {option:15} {score:>6.3} {:>+8.1} {flash:>6} {cycles:>10} {samples} samples",
                network.name,
                100.0 * (score - real),
            );
            hold(network.name, option, score, real)?;
        }
    }
    println!("score: of the whole test set, on this machine; points: won or lost to real numbers;");
    println!(
        "flash: bytes that the linked firmware has more than one without a network, cycles: of an inference,"
    );
    println!("both of the smallest code");
    Ok(())
}

/// A network as the board takes it, with the first of its samples.
fn of_network(network: &Network, zoo: &Path, option: &str, samples: &[Vec<f32>]) -> Result<Model> {
    let folder = zoo.join("trained").join(network.name);
    let layers = network.layers(&folder, option);
    Model::with_input(network.name, folder.join(WEIGHTS), &layers, |graph| {
        samples.iter().take(ON_THE_BOARD).map(|sample| quantized(graph, sample)).collect()
    })
}
