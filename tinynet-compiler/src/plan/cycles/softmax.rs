//! Softmax and its relatives, row by row.

use super::{Time, parts};
use crate::kernel_parameters::KernelParameters;

/// A softmax of so many elements; compact where it calculates its exponentials.
pub(super) fn time(time: &mut Time, kernel: &KernelParameters, is_compact: bool, elements: usize) {
    let (classes, row, class) = match kernel {
        KernelParameters::GemmlowpSoftmax { classes, .. } if is_compact => {
            (*classes, &parts::COMPACT_SOFTMAX_ROW, &parts::COMPACT_SOFTMAX_CLASS)
        }
        KernelParameters::GemmlowpSoftmax { classes, .. } => {
            (*classes, &parts::GEMMLOWP_SOFTMAX_ROW, &parts::GEMMLOWP_SOFTMAX_CLASS)
        }
        KernelParameters::Softmax16(classes, _) => {
            (*classes, &parts::SOFTMAX_16_ROW, &parts::SOFTMAX_16_CLASS)
        }
        KernelParameters::LogSoftmax(classes, _) => {
            (*classes, &parts::LOG_SOFTMAX_ROW, &parts::LOG_SOFTMAX_CLASS)
        }
        KernelParameters::Softmax(softmax) => (softmax.classes, &parts::SOFTMAX_ROW, &parts::SOFTMAX_CLASS),
        _ => return,
    };
    time.add(row, elements / classes.max(1));
    time.add(class, elements);
}
