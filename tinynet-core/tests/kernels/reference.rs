//! The arithmetic in wide integers, as published, without a thought for speed.

use tinynet_core::element::Element;
use tinynet_core::kernels::Window;
use tinynet_core::requantize::{
    MultiplierPerChannel, MultiplierPerTensor, Requantize, ShiftPerChannel, ShiftPerTensor,
};

/// gemmlowp's `SaturatingRoundingDoublingHighMul`.
pub(crate) fn doubling_high_multiply(a: i32, b: i32) -> i32 {
    if a == b && a == i32::MIN {
        return i32::MAX;
    }
    let product = i128::from(a) * i128::from(b);
    let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
    i32::try_from((product + nudge) / (1 << 31)).unwrap()
}

/// gemmlowp's `RoundingDivideByPOT`: to the nearest, halves away from zero.
pub(crate) fn divide_by_power_of_two(value: i32, exponent: u32) -> i32 {
    let divisor = 1i128 << exponent;
    let magnitude = (2 * i128::from(value).abs() + divisor) / (2 * divisor);
    i32::try_from(magnitude * i128::from(value.signum())).unwrap()
}

/// TensorFlow Lite's `MultiplyByQuantizedMultiplier`, double rounding.
pub(crate) fn multiply(value: i32, multiplier: i32, shift: i8) -> i32 {
    let left = shift.max(0) as u32;
    let right = (-i32::from(shift)).max(0) as u32;
    divide_by_power_of_two(
        doubling_high_multiply(value.wrapping_mul(1i32.wrapping_shl(left)), multiplier),
        right,
    )
}

/// The parameters of one of the ways to requantise.
#[derive(Clone, Debug)]
pub(crate) enum Rescale {
    ShiftPerTensor { shift: u8, ends: [i32; 2] },
    ShiftPerChannel { shifts: Vec<u8>, ends: [i32; 2] },
    Multiplier { multipliers: Vec<i32>, shifts: Vec<i8>, zero_point: i32, ends: [i32; 2] },
}

impl Rescale {
    /// What becomes of an accumulator, which already holds the half.
    pub(crate) fn apply(&self, channel: usize, accumulator: i32) -> i32 {
        let floor = |shift: u8| i64::from(accumulator).div_euclid(1 << shift);
        let (value, ends) = match self {
            Rescale::ShiftPerTensor { shift, ends } => (floor(*shift), ends),
            Rescale::ShiftPerChannel { shifts, ends } => (floor(shifts[channel]), ends),
            Rescale::Multiplier { multipliers, shifts, zero_point, ends } => {
                let scaled = multiply(accumulator, multipliers[channel], shifts[channel]);
                (i64::from(scaled.wrapping_add(*zero_point)), ends)
            }
        };
        value.max(i64::from(ends[0])).min(i64::from(ends[1])) as i32
    }

    /// Runs `with` on the kernel's own parameters.
    pub(crate) fn with(&self, with: impl WithRequantize) {
        match self {
            Rescale::ShiftPerTensor { shift, ends: [min, max] } => {
                with.run(ShiftPerTensor { shift: *shift, min: *min, max: *max });
            }
            Rescale::ShiftPerChannel { shifts, ends: [min, max] } => {
                with.run(ShiftPerChannel { shifts, min: *min, max: *max });
            }
            Rescale::Multiplier { multipliers, shifts, zero_point, ends: [min, max] } => {
                let zero_point = *zero_point;
                let is_one =
                    |index: &usize| (multipliers[*index], shifts[*index]) == (multipliers[0], shifts[0]);
                if !multipliers.is_empty() && (0..multipliers.len()).all(|index| is_one(&index)) {
                    let (multiplier, shift) = (multipliers[0], shifts[0]);
                    with.run(MultiplierPerTensor { multiplier, shift, zero_point, min: *min, max: *max });
                } else {
                    with.run(MultiplierPerChannel { multipliers, shifts, zero_point, min: *min, max: *max });
                }
            }
        }
    }
}

/// A closure that is generic over how to requantise.
pub(crate) trait WithRequantize {
    fn run<R: Requantize>(self, requantize: R);
}

/// The accumulator that 32 bits keep of an exact sum.
pub(crate) fn wrap(sum: i64) -> i32 {
    sum as i32
}

/// The value at a tap of a window, `None` outside the input.
pub(crate) fn at<T: Element>(
    window: &Window,
    input: &[T],
    [y, x]: [usize; 2],
    [v, h]: [usize; 2],
    c: usize,
) -> Option<i64> {
    let place = |axis: usize, position: usize, tap: usize| {
        let place = (position * window.stride[axis] + tap * window.dilation[axis]) as i64;
        let place = place - window.padding[axis] as i64;
        (0 <= place && place < window.input[axis] as i64).then_some(place as usize)
    };
    let (row, column) = (place(0, y, v)?, place(1, x, h)?);
    let [_, width, channels] = window.input;
    Some(i64::from(input[(row * width + column) * channels + c].widen()))
}

/// All positions of an output, line by line.
pub(crate) fn positions(window: &Window) -> impl Iterator<Item = [usize; 2]> {
    let [height, width, _] = window.output;
    (0..height).flat_map(move |y| (0..width).map(move |x| [y, x]))
}

/// All taps of a kernel, line by line.
pub(crate) fn taps(window: &Window) -> impl Iterator<Item = [usize; 2]> {
    let [height, width] = window.kernel;
    (0..height).flat_map(move |v| (0..width).map(move |h| [v, h]))
}
