//! Images of another size.

use crate::resize::Resize;

/// Where a pixel of the output lies along an axis of the input: between which pixels, and how far from the first.
struct Between {
    lower: usize,
    upper: usize,
    distance: f32,
}

/// Calculated in float32, as TensorFlow does.
fn between(resize: &Resize, axis: usize, index: usize) -> Between {
    let (from, to) = (resize.input[axis], resize.output[axis]);
    let scale = match resize.align_corners && to > 1 {
        true => (from - 1) as f32 / (to - 1) as f32,
        false => from as f32 / to as f32,
    };
    let place = match resize.half_pixel_centers {
        true => (index as f32 + 0.5) * scale - 0.5,
        false => index as f32 * scale,
    };
    let lower = libm::floorf(place).max(0.0) as usize;
    let upper = (libm::ceilf(place).max(0.0) as usize).min(from - 1);
    Between { lower: lower.min(from - 1), upper, distance: place - lower as f32 }
}

/// Bilinear interpolation.
pub(super) fn bilinear(resize: &Resize, input: &[f32]) -> Vec<f32> {
    let [height, width, channels] = resize.input;
    let mut output = Vec::with_capacity(resize.images * resize.output[0] * resize.output[1] * channels);
    for image in input.chunks(height * width * channels) {
        for y in 0..resize.output[0] {
            let vertical = between(resize, 0, y);
            for x in 0..resize.output[1] {
                let horizontal = between(resize, 1, x);
                for channel in 0..channels {
                    let at = |row: usize, column: usize| image[(row * width + column) * channels + channel];
                    let line = |row: usize| {
                        let [left, right] = [at(row, horizontal.lower), at(row, horizontal.upper)];
                        left * (1.0 - horizontal.distance) + right * horizontal.distance
                    };
                    let [upper, lower] = [line(vertical.lower), line(vertical.upper)];
                    output.push(upper * (1.0 - vertical.distance) + lower * vertical.distance);
                }
            }
        }
    }
    output
}
