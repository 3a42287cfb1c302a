//! Values around an image.

use super::product;
use crate::element::Element;

/// Puts an image into a larger one that is otherwise `value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pad<T> {
    /// Shape of the input: height, width, channels.
    pub input: [usize; 3],
    /// Shape of the output: height, width, channels; as many channels out as in.
    pub output: [usize; 3],
    /// Pixels added above and to the left. What is added below and to the right follows from the shapes.
    pub before: [usize; 2],
    /// What is around the image.
    pub value: T,
}

impl<T: Element> Pad<T> {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the shapes say, or the image does not fit.
    #[inline(always)]
    pub fn run(&self, input: &[T], output: &mut [T]) {
        let ([height, width, channels], [output_height, output_width, output_channels]) =
            (self.input, self.output);
        assert!(input.len() == product(self.input) && output.len() == product(self.output));
        assert!(channels == output_channels);
        assert!(height <= output_height && self.before[0] <= output_height - height);
        assert!(width <= output_width && self.before[1] <= output_width - width);
        output.fill(self.value);
        for (index, &value) in input.iter().enumerate() {
            let (pixel, channel) = (index / channels, index % channels);
            let (y, x) = (pixel / width + self.before[0], pixel % width + self.before[1]);
            output[(y * output_width + x) * channels + channel] = value;
        }
    }
}
