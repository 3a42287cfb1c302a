//! A layer that sees the last few inputs.

use super::batch::Batch;
use super::product;
use super::rows::accumulate;
use super::tight::{opaque, opaque_reference};
use crate::element::Element;
use crate::requantize::{MultiplierPerTensor, clamp, multiply_by_call};

/// A matrix of rank `rank` between the last `memory` inputs and the outputs, one step at a time: TensorFlow Lite's
/// integer SVDF, bit for bit.
///
/// Each filter is a vector of weights for the input, which makes a feature, and one for the last features (Nakkiran et
/// al., "Compressing Deep Neural Networks using a Rank-Constrained Topology", 2015). Each output is a sum of `rank`
/// filters:
///
/// ```text
/// feature[f]      = Σ_i feature_weights[f][i] · input[i]
/// output[u]       = bias[u] + Σ_f Σ_t time_weights[f][t] · feature[f] of memory - 1 - t steps ago
/// ```
///
/// The features of a state of int8 are those of TensorFlow Lite Micro: where they have a zero point, they wrap at it.
///
/// ```
/// use tinynet_core::kernels::Svdf;
/// use tinynet_core::requantize::MultiplierPerTensor;
///
/// // A multiplier of 2^30 and a shift of 1 are a factor of 1.
/// let one = MultiplierPerTensor { multiplier: 1 << 30, shift: 1, zero_point: 0, min: -128, max: 127 };
/// let layer = Svdf {
///     inputs: 2,
///     filters: 1,
///     rank: 1,
///     memory: 3,
///     feature_weights: &[1, 1],
///     feature_bias: &[0],
///     to_state: MultiplierPerTensor { min: -32_768, max: 32_767, ..one },
///     state_zero_point: 0,
///     time_weights: &[1i16, 2, 4],
///     bias: &[0],
///     to_output: one,
/// };
/// let (mut state, mut output) = ([0; 2], [0]);
/// layer.run(&[1, 2], &mut output, &mut state);
/// assert_eq!(output, [4 * 3]);
/// layer.run(&[10, 0], &mut output, &mut state);
/// assert_eq!(output, [4 * 10 + 2 * 3]);
/// assert_eq!(state, [3, 10]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Svdf<'a, S> {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of filters: `rank` for each output.
    pub filters: usize,
    /// Filters of an output; not 0.
    pub rank: usize,
    /// How many features of a filter count, the newest included; not 0.
    pub memory: usize,
    /// int8 bit patterns `[filters][inputs]`.
    pub feature_weights: &'a [u8],
    /// One a filter, with the input's zero point folded in.
    pub feature_bias: &'a [i32],
    /// Accumulator to feature. The zero point is added by [`state_zero_point`](Svdf::state_zero_point), not here.
    pub to_state: MultiplierPerTensor,
    /// The integer that stands for 0 in the state.
    pub state_zero_point: i32,
    /// `[filters][memory]`, those of the oldest feature first.
    pub time_weights: &'a [S],
    /// One an output.
    pub bias: &'a [i32],
    /// Sum to output.
    pub to_output: MultiplierPerTensor,
}

impl<S: Element> Svdf<'_, S> {
    /// Computes `output`, one element for each `rank` filters, from `input` and from the features before, which are
    /// `state`: `[filters][memory - 1]`, zeros at the beginning, where they are without the zero point.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or there is no memory.
    #[inline(always)]
    pub fn run(&self, input: &[i8], output: &mut [i8], state: &mut [S]) {
        assert!(self.memory > 0 && self.rank > 0);
        assert!(input.len() == self.inputs && product(output.len(), self.rank) == self.filters);
        assert!(state.len() == product(self.filters, self.memory - 1));
        assert!(self.feature_weights.len() == product(self.filters, self.inputs));
        assert!(self.feature_bias.len() == self.filters && self.bias.len() == output.len());
        assert!(self.time_weights.len() == product(self.filters, self.memory));
        // SAFETY: all lengths are asserted.
        unsafe {
            opaque_reference(self).filters(input.as_ptr(), output.as_mut_ptr(), state.as_mut_ptr());
        }
    }

    /// # Safety
    ///
    /// `input` is readable for `inputs` elements, `state` writable for `filters · (memory - 1)`, `output` for one element
    /// for each `rank` filters; none overlap. The weights are as long as the sizes say.
    #[inline(never)]
    unsafe fn filters(&self, input: *const i8, output: *mut i8, state: *mut S) {
        let (mut output, mut state) = (output, state);
        let (mut bias, mut time_weights) = (self.bias.as_ptr(), self.time_weights.as_ptr());
        let (mut first, mut sum, mut missing) = (0, 0i32, self.rank);
        while first != self.filters {
            let mut batch = Batch::new(first, self.filters);
            // SAFETY: the filters of the batches together are `filters`: there are as many rows of weights, features and
            // states, and for each `rank` of them a bias and a place in the output.
            unsafe {
                let weights = self.feature_weights.as_ptr().add(first * self.inputs);
                let features = self.feature_bias.as_ptr().add(first);
                accumulate(input, self.inputs, weights, features, &mut batch);
                let mut accumulator = batch.accumulators().cast_const();
                let mut remaining = batch.count();
                while remaining != 0 {
                    let feature = S::narrow(apply(&self.to_state, *accumulator));
                    sum = sum.wrapping_add(self.over_time(feature, time_weights, state));
                    time_weights = time_weights.add(self.memory);
                    state = state.add(self.memory - 1);
                    missing -= 1;
                    if missing == 0 {
                        let whole = sum.wrapping_add(*bias);
                        *output = apply(&self.to_output, whole) as i8;
                        (bias, output) = (bias.add(1), output.add(1));
                        (sum, missing) = (0, self.rank);
                    }
                    accumulator = opaque(accumulator.add(1));
                    remaining -= 1;
                }
            }
            first += batch.count();
        }
    }

    /// The sum of a filter's features; the oldest one is forgotten.
    ///
    /// # Safety
    ///
    /// `weights` is readable for `memory` elements, `state` writable for `memory - 1`.
    #[inline(never)]
    unsafe fn over_time(&self, feature: S, weights: *const S, state: *mut S) -> i32 {
        let mut remaining = self.memory - 1;
        // SAFETY: `remaining` elements are still in front of both pointers; of the weights one more.
        unsafe {
            let (mut weight, mut place) = (weights.add(remaining), state.add(remaining));
            let mut newer = feature;
            let mut sum = self.value(feature).wrapping_mul((*weight).widen());
            while remaining != 0 {
                (weight, place) = (opaque(weight.sub(1)), place.sub(1));
                let feature = core::mem::replace(&mut *place, newer);
                newer = feature;
                sum = sum.wrapping_add(self.value(feature).wrapping_mul((*weight).widen()));
                remaining -= 1;
            }
            sum
        }
    }

    /// What a feature counts: with the zero point it wraps.
    #[inline(always)]
    fn value(&self, feature: S) -> i32 {
        let zero_point = self.state_zero_point;
        S::narrow(feature.widen().wrapping_add(zero_point)).widen().wrapping_sub(zero_point)
    }
}

/// The requantisation in less code: it is wanted in two places.
#[inline(always)]
fn apply(to: &MultiplierPerTensor, accumulator: i32) -> i32 {
    let steps = multiply_by_call(accumulator, to.multiplier, to.shift);
    clamp(steps.wrapping_add(to.zero_point), to.min, to.max)
}
