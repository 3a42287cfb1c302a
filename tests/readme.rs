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
