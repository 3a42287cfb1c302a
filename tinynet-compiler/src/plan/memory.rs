//! Offsets for buffers: those needed in one step never share a byte, and the whole is as small as can be found.
//!
//! The least size is hard to find in general (dynamic storage allocation: Garey and Johnson, *Computers and
//! Intractability*, 1979, problem SR2). Putting buffers one after the other at the lowest offset that is free gives an
//! optimum for at least one order of them, so this is a search for a good order: a few that are known to do well, then,
//! until the work runs out, all of them with those left out that cannot beat the best so far. No order can beat the
//! largest sum of sizes needed in one step; most networks meet it with the first.

use super::lifetime::{Buffer, Lifetimes};

/// Where each buffer lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Offset of each buffer in bytes.
    pub offsets: Vec<usize>,
    /// Bytes in all.
    pub size: usize,
}

/// Comparisons of two buffers that the search may spend: well below a tenth of a second even in a debug build.
const WORK: usize = 200_000;

/// Sorts buffers; the largest come first.
type Key = fn(&Buffer) -> (usize, usize);

/// Orders that do well: by size, by area, by duration, by time.
const KEYS: [Key; 4] = [
    |buffer| (buffer.size, duration(buffer)),
    |buffer| (buffer.size.saturating_mul(duration(buffer)), buffer.size),
    |buffer| (duration(buffer), buffer.size),
    |buffer| (usize::MAX - buffer.first, buffer.size),
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
    let Some((best, order)) = orders
        .into_iter()
        .map(|order| (in_order(buffers, &order), order))
        .min_by_key(|(placement, _)| placement.size)
    else {
        return Placement::default();
    };
    let mut search = Search { buffers, bound, best, offsets: vec![0; buffers.len()], work: WORK };
    let mut remaining = order;
    search.try_all(&mut Vec::new(), &mut remaining, 0);
    search.best
}

/// Each buffer at the lowest offset that those before it leave free.
pub(super) fn in_order(buffers: &[Buffer], order: &[usize]) -> Placement {
    let mut placement = Placement { offsets: vec![0; buffers.len()], size: 0 };
    for (position, &index) in order.iter().enumerate() {
        let offset = lowest_free(buffers, &placement.offsets, &order[..position], index);
        placement.offsets[index] = offset;
        placement.size = placement.size.max(offset + buffers[index].size);
    }
    placement
}

/// The lowest offset at which a buffer meets none of those placed.
fn lowest_free(buffers: &[Buffer], offsets: &[usize], placed: &[usize], index: usize) -> usize {
    let mut taken: Vec<(usize, usize)> = placed
        .iter()
        .filter(|&&other| buffers[other].meets(&buffers[index]))
        .map(|&other| (offsets[other], offsets[other] + buffers[other].size))
        .collect();
    taken.sort_unstable();
    let mut offset = 0;
    for (begin, end) in taken {
        if offset + buffers[index].size <= begin {
            break;
        }
        offset = offset.max(end);
    }
    offset
}

/// A search through all orders, best first.
struct Search<'a> {
    buffers: &'a [Buffer],
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
            let offset = lowest_free(self.buffers, &self.offsets, placed, index);
            let size = size.max(offset + self.buffers[index].size);
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
