//! Largest value of a window.

use super::{Window, product};
use crate::element::Element;

/// Largest value of each window, channel by channel; padding does not count.
///
/// A window that lies wholly in the padding gives the smallest value of the type.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d {
    /// Sizes and steps; as many channels out as in.
    pub window: Window,
}

impl MaxPool2d {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        let Window { input: [height, width, channels], output: [_, output_width, output_channels], .. } =
            self.window;
        let Window { kernel: [kernel_height, kernel_width], stride, dilation, padding, .. } = self.window;
        assert!(channels == output_channels);
        assert!(input.len() == product(self.window.input) && output.len() == product(self.window.output));
        for (index, output) in output.iter_mut().enumerate() {
            let (pixel, channel) = (index / channels, index % channels);
            let (y, x) = (pixel / output_width, pixel % output_width);
            let mut largest = T::min_value();
            for ky in 0..kernel_height {
                for kx in 0..kernel_width {
                    let row = (y * stride[0] + ky * dilation[0]).wrapping_sub(padding[0]);
                    let column = (x * stride[1] + kx * dilation[1]).wrapping_sub(padding[1]);
                    if row < height && column < width {
                        largest = largest.max(input[(row * width + column) * channels + channel]);
                    }
                }
            }
            *output = largest;
        }
    }
}
