//! Softmax and its relatives, row by row.

use super::{Part, Time, parts};

/// A softmax as TensorFlow Lite Micro's, of so many elements; compact where it calculates its exponentials.
pub(super) fn gemmlowp(time: &mut Time, classes: usize, is_compact: bool, elements: usize) {
    let parts = match is_compact {
        true => [&parts::COMPACT_SOFTMAX_ROW, &parts::COMPACT_SOFTMAX_CLASS],
        false => [&parts::GEMMLOWP_SOFTMAX_ROW, &parts::GEMMLOWP_SOFTMAX_CLASS],
    };
    rows(time, parts, classes, elements);
}

/// Rows of so many classes, all together of so many elements: the part of a row, and that of a class.
pub(super) fn rows(time: &mut Time, [row, class]: [&'static Part; 2], classes: usize, elements: usize) {
    time.add(row, elements / classes.max(1));
    time.add(class, elements);
}
