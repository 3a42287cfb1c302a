//! Layers with weights, as loops.

use super::window::{axis, gathered};
use super::{Part, Time, by_four, parts, requantize};
use crate::kernel_parameters::{AsymmetricParameters, LinearKernel, LinearParameters};
use crate::row_packing::RowPacking;
use tinynet_core::kernels::Window;

/// Channels that are summed before they are requantised.
const BATCH: usize = 16;
/// Products that the longest sum of 32 bits has.
const CHUNK: usize = 256;

pub(super) fn linear(
    time: &mut Time,
    kind: &LinearKernel,
    linear: &LinearParameters,
    packing: Option<RowPacking>,
) {
    let way = &linear.requantize;
    let has_table = linear.table.is_some();
    match *kind {
        LinearKernel::Dense { inputs, outputs } => {
            time.add(&parts::DENSE, 1);
            rows(time, inputs, outputs, 1, packing);
            requantize(time, way, has_table, outputs);
        }
        LinearKernel::Conv2d { window, groups } => {
            convolution(time, &window, groups, packing);
            requantize(time, way, has_table, window.output.iter().product());
        }
        LinearKernel::DepthwiseConv2d { window, multiplier } => {
            depthwise(time, &window, multiplier, packing);
            requantize(time, way, has_table, window.output.iter().product());
        }
    }
}

pub(super) fn asymmetric(time: &mut Time, convolution: &AsymmetricParameters) {
    let AsymmetricParameters { window, groups, requantize: way, .. } = convolution;
    self::convolution(time, window, *groups, None);
    let Window { input: [_, _, channels], output: [rows, columns, filters], kernel, .. } = *window;
    let patches = rows * columns * groups;
    time.add(&parts::PATCH_SUM, patches * (kernel[0] * kernel[1] * channels / groups.max(&1)));
    time.add(&parts::PATCH_SUMS, patches);
    time.add(&parts::OFFSET, rows * columns * filters);
    requantize(time, way, false, rows * columns * filters);
}

/// So often sums of so many products each, batch by batch.
fn rows(time: &mut Time, length: usize, outputs: usize, times: usize, packing: Option<RowPacking>) {
    time.add(&parts::ROWS, times);
    time.add(&parts::ROWS_BATCH, times * outputs.div_ceil(BATCH));
    match packing {
        None => sums(time, length, outputs * times),
        Some(RowPacking::Ternary) => {
            time.add(&parts::TERNARY_ROW, outputs * times);
            ternary_products(time, length, outputs * times);
        }
        Some(packing) => {
            sums(time, length, outputs * times);
            unpack_rows(time, length, outputs * times, packing);
        }
    }
}

/// So many sums of products.
pub(super) fn sums(time: &mut Time, length: usize, sums: usize) {
    time.add(&parts::ACCUMULATE, sums);
    time.add(&parts::ACCUMULATE_EIGHT, sums * (length / 8));
    time.add(&parts::ACCUMULATE_ONE, sums * (length % 8));
}

/// Takes so often a row of weights out of their bytes, beside what [`sums`] of bytes take.
fn unpack_rows(time: &mut Time, length: usize, rows: usize, packing: RowPacking) {
    time.add(&parts::UNPACK_ROW, rows);
    unpack(time, length, rows, packing);
}

/// Takes so often a row of weights out of their bytes.
fn unpack(time: &mut Time, length: usize, rows: usize, packing: RowPacking) {
    if let Some(eight) = eight_of(packing) {
        time.add(eight, rows * (length / 8));
        time.add(&parts::UNPACK_ONE, rows * (length % 8));
    }
}

/// Products of so many rows of ternary weights, which are taken out of their bytes.
fn ternary_products(time: &mut Time, length: usize, rows: usize) {
    time.add(&parts::TERNARY_FIVE, rows * (length / 5));
    time.add(&parts::TERNARY_ONE, rows * (length % 5));
}

