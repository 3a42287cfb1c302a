//! Layers with weights, as straight-line code.

use super::window::gathered;
use super::{Time, parts};
use crate::kernel_parameters::LinearParameters;
use crate::plan::unrolled::{Extent, Unrolled, places};

pub(super) fn unrolled(time: &mut Time, linear: &LinearParameters, unrolled: &Unrolled) {
    let repetitions = unrolled.repetitions();
    time.add(&parts::UNROLLED, 1);
    if let Extent::Pixel { window, .. } = &unrolled.extent {
        time.add(&parts::UNROLLED_PIXEL, repetitions);
        gathered(time, window, 1, true);
    }
    for sums in unrolled.functions() {
        let sums = &unrolled.sums[sums];
        time.add(&parts::UNROLLED_FUNCTION, repetitions);
        time.add(&parts::UNROLLED_READ, repetitions * places(sums).len());
        let terms = sums.iter().map(|sum| sum.terms.len()).sum::<usize>();
        if sums.len() > 1 {
            // Inputs stay on the stack from one sum to the next.
            time.add(&parts::UNROLLED_SHARED, repetitions * terms);
        }
        for term in sums.iter().flat_map(|sum| &sum.terms) {
            let part = match term.weight.unsigned_abs() {
                1 => &parts::UNROLLED_SUM,
                magnitude if magnitude.is_power_of_two() => &parts::UNROLLED_SHIFT,
                _ => &parts::UNROLLED_PRODUCT,
            };
            time.add(part, repetitions);
        }
    }
    let outputs = repetitions * unrolled.sums.len();
    let is_multiplier = linear.requantize.is_multiplier();
    time.add(if is_multiplier { &parts::UNROLLED_MULTIPLIER } else { &parts::UNROLLED_CLAMP }, outputs);
    if linear.table.is_some() {
        time.add(&parts::UNROLLED_TABLE, outputs);
    }
}
