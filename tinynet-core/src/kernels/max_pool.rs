//! Largest value of a window.

use super::tight::{for_each_pair, opaque_reference};
use super::{Window, volume};
use crate::element::Element;

/// Largest value of each window, channel by channel; padding does not count.
///
/// A window that lies wholly in the padding gives the smallest value of the type.
///
/// ```
/// use tinynet_core::kernels::{MaxPool2d, Window};
///
/// let window = Window {
///     input: [1, 4, 2],
///     output: [1, 2, 2],
///     kernel: [1, 2],
///     stride: [1, 2],
///     dilation: [1, 1],
///     padding: [0, 0],
/// };
/// let mut output = [0i8; 4];
/// MaxPool2d { window }.run(&[1, -1, 2, -2, 3, -3, 4, -4], &mut output);
/// assert_eq!(output, [2, -1, 4, -3]);
/// ```
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
        assert!(self.window.input[2] == self.window.output[2]);
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        // SAFETY: the lengths are asserted.
        unsafe { pool(opaque_reference(&self.window), input.as_ptr(), output.as_mut_ptr()) };
    }
}

/// # Safety
///
/// `input` is readable and `output` writable for the window's sizes; as many channels out as in.
#[inline(never)]
unsafe fn pool<T: Element>(window: &Window, input: *const T, output: *mut T) {
    let channels = window.input[2];
    let mut output = output;
    window.for_each_position(|vertical, horizontal| {
        for channel in 0..channels {
            // SAFETY: each position has `channels` elements of the output.
            unsafe { *output.add(channel) = T::min_value() };
        }
        window.for_each_tap(vertical, horizontal, |pixel| {
            // SAFETY: the tap lies inside the image, and `channels` elements are a pixel of it, as many as of
            // the output.
            unsafe {
                for_each_pair(input.add(pixel), output, channels, |input, output| {
                    if *input > *output {
                        *output = *input;
                    }
                });
            }
        });
        // SAFETY: at most the end of the output, behind its last position.
        output = unsafe { output.add(channels) };
    });
}
