//! Offsets for buffers, so that those needed at one time never share a byte and the whole is as small as possible.
//!
//! Finding the least size is NP-hard (it is dynamic storage allocation, Garey and Johnson 1979, SR2). Placing buffers
//! one by one at the lowest free offset finds an optimum for some order of them: a few good orders are tried for
//! every graph, and all orders for small ones. No order can do better than the largest sum of sizes needed in one
//! step, so the search stops there.

use super::lifetime::{Buffer, Lifetimes};

/// Where each buffer lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// One a buffer.
    pub offsets: Vec<usize>,
    /// Bytes in all.
    pub size: usize,
}

/// Up to this many buffers every order is tried (7! = 5040).
const EXHAUSTIVE: usize = 7;

/// What an order of placing sorts by, largest first.
type Key = fn(&Buffer) -> (usize, usize);

/// Places the buffers.
pub fn place(lifetimes: &Lifetimes) -> Memory {
    let buffers = &lifetimes.buffers;
    let steps = buffers.iter().map(|buffer| buffer.last + 1).max().unwrap_or(0);
    let bound = (0..steps).map(|step| lifetimes.live_bytes(step)).max().unwrap_or(0);
    let mut best = Memory { offsets: Vec::new(), size: usize::MAX };
    let mut consider = |order: &[usize]| {
        let memory = in_order(buffers, order);
        if memory.size < best.size {
            best = memory;
        }
        best.size == bound
    };
    let keys: [Key; 4] = [
        |buffer| (buffer.size, buffer.last - buffer.first),
        |buffer| (buffer.size * (buffer.last - buffer.first + 1), buffer.size),
        |buffer| (buffer.last - buffer.first, buffer.size),
        |buffer| (usize::MAX - buffer.first, buffer.size),
    ];
    for key in keys {
        let mut order: Vec<usize> = (0..buffers.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(key(&buffers[index])));
        if consider(&order) {
            return best;
        }
    }
    if buffers.len() <= EXHAUSTIVE {
        let mut order: Vec<usize> = (0..buffers.len()).collect();
        permutations(&mut order, 0, &mut consider);
    }
    best
}

/// Calls `found` with every order until it answers true.
fn permutations(order: &mut [usize], from: usize, found: &mut impl FnMut(&[usize]) -> bool) -> bool {
    if from == order.len() {
        return found(order);
    }
    for next in from..order.len() {
        order.swap(from, next);
        if permutations(order, from + 1, found) {
            return true;
        }
        order.swap(from, next);
    }
    false
}

/// Places each buffer at the lowest offset that is free while it is needed.
fn in_order(buffers: &[Buffer], order: &[usize]) -> Memory {
    let mut offsets = vec![0; buffers.len()];
    let mut size = 0;
    for (position, &index) in order.iter().enumerate() {
        let mut taken: Vec<(usize, usize)> = order[..position]
            .iter()
            .filter(|&&other| buffers[other].overlaps(&buffers[index]))
            .map(|&other| (offsets[other], offsets[other] + buffers[other].size))
            .collect();
        taken.sort_unstable();
        let mut offset = 0;
        for (begin, end) in taken {
            if begin >= offset + buffers[index].size {
                break;
            }
            offset = offset.max(end);
        }
        offsets[index] = offset;
        size = size.max(offset + buffers[index].size);
    }
    Memory { offsets, size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetimes(buffers: Vec<Buffer>) -> Lifetimes {
        Lifetimes { buffers, buffer_of: vec![], in_place: vec![], scratch: vec![] }
    }

    /// A small generator of its own, so that the cases are the same everywhere.
    fn pseudo_random(state: &mut u64, below: usize) -> usize {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) as usize % below
    }

    #[test]
    fn a_chain_needs_its_two_largest_neighbours() {
        let sizes = [64, 512, 128, 32, 10];
        let chain: Vec<_> = sizes
            .iter()
            .enumerate()
            .map(|(index, &size)| Buffer { size, first: index.saturating_sub(1), last: index })
            .collect();
        assert_eq!(place(&lifetimes(chain)).size, 512 + 128);
    }

    #[test]
    fn live_buffers_never_share_a_byte() {
        let mut state = 1;
        for _ in 0..500 {
            let count = 1 + pseudo_random(&mut state, 12);
            let buffers: Vec<_> = (0..count)
                .map(|_| {
                    let first = pseudo_random(&mut state, 10);
                    let last = first + pseudo_random(&mut state, 4);
                    Buffer { size: 1 + pseudo_random(&mut state, 100), first, last }
                })
                .collect();
            let memory = place(&lifetimes(buffers.clone()));
            for (a, first) in buffers.iter().enumerate() {
                assert!(memory.offsets[a] + first.size <= memory.size);
                for (b, second) in buffers.iter().enumerate().skip(a + 1).filter(|(_, b)| b.overlaps(first)) {
                    let apart = memory.offsets[a] + first.size <= memory.offsets[b]
                        || memory.offsets[b] + second.size <= memory.offsets[a];
                    assert!(apart, "{buffers:?} {memory:?}");
                }
            }
        }
    }
}
