//! Kernels that only move elements.

use super::{Time, by_four, parts};
use crate::quantized::{Gather, Lookup, Table};
use tinynet_core::kernels;

/// Copies so often so many elements.
fn copies(time: &mut Time, times: usize, elements: usize) {
    time.add(&parts::COPY, times);
    by_four(time, [&parts::COPY_FOUR, &parts::COPY_ONE], times, elements);
}

pub(super) fn concat(time: &mut Time, parts: &[(kernels::Concat, Option<Table>)]) {
    for (part, table) in parts {
        time.add(&parts::CONCAT, 1);
        match table {
            None => copies(time, part.rows, part.part),
            Some(_) => {
                time.add(&parts::TABLE_CALL, part.rows);
                by_four(time, [&parts::TABLE_FOUR, &parts::TABLE_ONE], part.rows, part.part);
            }
        }
    }
}

pub(super) fn lookup(time: &mut Time, lookup: &Lookup) {
    time.add(&parts::LOOKUP_CALL, 1);
    time.add(&parts::LOOKUP_PLACE, usize::from(!lookup.length().is_power_of_two()));
    match lookup.is_written_out() {
        true => time.add(&parts::LOOKUP, lookup.length()),
        false => copies(time, 1, lookup.length()),
    }
}

pub(super) fn pad(time: &mut Time, pad: &kernels::Pad<i16>) {
    let [height, width, channels] = pad.input;
    time.add(&parts::PAD, 1);
    time.add(&parts::PAD_FILL, pad.output.iter().product());
    time.add(&parts::PAD_LINE, height);
    copies(time, height, width * channels);
}

pub(super) fn rearrange(time: &mut Time, rearrange: &kernels::Rearrange) {
    let [a, b, c, d, e] = rearrange.shape;
    time.add(&parts::REARRANGE, 1);
    time.add(&parts::REARRANGE_OUTER, a + a * b + a * b * c);
    time.add(&parts::REARRANGE_INNER, a * b * c * d);
    time.add(&parts::REARRANGE_ONE, a * b * c * d * e);
}

pub(super) fn gather(time: &mut Time, gather: &Gather) {
    let lines = gather.images * gather.rows.len();
    time.add(&parts::GATHER, 1);
    time.add(&parts::GATHER_LINE, lines);
    time.add(&parts::GATHER_BLOCK, lines * gather.columns.len());
    copies(time, lines * gather.columns.len(), gather.input[2]);
}

pub(super) fn variable(time: &mut Time, is_zeros: bool, elements: usize) {
    if is_zeros {
        copies(time, 1, elements);
    } else {
        time.add(&parts::VARIABLE, 1);
        time.add(&parts::VARIABLE_ONE, elements);
    }
}