/// Products of rows in a kernel that goes through bytes one by one, by `one`, and through packed weights by five or
/// eight.
fn products(time: &mut Time, one: &'static Part, length: usize, rows: usize, packing: Option<RowPacking>) {
    match packing {
        None => time.add(one, rows * length),
        Some(RowPacking::Ternary) => {
            time.add(&parts::UNPACK_ROW, rows);
            ternary_products(time, length, rows);
        }
        Some(packing) => {
            time.add(&parts::ACCUMULATE_EIGHT, rows * (length / 8));
            time.add(&parts::ACCUMULATE_ONE, rows * (length % 8));
            unpack_rows(time, length, rows, packing);
        }
    }
}

/// What takes eight weights out of their bytes; `None` of ternary ones, which are taken by five.
fn eight_of(packing: RowPacking) -> Option<&'static Part> {
    Some(match packing {
        RowPacking::Signed(2) => &parts::UNPACK_SIGNED_2,
        RowPacking::Signed(3) => &parts::UNPACK_SIGNED_3,
        RowPacking::Signed(4) => &parts::UNPACK_SIGNED_4,
        RowPacking::Signed(5) => &parts::UNPACK_SIGNED_5,
        RowPacking::Signed(_) => &parts::UNPACK_SIGNED_6,
        RowPacking::Odd(1) => &parts::UNPACK_ODD_1,
        RowPacking::Odd(_) => &parts::UNPACK_ODD_2,
        RowPacking::Ternary => return None,
    })
}

fn convolution(time: &mut Time, window: &Window, groups: usize, packing: Option<RowPacking>) {
    let Window { input: [_, _, channels], output: [lines, columns, filters], kernel, .. } = *window;
    let groups = groups.max(1);
    time.add(&parts::CONVOLUTION, 1);
    time.add(&parts::CONVOLUTION_LINE, lines);
    time.add(&parts::CONVOLUTION_PIXEL, lines * columns);
    time.add(&parts::CONVOLUTION_GROUP, lines * columns * groups);
    gathered(time, window, groups, true);
    let length = kernel[0] * kernel[1] * channels / groups;
    rows(time, length, filters / groups, lines * columns * groups, packing);
}

fn depthwise(time: &mut Time, window: &Window, multiplier: usize, packing: Option<RowPacking>) {
    let [lines, columns, filters] = window.output;
    let [vertical, horizontal] = [axis(window, 0), axis(window, 1)];
    let pixels = lines * columns;
    time.add(&parts::DEPTHWISE, 1);
    time.add(&parts::DEPTHWISE_LINE, lines);
    time.add(&parts::DEPTHWISE_PIXEL, pixels);
    positions(time, window);
    // Batches: full ones, and what is left.
    let batches = [(filters / BATCH, BATCH), (1, filters % BATCH)];
    for (count, size) in batches.into_iter().filter(|&(count, size)| count * size > 0) {
        time.add(&parts::DEPTHWISE_BATCH, count * pixels);
        by_four(time, [&parts::BIAS_FOUR, &parts::BIAS_ONE], count * pixels, size);
        time.add(&parts::DEPTHWISE_TAP_LINE, count * vertical.inside * columns);
        let taps = count * vertical.inside * horizontal.inside;
        time.add(&parts::DEPTHWISE_TAP, taps);
        by_four(time, [&parts::DEPTHWISE_FOUR, &parts::DEPTHWISE_ONE], taps, size);
        if let Some(packing) = packing {
            time.add(&parts::UNPACK_TAP, taps);
            unpack(time, size, taps, packing);
        }
        if multiplier != 1 {
            time.add(&parts::REPEAT, taps);
            time.add(&parts::REPEAT_ONE, taps * size);
        }
    }
    if multiplier > 1 {
        // The channel that a batch begins with, by subtraction.
        let steps: usize = (0..filters).step_by(BATCH).map(|first| first / multiplier).sum();
        time.add(&parts::REPEAT_STEP, steps * pixels);
    }
}

/// What lies inside at all positions, as `for_each_position` finds it.
pub(super) fn positions(time: &mut Time, window: &Window) {
    let [vertical, horizontal] = [axis(window, 0), axis(window, 1)];
    let [lines, columns, _] = window.output;
    time.add(&parts::TAPS, lines + lines * columns);
    time.add(&parts::TAP_BEFORE, vertical.before + lines * horizontal.before);
    time.add(&parts::TAP_INSIDE, vertical.inside + lines * horizontal.inside);
}

