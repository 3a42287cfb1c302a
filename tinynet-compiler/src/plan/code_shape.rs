//! Which layers become straight-line code: the fastest choice that fits the flash limit.

use super::CodeShape;
use super::cost::{self, Cost};
use crate::graph::{Node, Unroll};
use crate::quantized::{QuantizedGraph, QuantizedOperator};

/// More nonzero weights than this take the compiler minutes in straight-line code.
const MOST_TERMS: usize = 20_000;
/// Beyond about this many nonzero weights a loop is as fast and far smaller; only where asked for.
const AUTO_TERMS: usize = 2_048;

/// One shape a node.
///
/// # Errors
///
/// The index of a node that cannot be unrolled though it was asked to be, and why.
pub fn choose(graph: &QuantizedGraph, flash: Option<usize>) -> Result<Vec<CodeShape>, (usize, String)> {
    let mut shapes = Vec::new();
    let mut candidates = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let (shape, open) = asked(node).map_err(|reason| (index, reason))?;
        shapes.push(shape);
        if open {
            candidates.push(index);
        }
    }
    let mut gains: Vec<Gain> = candidates.into_iter().filter_map(|index| Gain::of(graph, index)).collect();
    // Most cycles saved for each byte first: optimal but for the last layer that fits.
    gains.sort_by(|a, b| {
        (b.cycles * a.bytes.max(1)).cmp(&(a.cycles * b.bytes.max(1))).then(a.index.cmp(&b.index))
    });
    for gain in gains {
        shapes[gain.index] = CodeShape::Unrolled;
        if flash.is_some_and(|limit| total(graph, &shapes) > limit) {
            shapes[gain.index] = CodeShape::Loop;
        }
    }
    Ok(shapes)
}

/// Cycles that unrolling a layer saves, and what it costs.
struct Gain {
    index: usize,
    cycles: usize,
    bytes: usize,
}

impl Gain {
    /// `None` where straight-line code is not faster.
    fn of(graph: &QuantizedGraph, index: usize) -> Option<Self> {
        let node = &graph.nodes[index];
        let [looped, unrolled] =
            [CodeShape::Loop, CodeShape::Unrolled].map(|shape| cost::of(graph, node, shape));
        let cycles = looped.cycles.checked_sub(unrolled.cycles).filter(|&cycles| cycles > 0)?;
        Some(Gain { index, cycles, bytes: unrolled.flash.saturating_sub(looped.flash) })
    }
}

fn total(graph: &QuantizedGraph, shapes: &[CodeShape]) -> usize {
    let costs: Vec<Cost> =
        graph.nodes.iter().zip(shapes).map(|(node, &shape)| cost::of(graph, node, shape)).collect();
    cost::network(graph, shapes, &costs)
}

/// The shape that the user's wish leaves, and whether the plan may still choose.
fn asked(node: &Node<QuantizedOperator>) -> Result<(CodeShape, bool), String> {
    let Some(linear) = cost::linear(&node.operator) else {
        let nothing = matches!(node.operator, QuantizedOperator::Reshape);
        return Ok((if nothing { CodeShape::Nothing } else { CodeShape::Loop }, false));
    };
    let terms = cost::terms(linear);
    match node.wishes.unroll {
        Unroll::Loop => Ok((CodeShape::Loop, false)),
        Unroll::Full if terms > MOST_TERMS => Err(format!(
            "`{}` has {terms} weights that are not zero; straight-line code of more than {MOST_TERMS} takes minutes to compile\n= help: leave `unroll` out, or write `unroll: Loop`",
            node.label
        )),
        Unroll::Full => Ok((CodeShape::Unrolled, false)),
        Unroll::Auto => Ok((CodeShape::Loop, terms <= AUTO_TERMS)),
    }
}
