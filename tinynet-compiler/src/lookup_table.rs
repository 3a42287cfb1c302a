//! Networks whose whole input is one byte: the answers to all 256 of them as a table, in place of the layers.

use crate::graph::{Graph, Node, TensorId, Unroll, Wishes};
use crate::measure;
use crate::plan::code_shape::most_flash;
use crate::plan::{Budget, Plan};
use crate::quantized::{Lookup, QuantizedGraph, QuantizedOperator};
use crate::reference::{Reference, integers};
use proc_macro2::Span;
use std::cmp::Ordering;
use std::fmt;

/// The kind of layer that reports call it.
pub const KIND: &str = "LookupTable";

/// Values of a table of which nobody wants more: each is a literal for rustc.
const MOST_VALUES: usize = 64 * 1024;

/// Steps of all evaluations that nobody wants to wait for.
const MOST_STEPS: u64 = measure::MOST_STEPS / 16;

/// Why a network cannot be a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It has so many inputs.
    Inputs(usize),
    /// Its input has so many bytes.
    Bytes(usize),
    /// It keeps so many bytes from one inference to the next.
    State(usize),
    /// The table would have so many values.
    Values(usize),
    /// To evaluate it for all inputs would take so many steps.
    Steps(u64),
    /// An output is the input itself.
    Same,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inputs(inputs) => write!(formatter, "it has {inputs} inputs, not one"),
            Self::Bytes(bytes) => write!(formatter, "its input has {bytes} bytes, and a table goes by one"),
            Self::State(bytes) => {
                write!(formatter, "its answers depend on {bytes} bytes that it keeps of the inputs before")
            }
            Self::Values(values) => {
                write!(
                    formatter,
                    "a table of all answers would have {values} values, at most {MOST_VALUES} are written"
                )
            }
            Self::Steps(steps) => {
                write!(formatter, "to compute all answers takes {steps} steps, at most {MOST_STEPS} are made")
            }
            Self::Same => formatter.write_str("its output is its input"),
        }
    }
}

/// The same network as a table; `plan` is one of its layers.
///
/// # Errors
///
/// Where it cannot be one.
pub fn tabulated(graph: &QuantizedGraph, plan: &Plan) -> Result<QuantizedGraph, Obstacle> {
    let &[input] = graph.inputs.as_slice() else { return Err(Obstacle::Inputs(graph.inputs.len())) };
    let bytes = graph.tensor(input).bytes();
    if bytes != 1 {
        return Err(Obstacle::Bytes(bytes));
    }
    let state: usize = graph.states().into_iter().map(|id| graph.tensor(id).bytes()).sum();
    if state > 0 {
        return Err(Obstacle::State(state));
    }
    if graph.outputs.contains(&input) {
        return Err(Obstacle::Same);
    }
    let values = graph.outputs.iter().map(|&id| graph.tensor(id).elements());
    let values = values.fold(0, usize::saturating_add).saturating_mul(256);
    if values > MOST_VALUES {
        return Err(Obstacle::Values(values));
    }
    let steps = measure::steps(graph, plan.macs).saturating_mul(256);
    if steps > MOST_STEPS {
        return Err(Obstacle::Steps(steps));
    }
    Ok(written(graph, input))
}

/// A look-up for each output.
fn written(graph: &QuantizedGraph, input: TensorId) -> QuantizedGraph {
    let reference = Reference::new(graph);
    let tensors: Vec<_> = (0..=u8::MAX).map(|byte| reference.run(&[byte as i8])).collect();
    let mut table = Graph::default();
    let add = |table: &mut QuantizedGraph, id: TensorId| {
        let tensor = graph.tensor(id).clone();
        table.add_tensor(tensor.name, tensor.shape, tensor.info)
    };
    let only_input = add(&mut table, input);
    table.inputs.push(only_input);
    for (position, &id) in graph.outputs.iter().enumerate() {
        // The same tensor may be an output twice.
        if let Some(first) = graph.outputs[..position].iter().position(|&other| other == id) {
            table.outputs.push(table.outputs[first]);
            continue;
        }
        let output = add(&mut table, id);
        let values = tensors.iter().flat_map(|tensors| integers(graph.tensor(id), &tensors[id.0])).collect();
        let label = match graph.outputs.len() {
            1 => "lookup_table".into(),
            _ => format!("lookup_table_{position}"),
        };
        table.nodes.push(Node {
            label,
            kind: KIND.into(),
            operator: QuantizedOperator::Lookup(Lookup { values, element: graph.tensor(id).info.element }),
            inputs: vec![only_input],
            output,
            states: Vec::new(),
            span: graph.producer(id).map_or_else(Span::call_site, |maker| graph.nodes[maker].span),
            wishes: Wishes::default(),
        });
        table.outputs.push(output);
    }
    table
}

/// Whether a table is better than layers: nearer to the limits, else faster, else smaller. Layers whose code has a shape that
/// the user asked for stay.
pub fn is_better(graph: &QuantizedGraph, layers: &Plan, table: &Plan, budget: Budget) -> bool {
    let beyond =
        |needed: usize, limit: Option<u64>| limit.map_or(0, |limit| (needed as u64).saturating_sub(limit));
    // As much flash as code may take that is written out.
    let flash = budget.flash.unwrap_or_else(|| most_flash(layers.flash as u64));
    let demands = |plan: &Plan| {
        [
            beyond(plan.flash, Some(flash)),
            beyond(plan.arena, budget.ram),
            plan.cycles as u64,
            plan.flash as u64,
        ]
    };
    let is_free = graph.nodes.iter().all(|node| node.wishes.unroll == Unroll::Auto);
    is_free && demands(table).cmp(&demands(layers)) == Ordering::Less
}
