//! Accumulators of a few output channels, and what becomes of them.

use super::tight::opaque;
use crate::element::Element;
use crate::requantize::Requantize;
use core::mem::MaybeUninit;

/// Output channels whose accumulators are made before the first is requantised and written.
///
/// Two short loops with few live values each beat one that does both: on a Cortex-M0 they save 40 cycles an
/// output, and the multiplying loop exists once for all ways to requantise. Costs four bytes of stack a
/// channel.
pub const CAPACITY: usize = 16;

/// Accumulators of the output channels `first..first + count`, `0 < count <= CAPACITY`.
pub struct Batch {
    accumulators: [MaybeUninit<i32>; CAPACITY],
    first: usize,
    count: usize,
}

impl Batch {
    /// As many of the channels `first..end` as fit, at least one; `first < end`. The accumulators are still
    /// to be written.
    #[inline(always)]
    pub(super) fn new(first: usize, end: usize) -> Batch {
        Batch {
            accumulators: [const { MaybeUninit::uninit() }; CAPACITY],
            first,
            count: CAPACITY.min(end - first),
        }
    }

    /// The first channel of the batch.
    #[inline(always)]
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Number of channels in the batch.
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Where the accumulators go: writable for [`count`](Batch::count).
    #[inline(always)]
    pub(super) fn accumulators(&mut self) -> *mut i32 {
        self.accumulators.as_mut_ptr().cast()
    }

    /// Adds a number to all accumulators.
    ///
    /// # Safety
    ///
    /// All [`count`](Batch::count) accumulators are written.
    #[inline(always)]
    pub(super) unsafe fn add(&mut self, offset: i32) {
        let mut accumulator = self.accumulators();
        let mut remaining = opaque(self.count);
        while remaining != 0 {
            // SAFETY: `remaining` accumulators are still ahead.
            unsafe {
                *accumulator = (*accumulator).wrapping_add(offset);
                accumulator = accumulator.add(1);
            }
            remaining -= 1;
        }
    }

    /// Turns all accumulators into activations and returns the end of the output.
    ///
    /// # Safety
    ///
    /// All [`count`](Batch::count) accumulators are written; there are parameters for `first + count`
    /// channels or more; `output` is writable for `count` elements.
    #[inline(never)]
    pub(super) unsafe fn requantize<T: Element, R: Requantize>(
        &self,
        requantize: &R,
        output: *mut T,
    ) -> *mut T {
        let mut accumulator: *const i32 = self.accumulators.as_ptr().cast();
        // A copy, which stores to the output cannot change: its fields stay in registers.
        let requantize = *requantize;
        let mut channel = self.first;
        let mut output = output;
        let mut remaining = self.count;
        while remaining != 0 {
            // SAFETY: of `count` accumulators, channels and places in the output, `remaining` are still
            // ahead.
            unsafe {
                *output = T::narrow(requantize.apply_unchecked(channel, *accumulator));
                accumulator = opaque(accumulator.add(1));
                output = output.add(1);
            }
            channel += 1;
            remaining -= 1;
        }
        output
    }
}
