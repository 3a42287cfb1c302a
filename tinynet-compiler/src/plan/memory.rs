//! Offsets for buffers: those needed in one step never share a byte, but for an output that follows its input by a
//! proven distance, and the whole is as small as can be found.
//!
//! The least size is hard to find in general (dynamic storage allocation: Garey and Johnson, *Computers and
//! Intractability*, 1979, problem SR2). Putting buffers one after the other at the lowest offset that is free gives an
//! optimum for at least one order of them, so this is a search for a good order: a few that are known to do well, those
//! bettered by moving what lies highest forwards, then, until the work runs out, all of them with those left out that
//! cannot beat the best so far. No order can beat the largest sum of sizes needed in one step; most networks meet it
//! with the first.

use super::lifetime::{Buffer, Lead, Lifetimes};

/// Where each buffer lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Offset of each buffer in bytes.
    pub offsets: Vec<usize>,
    /// Bytes in all.
    pub size: usize,
}

/// An order and what it leads to.
type Candidate = (Placement, Vec<usize>);

/// Comparisons of two buffers that each half of the search may spend: about a tenth of a second in a debug build.
const WORK: usize = 500_000;

/// Sorts buffers; the largest come first.
type Key = fn(&Buffer) -> (usize, usize);

/// Orders that do well: by size, by area, by duration, by time forwards and backwards; where layers follow their inputs
/// through memory, backwards with scratch below what moves.
const KEYS: [Key; 6] = [
    |buffer| (buffer.size, duration(buffer)),
    |buffer| (buffer.size.saturating_mul(duration(buffer)), buffer.size),
    |buffer| (duration(buffer), buffer.size),
    |buffer| (usize::MAX - buffer.first, buffer.size),
    |buffer| (buffer.first, buffer.size),
    |buffer| (buffer.first, usize::MAX - buffer.size),
];

fn duration(buffer: &Buffer) -> usize {
    buffer.last - buffer.first + 1
}

/// Places the buffers.
pub fn place(lifetimes: &Lifetimes) -> Placement {
    let buffers = &lifetimes.buffers;
    let bound = lifetimes.live_bytes().into_iter().max().unwrap_or(0);
    let orders = KEYS.map(|key| {
        let mut order: Vec<usize> = (0..buffers.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(key(&buffers[index])));
        order
    });
    let space = Space::new(lifetimes);
    let mut candidates = orders.map(|order| (space.in_order(&order), order));
    candidates.sort_by_key(|(placement, _)| placement.size);
    let mut work = WORK;
    let climbed = candidates.map(|candidate| space.climb(candidate, bound, &mut work));
    let Some((best, order)) = climbed.into_iter().min_by_key(|(placement, _)| placement.size) else {
        return Placement::default();
    };
    let mut search = Search { space, bound, best, offsets: vec![0; buffers.len()], work: WORK };
    let mut remaining = order;
    search.try_all(&mut Vec::new(), &mut remaining, 0);
    search.best
}

/// What limits the offsets of buffers.
pub(super) struct Space<'a> {
    buffers: &'a [Buffer],
    /// For each buffer how it may overlap what it is made from.
    as_output: Vec<Option<Lead>>,
    /// For each buffer how what is made from it may overlap it.
    as_input: Vec<Option<Lead>>,
}

impl<'a> Space<'a> {
    pub(super) fn new(lifetimes: &'a Lifetimes) -> Self {
        let buffers = &lifetimes.buffers;
        let mut space =
            Self { buffers, as_output: vec![None; buffers.len()], as_input: vec![None; buffers.len()] };
        for &lead in lifetimes.leads.iter().flatten() {
            space.as_output[lead.output] = Some(lead);
            space.as_input[lead.input] = Some(lead);
        }
        space
    }

    /// Betters an order until nothing helps: what lies at the upper end, or is needed at the same time as that, is
    /// placed earlier.
    fn climb(&self, candidate: Candidate, bound: usize, work: &mut usize) -> Candidate {
        let mut best = candidate;
        while best.0.size > bound {
            let Some(better) = self.step_up(&best, work) else { break };
            best = better;
        }
        best
    }

