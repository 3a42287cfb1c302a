//! What pruned weights cost in accuracy, and what they save: `TINYNET_ZOO=<folder> cargo bench --bench pruning`.
//!
//! Of nine networks, a share of all weights becomes 0. Cycles and flash are those of the plan for a Cortex-M0, cycles
//! exact where a layer is assembly: of the fastest code, and of the smallest.
//!
//! Then what pruning saves where it is counted: a dense network that was trained with all of its weights and with a
//! tenth of them, both under one limit of flash, on the emulated micro:bit. `-- counted` does that alone.

mod declaration;
mod nine_networks;
mod trained_examples;

use anyhow::{Context, Result, ensure};
use demo::board::Board;
use demo::cost::Cost;
use nine_networks::{NETWORKS, output};
use std::path::PathBuf;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::float_evaluator;
use tinynet_compiler::optimize::optimize;
use tinynet_compiler::plan::{Budget, plan};
use tinynet_compiler::quantized::QuantizedGraph;
use trained_examples::{example, test_split};
use trained_networks::{DenseMnist, PrunedMnist};

/// What becomes 0.
const PRUNED: [&str; 7] = ["0", "0.5", "[2, 4]", "0.7", "0.8", "0.9", "0.95"];

fn main() -> Result<()> {
    let Some(zoo) = std::env::var_os("TINYNET_ZOO").map(PathBuf::from) else {
        println!("TINYNET_ZOO names no folder with `trained` and `datasets`: nothing to measure");
        return Ok(());
    };
    // `cargo bench` adds options of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if wanted == [COUNTED] {
        return counted();
    }
    println!(
        "{:24}{:>8}{:>8}{:>7} |{:>9}{:>7}{:>8} |{:>9}{:>7}{:>8}",
        "network", "prune", "score", "points", "fastest", "times", "flash", "smallest", "times", "flash"
    );
    for network in NETWORKS {
        if !wanted.is_empty() && !wanted.iter().any(|word| network.name.contains(word.as_str())) {
            continue;
        }
        let test = network.test_set(&zoo)?;
        let mut dense = None;
        for pruned in PRUNED {
            let (float, quantized) = network.compiled(&zoo, &format!("prune: {pruned}"))?;
            let score = test.judge(|sample| output(&quantized, sample));
            let costs = costs(quantized).context(network.name)?;
            let real = || test.judge(|sample| float_evaluator::output(&float, sample));
            let (real, of_dense) = dense.get_or_insert_with(|| (real(), costs));
            let points = 100.0 * (score - *real);
            print!("{:24}{pruned:>8}{score:>8.3}{points:>+7.1}", network.name);
            for ([cycles, flash], [of_dense, _]) in costs.into_iter().zip(*of_dense) {
                print!(" |{cycles:>9}{:>7.1}{flash:>8}", of_dense as f64 / cycles as f64);
            }
            println!();
        }
    }
    println!(
        "score: share of right answers (anomalies: area under the curve); points: won or lost to real numbers;"
    );
    println!("cycles and bytes of flash; times: how many fewer cycles than with `prune: 0`");
    if wanted.is_empty() { counted() } else { Ok(()) }
}

/// The argument that asks for nothing but what is counted on the board.
const COUNTED: &str = "counted";

/// How many times fewer cycles a tenth of the weights has to take.
const TIMES_FEWER: f64 = 5.0;

/// Images that are run on the board: cycles do not depend on them.
const IMAGES: usize = 10;

/// Counts the cycles of a dense network with all of its weights and with a tenth of them.
fn counted() -> Result<()> {
    let mnist = test_split("mnist10k_16x16", 255.0)?;
    let mut networks = [
        example("dense_mnist", DenseMnist::new(), mnist.clone())?,
        example("pruned_mnist", PrunedMnist::new(), mnist)?,
    ];
    let board = Board::new(&networks)?;
    let mut cycles = Vec::new();
    println!("\n{:24}{:>10}{:>8}", "on the micro:bit", "cycles", "flash");
    for network in &mut networks {
        network.inputs.truncate(IMAGES);
        let host = network.outputs_of_host();
        let run = board.run(network, |_| {})?;
        ensure!(run.outputs == host, "{}: host and chip differ", network.name);
        let cost = Cost::new(network, &run, &board.baseline);
        println!("{:24}{:>10.0}{:>8}", network.name, cost.time.cycles_m0, cost.flash);
        cycles.push(cost.time.cycles_m0);
    }
    let times = cycles[0] / cycles[1];
    println!("{times:.1} times fewer cycles");
    ensure!(times >= TIMES_FEWER, "{times} times fewer cycles, {TIMES_FEWER} are demanded");
    Ok(())
}

/// Cycles and flash of the fastest code, and of the smallest.
fn costs(graph: QuantizedGraph) -> Option<[[usize; 2]; 2]> {
    let graph = optimize(graph);
    let cost = |flash| {
        let budget = Budget { flash: Some(flash), ram: None, ..Budget::default() };
        plan(&graph, budget, &mut Errors::new()).map(|plan| [plan.cycles, plan.flash])
    };
    Some([cost(u64::MAX)?, cost(0)?])
}
