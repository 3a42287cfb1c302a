//! Windows and axes without weights.

use super::weights::positions;
use super::window::{axis, taps};
use super::{Time, by_four, parts, requantize};
use crate::kernel_parameters::RequantizeParameters;
use crate::quantized::Along;
use tinynet_core::kernels::{ArgExtremum, AveragePool2d, Extremum, Window};

/// Channels that are summed at a time.
const BATCH: usize = 16;

pub(super) fn max(time: &mut Time, window: &Window) {
    let [lines, columns, channels] = window.output;
    let [vertical, horizontal] = [axis(window, 0), axis(window, 1)];
    time.add(&parts::MAX_POOL, 1);
    time.add(&parts::MAX_POOL_LINE, lines);
    time.add(&parts::MAX_POOL_PIXEL, lines * columns);
    positions(time, window);
    time.add(&parts::MAX_POOL_FILL, lines * columns * channels);
    time.add(&parts::MAX_POOL_TAP_LINE, vertical.inside * columns);
    let taps = vertical.inside * horizontal.inside;
    time.add(&parts::MAX_POOL_TAP, taps);
    by_four(time, [&parts::MAX_POOL_FOUR, &parts::MAX_POOL_ONE], taps, channels);
}

pub(super) fn average(time: &mut Time, pool: &AveragePool2d) {
    let window = &pool.window;
    let [lines, columns, channels] = window.output;
    let [vertical, horizontal] = [axis(window, 0), axis(window, 1)];
    time.add(&parts::AVERAGE_POOL, 1);
    time.add(&parts::AVERAGE_POOL_LINE, lines);
    time.add(&parts::AVERAGE_POOL_PIXEL, lines * columns);
    positions(time, window);
    time.add(&parts::DIVIDER, divisors(pool));
    let batches = [(channels / BATCH, BATCH), (1, channels % BATCH)];
    for (count, size) in batches.into_iter().filter(|&(count, size)| count * size > 0) {
        time.add(&parts::AVERAGE_POOL_BATCH, lines * columns * count);
        time.add(&parts::AVERAGE_POOL_FILL, lines * columns * count * size);
        time.add(&parts::AVERAGE_POOL_TAP_LINE, count * vertical.inside * columns);
        let taps = count * vertical.inside * horizontal.inside;
        time.add(&parts::AVERAGE_POOL_TAP, taps);
        by_four(time, [&parts::AVERAGE_POOL_FOUR, &parts::AVERAGE_POOL_ONE], taps, size);
    }
    time.add(&parts::MEAN, lines * columns * channels);
}

/// How often there is another divisor than at the position before; at first it is 1.
fn divisors(pool: &AveragePool2d) -> usize {
    let window = &pool.window;
    if pool.include_padding {
        return 1 + usize::from(window.kernel != [1, 1]);
    }
    let columns: Vec<usize> = (0..window.output[1]).map(|column| taps(window, 1, column).inside).collect();
    let [Some(&first), Some(&last)] = [columns.first(), columns.last()] else { return 1 };
    let along_line = columns.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let (mut divisors, mut before) = (1, 1);
    for line in 0..window.output[0] {
        let taps = taps(window, 0, line).inside;
        divisors += usize::from(taps * first != before) + if taps > 0 { along_line } else { 0 };
        before = taps * last;
    }
    divisors
}

pub(super) fn sum(time: &mut Time, along: Along, way: &RequantizeParameters) {
    let Along { rows, length, columns } = along;
    time.add(&parts::SUM, 1);
    time.add(&parts::SUM_ROW, rows);
    time.add(&parts::SUM_OUTPUT, rows * columns);
    time.add(&parts::SUM_ONE, rows * columns * length);
    requantize(time, way, false, rows * columns);
}

pub(super) fn extremum(time: &mut Time, extremum: &Extremum) {
    let &Extremum { rows, length, columns, .. } = extremum;
    time.add(&parts::EXTREMUM, 1);
    time.add(&parts::EXTREMUM_ROW, rows);
    time.add(&parts::EXTREMUM_OUTPUT, rows * columns);
    time.add(&parts::EXTREMUM_ONE, rows * columns * length);
}

pub(super) fn arg_extremum(time: &mut Time, extremum: &ArgExtremum) {
    let &ArgExtremum { rows, length, columns, .. } = extremum;
    time.add(&parts::ARG_EXTREMUM, 1);
    time.add(&parts::ARG_EXTREMUM_ROW, rows);
    time.add(&parts::ARG_EXTREMUM_OUTPUT, rows * columns);
    time.add(&parts::ARG_EXTREMUM_ONE, rows * columns * length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisors_change_at_the_border() {
        let window = Window {
            input: [4, 5, 1],
            output: [4, 5, 1],
            kernel: [3, 3],
            stride: [1, 1],
            dilation: [1, 1],
            padding: [1, 1],
        };
        let pool = |include_padding| AveragePool2d { window, include_padding, zero_point: 0 };
        // 1; 4 6 6 6 4, 6 9 9 9 6, 6 9 9 9 6, 4 6 6 6 4
        assert_eq!(divisors(&pool(false)), 1 + 3 + 3 + 2 + 3);
        assert_eq!(divisors(&pool(true)), 2);
    }
}
