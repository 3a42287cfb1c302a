//! What quantisation changes in the mean, taken out of the biases again.
//!
//! With rounded weights `w'` and inputs `x'` an output channel is off by `Σ w' E[x'] - Σ w E[x]` in the mean (Nagel et
//! al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, section 4.2, there for `w'` alone).
//! Both means are measured, over calibration samples and over all places the filter comes to, so that a layer also makes up
//! for what those before it rounded and saturated.

use crate::float_evaluator::windows::for_each_tap;
use crate::geometry::Window;
use crate::graph::FloatOperator;

/// What each weight multiplies in the mean, `[kernel height, kernel width, input channels]`.
pub(super) struct Means {
    /// In the float graph.
    pub(super) real: Vec<f64>,
    /// In the quantised graph, in real numbers.
    pub(super) quantized: Vec<f64>,
}

/// The mean of what each weight multiplies, `[kernel height, kernel width, input channels]`, from the mean of each element
/// of the input; `pixels` are those of the output that are read, where a window makes them.
pub(super) fn mean_under_taps(operator: &FloatOperator, mean: &[f64], pixels: &[usize]) -> Vec<f64> {
    match operator {
        FloatOperator::Conv2d { window, .. } | FloatOperator::DepthwiseConv2d { window, .. } => {
            over_places(window, mean, pixels)
        }
        FloatOperator::TransposeConv2d { window, .. } => under_pixels(window, mean),
        _ => mean.to_vec(),
    }
}

fn over_places(window: &Window, mean: &[f64], pixels: &[usize]) -> Vec<f64> {
    let channels = window.input[2];
    let mut sums = vec![0.0; window.kernel[0] * window.kernel[1] * channels];
    for &pixel in pixels {
        let (y, x) = (pixel / window.output[1], pixel % window.output[1]);
        for_each_tap(window, y, x, |tap, pixel| {
            let (sums, mean) = (&mut sums[tap * channels..], &mean[pixel * channels..]);
            let mut channel = 0;
            while channel < channels {
                sums[channel] += mean[channel];
                channel += 1;
            }
        });
    }
    let places = pixels.len() as f64;
    sums.into_iter().map(|sum| sum / places).collect()
}

/// The same of a transposed convolution: each pixel of the input is under all taps whose output is not cut off.
fn under_pixels(window: &Window, mean: &[f64]) -> Vec<f64> {
    let Window {
        input: [height, width, channels], output: [rows, columns, _], kernel, stride, padding, ..
    } = *window;
    let mut sums = vec![0.0; kernel[0] * kernel[1] * channels];
    for pixel in 0..height * width {
        let place = |axis: usize, position: usize, tap: usize| {
            (position * stride[axis] + tap).wrapping_sub([padding.top, padding.left][axis])
        };
        for tap in 0..kernel[0] * kernel[1] {
            let y = place(0, pixel / width, tap / kernel[1]);
            let x = place(1, pixel % width, tap % kernel[1]);
            if y < rows && x < columns {
                for channel in 0..channels {
                    sums[tap * channels + channel] += mean[pixel * channels + channel];
                }
            }
        }
    }
    let places = (rows * columns) as f64;
    sums.into_iter().map(|sum| sum / places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Padding;
    use crate::graph::Filter;

    #[test]
    fn borders_count_as_zeros() {
        let window = Window {
            input: [1, 3, 1],
            output: [1, 3, 1],
            kernel: [1, 3],
            stride: [1, 1],
            dilation: [1, 1],
            padding: Padding { left: 1, right: 1, ..Padding::default() },
        };
        let operator = FloatOperator::Conv2d { window, groups: 1, filter: Filter::default() };
        // Left tap: border, 3, 6; middle: 3, 6, 9; right: 6, 9, border.
        assert_eq!(mean_under_taps(&operator, &[3.0, 6.0, 9.0], &[0, 1, 2]), [3.0, 6.0, 5.0]);
        // Of the first and the last pixel the left tap sees border and 6, the middle 3 and 9, the right 6 and border.
        assert_eq!(mean_under_taps(&operator, &[3.0, 6.0, 9.0], &[0, 2]), [3.0, 6.0, 3.0]);
    }
}
