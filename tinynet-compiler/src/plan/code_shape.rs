//! Which layers become straight-line code, and which take longer for less flash: of what fits the limit, the fastest.

use super::CodeShape;
use super::cost::{self, Cost};
use super::unrolled::Unrolled;
use crate::diagnostics::{Errors, with_help};
use crate::graph::{Node, TensorId, Unroll};
use crate::kernel_parameters::KernelParameters;
use crate::quantized::{Element, QuantizedGraph, QuantizedOperator};

/// Straight-line code of more products than this takes rustc minutes.
const MOST_TERMS: usize = 20_000;

/// Straight-line code of more products than this has to be asked for: it takes rustc a second or more.
const MOST_TERMS_UNASKED: usize = 4_000;

/// Up to so many layers that might be either, all combinations are tried.
const MOST_COMBINED: usize = 11;

/// One shape a node, with its cost. Reports layers that cannot be straight-line code though they were asked to be.
pub fn choose(
    graph: &QuantizedGraph,
    kernels: &[KernelParameters],
    flash_limit: Option<u64>,
    errors: &mut Errors,
) -> Vec<(CodeShape, Cost)> {
    let mut choice = Choice { shapes: Vec::new(), costs: Vec::new(), open: Vec::new(), flash_limit };
    for (node, kernel) in graph.nodes.iter().zip(kernels) {
        choice.add(graph, node, kernel, errors);
    }
    if choice.open.len() <= MOST_COMBINED {
        choice.try_all();
    } else {
        choice.try_one_by_one();
    }
    choice.shapes.into_iter().zip(choice.costs).collect()
}

/// A choice that is being made.
struct Choice {
    shapes: Vec<CodeShape>,
    costs: Vec<Cost>,
    /// Layers that may be either; until decided they are loops.
    open: Vec<Alternative>,
    flash_limit: Option<u64>,
}

/// What a layer could be instead.
struct Alternative {
    index: usize,
    shape: CodeShape,
    cost: Cost,
}

impl Choice {
    /// Adds the next node; where both shapes are possible, as a loop with an alternative.
    fn add(
        &mut self,
        graph: &QuantizedGraph,
        node: &Node<QuantizedOperator>,
        kernel: &KernelParameters,
        errors: &mut Errors,
    ) {
        let index = self.shapes.len();
        let mut shape = match kernel {
            KernelParameters::Reshape => CodeShape::Nothing,
            _ => CodeShape::Loop,
        };
        // Straight-line code is for int8: a product of two bytes fits an instruction.
        let is_int8 = |&id: &TensorId| graph.tensor(id).info.element == Element::Int8;
        let is_int8 = node.inputs.iter().chain([&node.output]).all(is_int8);
        if let (KernelParameters::Linear(kind, linear), true) = (kernel, is_int8) {
            let terms = linear.weights.iter().filter(|&&weight| weight != 0).count();
            match node.wishes.unroll {
                Unroll::Full if terms > MOST_TERMS => errors.push(too_many_terms(node, terms)),
                Unroll::Full => shape = CodeShape::Unrolled(Unrolled::new(kind, linear)),
                Unroll::Auto if terms <= MOST_TERMS_UNASKED => {
                    let shape = CodeShape::Unrolled(Unrolled::new(kind, linear));
                    let cost = Cost::new(kernel, &shape);
                    self.open.push(Alternative { index, shape, cost });
                }
                Unroll::Auto | Unroll::Loop => {}
            }
        }
        if let KernelParameters::GemmlowpSoftmax { .. } = kernel {
            let shape = CodeShape::Compact;
            let cost = Cost::new(kernel, &shape);
            self.open.push(Alternative { index, shape, cost });
        }
        self.costs.push(Cost::new(kernel, &shape));
        self.shapes.push(shape);
    }

    /// What counts of the choice as it stands, the less the better: bytes beyond the limit, cycles, bytes.
    fn badness(&self) -> (u64, usize, usize) {
        let flash = cost::flash(&self.costs);
        let cycles = self.costs.iter().map(|cost| cost.cycles).sum();
        let excess = self.flash_limit.map_or(0, |limit| (flash as u64).saturating_sub(limit));
        (excess, cycles, flash)
    }

    /// Puts the alternative in the place of what is chosen now.
    fn exchange(&mut self, alternative: &mut Alternative) {
        std::mem::swap(&mut self.shapes[alternative.index], &mut alternative.shape);
        std::mem::swap(&mut self.costs[alternative.index], &mut alternative.cost);
    }

    /// The best of all combinations.
    fn try_all(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        let mut best = (self.badness(), 0u32);
        // Combination `i` is the Gray code of `i`: from one to the next, the layer of the lowest set bit of `i` changes.
        for combination in 1..1u32 << open.len() {
            self.exchange(&mut open[combination.trailing_zeros() as usize]);
            best = best.min((self.badness(), combination ^ combination >> 1));
        }
        // The last combination is the last layer's alternative alone.
        if let Some(last) = open.last_mut() {
            self.exchange(last);
        }
        for (bit, alternative) in open.iter_mut().enumerate() {
            if best.1 >> bit & 1 == 1 {
                self.exchange(alternative);
            }
        }
    }

    /// Takes one alternative after the other, those that save most cycles a byte first, as long as it is for the better.
    fn try_one_by_one(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        let cycles_a_byte = |alternative: &Alternative| {
            let looped = &self.costs[alternative.index];
            let cycles = looped.cycles as f64 - alternative.cost.cycles as f64;
            cycles / alternative.cost.flash.saturating_sub(looped.flash).max(1) as f64
        };
        open.sort_by(|a, b| cycles_a_byte(b).total_cmp(&cycles_a_byte(a)));
        for alternative in &mut open {
            let before = self.badness();
            self.exchange(alternative);
            if self.badness() >= before {
                self.exchange(alternative);
            }
        }
    }
}

fn too_many_terms(node: &Node<QuantizedOperator>, terms: usize) -> syn::Error {
    with_help(
        node.span,
        format_args!(
            "`{}` has {terms} weights that are not 0: too many for straight-line code, rustc would take minutes",
            node.label
        ),
        format_args!("leave `unroll` out, or write `unroll: Loop`; up to {MOST_TERMS} can be unrolled"),
    )
}
