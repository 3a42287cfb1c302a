//! What the compiler chose, and what else was possible: a table and a plot of the report.

use super::documentation::number;
use crate::build::Limits;
use crate::choose::{Choices, Tried};
use crate::plan::cost::ProcessorKind;
use std::fmt::Write;

/// The section of the report; empty where nothing was limited, so that nothing was tried.
pub fn report(choices: &Choices, limits: &Limits) -> String {
    let front = choices.front();
    if front.is_empty() {
        return String::new();
    }
    let processor = match limits.cycles.as_ref().map(|(_, processor)| processor.kind) {
        Some(ProcessorKind::CortexM0Plus) => "Cortex-M0+",
        _ => "Cortex-M0",
    };
    let mut text = String::from(
        "# What else was possible\n\n| precision of the weights | flash | RAM | cycles | signal to noise | limits |\n\
         |---|--:|--:|--:|--:|---|\n",
    );
    for tried in &front {
        let figures = &tried.figures;
        let mark = if tried.precisions == choices.chosen { "**chosen** " } else { "" };
        let _ = writeln!(
            text,
            "| {mark}{} | {} | {} | {} | {} | {} |",
            choices.describe(&tried.precisions),
            number(figures.flash),
            number(figures.ram),
            number(figures.cycles),
            signal_to_noise(tried),
            if figures.meet(limits) { "met" } else { "missed" },
        );
    }
    let _ = writeln!(
        text,
        "\n`precision: Auto` chose what comes nearest to {} of all that meets the limits: \
         {} were tried, of which this table has those that no other beats in everything. Flash and RAM are bytes, cycles \
         are those of a {processor}; signal to noise is by how much the outputs outweigh their error on calibration \
         samples that the weights were not rounded by, in decibels.\n",
        match choices.is_of_integers {
            true => "the model as its file has it",
            false => "the network in real numbers",
        },
        number(choices.tried.len()),
    );
    text + &plot(choices, &front, limits)
}

fn signal_to_noise(tried: &Tried) -> String {
    match tried.noise > 0.0 {
        true => format!("{:.1} dB", tried.signal_to_noise()),
        false => "exact".into(),
    }
}

/// Extent of the plot in pixels, and the room around it for words.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 220.0;
const MARGIN: f64 = 40.0;

/// Flash to the right, signal to noise upwards; the choice is filled.
fn plot(choices: &Choices, front: &[&Tried], limits: &Limits) -> String {
    let finite: Vec<&Tried> =
        front.iter().copied().filter(|tried| tried.signal_to_noise().is_finite()).collect();
    let most = |of: &dyn Fn(&Tried) -> f64| finite.iter().map(|tried| of(tried)).fold(1.0, f64::max);
    let flash = most(&|tried| tried.figures.flash as f64) * 1.05;
    let decibels = most(&Tried::signal_to_noise) * 1.1;
    let x = |bytes: f64| MARGIN + bytes / flash * WIDTH;
    let y = |ratio: f64| 10.0 + HEIGHT * (1.0 - ratio.max(0.0) / decibels);
    let (width, bottom) = (WIDTH + 2.0 * MARGIN, HEIGHT + 10.0);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {}\" width=\"{width}\" role=\"img\" aria-label=\"signal to noise by flash\" \
         style=\"max-width:100%\" font-family=\"sans-serif\" font-size=\"11\" fill=\"none\" stroke=\"currentColor\">\
         <path d=\"M{MARGIN} 10V{bottom}H{}\"/>\
         <g fill=\"currentColor\" stroke=\"none\"><text x=\"{}\" y=\"{}\" text-anchor=\"end\">bytes of flash</text>\
         <text x=\"{}\" y=\"20\">dB</text>",
        bottom + 32.0,
        MARGIN + WIDTH,
        MARGIN + WIDTH,
        bottom + 28.0,
        MARGIN + 6.0,
    );
    for quarter in 1..=4 {
        let part = f64::from(quarter) / 4.0;
        let _ = write!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{:.0}</text>\
             <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{:.0}</text>",
            x(part * flash),
            bottom + 14.0,
            part * flash,
            MARGIN - 4.0,
            y(part * decibels) + 4.0,
            part * decibels,
        );
    }
    svg += "</g>";
    for tried in finite {
        let fill = if tried.precisions == choices.chosen { " fill=\"currentColor\"" } else { "" };
        let dashes = if tried.figures.meet(limits) { "" } else { " stroke-dasharray=\"2\"" };
        let _ = write!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"5\"{fill}{dashes}><title>{}: {} bytes, {} cycles, {}</title></circle>",
            x(tried.figures.flash as f64),
            y(tried.signal_to_noise()),
            choices.describe(&tried.precisions).replace('`', ""),
            number(tried.figures.flash),
            number(tried.figures.cycles),
            signal_to_noise(tried),
        );
    }
    svg + "</svg>\n\nThe filled circle is the choice; those of dashes miss a limit.\n\n"
}
