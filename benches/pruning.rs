//! What pruned weights cost in accuracy, and what they save: `TINYNET_ZOO=<folder> cargo bench --bench pruning`.
//!
//! Of nine networks, a share of all weights becomes 0. Cycles and flash are those of the plan for a Cortex-M0, cycles exact
//! where a layer is assembly: of the fastest code, and of the smallest.

mod nine_networks;

use anyhow::{Context, Result};
use nine_networks::{NETWORKS, output};
use std::path::PathBuf;
use tinynet_compiler::diagnostics::Errors;
use tinynet_compiler::float_evaluator;
use tinynet_compiler::optimize::optimize;
use tinynet_compiler::plan::{Budget, plan};
use tinynet_compiler::quantized::QuantizedGraph;

/// What becomes 0.
const PRUNED: [&str; 7] = ["0", "0.5", "[2, 4]", "0.7", "0.8", "0.9", "0.95"];

fn main() -> Result<()> {
    let Some(zoo) = std::env::var_os("TINYNET_ZOO").map(PathBuf::from) else {
        println!("TINYNET_ZOO names no folder with `trained` and `datasets`: nothing to measure");
        return Ok(());
    };
    // `cargo bench` adds options of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
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
