//! The benches run, and their figures can be read.

use std::path::Path;
use std::process::Command;

/// A model that takes seconds.
const MODEL: &str = "tflm/hello_world_int8";

/// The rows of the table below a title: cells by heading, the first of a name.
fn row<'a>(report: &'a str, title: &str, first: &str) -> Vec<(&'a str, &'a str)> {
    let table = report.split("## ").find(|part| part.starts_with(title)).expect("a table");
    let cells =
        |line: &'a str| -> Vec<&'a str> { line.trim_matches('|').split('|').map(str::trim).collect() };
    let mut lines = table.lines().filter(|line| line.starts_with('|')).map(cells);
    let headings = lines.next().expect("headings");
    let row = lines.find(|cells| cells[0] == first).expect("a row");
    assert_eq!(headings.len(), row.len(), "{title}");
    headings.into_iter().zip(row).collect()
}

/// The number in a cell.
fn number(row: &[(&str, &str)], heading: &str) -> u64 {
    let (_, cell) = row.iter().find(|(known, _)| *known == heading).expect("a heading");
    let digits: String = cell.split('\u{a0}').collect();
    digits.parse().unwrap_or_else(|_| panic!("{heading}: {cell}"))
}

#[test]
fn figures_of_a_small_model() {
    assert!(zoo::folder().is_some(), "TINYNET_ZOO names a folder of models");
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    let output = command.arg("--folder").arg(folder.path()).arg(MODEL).output().expect("a program");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| std::fs::read_to_string(Path::join(folder.path(), name)).expect("a file");

    let report = read("report.md");
    let costs = row(&report, "What models cost", MODEL);
    let [cycles, planned] = ["cycles", "planned"].map(|heading| number(&costs, heading));
    assert!(cycles.abs_diff(planned) <= planned / 10, "{cycles} cycles, {planned} planned");
    assert!(cycles <= number(&costs, "to reach") && cycles < number(&costs, "smallest: cycles"), "{costs:?}");
    let layers = format!("{MODEL}, fastest code by layer");
    let of_layers = ["fully_connected_0", "fully_connected_1", "fully_connected_2"]
        .map(|layer| number(&row(&report, &layers, layer), "cycles"));
    let sum: u64 = of_layers.iter().sum();
    // The rest is calls.
    assert!(sum <= cycles && cycles - sum < 100, "{cycles} cycles, of which layers {of_layers:?}");
    let others = row(&report, "Cycles beside others", MODEL);
    assert!(number(&others, "TFLM") > cycles, "{others:?}");
    if !report.contains("MicroFlow was not measured") {
        assert!(number(&others, "MicroFlow") > cycles, "{others:?}");
    }
    let drawing = read("cycles.svg");
    assert!(drawing.starts_with("<svg") && drawing.contains("hello_world_int8"), "{drawing}");
}
