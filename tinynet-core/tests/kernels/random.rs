//! Random parameters, the same in every run.

use crate::reference::Rescale;
use fastrand::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tinynet_core::kernels::Window;

/// Runs `test` with as many generators as `rounds`; a failure names its round, which repeats it.
pub(crate) fn rounds(rounds: u64, mut test: impl FnMut(&mut Rng)) {
    for round in 0..rounds {
        if let Err(failure) = catch_unwind(AssertUnwindSafe(|| test(&mut Rng::with_seed(round)))) {
            eprintln!("in round {round}");
            std::panic::resume_unwind(failure);
        }
    }
}

/// Values of an int8 tensor: mostly anything, at times only the extremes, or all one of them.
pub(crate) fn values(rng: &mut Rng, length: usize) -> Vec<i8> {
    match rng.u8(0..6) {
        0 => vec![i8::MIN; length],
        1 => vec![i8::MAX; length],
        2 => (0..length).map(|_| if rng.bool() { i8::MIN } else { i8::MAX }).collect(),
        _ => (0..length).map(|_| rng.i8(..)).collect(),
    }
}

/// As [`values`], for int16.
pub(crate) fn wide_values(rng: &mut Rng, length: usize) -> Vec<i16> {
    match rng.u8(0..6) {
        0 => vec![i16::MIN; length],
        1 => vec![i16::MAX; length],
        2 => (0..length).map(|_| if rng.bool() { i16::MIN } else { i16::MAX }).collect(),
        _ => (0..length).map(|_| rng.i16(..)).collect(),
    }
}

/// The bit patterns that kernels take weights and tables as.
pub(crate) fn bits(values: &[i8]) -> Vec<u8> {
    values.iter().map(|&value| value as u8).collect()
}

/// A table of 256 entries.
pub(crate) fn table(rng: &mut Rng) -> [u8; 256] {
    std::array::from_fn(|_| rng.u8(..))
}

/// Biases, at times near the ends of the accumulator.
pub(crate) fn biases(rng: &mut Rng, length: usize) -> Vec<i32> {
    (0..length)
        .map(|_| match rng.u8(0..8) {
            0 => i32::MIN + rng.i32(0..100),
            1 => i32::MAX - rng.i32(0..100),
            _ => rng.i32(-20_000..20_000),
        })
        .collect()
}

/// Smallest and largest result, within the type or narrower.
pub(crate) fn ends(rng: &mut Rng, lowest: i32, highest: i32) -> [i32; 2] {
    if rng.bool() {
        return [lowest, highest];
    }
    let (a, b) = (rng.i32(lowest..=highest), rng.i32(lowest..=highest));
    [a.min(b), a.max(b)]
}

/// A way to requantise `channels` channels to `lowest..=highest`.
pub(crate) fn rescale(rng: &mut Rng, channels: usize, lowest: i32, highest: i32) -> Rescale {
    let ends = ends(rng, lowest, highest);
    match rng.u8(0..4) {
        0 => Rescale::ShiftPerTensor { shift: rng.u8(0..=30), ends },
        1 => Rescale::ShiftPerChannel { shifts: (0..channels).map(|_| rng.u8(0..=30)).collect(), ends },
        // One for all channels.
        2 => Rescale::Multiplier {
            multipliers: vec![multiplier(rng); channels],
            shifts: vec![rng.i8(-31..=8); channels],
            zero_point: rng.i32(lowest..=highest),
            ends,
        },
        _ => Rescale::Multiplier {
            multipliers: (0..channels).map(|_| multiplier(rng)).collect(),
            shifts: (0..channels).map(|_| rng.i8(-31..=8)).collect(),
            zero_point: rng.i32(lowest..=highest),
            ends,
        },
    }
}

/// A Q31 multiplier: mostly in the range that converters make, at times an extreme.
pub(crate) fn multiplier(rng: &mut Rng) -> i32 {
    match rng.u8(0..8) {
        0 => i32::MAX,
        1 => 1 << 30,
        2 => 0,
        3 => rng.i32(..),
        _ => rng.i32(1 << 30..=i32::MAX),
    }
}

/// A window with a non-empty output. With `groups`, channels in are a multiple of it; channels out are left
/// at 0.
pub(crate) fn window(rng: &mut Rng, groups: usize) -> Window {
    loop {
        let input = [rng.usize(1..=7), rng.usize(1..=7), groups * rng.usize(1..=6)];
        let kernel = [rng.usize(1..=4), rng.usize(1..=4)];
        let stride = [rng.usize(1..=3), rng.usize(1..=3)];
        let dilation = [rng.usize(1..=3), rng.usize(1..=3)];
        let (before, after) = if rng.bool() {
            ([0, 0], [0, 0])
        } else {
            ([rng.usize(0..=4), rng.usize(0..=4)], [rng.usize(0..=4), rng.usize(0..=4)])
        };
        let output = |axis: usize| {
            let extent = (kernel[axis] - 1) * dilation[axis] + 1;
            let padded = input[axis] + before[axis] + after[axis];
            (padded >= extent).then(|| (padded - extent) / stride[axis] + 1)
        };
        if let (Some(height), Some(width)) = (output(0), output(1)) {
            return Window { input, output: [height, width, 0], kernel, stride, dilation, padding: before };
        }
    }
}
