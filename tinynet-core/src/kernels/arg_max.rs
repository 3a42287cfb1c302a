//! Index of the largest value.

use crate::element::Element;

/// Index of the largest value; the first of equals, 0 of none.
///
/// ```
/// assert_eq!(tinynet_core::kernels::arg_max(&[3i8, 9, -1, 9]), 1);
/// ```
#[inline]
pub fn arg_max<T: Element>(values: &[T]) -> usize {
    let mut best = 0;
    let mut largest = T::min_value();
    for (index, &value) in values.iter().enumerate() {
        if value > largest {
            (best, largest) = (index, value);
        }
    }
    best
}
