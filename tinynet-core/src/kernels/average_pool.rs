//! Mean of a window.

use super::{Window, product};
use crate::element::Element;

/// Mean of each window, channel by channel, halves rounded away from zero (of the integers, as TensorFlow Lite does).
#[derive(Clone, Copy, Debug)]
pub struct AveragePool2d {
    /// Sizes and steps; as many channels out as in.
    pub window: Window,
    /// Whether padding counts as zeros (PyTorch's `count_include_pad`) or not at all (TensorFlow).
    pub include_padding: bool,
    /// What stands for 0; read where padding counts.
    pub zero_point: i32,
}

impl AveragePool2d {
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
            let (mut sum, mut count) = (0i32, 0i32);
            for ky in 0..kernel_height {
                for kx in 0..kernel_width {
                    let row = (y * stride[0] + ky * dilation[0]).wrapping_sub(padding[0]);
                    let column = (x * stride[1] + kx * dilation[1]).wrapping_sub(padding[1]);
                    if row < height && column < width {
                        sum += input[(row * width + column) * channels + channel].widen();
                        count += 1;
                    } else if self.include_padding {
                        sum += self.zero_point;
                        count += 1;
                    }
                }
            }
            let half = if sum < 0 { -(count / 2) } else { count / 2 };
            *output = T::saturate(if count == 0 { self.zero_point } else { (sum + half) / count });
        }
    }
}
