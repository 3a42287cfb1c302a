//! Clamping: Relu, Relu6, HardTanh.

use crate::element::Element;

/// `min(max(x, min), max)`: Relu, Relu6 and HardTanh where input and output share one quantisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clamp<T> {
    /// Smallest value.
    pub min: T,
    /// Largest value.
    pub max: T,
}

impl<T: Element> Clamp<T> {
    /// Clamps `input` into `output`.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn run(&self, input: &[T], output: &mut [T]) {
        assert!(input.len() == output.len());
        clamp(self.min, self.max, input, output);
    }

    /// Clamps `data` in place.
    #[inline(always)]
    pub fn run_in_place(&self, data: &mut [T]) {
        clamp_in_place(self.min, self.max, data);
    }
}

#[inline(never)]
fn clamp<T: Element>(min: T, max: T, input: &[T], output: &mut [T]) {
    for (&value, output) in input.iter().zip(output) {
        *output = value.max(min).min(max);
    }
}

#[inline(never)]
fn clamp_in_place<T: Element>(min: T, max: T, data: &mut [T]) {
    for value in data {
        *value = (*value).max(min).min(max);
    }
}
