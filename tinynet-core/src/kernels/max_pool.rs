//! Largest value of a window.

use super::tight::{for_each_pair, opaque_reference};
use super::window::Order;
use super::{Window, volume};
use crate::element::Element;
use crate::overlap::unproven::Unproven;
use crate::overlap::{Overlapping, Sliding};

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
    /// The least number of elements by which the output must begin before the input where the two
    /// [overlap](crate::overlap); negative where it may begin behind.
    #[inline(always)]
    pub const fn lead(&self) -> isize {
        // The largest so far is kept in the output.
        self.window.lead(Order::Mixed)
    }

    /// This layer for an input and an output that overlap.
    ///
    /// # Panics
    ///
    /// Where [`lead`](MaxPool2d::lead) is larger than `LEAD`.
    #[inline(always)]
    pub const fn overlapping<const LEAD: isize>(self) -> Overlapping<Self, LEAD> {
        Overlapping::new(self, self.lead())
    }

    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        // SAFETY: the lengths are asserted; borrows of which one may be written do not overlap.
        unsafe { self.run_unproven(input.as_ptr(), output.as_mut_ptr(), [].as_mut_ptr()) };
    }
}

impl Sliding for MaxPool2d {
    fn lead(&self) -> isize {
        MaxPool2d::lead(self)
    }
}

impl Unproven for MaxPool2d {
    #[inline(always)]
    fn sizes(&self) -> [usize; 3] {
        [volume(self.window.input), volume(self.window.output), 0]
    }

    #[inline(always)]
    unsafe fn run_unproven<T: Element>(&self, input: *const T, output: *mut T, _scratch: *mut T) {
        assert!(self.window.input[2] == self.window.output[2]);
        // SAFETY: the caller's; as many channels out as in, asserted.
        unsafe { pool(opaque_reference(&self.window), input, output) };
    }
}

/// # Safety
///
/// `input` is readable and `output` writable for the window's sizes; they overlap at most as [`MaxPool2d::lead`]
/// says. As many channels out as in.
#[inline(never)]
unsafe fn pool<T: Element>(window: &Window, input: *const T, output: *mut T) {
    let channels = window.input[2];
    let mut output = output;
    // What a position writes may be part of the input, but of nothing that it or a later one reads.
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
