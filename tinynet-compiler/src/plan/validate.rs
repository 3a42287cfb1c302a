//! Proof that a plan never lets one live tensor overwrite another.
//!
//! Goes by the graph alone and knows nothing of how the plan was made, so that a mistake there becomes an error of the
//! compiler instead of wrong numbers in the firmware.

use super::{CodeShape, Plan, access};
use crate::graph::TensorId;
use crate::quantized::{QuantizedGraph, QuantizedOperator};
use std::ops::Range;

/// Checks every plan before anything is made of it.
///
/// # Errors
///
/// What is wrong, for a report of a bug.
pub fn validate(graph: &QuantizedGraph, plan: &Plan) -> Result<(), String> {
    let tensors: Vec<Live> = (0..graph.tensors.len()).map(|id| live(graph, plan, TensorId(id))).collect();
    for (id, tensor) in tensors.iter().enumerate() {
        if tensor.bytes.end > plan.arena {
            return Err(format!("`{}` leaves the arena", graph.tensors[id].name));
        }
        if !tensor.bytes.start.is_multiple_of(graph.tensors[id].info.element.bytes()) {
            return Err(format!("`{}` is not aligned", graph.tensors[id].name));
        }
        for (other, second) in tensors[..id].iter().enumerate() {
            if tensor.collides(second) && !share(graph, plan, TensorId(other), TensorId(id)) {
                let [first, second] = [other, id].map(|id| &graph.tensors[id].name);
                return Err(format!("`{first}` and `{second}` share memory while both are needed"));
            }
        }
    }
    validate_in_place(graph, plan)?;
    validate_scratch(graph, plan, &tensors)
}

/// What a layer overwrites lies where its output lies; a reshaped tensor lies where it always lay.
fn validate_in_place(graph: &QuantizedGraph, plan: &Plan) -> Result<(), String> {
    for (node, step) in graph.nodes.iter().zip(&plan.steps) {
        let shared = if node.operator == QuantizedOperator::Reshape { Some(0) } else { step.in_place };
        let is_elsewhere =
            |position: usize| plan.offsets[node.inputs[position].0] != plan.offsets[node.output.0];
        if shared.is_some_and(is_elsewhere) {
            return Err(format!("the output of `{}` is not where its input is", node.label));
        }
    }
    Ok(())
}

fn validate_scratch(graph: &QuantizedGraph, plan: &Plan, tensors: &[Live]) -> Result<(), String> {
    for (step, layer) in plan.steps.iter().enumerate() {
        let scratch = Live { bytes: layer.scratch.clone(), from: step, to: step };
        let collides = tensors.iter().any(|tensor| tensor.collides(&scratch));
        if !scratch.bytes.is_empty() && (collides || scratch.bytes.end > plan.arena) {
            return Err(format!("the scratch of `{}` is not its own", graph.nodes[step].label));
        }
        let alignment = match &layer.shape {
            CodeShape::Assembly(assembly) => assembly.alignment,
            _ => 1,
        };
        if !scratch.bytes.start.is_multiple_of(alignment) {
            return Err(format!("the scratch of `{}` is not aligned", graph.nodes[step].label));
        }
    }
    Ok(())
}

/// Where a tensor lies, and the steps from the one that makes it to the last that reads it.
struct Live {
    bytes: Range<usize>,
    from: usize,
    to: usize,
}

impl Live {
    fn collides(&self, other: &Live) -> bool {
        let in_space = self.bytes.start < other.bytes.end && other.bytes.start < self.bytes.end;
        let in_time = self.from <= other.to && other.from <= self.to;
        in_space && in_time
    }
}

fn live(graph: &QuantizedGraph, plan: &Plan, id: TensorId) -> Live {
    let from = graph.producer(id).unwrap_or(0);
    let read = graph.consumers(id).into_iter().max().unwrap_or(from);
    let is_kept = graph.outputs.contains(&id) || graph.nodes.iter().any(|node| node.states.contains(&id));
    let to = if is_kept { graph.nodes.len() } else { read };
    let offset = plan.offsets[id.0];
    Live { bytes: offset..offset + graph.tensor(id).bytes(), from, to }
}

