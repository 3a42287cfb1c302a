//! Rows of weights times one vector: the loop behind [`Dense`](super::Dense) and [`Conv2d`](super::Conv2d).

use super::{batch::Batch, tight::opaque, weights::Weights};
use crate::element::Element;
use crate::requantize::Requantize;

/// A matrix `[channels][length]` of weights, with what turns a product into an activation.
pub(super) struct Rows<'a, R, O, W> {
    pub(super) length: usize,
    pub(super) weights: *const u8,
    pub(super) packing: W,
    pub(super) bias: *const i32,
    pub(super) requantize: &'a R,
    pub(super) offset: O,
}

/// What is added to the sums of all channels.
pub(super) trait Offset: Copy {
    /// For a patch; `None` for nothing.
    ///
    /// # Safety
    ///
    /// `patch` is readable for `length` elements.
    unsafe fn of<T: Element>(self, patch: *const T, length: usize) -> Option<i32>;
}

/// Nothing.
#[derive(Clone, Copy)]
pub(super) struct NoOffset;

impl Offset for NoOffset {
    #[inline(always)]
    unsafe fn of<T: Element>(self, _: *const T, _: usize) -> Option<i32> {
        None
    }
}

impl<R: Requantize, O: Offset, W: Weights> Rows<'_, R, O, W> {
    /// `output[o - first] = requantize(o, bias[o] + offset + Σ_i weights[o][i] · patch[i])` for `o` in `first..end`.
    ///
    /// Returns the end of the output.
    ///
    /// # Safety
    ///
    /// `first <= end`; `packing` [fits](Weights::fits) `length`; `weights` is readable for `end` rows of `length`
    /// weights or more, `bias` for `end`, `requantize` has parameters for `end` channels or more; `patch` is readable
    /// for `length` elements, `output` writable for `end - first`.
    #[inline(never)]
    pub(super) unsafe fn multiply<T: Element>(
        &self,
        patch: *const T,
        first: usize,
        end: usize,
        output: *mut T,
    ) -> *mut T {
        let (mut first, mut output) = (first, output);
        // SAFETY: the caller's.
        let offset = unsafe { self.offset.of(patch, self.length) };
        while first != end {
            let mut batch = Batch::new(first, end);
            // SAFETY: the batch's channels are below `end`, so that there are rows, biases and parameters for
            // them; the batches together make `end - first` outputs.
            unsafe {
                let weights = self.weights.add(first * self.packing.row_bytes(self.length));
                self.packing.accumulate(patch, self.length, weights, self.bias.add(first), &mut batch);
                if let Some(offset) = offset {
                    batch.add(offset);
                }
                output = batch.requantize(self.requantize, output);
            }
            first += batch.count();
        }
        output
    }
}

/// `accumulators[o] = bias[o] + Σ_i weights[o][i] · patch[i]` for all channels of the batch.
///
/// Eight products a round, written out: the loop's own instructions then cost 0.9 cycles a product instead of
/// 6.
///
/// # Safety
///
/// `patch` is readable for `length` elements, `weights` for the batch's `count · length`, `bias` for `count`.
#[inline(never)]
pub(super) unsafe fn accumulate<T: Element>(
    patch: *const T,
    length: usize,
    weights: *const u8,
    bias: *const i32,
    batch: &mut Batch,
) {
    let (start, mut weights, mut bias) = (patch, weights, bias);
    let (blocks, rest) = (length >> 3, length & 7);
    let mut accumulators = batch.accumulators();
    // SAFETY: `count` accumulators may be written.
    let end = unsafe { accumulators.add(batch.count()) };
    // A batch has at least one channel.
    loop {
        // SAFETY: fewer than `count` rounds are done, so that a bias is left.
        let mut accumulator = unsafe { *bias };
        let mut patch = opaque(start);
        macro_rules! add_product {
            ($index:literal) => {
                accumulator = accumulator.wrapping_add(
                    (*patch.add($index)).widen().wrapping_mul(i32::from(*weights.add($index) as i8)),
                )
            };
        }
        let mut remaining = opaque(blocks);
        while remaining != 0 {
            // SAFETY: of `length` elements of the patch and of the row, `8 · remaining` or more are still
            // ahead.
            unsafe {
                add_product!(0);
                add_product!(1);
                add_product!(2);
                add_product!(3);
                add_product!(4);
                add_product!(5);
                add_product!(6);
                add_product!(7);
                patch = opaque(patch.add(8));
                weights = opaque(weights.add(8));
            }
            remaining -= 1;
        }
        let mut remaining = opaque(rest);
        while remaining != 0 {
            // SAFETY: `remaining` elements of the patch and of the row are still ahead.
            unsafe {
                add_product!(0);
                patch = opaque(patch.add(1));
                weights = opaque(weights.add(1));
            }
            remaining -= 1;
        }
        // SAFETY: fewer than `count` accumulators are written.
        unsafe {
            *accumulators = accumulator;
            accumulators = accumulators.add(1);
            bias = opaque(bias.add(1));
        }
        if accumulators == end {
            break;
        }
    }
}

/// `Σ_i patch[i]`
///
/// # Safety
///
/// `patch` is readable for `length` elements.
#[inline(never)]
pub(super) unsafe fn sum<T: Element>(patch: *const T, length: usize) -> i32 {
    let (mut patch, mut sum, mut remaining) = (patch, 0i32, opaque(length));
    while remaining != 0 {
        // SAFETY: `remaining` elements are still ahead.
        unsafe {
            sum = sum.wrapping_add((*patch).widen());
            patch = opaque(patch.add(1));
        }
        remaining -= 1;
    }
    sum
}