    /// A better order, with one buffer moved forwards.
    fn step_up(&self, (placement, order): &Candidate, work: &mut usize) -> Option<Candidate> {
        let ends = |index: usize| placement.offsets[index] + self.buffers[index].size;
        let highest = order.iter().find(|&&index| ends(index) == placement.size)?;
        let meets = |position: &usize| self.buffers[*highest].meets(&self.buffers[order[*position]]);
        for position in (0..order.len()).rev().filter(meets) {
            for earlier in (0..position).rev() {
                *work = work.checked_sub(order.len() * order.len() / 2)?;
                let mut order = order.clone();
                let index = order.remove(position);
                order.insert(earlier, index);
                let moved = self.in_order(&order);
                if moved.size < placement.size {
                    return Some((moved, order));
                }
            }
        }
        None
    }

    /// Each buffer at the lowest offset that those before it leave free.
    pub(super) fn in_order(&self, order: &[usize]) -> Placement {
        let mut placement = Placement { offsets: vec![0; self.buffers.len()], size: 0 };
        for (position, &index) in order.iter().enumerate() {
            let offset = self.lowest_free(&placement.offsets, &order[..position], index);
            placement.offsets[index] = offset;
            placement.size = placement.size.max(offset + self.buffers[index].size);
        }
        placement
    }

    /// The lowest offset at which a buffer meets none of those placed.
    fn lowest_free(&self, offsets: &[usize], placed: &[usize], index: usize) -> usize {
        let mut taken: Vec<(isize, isize)> = placed
            .iter()
            .filter(|&&other| self.buffers[other].meets(&self.buffers[index]))
            .map(|&other| self.forbidden(offsets[other], other, index))
            .collect();
        taken.sort_unstable();
        let alignment = self.buffers[index].alignment;
        let mut offset = 0;
        for (below, above) in taken {
            if offset <= below {
                break;
            }
            // Where the gap behind begins before the start of all memory, it is the start that counts.
            offset = offset.max((above.max(0) as usize).next_multiple_of(alignment) as isize);
        }
        offset as usize
    }

    /// Offsets for the buffer `index` beside a placed one: up to the first number, and from the second on.
    fn forbidden(&self, offset: usize, placed: usize, index: usize) -> (isize, isize) {
        let offset = offset as isize;
        let [placed_size, size] = [placed, index].map(|buffer| self.buffers[buffer].size as isize);
        let (mut below, mut above) = (offset - size, offset + placed_size);
        if let Some(lead) = self.as_output[index].filter(|lead| lead.input == placed) {
            below = below.max(offset - lead.bytes);
        }
        if let Some(lead) = self.as_input[index].filter(|lead| lead.output == placed) {
            above = above.min(offset + lead.bytes);
        }
        (below, above)
    }
}

/// A search through all orders, best first.
struct Search<'a> {
    space: Space<'a>,
    /// No placement is smaller.
    bound: usize,
    best: Placement,
    offsets: Vec<usize>,
    work: usize,
}

impl Search<'_> {
    /// Places the remaining buffers behind those placed in all orders, as long as it promises something.
    fn try_all(&mut self, placed: &mut Vec<usize>, remaining: &mut Vec<usize>, size: usize) {
        if remaining.is_empty() {
            self.best = Placement { offsets: self.offsets.clone(), size };
            return;
        }
        for position in 0..remaining.len() {
            let Some(work) = self.work.checked_sub(placed.len() + 1) else { return };
            if self.best.size == self.bound {
                return;
            }
            self.work = work;
            let index = remaining.remove(position);
            let offset = self.space.lowest_free(&self.offsets, placed, index);
            let size = size.max(offset + self.space.buffers[index].size);
            if size < self.best.size {
                self.offsets[index] = offset;
                placed.push(index);
                self.try_all(placed, remaining, size);
                placed.pop();
            }
            remaining.insert(position, index);
        }
    }
}
