//! Operators that slide a window over an image.

use super::dot::{dot, multiply_add};
use crate::geometry::{Padding, Window};
use crate::graph::Filter;

/// Calls `visit(tap, pixel)` for each tap of the window at output pixel `(y, x)` that lies in the image: the tap's place
/// in the kernel and the input pixel under it, both in row-major order.
pub(crate) fn for_each_tap(window: &Window, y: usize, x: usize, mut visit: impl FnMut(usize, usize)) {
    let Window {
        input: [height, width, _],
        kernel: [kernel_height, kernel_width],
        stride,
        dilation,
        padding,
        ..
    } = *window;
    let (top, left) = (y * stride[0], x * stride[1]);
    let mut vertical = 0;
    while vertical < kernel_height {
        // Above the image the row wraps around and is as much out of it as one below.
        let row = (top + vertical * dilation[0]).wrapping_sub(padding.top);
        let mut horizontal = 0;
        while row < height && horizontal < kernel_width {
            let column = (left + horizontal * dilation[1]).wrapping_sub(padding.left);
            if column < width {
                visit(vertical * kernel_width + horizontal, row * width + column);
            }
            horizontal += 1;
        }
        vertical += 1;
    }
}

/// Calls `visit(y, x)` for each output pixel in row-major order.
pub(crate) fn for_each_pixel(window: &Window, mut visit: impl FnMut(usize, usize)) {
    for y in 0..window.output[0] {
        for x in 0..window.output[1] {
            visit(y, x);
        }
    }
}

pub(super) fn convolution(window: &Window, groups: usize, filter: &Filter, input: &[f32]) -> Vec<f32> {
    let [in_channels, out_channels] = [window.input[2], window.output[2]];
    let (group_channels, group_filters) = (in_channels / groups, out_channels / groups);
    let taps = window.kernel[0] * window.kernel[1] * group_channels;
    let mut output = Vec::with_capacity(window.output.iter().product());
    let mut patch = vec![0.0f32; taps];
    for_each_pixel(window, |y, x| {
        for group in 0..groups {
            patch.fill(0.0);
            for_each_tap(window, y, x, |tap, pixel| {
                let from = pixel * in_channels + group * group_channels;
                patch[tap * group_channels..][..group_channels]
                    .copy_from_slice(&input[from..][..group_channels]);
            });
            for channel in group * group_filters..(group + 1) * group_filters {
                let weights = &filter.weights[channel * taps..][..taps];
                output.push((f64::from(filter.bias[channel]) + dot(weights, &patch)) as f32);
            }
        }
    });
    output
}

pub(super) fn depthwise_convolution(
    window: &Window,
    multiplier: usize,
    filter: &Filter,
    input: &[f32],
) -> Vec<f32> {
    let [in_channels, out_channels] = [window.input[2], window.output[2]];
    let mut output = Vec::with_capacity(window.output.iter().product());
    let bias: Vec<f64> = filter.bias.iter().map(|&bias| f64::from(bias)).collect();
    for_each_pixel(window, |y, x| {
        let mut sums = bias.clone();
        for_each_tap(window, y, x, |tap, pixel| {
            let weights = &filter.weights[tap * out_channels..][..out_channels];
            multiply_add(&mut sums, weights, &input[pixel * in_channels..][..in_channels], multiplier);
        });
        output.extend(sums.into_iter().map(|sum| sum as f32));
    });
    output
}

pub(super) fn transposed_convolution(window: &Window, filter: &Filter, input: &[f32]) -> Vec<f32> {
    let Window {
        input: [height, width, channels],
        output: [rows, columns, filters],
        kernel,
        stride,
        padding,
        ..
    } = *window;
    let mut sums: Vec<f64> =
        (0..rows * columns).flat_map(|_| filter.bias.iter().map(|&bias| f64::from(bias))).collect();
    for pixel in 0..height * width {
        let values = &input[pixel * channels..][..channels];
        for tap in 0..kernel[0] * kernel[1] {
            let y = (pixel / width * stride[0] + tap / kernel[1]).wrapping_sub(padding.top);
            let x = (pixel % width * stride[1] + tap % kernel[1]).wrapping_sub(padding.left);
            if y >= rows || x >= columns {
                continue;
            }
            for channel in 0..filters {
                let weights =
                    &filter.weights[(channel * kernel[0] * kernel[1] + tap) * channels..][..channels];
                sums[(y * columns + x) * filters + channel] += dot(weights, values);
            }
        }
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}

pub(super) fn max_pool(window: &Window, input: &[f32]) -> Vec<f32> {
    let channels = window.input[2];
    let mut output = Vec::with_capacity(window.output.iter().product());
    for_each_pixel(window, |y, x| {
        let start = output.len();
        output.resize(start + channels, f32::NEG_INFINITY);
        for_each_tap(window, y, x, |_, pixel| {
            let values = &input[pixel * channels..][..channels];
            for (largest, &value) in output[start..].iter_mut().zip(values) {
                // Unlike `f32::max`, this keeps NaN.
                if value > *largest || value.is_nan() {
                    *largest = value;
                }
            }
        });
    });
    output
}

pub(super) fn average_pool(window: &Window, include_padding: bool, input: &[f32]) -> Vec<f32> {
    let channels = window.input[2];
    let mut output = Vec::with_capacity(window.output.iter().product());
    for_each_pixel(window, |y, x| {
        let (mut sums, mut count) = (vec![0.0f64; channels], 0);
        for_each_tap(window, y, x, |_, pixel| {
            count += 1;
            for (sum, &value) in sums.iter_mut().zip(&input[pixel * channels..][..channels]) {
                *sum += f64::from(value);
            }
        });
        let divisor = if include_padding { window.kernel[0] * window.kernel[1] } else { count.max(1) };
        output.extend(sums.into_iter().map(|sum| (sum / divisor as f64) as f32));
    });
    output
}

pub(super) fn pad(
    [height, width, channels]: [usize; 3],
    output_shape: [usize; 3],
    padding: Padding,
    value: f32,
    input: &[f32],
) -> Vec<f32> {
    let mut output = vec![value; output_shape.iter().product()];
    for row in 0..height {
        let to = ((row + padding.top) * output_shape[1] + padding.left) * channels;
        output[to..][..width * channels]
            .copy_from_slice(&input[row * width * channels..][..width * channels]);
    }
    output
}