/// Whether two tensors may have the same bytes at one time.
///
/// Either they hold the same values, or the one is made in the very step that reads the other for the last time: at the
/// same place, element by element, or always behind what is still to be read.
fn share(graph: &QuantizedGraph, plan: &Plan, first: TensorId, second: TensorId) -> bool {
    if root(graph, first) == root(graph, second) {
        return true;
    }
    [(first, second), (second, first)]
        .into_iter()
        .any(|(input, output)| takes_place(graph, plan, input, output) || follows(graph, plan, input, output))
}

/// Whether an output is written where its input has been read for the last time.
fn follows(graph: &QuantizedGraph, plan: &Plan, input: TensorId, output: TensorId) -> bool {
    let Some(step) = graph.producer(root(graph, output)) else { return false };
    let (node, layer) = (&graph.nodes[step], &plan.steps[step]);
    let &[only] = node.inputs.as_slice() else { return false };
    let is_last = root(graph, only) == root(graph, input) && live(graph, plan, input).to <= step;
    let same_places = plan.offsets[only.0] == plan.offsets[input.0]
        && plan.offsets[node.output.0] == plan.offsets[output.0];
    let ahead = plan.offsets[input.0] as isize - plan.offsets[output.0] as isize;
    let is_far_enough = |distance: isize| distance <= ahead;
    // What a layer reads and writes is counted in elements, of which both tensors have the same type.
    let element = graph.tensor(node.output).info.element;
    let in_bytes = |distance: isize| distance * element.bytes() as isize;
    // Assembly takes one channel after the other: each must stay among its own.
    let is_whole = match (&node.operator, &layer.shape) {
        (QuantizedOperator::DepthwiseConv2d { window, multiplier, .. }, CodeShape::Assembly(_)) => {
            *multiplier == 1 && ahead.rem_euclid(window.input[2].max(1) as isize) == 0
        }
        _ => true,
    };
    is_last
        && is_whole
        && same_places
        && layer.lead.is_some_and(is_far_enough)
        && graph.tensor(only).info.element == element
        && access::distance(&node.operator, layer, element).map(in_bytes).is_some_and(is_far_enough)
}

/// The tensor that a chain of reshapes begins with.
fn root(graph: &QuantizedGraph, id: TensorId) -> TensorId {
    let mut id = id;
    // Nodes stand behind what they read from, so that this goes back node by node.
    for node in graph.nodes.iter().rev() {
        if node.output == id && node.operator == QuantizedOperator::Reshape {
            id = node.inputs[0];
        }
    }
    id
}

fn takes_place(graph: &QuantizedGraph, plan: &Plan, input: TensorId, output: TensorId) -> bool {
    let maker = root(graph, output);
    let Some(step) = graph.producer(maker) else { return false };
    let node = &graph.nodes[step];
    let element_by_element = matches!(
        node.operator,
        QuantizedOperator::Table(_)
            | QuantizedOperator::Clamp(_)
            | QuantizedOperator::PRelu(_)
            | QuantizedOperator::FlipSign
            | QuantizedOperator::Rescale(_)
            | QuantizedOperator::Logistic16(_)
            | QuantizedOperator::Tanh16(_)
            | QuantizedOperator::Interpolation(_)
            | QuantizedOperator::Pair(_)
            | QuantizedOperator::Add(_)
            | QuantizedOperator::Multiply(_)
    );
    let overwrites = plan.steps[step].in_place.is_some_and(|position| {
        root(graph, node.inputs[position]) == root(graph, input)
            && node.inputs.iter().enumerate().all(|(other, &id)| {
                other == position || plan.offsets[id.0] != plan.offsets[node.inputs[position].0]
            })
    });
    let is_last = live(graph, plan, input).to <= step;
    let same_place = plan.offsets[input.0] == plan.offsets[output.0]
        && graph.tensor(input).elements() == graph.tensor(output).elements()
        && graph.tensor(input).bytes() == graph.tensor(output).bytes();
    element_by_element && overwrites && is_last && same_place
}
