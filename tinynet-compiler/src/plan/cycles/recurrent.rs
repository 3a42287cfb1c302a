//! Layers that remember.

use super::weights::sums;
use super::{Time, parts};
use crate::kernel_parameters::{LstmParameters, SvdfParameters};

/// Cells that are computed at a time.
const BATCH: usize = 16;

pub(super) fn lstm(time: &mut Time, lstm: &LstmParameters) {
    let &LstmParameters { steps, inputs, cells, .. } = lstm;
    time.add(&parts::LSTM, 1);
    time.add(&parts::LSTM_HIDDEN, 2 * cells);
    time.add(&parts::LSTM_STEP, steps);
    let gates = 4 * steps;
    time.add(&parts::LSTM_GATE, gates * cells.div_ceil(BATCH));
    sums(time, inputs, gates * cells);
    sums(time, cells, gates * cells);
    time.add(&parts::LSTM_GATE_VALUE, gates * cells);
    time.add(&parts::LSTM_CELL, steps * cells);
}

pub(super) fn svdf(time: &mut Time, svdf: &SvdfParameters) {
    let &SvdfParameters { inputs, filters, rank, memory, state, .. } = svdf;
    time.add(&parts::SVDF, 1);
    time.add(&parts::SVDF_BATCH, filters.div_ceil(BATCH));
    sums(time, inputs, filters);
    let (filter, one) = match state.bytes() {
        1 => (&parts::SVDF_FILTER_INT8, &parts::SVDF_ONE_INT8),
        _ => (&parts::SVDF_FILTER_INT16, &parts::SVDF_ONE_INT16),
    };
    time.add(filter, filters);
    time.add(one, filters * memory.saturating_sub(1));
    time.add(&parts::SVDF_OUTPUT, filters / rank.max(1));
}
