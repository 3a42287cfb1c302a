//! What weights of few bits cost in accuracy: `TINYNET_ZOO=<folder> cargo bench --bench precision`.
//!
//! The weights of all layers of nine networks are in one number format after another. `-- groups` says instead what scales of
//! groups of weights would win.

mod group_scales;
mod nine_networks;

use anyhow::Result;
use nine_networks::{NETWORKS, output};
use std::path::PathBuf;
use tinynet_compiler::float_evaluator;
use tinynet_compiler::precision::Precision;

fn main() -> Result<()> {
    let Some(zoo) = std::env::var_os("TINYNET_ZOO").map(PathBuf::from) else {
        println!("TINYNET_ZOO names no folder with `trained` and `datasets`: nothing to measure");
        return Ok(());
    };
    // `cargo bench` adds options of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if wanted == ["groups"] {
        return group_scales::print(&zoo);
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
