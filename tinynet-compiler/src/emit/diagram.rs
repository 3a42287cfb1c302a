//! Drawings in a type's rustdoc, as inline SVG in the colours of the page, whatever its theme.

use super::Emission;
use super::documentation::shape;
use crate::graph::TensorId;
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use std::fmt::Write;

/// Distance of one box to the next.
const ROW: usize = 34;

/// About as wide as `characters` characters are: no font is known here.
fn width(characters: usize, font_size: usize) -> usize {
    characters * font_size * 3 / 5
}

fn longest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

/// Columns of the boxes.
struct Columns {
    kind: usize,
    end: usize,
}

impl Columns {
    fn new(graph: &QuantizedGraph) -> Self {
        let inputs = graph.inputs.iter().map(|&id| graph.tensor(id).name.as_str());
        let labels = graph.nodes.iter().map(|node| node.label.as_str()).chain(inputs);
        let kinds = graph.nodes.iter().map(|node| node.kind.as_str()).chain(["Input"]);
        let shapes: Vec<String> = graph.tensors.iter().map(|tensor| shape(&tensor.shape)).collect();
        // Bold letters are wider.
        let kind = 10 + width(longest(labels), 13) + 12;
        let end =
            kind + width(longest(kinds), 12) + 12 + width(longest(shapes.iter().map(String::as_str)), 12);
        Self { kind, end: end + 10 }
    }
}

/// The layers as boxes from top to bottom; an input that is not the box above comes by a curve from the right.
pub fn graph(graph: &QuantizedGraph) -> String {
    let columns = Columns::new(graph);
    // Curves of branches have room to the right.
    let (width, height) = (columns.end + 110, (graph.inputs.len() + graph.nodes.len()) * ROW + 8);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" aria-label=\"graph\" style=\"max-width:100%\" \
         font-family=\"sans-serif\" font-size=\"12\" fill=\"none\" stroke=\"currentColor\">"
    );
    let first = graph.inputs.len();
    let row_of_input = |id: TensorId| graph.inputs.iter().position(|&input| input == id).unwrap_or(0);
    let row_of = |id: TensorId| graph.producer(id).map_or_else(|| row_of_input(id), |node| first + node);
    for (row, &id) in graph.inputs.iter().enumerate() {
        let input = graph.tensor(id);
        draw_box(&mut svg, &columns, row, &input.name, "Input", &shape(&input.shape));
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        draw_box(
            &mut svg,
            &columns,
            first + index,
            &node.label,
            &node.kind,
            &shape(&graph.tensor(node.output).shape),
        );
        for &from in &node.inputs {
            draw_edge(&mut svg, columns.end, row_of(from), first + index);
        }
    }
    svg + "</svg>\n"
}

fn draw_box(svg: &mut String, columns: &Columns, row: usize, label: &str, kind: &str, shape: &str) {
    let (top, text) = (row * ROW + 4, row * ROW + 20);
    let Columns { kind: second, end } = columns;
    let _ = write!(
        svg,
        "<rect x=\"1\" y=\"{top}\" width=\"{end}\" height=\"24\" rx=\"5\"/>\
         <g fill=\"currentColor\" stroke=\"none\"><text x=\"10\" y=\"{text}\" font-weight=\"bold\">{label}</text>\
         <text x=\"{second}\" y=\"{text}\">{kind}</text>\
         <text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{shape}</text></g>",
        end - 8,
    );
}

fn draw_edge(svg: &mut String, right: usize, from: usize, to: usize) {
    let (begin, end) = (from * ROW + 28, to * ROW + 4);
    if to == from + 1 {
        let _ = write!(svg, "<path d=\"M40 {begin}V{end}m-3 -4l3 4l3 -4\"/>");
    } else {
        let (begin, end, far) = (begin - 12, end + 12, right + 20 + 8 * (to - from).min(10));
        let _ = write!(
            svg,
            "<path d=\"M{right} {begin}C{far} {begin} {far} {end} {right} {end}m5 -3l-5 3l5 3\"/>"
        );
    }
}

/// The arena over time: a column a layer, a rectangle a tensor.
pub fn memory(emission: &Emission<'_>) -> String {
    const HEIGHT: usize = 160;
    let (graph, plan) = (emission.graph, emission.plan);
    let steps = graph.nodes.len();
    let column = (620 / steps.max(1)).min(70);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {} {}\" width=\"{}\" role=\"img\" aria-label=\"memory over time\" style=\"max-width:100%\" \
         font-family=\"sans-serif\" font-size=\"10\" fill=\"currentColor\">",
        steps * column + 4,
        HEIGHT + 24,
        steps * column + 4,
    );
    let scale = |bytes: usize| bytes * HEIGHT / plan.arena.max(1);
    let mut draw = |name: &str, first: usize, last: usize, offset: usize, size: usize, opacity: &str| {
        let (x, width) = (first * column + 2, (last + 1 - first) * column - 2);
        let (y, height) = (scale(offset) + 2, scale(size).max(1));
        let _ = write!(
            svg,
            "<g><title>{name}: {size} bytes at {offset}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" \
             height=\"{height}\" fill-opacity=\"{opacity}\" stroke=\"currentColor\"/>"
        );
        if height >= 12 {
            let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{name}</text>", x + 3, y + height / 2 + 4);
        }
        svg.push_str("</g>");
    };
    for (index, tensor) in graph.tensors.iter().enumerate() {
        let id = TensorId(index);
        let producer = graph.producer(id);
        if producer.is_some_and(|node| matches!(graph.nodes[node].operator, QuantizedOperator::Reshape)) {
            continue;
        }
        let first = producer.unwrap_or(0);
        let is_kept = graph.outputs.contains(&id) || graph.states().contains(&id);
        let end = if is_kept { steps.saturating_sub(1) } else { first };
        let last = graph.consumers(id).into_iter().max().unwrap_or(first).max(end);
        draw(&tensor.name, first, last, plan.offsets[index], tensor.bytes(), "0.12");
    }
    for (index, step) in plan.steps.iter().enumerate().filter(|(_, step)| !step.scratch.is_empty()) {
        draw("scratch", index, index, step.scratch.start, step.scratch.len(), "0.3");
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{}</text>", index * column + 4, HEIGHT + 16, node.label);
    }
    svg + "</svg>\n"
}
