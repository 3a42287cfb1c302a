//! The same values in another order.

use super::tight::{opaque, opaque_reference};
use crate::element::Element;

/// Reads in steps along up to five axes: `output[i] = input[first + Σ_k i_k · steps[k]]`.
///
/// Transposes, slices with any step, reverses, repeats (a step of 0), moves pixels to channels and back.
///
/// ```
/// use tinynet_core::kernels::Rearrange;
///
/// // [2, 3] transposed.
/// let transpose = Rearrange { shape: [1, 1, 1, 3, 2], steps: [0, 0, 0, 1, 3], first: 0 };
/// let mut output = [0i8; 6];
/// transpose.run(&[1, 2, 3, 4, 5, 6], &mut output);
/// assert_eq!(output, [1, 4, 2, 5, 3, 6]);
/// // Every second, from the end.
/// let backwards = Rearrange { shape: [1, 1, 1, 1, 3], steps: [0, 0, 0, 0, -2], first: 5 };
/// backwards.run(&[1, 2, 3, 4, 5, 6], &mut output[..3]);
/// assert_eq!(output[..3], [6, 4, 2]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rearrange {
    /// Shape of the output, the axes in front 1 where it has fewer.
    pub shape: [usize; 5],
    /// Distance in the input between neighbours along each axis of the output.
    pub steps: [isize; 5],
    /// Place in the input of the output's first element.
    pub first: usize,
}

impl Rearrange {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where `output` has another length than the shape says, or something outside `input` would be read.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        let Self { shape: [a, b, c, d, e], steps, first } = *self;
        let elements = super::product(super::volume([a, b, c]), super::product(d, e));
        assert!(output.len() == elements);
        if elements == 0 {
            return;
        }
        // Unrolled by hand, so that it folds away at any `opt-level`.
        let mut range = [first, first];
        range = stretched(range, a, steps[0]);
        range = stretched(range, b, steps[1]);
        range = stretched(range, c, steps[2]);
        range = stretched(range, d, steps[3]);
        range = stretched(range, e, steps[4]);
        assert!(range[1] < input.len());
        // SAFETY: the smallest place that is read is not below 0, the largest inside the input, both asserted; `output`
        // is as long as the shape says, and no axis is empty.
        unsafe { opaque_reference(self).copy(input.as_ptr(), output.as_mut_ptr()) };
    }

    /// # Safety
    ///
    /// No axis is empty. `input` is readable at all places that the formula names, `output` writable for all elements of
    /// the shape; they do not overlap.
    #[inline(never)]
    unsafe fn copy<T: Element>(&self, input: *const T, output: *mut T) {
        let Self { shape, steps, first } = *self;
        let mut output = output;
        // Pointers that go a step too far behind the last of an axis are not read through.
        let mut outermost = input.wrapping_add(first);
        for _ in 0..shape[0] {
            let mut outer = outermost;
            for _ in 0..shape[1] {
                let mut middle = outer;
                for _ in 0..shape[2] {
                    let mut inner = middle;
                    for _ in 0..shape[3] {
                        let mut source = inner;
                        let mut remaining = opaque(shape[4]);
                        while remaining != 0 {
                            // SAFETY: the source is at a place that the formula names; one element of the output for
                            // each.
                            unsafe {
                                *output = *source;
                                output = output.add(1);
                            }
                            source = opaque(source.wrapping_offset(steps[4]));
                            remaining -= 1;
                        }
                        inner = inner.wrapping_offset(steps[3]);
                    }
                    middle = middle.wrapping_offset(steps[2]);
                }
                outer = outer.wrapping_offset(steps[1]);
            }
            outermost = outermost.wrapping_offset(steps[0]);
        }
    }
}

/// The smallest and the largest place along one more axis.
///
/// # Panics
///
/// Where a place is negative, or beyond what a `usize` counts.
#[inline(always)]
const fn stretched(range: [usize; 2], length: usize, step: isize) -> [usize; 2] {
    let reach = super::product(length - 1, step.unsigned_abs());
    if step < 0 {
        match range[0].checked_sub(reach) {
            Some(low) => [low, range[1]],
            None => panic!("a place is negative"),
        }
    } else {
        match range[1].checked_add(reach) {
            Some(high) => [range[0], high],
            None => panic!("size overflows"),
        }
    }
}
