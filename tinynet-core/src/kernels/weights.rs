//! How kernels read their weights: a byte each, or of fewer bits.

use super::batch::Batch;
use super::tight::opaque;
use crate::element::Element;

/// How a kernel reads its weights, which lie in rows: those that are multiplied by values side by side.
///
/// Each row begins a byte.
///
/// # Safety
///
/// Where it [fits](Weights::fits) a length, [`sum`](Weights::sum) reads as many bytes of a row as
/// [`row_bytes`](Weights::row_bytes) says, and returns their end: kernels find rows by it.
pub unsafe trait Weights: Copy {
    /// Bytes of a row of so many weights.
    fn row_bytes(self, length: usize) -> usize;

    /// Whether rows of so many weights are what it was made for.
    fn fits(self, length: usize) -> bool;

    /// `accumulators[o] = bias[o] + Σ_i weights[o][i] · patch[i]` for all channels of the batch.
    ///
    /// # Safety
    ///
    /// `patch` is readable for `length` elements, `weights` for as many rows of so many weights as the batch has
    /// channels, `bias` for as many elements.
    #[inline(never)]
    unsafe fn accumulate<T: Element>(
        self,
        patch: *const T,
        length: usize,
        weights: *const u8,
        bias: *const i32,
        batch: &mut Batch,
    ) {
        let (mut weights, mut bias, mut accumulators) = (weights, bias, batch.accumulators());
        let mut remaining = batch.count();
        while remaining != 0 {
            // SAFETY: as many rows, biases and accumulators as `remaining` are still ahead.
            unsafe {
                let (sum, end) = self.sum(weights, opaque(patch), length, 0, *bias);
                *accumulators = sum;
                accumulators = accumulators.add(1);
                weights = end;
                bias = opaque(bias.add(1));
            }
            remaining -= 1;
        }
    }

    /// `sum + Σ_i weights[i] · (values[i] - zero_point)`, and the end of the weights that are read.
    ///
    /// # Safety
    ///
    /// `weights` is readable for a row of `length` weights, `values` for as many elements.
    unsafe fn sum<T: Element>(
        self,
        weights: *const u8,
        values: *const T,
        length: usize,
        zero_point: i32,
        sum: i32,
    ) -> (i32, *const u8);
}

/// Weights of which each eight of a row begin a byte, so that a row can be read in parts.
///
/// # Safety
///
/// It [fits](Weights::fits) all lengths. The part of a row from weight `n` on, a multiple of eight, lies `row_bytes(n)`
/// behind the row's begin, and [`add_products`](InEights::add_products) reads `row_bytes(count)` bytes of it.
pub unsafe trait InEights: Weights {
    /// `accumulators[i] += (input[i] - zero_point) · weights[i]` for `i` in `0..count`.
    ///
    /// # Safety
    ///
    /// `weights` is readable for a row of `count` weights, `input` for as many elements; `accumulators` is writable for as
    /// many, and all are written.
    unsafe fn add_products<T: Element>(
        self,
        input: *const T,
        weights: *const u8,
        zero_point: i32,
        count: usize,
        accumulators: *mut i32,
    );
}

/// A byte a weight: int8 bit patterns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes;

// SAFETY: a byte is read a weight.
unsafe impl Weights for Bytes {
    #[inline(always)]
    fn row_bytes(self, length: usize) -> usize {
        length
    }

    #[inline(always)]
    fn fits(self, _: usize) -> bool {
        true
    }

    #[inline(always)]
    unsafe fn accumulate<T: Element>(
        self,
        patch: *const T,
        length: usize,
        weights: *const u8,
        bias: *const i32,
        batch: &mut Batch,
    ) {
        // SAFETY: the caller's.
        unsafe { super::rows::accumulate(patch, length, weights, bias, batch) };
    }

    #[inline(always)]
    unsafe fn sum<T: Element>(
        self,
        weights: *const u8,
        values: *const T,
        length: usize,
        zero_point: i32,
        sum: i32,
    ) -> (i32, *const u8) {
        let (mut weights, mut values, mut sum) = (weights, values, sum);
        let mut remaining = opaque(length);
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of both pointers.
            unsafe {
                let value = (*values).widen().wrapping_sub(zero_point);
                sum = sum.wrapping_add(value.wrapping_mul(i32::from(*weights as i8)));
                weights = opaque(weights.add(1));
                values = values.add(1);
            }
            remaining -= 1;
        }
        (sum, weights)
    }
}

// SAFETY: a byte is read a weight.
unsafe impl InEights for Bytes {
    /// Four products a round, written out.
    #[inline(always)]
    unsafe fn add_products<T: Element>(
        self,
        input: *const T,
        weights: *const u8,
        zero_point: i32,
        count: usize,
        accumulators: *mut i32,
    ) {
        let (mut input, mut weights, mut accumulators) = (opaque(input), opaque(weights), accumulators);
        macro_rules! add_product {
            ($index:literal) => {
                let value = (*input.add($index)).widen().wrapping_sub(zero_point);
                let product = value.wrapping_mul(i32::from(*weights.add($index) as i8));
                *accumulators.add($index) = (*accumulators.add($index)).wrapping_add(product);
            };
        }
        let mut remaining = opaque(count >> 2);
        while remaining != 0 {
            // SAFETY: `4 · remaining` elements or more are still ahead of all three pointers.
            unsafe {
                add_product!(0);
                add_product!(1);
                add_product!(2);
                add_product!(3);
                input = opaque(input.add(4));
                weights = opaque(weights.add(4));
                accumulators = accumulators.add(4);
            }
            remaining -= 1;
        }
        let mut remaining = opaque(count & 3);
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of all three pointers.
            unsafe {
                add_product!(0);
                input = opaque(input.add(1));
                weights = opaque(weights.add(1));
                accumulators = accumulators.add(1);
            }
            remaining -= 1;
        }
    }
}
