//! Shapes of code and a place for everything, which depend on each other: fast code wants scratch.

use super::arrangement::{self, Arrangement, Bounds};
use super::code_shape::{self, Options};
use super::cost::Cost;
use super::ways::ways;
use super::{Budget, CodeShape, Faster};
use crate::kernel_parameters::KernelParameters;
use crate::quantized::QuantizedGraph;

/// A network may take longer by this part of its time for layers to write over their inputs, if that makes the arena
/// smaller.
const SLOWER_BY: usize = 50;

/// Bytes that the arena may have more than the fewest for the sake of speed; where a third of it is more, so much.
const SPARE_MEMORY: u64 = 2048;

/// Shapes, and where everything lies then.
pub(super) struct Choice {
    pub(super) shapes: Vec<CodeShape>,
    pub(super) costs: Vec<Cost>,
    /// For each layer the smallest code that is faster than what it has.
    pub(super) faster: Vec<Option<Faster>>,
    pub(super) arrangement: Arrangement,
}

/// Chooses the fastest code whose scratch leaves the arena within the limit; without one, within a third more than the
/// least.
pub(super) fn choose(
    graph: &QuantizedGraph,
    kernels: &[KernelParameters],
    mut options: Vec<Options>,
    budget: Budget,
) -> Choice {
    let ways_of = |step: usize, shape: &CodeShape| {
        ways(&kernels[step], shape, graph.tensor(graph.nodes[step].output).info.element)
    };
    let mut bytes = budget.ram;
    let mut smallest: Option<Choice> = None;
    loop {
        let chosen = code_shape::choose(&options, budget.flash);
        let chosen_options: Vec<_> =
            options.iter().zip(&chosen).map(|(options, &index)| &options[index]).collect();
        let cycles: usize = chosen_options.iter().map(|(_, cost)| cost.cycles).sum();
        let bounds = |bytes| Bounds { bytes, cycles: cycles / SLOWER_BY };
        let all_ways: Vec<_> =
            chosen_options.iter().enumerate().map(|(step, (shape, _))| ways_of(step, shape)).collect();
        let is_assembly = |option: &&(CodeShape, Cost)| matches!(option.0, CodeShape::Assembly(_));
        if bytes.is_none() && chosen_options.iter().any(is_assembly) {
            let least = |step: usize| {
                let ways = options[step].iter().map(|(shape, _)| ways_of(step, shape));
                ways.min_by_key(|ways| ways.scratch).unwrap_or(all_ways[step])
            };
            let least: Vec<_> = (0..options.len()).map(least).collect();
            let fewest = arrangement::arrange(graph, &least, bounds(Some(0))).placement.size as u64;
            bytes = Some(fewest + SPARE_MEMORY.max(fewest / 3));
        }
        let arrangement = arrangement::arrange(graph, &all_ways, bounds(bytes));
        let (size, in_use) = (arrangement.placement.size, arrangement.bytes_in_use());
        let faster = options.iter().zip(&chosen).map(|(options, &index)| faster(options, index)).collect();
        let (shapes, costs) = chosen_options.into_iter().cloned().unzip();
        let choice = Choice { shapes, costs, faster, arrangement };
        if bytes.is_none_or(|bytes| size as u64 <= bytes) {
            return choice;
        }
        if smallest.as_ref().is_none_or(|smallest| size < smallest.arrangement.placement.size) {
            smallest = Some(choice);
        }
        // Layers with more scratch than there is room for have to do with less.
        let most = in_use.iter().copied().max().unwrap_or(0) as u64;
        let limit = bytes.unwrap_or(u64::MAX).min(most.saturating_sub(1));
        let mut is_narrower = false;
        for (step, options) in options.iter_mut().enumerate() {
            let scratch = all_ways[step].scratch;
            let has_less = |shape: &CodeShape| ways_of(step, shape).scratch < scratch;
            if in_use[step] as u64 > limit && options.iter().any(|(shape, _)| has_less(shape)) {
                options.retain(|(shape, _)| has_less(shape));
                is_narrower = true;
            }
        }
        if let Some(smallest) = smallest.take_if(|_| !is_narrower) {
            return smallest;
        }
    }
}

/// The smallest code that is faster than the one chosen.
fn faster(options: &Options, chosen: usize) -> Option<Faster> {
    let cycles = options[chosen].1.cycles;
    let faster = options.iter().filter(|(_, cost)| cost.cycles < cycles);
    let (shape, cost) = faster.min_by_key(|(_, cost)| cost.own())?;
    Some(Faster { code: shape.name(), flash: cost.own(), cycles: cost.cycles })
}
