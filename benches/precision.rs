//! What weights of few bits cost in accuracy: `TINYNET_ZOO=<folder> cargo bench --bench precision`.
//!
//! The weights of all layers of nine networks are in one number format after another. `-- counted` says instead what those of
//! four bits take on an emulated Cortex-M0, `-- groups` what scales of groups of weights would win.

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

fn main() -> Result<()> {
    let Some(zoo) = std::env::var_os("TINYNET_ZOO").map(PathBuf::from) else {
        println!("TINYNET_ZOO names no folder with `trained` and `datasets`: nothing to measure");
        return Ok(());
    };
    // `cargo bench` adds options of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    match wanted.as_slice() {
        [word] if word == "groups" => return group_scales::print(&zoo),
        [word] if word == "counted" => return on_the_chip(&zoo),
        _ => {}
    }
    let names = Precision::ALL.map(|(name, _)| name);
    println!("{:22} {:>5} {}", "network", "real", names.map(|name| format!("{name:>11}")).concat());
    for network in NETWORKS {
        if !wanted.is_empty() && !wanted.iter().any(|word| network.name.contains(word.as_str())) {
            continue;
        }
        let test = network.test_set(&zoo)?;
        let mut row = String::new();
        let mut real = None;
        for precision in names {
            let (float, quantized) = network.compiled(&zoo, &format!("precision: {precision}"))?;
            let real =
                *real.get_or_insert_with(|| test.judge(|sample| float_evaluator::output(&float, sample)));
            let made = test.judge(|sample| output(&quantized, sample));
            row += &format!(" {made:.3}{:>+5.1}", 100.0 * (made - real));
        }
        println!("{:22} {:.3} {row}", network.name, real.unwrap_or_default());
    }
    println!("share of right answers (anomalies: area under the curve), and points won or lost");
    Ok(())
}

/// Samples that are answered on the board as well.
const ON_THE_BOARD: usize = 20;

/// How far weights of four bits may lie below real numbers.
const LOST: f64 = 0.01;

/// What the networks take on the chip with weights of eight bits and of four, and how well they do.
fn on_the_chip(zoo: &Path) -> Result<()> {
    let bench = Bench::new()?;
    println!(
        "{:22} {:9} {:>6} {:>8} {:>6} {:>10} the same on the board",
        "network", "precision", "score", "points", "flash", "cycles"
    );
    for network in NETWORKS {
        let test = network.test_set(zoo)?;
        let (float, _) = network.compiled(zoo, "")?;
        let real = test.judge(|sample| float_evaluator::output(&float, sample));
        for precision in ["Int8", "Int4"] {
            let model = of_network(&network, zoo, precision, &test.samples)?;
            let score = test.judge(|sample| output(&model.graph, sample));
            let Counted { flash, cycles, samples } =
                counted(&bench, model).with_context(|| format!("{}, {precision}", network.name))?;
            println!(
                "{:22} {precision:9} {score:>6.3} {:>+8.1} {flash:>6} {cycles:>10} {samples} samples",
                network.name,
                100.0 * (score - real),
            );
            ensure!(
                score >= real - LOST,
                "{}: {score} with {precision}, {real} in real numbers",
                network.name
            );
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
fn of_network(network: &Network, zoo: &Path, precision: &str, samples: &[Vec<f32>]) -> Result<Model> {
    let folder = zoo.join("trained").join(network.name);
    let layers = network.layers(&folder, &format!("precision: {precision}"));
    Model::with_input(network.name, folder.join(WEIGHTS), &layers, |graph| {
        samples.iter().take(ON_THE_BOARD).map(|sample| quantized(graph, sample)).collect()
    })
}
