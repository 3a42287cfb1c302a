//! Tables and pictures in a terminal.

use crate::cost::{Cost, LayerCost};
use crate::data::Metric;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

/// A table with these headings. All columns but the first `left` are numbers.
pub fn table(headings: &[&str], left: usize) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED.with_rounded_corners()).set_header(headings.to_vec());
    for column in table.column_iter_mut().skip(left) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// What each layer of a network costs, what belongs to none alone, and all together.
pub fn layers(cost: &Cost) -> Table {
    let headings = [
        "layer",
        "kind",
        "code",
        "output",
        "weights",
        "flash",
        "RAM",
        "MACs",
        "cycles",
        "planned",
        "cycles/MAC",
    ];
    let mut table = table(&headings, 4);
    for LayerCost { layer, flash, time } in &cost.layers {
        table.add_row([
            layer.name.to_owned(),
            layer.kind.to_owned(),
            layer.code.to_owned(),
            format!("{:?}", layer.output_shape),
            grouped(layer.weights),
            grouped(*flash),
            grouped(layer.ram),
            grouped(layer.macs),
            cycles(time.cycles_m0),
            grouped(layer.cycles),
            per_mac(time.cycles_m0, layer.macs),
        ]);
    }
    let empty = String::new;
    let shared = grouped(cost.shared_flash());
    table.add_row([
        "shared code, tables".into(),
        empty(),
        empty(),
        empty(),
        empty(),
        shared,
        empty(),
        empty(),
        cycles(cost.shared_cycles()),
        empty(),
        empty(),
    ]);
    let macs = cost.layers.iter().map(|cost| cost.layer.macs).sum();
    let weights: usize = cost.layers.iter().map(|cost| cost.layer.weights).sum();
    table.add_row([
        "together".into(),
        empty(),
        empty(),
        empty(),
        grouped(weights),
        grouped(cost.flash),
        grouped(cost.ram),
        grouped(macs),
        cycles(cost.time.cycles_m0),
        empty(),
        per_mac(cost.time.cycles_m0, macs),
    ]);
    table
}

/// `10.2`; nothing where there are none.
fn per_mac(cycles: f64, macs: usize) -> String {
    if macs == 0 { String::new() } else { format!("{:.1}", cycles / macs as f64) }
}

/// A whole number, its digits in groups of three.
pub fn grouped(number: impl TryInto<i64>) -> String {
    let Ok(number) = number.try_into() else { return "?".into() };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            // Does not break over lines.
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// A number of cycles, a mean: to the nearest whole one.
pub fn cycles(mean: f64) -> String {
    grouped(mean.round() as i64)
}

/// `97.8 %`
pub fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", 100.0 * share)
}

/// `97.8 %`, or the error where the network computes a value.
pub fn metric(metric: Metric) -> String {
    match metric {
        Metric::Accuracy(share) => percent(share),
        Metric::RootMeanSquaredError(error) => format!("{error:.4}"),
    }
}

/// An image of numbers from 0 to 1 as text: a line a row, two characters a pixel.
pub fn picture(pixels: &[f32], width: usize) -> Vec<String> {
    const INKS: [char; 5] = [' ', '░', '▒', '▓', '█'];
    let ink = |pixel: &f32| INKS[((pixel * 4.0).round() as usize).min(4)];
    pixels.chunks(width).map(|row| row.iter().flat_map(|pixel| [ink(pixel); 2]).collect()).collect()
}

/// Blocks of lines, side by side; `width` characters for each.
pub fn side_by_side(blocks: &[Vec<String>], width: usize) -> Vec<String> {
    let height = blocks.iter().map(Vec::len).max().unwrap_or_default();
    let line = |row: usize| {
        let parts =
            blocks.iter().map(|block| format!("{:width$}", block.get(row).map_or("", String::as_str)));
        parts.collect::<String>().trim_end().to_owned()
    };
    (0..height).map(line).collect()
}

/// The confusion matrix: a row for each right class, a column for each answer.
pub fn confusion(matrix: &[Vec<usize>]) -> Table {
    let classes: Vec<String> = (0..matrix.len()).map(|class| class.to_string()).collect();
    let headings: Vec<&str> = std::iter::once("").chain(classes.iter().map(String::as_str)).collect();
    let mut table = table(&headings, 0);
    for (class, row) in matrix.iter().enumerate() {
        let count = |&count: &usize| if count == 0 { "·".to_owned() } else { count.to_string() };
        table.add_row(std::iter::once(class.to_string()).chain(row.iter().map(count)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups() {
        assert_eq!(grouped(1_234_567u32), "1\u{a0}234\u{a0}567");
        assert_eq!(grouped(-123), "-123");
        assert_eq!(grouped(999_999), "999\u{a0}999");
        assert_eq!(grouped(u64::MAX), "?");
    }

    #[test]
    fn pictures_have_the_shape_of_the_image() {
        assert_eq!(picture(&[0.0, 1.0, 0.5, 0.25], 2), ["  ██", "▒▒░░"]);
    }

    #[test]
    fn blocks_of_different_height() {
        let blocks = [vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]];
        assert_eq!(side_by_side(&blocks, 3), ["a  c", "b"]);
    }
}
