//! Mean of a window.

use super::batch::{Batch, CAPACITY};
use super::tight::{for_each_pair, opaque, opaque_reference};
use super::window::{Order, Taps};
use super::{Window, volume};
use crate::element::Element;
use crate::overlap::unproven::Unproven;
use crate::overlap::{Overlapping, Sliding};
use core::mem::size_of;

/// Mean of each window, channel by channel, of the integers as they are stored, halves away from zero:
/// TensorFlow Lite's AVERAGE_POOL_2D of int8, uint8 and int16.
///
/// ```
/// use tinynet_core::kernels::{AveragePool2d, Window};
///
/// let window = Window {
///     input: [1, 3, 1],
///     output: [1, 2, 1],
///     kernel: [1, 2],
///     stride: [1, 2],
///     dilation: [1, 1],
///     padding: [0, 0],
/// };
/// let mut output = [0i8; 2];
/// // The second window has one tap inside.
/// AveragePool2d { window, include_padding: false, zero_point: 0 }.run(&[-2, -5, 9], &mut output);
/// assert_eq!(output, [-4, 9]);
/// AveragePool2d { window, include_padding: true, zero_point: 0 }.run(&[-2, -5, 9], &mut output);
/// assert_eq!(output, [-4, 5]);
/// ```
///
/// Exact for windows of up to 65536 taps. A window that lies wholly in padding that does not count gives 0.
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
    /// The least number of elements by which the output must begin before the input where the two
    /// [overlap](crate::overlap); negative where it may begin behind.
    #[inline(always)]
    pub const fn lead(&self) -> isize {
        let is_one_batch = self.window.output[2] <= CAPACITY;
        self.window.lead(if is_one_batch { Order::PatchFirst } else { Order::ByChannels })
    }

    /// This layer for an input and an output that overlap.
    ///
    /// # Panics
    ///
    /// Where [`lead`](AveragePool2d::lead) is larger than `LEAD`.
    #[inline(always)]
    pub const fn overlapping<const LEAD: isize>(self) -> Overlapping<Self, LEAD> {
        Overlapping::new(self, self.lead())
    }

    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or the kernel has more than 65536 taps.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        assert!(input.len() == volume(self.window.input) && output.len() == volume(self.window.output));
        // SAFETY: the lengths are asserted; borrows of which one may be written do not overlap.
        unsafe { self.run_unproven(input.as_ptr(), output.as_mut_ptr(), [].as_mut_ptr()) };
    }

    /// All positions, one after the other.
    ///
    /// # Safety
    ///
    /// `input` is readable and `output` writable for the window's sizes; they overlap at most as
    /// [`lead`](AveragePool2d::lead) says. As many channels out as in.
    #[inline(never)]
    unsafe fn pool<T: Element>(&self, input: *const T, output: *mut T) {
        let Window { input: [_, _, channels], kernel, .. } = self.window;
        let mut divider = Divider::new(1);
        let mut output = output;
        self.window.for_each_position(|vertical, horizontal| {
            let inside = vertical.count * horizontal.count;
            let outside = if self.include_padding { kernel[0] * kernel[1] - inside } else { 0 };
            let count = (inside + outside) as u32;
            // Most positions have as many taps as the one before.
            if count != divider.divisor {
                divider = Divider::new(count);
            }
            let mut first = 0;
            while first != channels {
                let mut batch = Batch::new(first, channels);
                let padding = (outside as i32).wrapping_mul(self.zero_point);
                // SAFETY: the taps lie inside the image and the batch's channels exist; the batches of all
                // positions make up the output. What a batch writes may be part of the input, but of nothing
                // that is read afterwards: later positions begin behind it, and later batches read channels
                // behind it.
                unsafe {
                    self.sum(input, vertical, horizontal, padding, &mut batch);
                    output = divider.means(&mut batch, output);
                }
                first += batch.count();
            }
        });
    }

    /// Writes the sums of a batch at one position; `padding` is the sum of what lies outside.
    ///
    /// # Safety
    ///
    /// `input` is readable for the window's sizes; `vertical` and `horizontal` are [`Taps::inside`] of it;
    /// the batch's channels are channels of the input.
    #[inline(never)]
    unsafe fn sum<T: Element>(
        &self,
        input: *const T,
        vertical: Taps,
        horizontal: Taps,
        padding: i32,
        batch: &mut Batch,
    ) {
        let (first, count) = (batch.first(), batch.count());
        let sums = batch.accumulators();
        for index in 0..count {
            // SAFETY: a batch has room for `count`.
            unsafe { *sums.add(index) = padding };
        }
        self.window.for_each_tap(vertical, horizontal, |pixel| {
            // SAFETY: the tap lies inside the image, and `count` channels follow `first`, for which there are
            // sums.
            unsafe {
                for_each_pair(input.add(pixel + first), sums, count, |input, sum| {
                    *sum = (*sum).wrapping_add((*input).widen());
                });
            }
        });
    }
}

