//! Values that a model keeps by name.

use super::tight::{copy, opaque};
use crate::element::Element;

/// A variable of a model, which it reads and assigns: TensorFlow Lite's READ_VARIABLE and ASSIGN_VARIABLE.
///
/// Memory holds the differences to the first value, so that zeros are the beginning; they wrap.
///
/// ```
/// use tinynet_core::kernels::Variable;
///
/// let variable = Variable { first: &[5i8, 100] };
/// let (mut state, mut value) = ([0; 2], [0; 2]);
/// variable.read(&state, &mut value);
/// assert_eq!(value, [5, 100]);
/// variable.assign(&[-1, -100], &mut state);
/// variable.read(&state, &mut value);
/// assert_eq!(value, [-1, -100]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable<'a, T> {
    /// The first value; nothing where it is zeros.
    pub first: &'a [T],
}

impl<T: Element> Variable<'_, T> {
    /// Computes the value from the memory.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn read(&self, state: &[T], value: &mut [T]) {
        self.convert(state, value, |difference, first| first.wrapping_add(difference));
    }

    /// Computes the memory from a value.
    ///
    /// # Panics
    ///
    /// Where the lengths differ.
    #[inline(always)]
    pub fn assign(&self, value: &[T], state: &mut [T]) {
        self.convert(value, state, |value, first| value.wrapping_sub(first));
    }

    /// `output[i] = convert(input[i], first[i])`
    #[inline(always)]
    fn convert(&self, input: &[T], output: &mut [T], convert: impl Fn(i32, i32) -> i32) {
        assert!(input.len() == output.len());
        assert!(self.first.is_empty() || self.first.len() == input.len());
        let (count, mut first) = (input.len(), self.first.as_ptr());
        let (mut input, mut output) = (input.as_ptr(), output.as_mut_ptr());
        if self.first.is_empty() {
            // SAFETY: both have `count` elements, and an output is borrowed alone.
            unsafe { copy(input, output, count) };
            return;
        }
        let mut remaining = opaque(count);
        while remaining != 0 {
            // SAFETY: `remaining` elements are still ahead of all three.
            unsafe {
                *output = T::narrow(convert((*input).widen(), (*first).widen()));
                (input, first) = (opaque(input.add(1)), opaque(first.add(1)));
                output = output.add(1);
            }
            remaining -= 1;
        }
    }
}
