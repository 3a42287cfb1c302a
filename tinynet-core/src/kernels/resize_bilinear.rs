//! Images of another size, between pixels interpolated.

use super::tight::opaque_reference;
use super::{product, volume};
use crate::element::Element;
use core::mem::size_of;

/// Resizes images by bilinear interpolation: TensorFlow Lite's int8 and int16 RESIZE_BILINEAR, bit for bit.
///
/// Places in the input are integers in steps of 1/1024 pixel: `place = index · scale + offset` along each axis. Between
/// the pixels before and behind a place, values are weighted by their distances; the sum is rounded, halves away from zero.
///
/// ```
/// use tinynet_core::kernels::ResizeBilinear;
///
/// // Twice as wide: steps of 1/2 pixel.
/// let resize = ResizeBilinear { images: 1, input: [1, 2, 1], output: [1, 4], scales: [1024, 512], offsets: [0, 0] };
/// let mut output = [0i8; 4];
/// resize.run(&[10, 21], &mut output);
/// assert_eq!(output, [10, 16, 21, 21]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResizeBilinear {
    /// Number of images.
    pub images: usize,
    /// Height, width and channels of an image of the input.
    pub input: [usize; 3],
    /// Height and width of an image of the output.
    pub output: [usize; 2],
    /// Distance in the input between neighbours in the output, vertical and horizontal, in 1/1024 pixel.
    pub scales: [i32; 2],
    /// Place of the first, at least -512.
    pub offsets: [i32; 2],
}

/// Steps of a pixel.
const STEPS: i32 = 1 << 10;

/// A place between two pixels.
#[derive(Clone, Copy)]
struct Between {
    lower: usize,
    upper: usize,
    /// How far it is from the lower, in 1/1024.
    distance: i32,
}

impl Between {
    /// Of an axis of `length` pixels.
    #[inline(always)]
    fn at(place: i32, length: usize) -> Self {
        let last = length.wrapping_sub(1);
        let lower = (place.max(0) >> 10) as usize;
        let upper = (place.wrapping_add(STEPS - 1) >> 10) as usize;
        // A place behind the last pixel would be one that the compiler has refused.
        let (lower, upper) = (lower.min(last), upper.min(last));
        Self { lower, upper, distance: place.wrapping_sub((lower as i32).wrapping_mul(STEPS)) }
    }
}

impl ResizeBilinear {
    /// Computes `output` from `input`.
    ///
    /// # Panics
    ///
    /// Where a length differs from what the sizes say, or an image of the input has no pixel.
    #[inline(always)]
    pub fn run<T: Element>(&self, input: &[T], output: &mut [T]) {
        let [height, width, channels] = self.input;
        assert!(height > 0 && width > 0 && input.len() == product(self.images, volume(self.input)));
        assert!(output.len() == product(self.images, volume([self.output[0], self.output[1], channels])));
        // SAFETY: the lengths are asserted, and there is a pixel.
        unsafe { opaque_reference(self).resize(input.as_ptr(), output.as_mut_ptr()) };
    }

    /// # Safety
    ///
    /// `input` is readable and `output` writable for as many elements as the sizes say; they do not overlap. An image of
    /// the input has a pixel.
    #[inline(never)]
    unsafe fn resize<T: Element>(&self, input: *const T, output: *mut T) {
        let Self { images, input: [height, width, channels], output: [rows, columns], scales, offsets } =
            *self;
        let (mut image, mut output) = (input, output);
        for _ in 0..images {
            let mut vertical_place = offsets[0];
            for _ in 0..rows {
                let vertical = Between::at(vertical_place, height);
                let mut horizontal_place = offsets[1];
                for _ in 0..columns {
                    let horizontal = Between::at(horizontal_place, width);
                    let corner =
                        |row: usize, column: usize| image.wrapping_add((row * width + column) * channels);
                    let upper =
                        [corner(vertical.lower, horizontal.lower), corner(vertical.lower, horizontal.upper)];
                    let lower =
                        [corner(vertical.upper, horizontal.lower), corner(vertical.upper, horizontal.upper)];
                    for channel in 0..channels {
                        // SAFETY: rows and columns are inside the image, and `channels` values follow each; one output a
                        // channel.
                        unsafe {
                            let line = |pixels: [*const T; 2]| {
                                let [left, right] = pixels.map(|pixel| (*pixel.add(channel)).widen());
                                between(left, right, horizontal.distance)
                            };
                            let lines = [line(upper), line(lower)];
                            *output = T::narrow(match size_of::<T>() {
                                1 => rounded(between(lines[0], lines[1], vertical.distance)),
                                _ => long_between(lines, vertical.distance),
                            });
                            output = output.add(1);
                        }
                    }
                    horizontal_place = horizontal_place.wrapping_add(scales[1]);
                }
                vertical_place = vertical_place.wrapping_add(scales[0]);
            }
            // SAFETY: the end of an image: the beginning of the next, or of nothing.
            image = unsafe { image.add(height * width * channels) };
        }
    }
}

/// 1024 times the value between two: of int8s at most `2^7 · (1024 + 2 · 512)^2 = 2^29` in the end, also where places in front
/// of the first pixel make weights negative; of int16s at most `2^15 · (1024 + 2 · 512) = 2^26` along a line.
#[inline(always)]
fn between(lower: i32, upper: i32, distance: i32) -> i32 {
    lower.wrapping_mul(STEPS.wrapping_sub(distance)).wrapping_add(upper.wrapping_mul(distance))
}

/// The value between two lines of int16s, which times 1024 does not fit 32 bits; halves away from zero.
#[inline(always)]
fn long_between(lines: [i32; 2], distance: i32) -> i32 {
    let [upper, lower] = lines.map(i64::from);
    let sum = upper * i64::from(STEPS.wrapping_sub(distance)) + lower * i64::from(distance);
    let half = (1 << 19) - i64::from(sum <= 0);
    ((sum + half) >> 20) as i32
}

/// `sum / 2^20`, halves away from zero.
#[inline(always)]
fn rounded(sum: i32) -> i32 {
    // Towards minus infinity a half less a bit is added to negative numbers.
    let half = (1 << 19) - i32::from(sum <= 0);
    sum.wrapping_add(half) >> 20
}
