//! The rustdoc of a generated type: a report of what will be flashed.

use super::api::slow;
use super::{Emission, choices, diagram, measures};
use crate::graph::{Tensor, TensorId};
use crate::lookup_table;
use crate::plan::{Faster, Stack};
use crate::quantized::{Quantization, QuantizedGraph, QuantizedOperator, QuantizedTensor};
use std::fmt::Write;

/// `8 × 8 × 16`
pub fn shape(shape: &[usize]) -> String {
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ")
}

/// The report in Markdown.
pub fn report(emission: &Emission<'_>) -> String {
    let Emission { graph, plan, .. } = emission;
    let mut text = String::from("\n\n# What it costs\n\n");
    text += "| layer | kind | code | precision | output | weights | flash | RAM | stack | multiply-accumulates | cycles | next faster |\n";
    text += "|---|---|---|---|---|--:|--:|--:|--:|--:|--:|---|\n";
    for (node, step) in graph.nodes.iter().zip(&plan.steps) {
        let cost = &step.cost;
        let faster = step.faster.map_or(String::new(), |Faster { code, flash, cycles }| {
            format!("{code}: {} bytes, {} cycles", number(flash), number(cycles))
        });
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {faster} |",
            node.label,
            node.kind,
            step.shape.name(),
            precision(&node.operator),
            shape(&graph.tensor(node.output).shape),
            number(cost.weights),
            number(cost.flash),
            number(step.ram),
            number(step.stack.cortex_m0),
            number(cost.macs),
            number(cost.cycles),
        );
    }
    let weights = plan.steps.iter().map(|step| step.cost.weights).sum();
    let _ = writeln!(
        text,
        "| **all** | | | | | {} | {} | {} | {} | {} | {} | |\n",
        number(weights),
        number(plan.flash),
        number(plan.arena),
        number(plan.stack.cortex_m0),
        number(plan.macs),
        number(plan.cycles),
    );
    text += "Flash (bytes; what layers share is in the sum only) is an estimate; RAM (bytes) is exact: all tensors in \
             memory while the layer runs. Stack (bytes) is the most that an inference takes on a Cortex-M0 on top of its \
             caller's, for `opt-level` 3 or `\"s\"`, link-time optimisation and one codegen unit. Cycles are those of a Cortex-M0 whose flash has no wait \
             states";
    text += slow(plan.multiplier);
    text += ": exact where the code is assembly, else an estimate; behind them, the next faster code that the layer \
             could have with more flash or RAM.\n\n";
    if graph.nodes.iter().all(|node| node.kind == lookup_table::KIND) {
        text += "Its input is one byte: a table has the answers to all 256 of them, computed when it was compiled.\n\n";
    }
    let Stack { cortex_m0, mainline, dsp } = plan.stack;
    if [mainline, dsp] != [cortex_m0; 2] {
        let [mainline, dsp] = [mainline, dsp].map(number);
        let _ = writeln!(
            text,
            "On larger cores it takes at most {mainline} bytes of stack, on those with the DSP extension {dsp}.\n"
        );
    }
    let _ = writeln!(
        text,
        "{}. {}.\n",
        edges("Input", graph, &graph.inputs),
        edges("Output", graph, &graph.outputs)
    );
    for (index, &id) in graph.inputs.iter().enumerate() {
        let unread = unread(graph, id);
        if !unread.is_empty() {
            let _ = writeln!(
                text,
                "No weight reads {} values of input {index}, whatever they are: {}.\n",
                number(unread.len()),
                ranges(&unread)
            );
        }
    }
    let state: usize = graph.states().into_iter().map(|id| graph.tensor(id).bytes()).sum();
    if state > 0 {
        let _ = writeln!(
            text,
            "{} bytes of it are kept from one inference to the next; `reset` forgets them.\n",
            number(state)
        );
    }
    text += &measures::report(emission.limits, emission.measured);
    text += &emission.choices.map_or(String::new(), |choices| choices::report(choices, emission.limits));
    text += "# Its graph and its memory\n\n";
    text += &diagram::graph(graph);
    text += &diagram::memory(emission);
    text += "\n";
    text
}

