//! Images of another size.

use tinynet_core::kernels::ResizeBilinear;

/// Sizes, and which places of the output lie where in the input: TensorFlow's `resize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Number of images.
    pub images: usize,
    /// Height, width and channels of an image of the input, none of them 0.
    pub input: [usize; 3],
    /// Height and width of an image of the output, neither of them 0.
    pub output: [usize; 2],
    /// Whether corners lie on corners.
    pub align_corners: bool,
    /// Whether pixels are in the middle of their squares.
    pub half_pixel_centers: bool,
}

impl Resize {
    /// The nearest pixel of the input for each of the output, along an axis; calculated in float32, as in TensorFlow Lite.
    pub fn nearest(&self, axis: usize) -> Vec<usize> {
        let (from, to) = (self.input[axis] as f32, self.output[axis] as f32);
        let scale = if self.align_corners && to > 1.0 { (from - 1.0) / (to - 1.0) } else { from / to };
        let offset = if self.half_pixel_centers { 0.5 } else { 0.0 };
        let place = |index: usize| {
            let place = (index as f32 + offset) * scale;
            let place = if self.align_corners { libm::roundf(place) } else { libm::floorf(place) };
            place.min(from - 1.0).max(0.0) as usize
        };
        (0..self.output[axis]).map(place).collect()
    }

    /// The kernel that interpolates between the four nearest, in steps of 1/1024 pixel.
    ///
    /// # Errors
    ///
    /// If the last place, in such steps, lies beyond the last pixel.
    pub fn bilinear(&self) -> Result<ResizeBilinear, String> {
        let (mut scales, mut offsets) = ([0; 2], [0; 2]);
        for axis in [0, 1] {
            let [from, to] = self.lengths(axis);
            let scale = (1024 * from + to / 2) / to;
            let offset = if self.half_pixel_centers { scale / 2 - 512 } else { 0 };
            let last = (self.output[axis] as i64 - 1) * scale + offset;
            if last >= 1024 * self.input[axis] as i64 || i32::try_from(last).is_err() {
                return Err(format!(
                    "in steps of 1/1024 it reaches beyond the last of {} pixels",
                    self.input[axis]
                ));
            }
            (scales[axis], offsets[axis]) = (scale as i32, offset as i32);
        }
        Ok(ResizeBilinear { images: self.images, input: self.input, output: self.output, scales, offsets })
    }

    /// Lengths of an axis of the input and of the output whose quotient is the distance of neighbours. They are below 2^24:
    /// nothing overflows in 64 bits.
    fn lengths(&self, axis: usize) -> [i64; 2] {
        let [from, to] = [self.input[axis] as i64, self.output[axis] as i64];
        if self.align_corners && to > 1 { [from - 1, to - 1] } else { [from, to] }
    }

    /// Whether interpolation of uint8s in float32 (`reference_ops::ResizeBilinear` of TensorFlow Lite) loses no bit, and all
    /// places are the kernel's.
    ///
    /// Let places be multiples of `2^-a` vertically and of `2^-b` horizontally. Weights are then multiples of `2^-a` and
    /// `2^-b` up to 1.5 (in front of the first pixel), products with them multiples of `2^-(a + b)` up to 575, and so is any
    /// sum of those up to 4 · 575 < 2^12. A float32 holds 24 bits.
    pub fn is_exact_in_float32(&self) -> bool {
        let mut places = 0;
        for axis in [0, 1] {
            let [from, to] = self.lengths(axis);
            // Between neighbours, in steps of 1/2048 pixel: the kernel's are 1/1024, of which half a distance is a multiple.
            let distance = 2048 * from / to;
            let finest = if self.half_pixel_centers { distance | (distance / 2 - 1024) } else { distance };
            // Before half a pixel is taken off it, a place is up to twice the length.
            let is_short = 2 * 2048 * self.input[axis] as i64 <= 1 << 24;
            if 2048 * from % to != 0 || distance % 4 != 0 || !is_short {
                return false;
            }
            places += 11 - finest.trailing_zeros().min(11);
        }
        places <= 12
    }
}