/// Sums of 64 bits.
pub(super) fn wide(time: &mut Time, window: &Window, groups: usize, packing: Option<RowPacking>) {
    let Window { input: [_, _, channels], output: [lines, columns, filters], kernel, .. } = *window;
    let channels = channels / groups.max(1);
    let [vertical, horizontal] = [axis(window, 0), axis(window, 1)];
    let taps = vertical.inside * horizontal.inside * filters;
    time.add(&parts::WIDE, 1);
    time.add(&parts::WIDE_PIXEL, lines * columns);
    time.add(&parts::WIDE_OUTPUT, lines * columns * filters);
    time.add(&parts::WIDE_TAP_LINE, lines * columns * filters * kernel[0]);
    time.add(&parts::WIDE_TAP, lines * columns * filters * kernel[0] * kernel[1]);
    time.add(&parts::WIDE_TAP_INSIDE, taps);
    time.add(&parts::WIDE_CHUNK, taps * channels.div_ceil(CHUNK));
    products(time, &parts::WIDE_ONE, channels, taps, packing);
}

/// A transposed convolution: for each output the taps that meet an input there.
pub(super) fn transposed(
    time: &mut Time,
    window: &Window,
    linear: &LinearParameters,
    packing: Option<RowPacking>,
) {
    let Window { input: [_, _, channels], output: [lines, columns, filters], .. } = *window;
    let [vertical, horizontal] = [0, 1].map(|axis| meetings(window, axis));
    time.add(&parts::TRANSPOSED, 1);
    time.add(&parts::TRANSPOSED_PIXEL, lines * columns);
    time.add(&parts::TRANSPOSED_OUTPUT, lines * columns * filters);
    time.add(&parts::TRANSPOSED_TAP_LINE, vertical.all * columns * filters);
    time.add(&parts::TRANSPOSED_TAP_LINE_INSIDE, vertical.inside * columns * filters);
    time.add(&parts::TRANSPOSED_TAP, vertical.inside * horizontal.all * filters);
    let taps = vertical.inside * horizontal.inside * filters;
    time.add(&parts::TRANSPOSED_TAP_INSIDE, taps);
    products(time, &parts::TRANSPOSED_ONE, channels, taps, packing);
    if packing.is_some() {
        time.add(&parts::UNPACK_TRANSPOSED_ONE, taps * channels);
    }
    requantize(time, &linear.requantize, linear.table.is_some(), lines * columns * filters);
}

/// Taps that are tried on an axis, all positions together, and those that meet an input.
struct Meetings {
    all: usize,
    inside: usize,
}

fn meetings(window: &Window, axis: usize) -> Meetings {
    let stride = window.stride[axis].max(1);
    let mut meetings = Meetings { all: 0, inside: 0 };
    for position in 0..window.output[axis] {
        let place = position + window.padding[axis];
        let all = window.kernel[axis].saturating_sub(place % stride).div_ceil(stride);
        // From tap to tap one place of the input back.
        let places = place / stride + 1;
        meetings.all += all;
        meetings.inside += all.min(places).saturating_sub(places.saturating_sub(window.input[axis]));
    }
    meetings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meetings_of_taps_and_inputs() {
        for (input, output, kernel, stride, padding) in
            [(4, 8, 3, 2, 0), (4, 9, 3, 2, 1), (5, 5, 5, 1, 2), (2, 12, 4, 5, 0), (3, 7, 2, 3, 1)]
        {
            let window = Window {
                input: [input, 1, 1],
                output: [output, 1, 1],
                kernel: [kernel, 1],
                stride: [stride, 1],
                dilation: [1, 1],
                padding: [padding, 0],
            };
            let (mut all, mut inside) = (0, 0);
            for place in padding..padding + output {
                for tap in (0..kernel).filter(|tap| (place % stride) == tap % stride) {
                    all += 1;
                    inside += usize::from(tap <= place && (place - tap) / stride < input);
                }
            }
            let found = meetings(&window, 0);
            assert_eq!([found.all, found.inside], [all, inside], "{window:?}");
        }
    }
}