impl Sliding for AveragePool2d {
    fn lead(&self) -> isize {
        AveragePool2d::lead(self)
    }
}

impl Unproven for AveragePool2d {
    #[inline(always)]
    fn sizes(&self) -> [usize; 3] {
        [volume(self.window.input), volume(self.window.output), 0]
    }

    #[inline(always)]
    unsafe fn run_unproven<T: Element>(&self, input: *const T, output: *mut T, _scratch: *mut T) {
        assert!(self.window.input[2] == self.window.output[2]);
        assert!(super::product(self.window.kernel[0], self.window.kernel[1]) <= 65536);
        // SAFETY: the caller's; as many channels out as in, asserted.
        unsafe { opaque_reference(self).pool(input, output) };
    }
}

/// Rounded division by a number of taps, on a core that has no instruction for it.
///
/// Means of 8 bits come from a multiplication by the reciprocal and a correction; the reciprocal itself, and int16
/// means, from long division.
struct Divider {
    divisor: u32,
    /// `2^24 / divisor`, rounded down.
    reciprocal: u32,
}

impl Divider {
    #[inline(never)]
    fn new(divisor: u32) -> Divider {
        // Long division of 2^24, a bit a round. A divisor of 0 is never divided by.
        let (mut reciprocal, mut remainder) = (0, 0);
        for bit in (0..=24).rev() {
            remainder = remainder << 1 | u32::from(bit == 24);
            reciprocal <<= 1;
            if remainder >= divisor {
                remainder = remainder.wrapping_sub(divisor);
                reciprocal |= 1;
            }
        }
        Divider { divisor, reciprocal }
    }

    /// Divides all sums of a batch and returns the end of the output.
    ///
    /// # Safety
    ///
    /// The sums are written; `output` is writable for as many elements.
    #[inline(never)]
    unsafe fn means<T: Element>(&self, batch: &mut Batch, output: *mut T) -> *mut T {
        let mut sum = batch.accumulators().cast_const();
        let mut output = output;
        let mut remaining = batch.count();
        while remaining != 0 {
            // SAFETY: `remaining` sums and places in the output are still ahead.
            unsafe {
                *output = T::saturate(self.mean::<T>(*sum));
                sum = opaque(sum.add(1));
                output = output.add(1);
            }
            remaining -= 1;
        }
        output
    }

    /// `sum / divisor` to the nearest, halves away from zero; 0 where the divisor is.
    #[inline(always)]
    fn mean<T: Element>(&self, sum: i32) -> i32 {
        if self.divisor == 0 {
            return 0;
        }
        let dividend = sum.unsigned_abs().wrapping_add(self.divisor >> 1);
        let mean = if size_of::<T>() == 1 { self.quotient(dividend) } else { self.long_quotient(dividend) };
        if sum < 0 { -(mean as i32) } else { mean as i32 }
    }

    /// `dividend / divisor`, rounded down, where the quotient is at most 255 and the divisor at most 65536.
    ///
    /// With `d` the divisor, `n < 256 · d` the dividend and `r = ⌊2^24 / d⌋`: the product `n · r < 256 · 2^24` does not
    /// wrap. From `2^24 / d - 1 < r <= 2^24 / d` follows `n / d - n / 2^24 < n · r / 2^24 <= n / d`, and
    /// `n < 256 · d <= 2^24`: the estimate is at most 1 too small, which the remainder shows.
    #[inline(always)]
    fn quotient(&self, dividend: u32) -> u32 {
        let estimate = dividend.wrapping_mul(self.reciprocal) >> 24;
        let remainder = dividend.wrapping_sub(estimate.wrapping_mul(self.divisor));
        estimate + u32::from(remainder >= self.divisor)
    }

    /// `dividend / divisor`, rounded down, where the quotient is at most 32768 and the divisor at most 65536.
    #[inline(always)]
    fn long_quotient(&self, dividend: u32) -> u32 {
        let (mut quotient, mut remainder) = (0, dividend);
        for bit in (0..16).rev() {
            // The quotient has 16 bits, so that nothing is lost: divisor · 2^15 <= 2^31.
            let part = self.divisor << bit;
            if remainder >= part {
                remainder -= part;
                quotient |= 1 << bit;
            }
        }
        quotient
    }
}
