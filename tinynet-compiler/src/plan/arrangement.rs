//! Which layers write over their own input, and where everything lies then.
//!
//! A layer that does so may want more scratch and run a little longer, so that it is done only where the arena gets
//! smaller by it; where the network takes much longer, only if there is no other way to stay within the limit.

use super::lifetime::{Lifetimes, Wants, lifetimes};
use super::memory::{self, Placement};
use super::overlap::Overlap;
use crate::quantized::QuantizedGraph;
use std::ops::Range;

/// A layer's ways to use memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// Bytes that it wants beside its inputs and its output where they are apart.
    pub scratch: usize,
    /// What that lies at a multiple of.
    pub alignment: usize,
    /// What its tensors lie at a multiple of where they overlap.
    pub tensor_alignment: usize,
    /// How its output may overlap its input.
    pub overlap: Option<Overlap>,
}

/// What an arrangement should keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes; `None`: a quarter more than the fewest.
    pub bytes: Option<u64>,
    /// Cycles that all layers together may take longer than with input and output apart, if there are bytes enough.
    pub cycles: usize,
}

/// An arrangement that takes too long is tried again so often, each time without the layer that takes longest.
const RETRIES: usize = 6;

/// Where everything lies.
#[derive(Clone, Debug)]
pub struct Arrangement {
    /// When it lies there.
    pub lifetimes: Lifetimes,
    /// The offsets.
    pub placement: Placement,
    /// For each layer whose output overlaps its input, the least number of bytes by which it must begin before it.
    pub leads: Vec<Option<isize>>,
    /// What each layer uses beside its inputs and its output.
    pub scratch: Vec<Range<usize>>,
}

/// Arranges the layers of a graph in as little memory as can be found.
pub fn arrange(graph: &QuantizedGraph, ways: &[Ways], bounds: Bounds) -> Arrangement {
    let mut slow = vec![false; ways.len()];
    let mut best = smallest(graph, ways, |_| true).finish(ways);
    let fewest = best.placement.size as u64;
    let bytes = bounds.bytes.unwrap_or(fewest.saturating_add(fewest / 4));
    let fits = |arrangement: &Arrangement| arrangement.placement.size as u64 <= bytes;
    // From the smallest to the fastest, as long as that fits.
    for retry in 0..=RETRIES {
        let costs = best.costs(ways);
        let Some(slowest) = (0..ways.len()).max_by_key(|&step| costs[step]) else { break };
        if costs.iter().sum::<usize>() <= bounds.cycles {
            break;
        }
        slow[slowest] = true;
        let is_free = |step: usize| ways[step].overlap.is_some_and(|overlap| overlap.cycles[0] == 0);
        let may_overlap = |step: usize| if retry < RETRIES { !slow[step] } else { is_free(step) };
        let faster = smallest(graph, ways, may_overlap).finish(ways);
        if !fits(&faster) {
            break;
        }
        best = faster;
    }
    best
}

/// The smallest arrangement where only some layers may overlap, with no more overlapping than it takes.
fn smallest(graph: &QuantizedGraph, ways: &[Ways], may_overlap: impl Fn(usize) -> bool) -> Attempt {
    let apart = Attempt::new(graph, ways, |_| false);
    let anyhow = Attempt::new(graph, ways, &may_overlap);
    // Layers that fit this with input and output apart need not overlap.
    let needs = apart.lifetimes.live_bytes();
    let least = anyhow.lifetimes.live_bytes().into_iter().max().unwrap_or(0);
    let needed = |size: usize| Attempt::new(graph, ways, |step| may_overlap(step) && needs[step] > size);
    let within_least = needed(least);
    let size = |attempt: &Attempt| attempt.placement.size;
    let smaller = |a: Attempt, b: Attempt| if size(&b) < size(&a) { b } else { a };
    let smallest = smaller(smaller(apart, within_least), anyhow);
    let spared = needed(size(&smallest));
    if size(&spared) <= size(&smallest) { spared } else { smallest }
}

/// An arrangement where some layers may overlap.
struct Attempt {
    lifetimes: Lifetimes,
    placement: Placement,
}

impl Attempt {
    fn new(graph: &QuantizedGraph, ways: &[Ways], may_overlap: impl Fn(usize) -> bool) -> Self {
        let wants = ways.iter().enumerate().map(|(step, ways)| match ways.overlap {
            Some(overlap) if may_overlap(step) => Wants {
                scratch: overlap.scratch.max(ways.scratch),
                alignment: ways.alignment,
                tensor_alignment: ways.tensor_alignment,
                lead: Some(overlap.lead),
            },
            _ => Wants { scratch: ways.scratch, alignment: ways.alignment, tensor_alignment: 1, lead: None },
        });
        let lifetimes = lifetimes(graph, &wants.collect::<Vec<_>>());
        let placement = memory::place(&lifetimes);
        Self { lifetimes, placement }
    }

    /// Bytes of a buffer.
    fn bytes(&self, buffer: usize) -> Range<usize> {
        let offset = self.placement.offsets[buffer];
        offset..offset + self.lifetimes.buffers[buffer].size
    }

    fn finish(self, ways: &[Ways]) -> Arrangement {
        let lead = |step: usize| {
            let lead = self.lifetimes.leads[step]?;
            let (input, output) = (self.bytes(lead.input), self.bytes(lead.output));
            (input.start < output.end && output.start < input.end).then_some(lead.bytes)
        };
        let leads: Vec<_> = (0..ways.len()).map(lead).collect();
        let scratch = |(step, ways): (usize, &Ways)| {
            let bytes = self.lifetimes.scratch[step].map_or(0..0, |buffer| self.bytes(buffer));
            // Where they are apart after all it takes no more than that.
            let length = if leads[step].is_some() { bytes.len() } else { ways.scratch };
            if length == 0 { 0..0 } else { bytes.start..bytes.start + length }
        };
        let scratch = ways.iter().enumerate().map(scratch).collect();
        let Self { lifetimes, placement } = self;
        Arrangement { lifetimes, placement, leads, scratch }
    }
}

impl Arrangement {
    /// Cycles that each layer takes longer because its output overlaps its input.
    fn costs(&self, ways: &[Ways]) -> Vec<usize> {
        let cost = |(lead, ways): (&Option<isize>, &Ways)| match (lead, ways.overlap) {
            (Some(_), Some(overlap)) => overlap.cycles[0],
            _ => 0,
        };
        self.leads.iter().zip(ways).map(cost).collect()
    }

    /// Bytes in use while each layer runs.
    pub fn bytes_in_use(&self) -> Vec<usize> {
        (0..self.leads.len()).map(|step| self.bytes_in_use_at(step)).collect()
    }

    fn bytes_in_use_at(&self, step: usize) -> usize {
        let is_tensor = |buffer: &usize| !self.lifetimes.scratch.contains(&Some(*buffer));
        let buffers = self.lifetimes.buffers.iter().enumerate();
        let live = buffers.filter(|(_, buffer)| buffer.first <= step && step <= buffer.last);
        let mut ranges: Vec<_> = live
            .filter(|(index, _)| is_tensor(index))
            .map(|(index, buffer)| (self.placement.offsets[index], buffer.size))
            .chain([(self.scratch[step].start, self.scratch[step].len())])
            .collect();
        ranges.sort_unstable();
        let (mut end, mut bytes) = (0, 0);
        for (offset, size) in ranges {
            bytes += (offset + size).saturating_sub(end.max(offset));
            end = end.max(offset + size);
        }
        bytes
    }
}
