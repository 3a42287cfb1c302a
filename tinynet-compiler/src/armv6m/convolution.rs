//! Convolutions and dense layers as all ways to write them see them.

use super::requantize::{Form, Line};
use super::shifts::{Requantizer, ShiftedLine};
use super::timing::Multiplier;
use tinynet_core::kernels::Window;

/// A convolution; a dense layer is one of a single position.
#[derive(Clone, Copy, Debug)]
pub struct Convolution<'a> {
    /// Sizes and steps; no dilation along a row.
    pub window: Window,
    /// `[output channel][row][column][input channel]`
    pub weights: &'a [u8],
    /// One an output channel, the input's zero point worked in: what a sum of plain products begins with.
    pub bias: &'a [i32],
    /// What stands for zero in the input, and outside it.
    pub input_zero_point: i32,
    /// Largest magnitude of what is read, what lies outside the input included.
    pub largest_input: u32,
    /// How sums become int8, one an output channel.
    pub lines: &'a [Line],
    /// The instructions for that.
    pub form: Form,
    /// The same by shifts, for code that is written for each channel.
    pub shifted: Option<&'a [ShiftedLine]>,
    /// What multiplies.
    pub multiplier: Multiplier,
}

impl Convolution<'_> {
    /// Whether there is one position, whose window is the input as it lies in memory.
    pub fn is_dense(&self) -> bool {
        let Window {
            input: [height, width, _], output: [rows, columns, _], kernel, dilation, padding, ..
        } = self.window;
        let is_dilated = (0..2).any(|axis| kernel[axis] > 1 && dilation[axis] > 1);
        kernel == [height, width] && [rows, columns] == [1, 1] && padding == [0, 0] && !is_dilated
    }

    /// How channels requantise in code that is written for each of them.
    pub(super) fn requantizer(&self) -> Requantizer<'_> {
        match self.shifted {
            Some(lines) if self.multiplier.is_slow() => Requantizer::Shifted(lines),
            _ => Requantizer::Multiplied(self.form, self.lines),
        }
    }

    /// Values under the window.
    pub(super) fn taps(&self) -> usize {
        let Window { input: [_, _, channels], kernel: [height, width], .. } = self.window;
        height * width * channels
    }

    /// The weights of an output channel in the order in which inputs are put together: by columns.
    pub(super) fn column_by_column(&self, filter: usize) -> impl Iterator<Item = u8> {
        let Window { input: [_, _, channels], kernel: [height, width], .. } = self.window;
        let weights = &self.weights[filter * self.taps()..][..self.taps()];
        let places =
            (0..width).flat_map(move |column| (0..height).map(move |row| (row * width + column) * channels));
        places.flat_map(move |at| weights[at..at + channels].iter().copied())
    }

    /// The weights of an output channel in the order in which inputs lie in memory.
    pub(super) fn natural_order(&self, filter: usize) -> &[u8] {
        &self.weights[filter * self.taps()..][..self.taps()]
    }
}

/// Whether the windows of a row of outputs see a part of the image that these forms can put together.
pub(crate) fn is_supported(window: &Window) -> bool {
    let Window { input, output, kernel, stride, dilation, padding } = *window;
    let is_sized = input.iter().chain(&output).chain(&kernel).chain(&stride).all(|&size| size > 0);
    // Pixels that are read where they are, and padding behind them, do not go together.
    let is_padded_behind = |axis: usize| (output[axis] - 1) * stride[axis] >= input[axis];
    let is_pixel = kernel == [1, 1] && padding == [0, 0];
    is_sized
        && dilation[1] == 1
        && padding[1] < (output[1] - 1) * stride[1] + kernel[1]
        && !(is_pixel && [0, 1].into_iter().any(is_padded_behind))
}

/// Whether all windows lie inside the image.
pub(super) fn is_inside(window: &Window) -> bool {
    let Window { input, output, kernel, stride, dilation, padding } = *window;
    let is_sized = input.iter().chain(&output).chain(&kernel).all(|&size| size > 0);
    let reaches = |axis: usize| (output[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis];
    is_sized && padding == [0, 0] && (0..2).all(|axis| reaches(axis) < input[axis])
}
