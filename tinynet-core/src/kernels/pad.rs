//! Values around an image.

use super::tight::{copy, opaque};
use super::volume;
use crate::element::Element;

/// Puts an image into a larger one that is otherwise `value`.
///
/// ```
/// use tinynet_core::kernels::Pad;
///
/// let mut output = [0i8; 6];
/// Pad { input: [1, 2, 1], output: [2, 3, 1], before: [0, 1], value: 9 }.run(&[1, 2], &mut output);
/// assert_eq!(output, [9, 1, 2, 9, 9, 9]);
/// ```
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
        assert!(input.len() == volume(self.input) && output.len() == volume(self.output));
        assert!(channels == output_channels);
        assert!(height <= output_height && self.before[0] <= output_height - height);
        assert!(width <= output_width && self.before[1] <= output_width - width);
        output.fill(self.value);
        for row in 0..height {
            // SAFETY: row `row` of the input is `width` pixels, and goes to row `before[0] + row <
            // output_height`, at `before[1]`, behind which `width` pixels or more follow in the row. Two
            // borrows do not overlap.
            unsafe {
                let source = input.as_ptr().add(row * width * channels);
                let place = ((self.before[0] + row) * output_width + self.before[1]) * channels;
                copy(source, output.as_mut_ptr().add(place), opaque(width * channels));
            }
        }
    }
}
