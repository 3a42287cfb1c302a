//! What the README says of figures that the compiler chooses.

use tinynet_examples::{TouchExact, TouchFast, TouchSmall, TouchTiny};

/// A row of the table of limits, from the figures on.
macro_rules! row {
    ($network:ident) => {
        format!(
            "| {} | {} | {:.2} % |",
            grouped($network::FLASH),
            grouped($network::CYCLES_CORTEX_M0),
            100.0 * $network::ACCURACY
        )
    };
}

/// A line of the plot: what the network was allowed, and bars for what it takes.
macro_rules! bars {
    ($limits:literal, $network:ident) => {
        format!(
            "{:<23} {:<32} {}",
            $limits,
            bar($network::FLASH, TouchFast::FLASH),
            bar($network::CYCLES_CORTEX_M0, TouchSmall::CYCLES_CORTEX_M0)
        )
    };
}

/// Twenty characters for the largest figure of all networks.
fn bar(figure: usize, largest: usize) -> String {
    assert!(figure <= largest, "bars are as long as {largest}, and {figure} is more");
    let length = (20 * figure + largest / 2) / largest;
    format!("{} {}", "█".repeat(length), grouped(figure))
}

/// `12 345`
fn grouped(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{} {:03}", number / 1_000, number % 1_000),
    }
}

#[test]
fn limits_have_the_figures_of_the_table() {
    let readme = include_str!("../README.md");
    let rows = [row!(TouchExact), row!(TouchFast), row!(TouchSmall), row!(TouchTiny)];
    assert!(rows.iter().all(|row| readme.contains(row)), "the figures are {rows:#?}");
}

#[test]
fn limits_have_the_bars_of_the_plot() {
    let readme = include_str!("../README.md");
    let lines = [
        bars!("11 KiB", TouchExact),
        bars!("11 KiB, 43 000 cycles", TouchFast),
        bars!("5 400 bytes", TouchSmall),
        bars!("3 300 bytes", TouchTiny),
    ];
    assert!(readme.contains(&lines.join("\n")), "the bars are {lines:#?}");
}