/// The values of an input that no weight reads: only dense layers do.
fn unread(graph: &QuantizedGraph, input: TensorId) -> Vec<usize> {
    let dense = |reader: usize| match &graph.nodes[reader].operator {
        QuantizedOperator::Dense(linear) => Some(linear),
        _ => None,
    };
    let readers: Option<Vec<_>> = graph.consumers(input).into_iter().map(dense).collect();
    let Some(readers) = readers.filter(|readers| !readers.is_empty() && !graph.outputs.contains(&input))
    else {
        return Vec::new();
    };
    let mut is_read = vec![false; graph.tensor(input).elements()];
    for linear in readers {
        for weights in linear.weights.chunks(is_read.len().max(1)) {
            is_read.iter_mut().zip(weights).for_each(|(is_read, &weight)| *is_read |= weight != 0);
        }
    }
    (0..is_read.len()).filter(|&value| !is_read[value]).collect()
}

/// Rising numbers, neighbours together: `3, 5 to 9`.
fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b).map(|run| match run {
        [first, .., last] => format!("{first} to {last}"),
        run => run.iter().map(ToString::to_string).collect(),
    });
    runs.collect::<Vec<_>>().join(", ")
}

/// The number format of a layer's weights, if it has any.
fn precision(operator: &QuantizedOperator) -> &'static str {
    operator.linear().map_or("", |linear| linear.precision.name())
}

/// `Input: 64 int8, …`; where there are several, each with its number.
fn edges(kind: &str, graph: &QuantizedGraph, ids: &[TensorId]) -> String {
    let edge = |(index, &id): (usize, &TensorId)| {
        let number = if ids.len() == 1 { String::new() } else { format!(" {index}") };
        format!("{kind}{number}: {}", tensor(graph.tensor(id)))
    };
    ids.iter().enumerate().map(edge).collect::<Vec<_>>().join(". ")
}

fn tensor(tensor: &Tensor<QuantizedTensor>) -> String {
    let format = match tensor.info.quantization {
        Quantization::FixedPoint { fraction_bits: bits @ 0..=7 } => {
            format!("fixed point Q{}.{bits}: `q / {}`", 7 - bits, 1 << bits)
        }
        Quantization::FixedPoint { fraction_bits } => format!("fixed point: `q · 2^{}`", -fraction_bits),
        Quantization::Affine { scale, zero_point } => format!("affine: `(q - {zero_point}) · {scale}`"),
    };
    format!("{} {}, {format}", shape(&tensor.shape), tensor.info.element)
}

/// `12 345`
pub(super) fn number(value: usize) -> String {
    let digits = value.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::diagnostics::Errors;
    use crate::files::MemoryFiles;
    use crate::parse::parse;

    #[test]
    fn values_that_no_weight_reads() {
        let declaration = "(::tinynet) struct Net { input: Input { shape: [7], range: [-1, 1] }, \
            left: Dense { units: 1, weights: [[1, 0, 0, 0, 0.5, 0, 0]], use_bias: false, layout: PyTorch }, \
            right: Dense { input: input, units: 1, weights: [[1, 0, 0, 0, 0, 0, 0.25]], use_bias: false, \
            layout: PyTorch }, Add { inputs: [left, right] } }";
        let mut errors = Errors::new();
        let invocation = parse(declaration.parse().unwrap(), &mut errors);
        let outcome = compile(&invocation.networks[0], &MemoryFiles::default(), &mut errors);
        assert!(errors.is_empty(), "{:?}", errors.messages());
        let graph = outcome.compiled.unwrap().graph;
        let unread = unread(&graph, graph.inputs[0]);
        assert_eq!(unread, [1, 2, 3, 5]);
        assert_eq!(ranges(&unread), "1 to 3, 5");
    }
}
