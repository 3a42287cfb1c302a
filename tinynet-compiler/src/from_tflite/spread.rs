//! A transposed convolution as a convolution over an image whose pixels are spread out: for weights that the kernel of
//! transposed convolutions does not know.

use super::{Computed, Conversion, Converted, Problem, Step};
use crate::geometry::{Padding, Window};
use crate::quantized::{Asymmetric, QuantizedOperator};

impl<'m> Conversion<'m> {
    /// Adds a transposed convolution by `window`, which is the convolution that would make its input of its output.
    ///
    /// `output[o] = Σ_k input[(o + cut - k) / stride] · weight[k]`, over the `k` for which that is a pixel. With `stride - 1`
    /// zeros behind each pixel, it is `Σ_j spread[o + j - (kernel - 1 - cut)] · weight[kernel - 1 - j]`.
    pub(super) fn add_spread_convolution(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        window: Window,
        mut asymmetric: Asymmetric,
    ) -> Converted<()> {
        let [height, width, channels] = window.input;
        let [rows, columns] = window.stride;
        let spread = [height * rows, width * columns, channels];
        let (mut id, zero) = (input.id, input.quantization.zero_point as i16);
        // Zeros behind each pixel, then behind each row.
        let parts = [
            ("_right", [height * width, 1, channels], [height * width, columns, channels]),
            ("_below", [height, 1, spread[1] * channels], [height, rows, spread[1] * channels]),
        ];
        for (suffix, from, to) in parts.into_iter().filter(|(_, from, to)| from != to) {
            let padding = Padding { right: to[1] - from[1], ..Padding::default() };
            let bounds = [input.bounds[0].min(zero.into()), input.bounds[1].max(zero.into())];
            let from = self.seen_as(step, &format!("{suffix}_image"), id, &from, input.quantization);
            let operator = QuantizedOperator::Pad { padding, value: zero };
            id = self.add_node(step, suffix, operator, vec![from], to.to_vec(), input.quantization, bounds);
        }
        let id = self.seen_as(step, "_spread", id, &spread, input.quantization);
        let cut = [window.padding.top, window.padding.left];
        let (mut before, mut after) = ([0; 2], [0; 2]);
        for axis in [0, 1] {
            let reach = window.kernel[axis] - 1;
            before[axis] = reach.checked_sub(cut[axis]).ok_or_else(|| {
                Problem::new(
                    format!(
                        "it cuts {cut:?} pixels off, more than its window of {:?} reaches",
                        window.kernel
                    ),
                    "the file contradicts itself: convert the model again",
                )
            })?;
            after[axis] = (window.output[axis] + reach).saturating_sub(before[axis] + spread[axis]);
        }
        let padding = Padding { top: before[0], bottom: after[0], left: before[1], right: after[1] };
        let window = Window { input: spread, stride: [1, 1], padding, ..window };
        turn(&mut asymmetric.weights, window.kernel[0] * window.kernel[1], channels);
        let bounds = asymmetric.clamp;
        let operator = QuantizedOperator::AsymmetricConv2d { window, groups: 1, asymmetric };
        self.add(step, operator, vec![id], bounds)?;
        Ok(())
    }
}

/// Turns each filter of some taps by half a turn.
fn turn(weights: &mut [u8], taps: usize, channels: usize) {
    for filter in weights.chunks_mut(taps * channels) {
        filter.reverse();
        filter.chunks_mut(channels).for_each(<[u8]>::reverse);
    }
}
