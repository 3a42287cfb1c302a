//! Outputs that overlap their inputs.

use crate::random::{rounds, values, window};
use crate::reference::{positions, taps};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tinynet_core::element::Element;
use tinynet_core::kernels::{Conv2d, EachPatch, MaxPool2d, Window};
use tinynet_core::overlap::Sliding;
use tinynet_core::requantize::ShiftPerTensor;
use tinynet_core::{Arena, Overlap};

/// The kernel's answer does not depend on how much the output overlaps the input; closer than its lead is refused.
pub(crate) fn check<K: Sliding, T: Element + Debug>(layer: &K, input: &[T], expected: &[T], scratch: usize) {
    let lead = layer.lead();
    // No lead is more than that of tensors that are apart.
    assert!(-(input.len() as isize) <= lead && lead <= expected.len() as isize);
    let farther = (expected.len() as isize + lead) / 2;
    for lead in [lead, farther.max(lead), 0.max(lead)] {
        let (begin, end) = (lead.max(0) as usize, (-lead).max(0) as usize);
        let size = (begin + input.len()).max(end + expected.len());
        // What the memory holds must not matter.
        let mut memory = vec![T::max_value(); size + scratch];
        memory[begin..][..input.len()].copy_from_slice(input);
        layer.run_within(&mut memory, begin, end, size..size + scratch);
        assert_eq!(&memory[end..][..expected.len()], expected, "{lead}");
    }
    let (begin, end) = if lead > 0 { (lead as usize - 1, 0) } else { (0, 1 + (-lead) as usize) };
    let are_apart = begin >= expected.len() || end >= input.len();
    let mut memory = vec![T::max_value(); input.len() + expected.len() + 1];
    let mut too_close = || layer.run_within(&mut memory, begin, end, 0..0);
    assert!(are_apart || catch_unwind(AssertUnwindSafe(&mut too_close)).is_err());
}

/// The lead by its definition: all that is read after a position lies behind all that is written until then.
fn lead(window: &Window) -> isize {
    let positions: Vec<_> = positions(window).collect();
    let [_, width, channels] = window.input;
    let all = window.input.iter().product::<usize>() as isize;
    let (mut needs, mut lead) = (all, -all);
    for (index, position) in positions.into_iter().enumerate().rev() {
        if needs < all {
            lead = lead.max(((index + 1) * window.output[2]) as isize - needs);
        }
        for tap in taps(window) {
            let place = |axis: usize| {
                let place = position[axis] * window.stride[axis] + tap[axis] * window.dilation[axis];
                place.checked_sub(window.padding[axis]).filter(|&place| place < window.input[axis])
            };
            if let (Some(row), Some(column)) = (place(0), place(1)) {
                needs = needs.min(((row * width + column) * channels) as isize);
            }
        }
    }
    lead
}

#[test]
fn leads_are_large_enough_and_no_larger() {
    let mut plain = 0;
    rounds(20_000, |rng| {
        let mut window = window(rng, 1);
        let odd = if rng.bool() { 12 } else { 0 };
        for axis in 0..2 {
            window.input[axis] += rng.usize(0..12);
            window.output[axis] = rng.usize(1..=window.output[axis] + odd);
            window.dilation[axis] = rng.usize(1..=1 + odd / 6);
        }
        window.output[2] = rng.usize(1..=12);
        let least = lead(&window);
        let patches = EachPatch { window, groups: 1, border: 0 };
        assert!(patches.lead() >= least, "{window:?}: {} instead of {least}", patches.lead());
        let is_plain = window.dilation == [1, 1]
            && (0..2).all(|axis| {
                let last = (window.output[axis] - 1) * window.stride[axis];
                window.padding[axis] < window.kernel[axis] && last < window.input[axis] + window.padding[axis]
            });
        assert!(!is_plain || patches.lead() == least, "{window:?}: {} > {least}", patches.lead());
        plain += usize::from(is_plain);
    });
    assert!(plain > 1000, "{plain}");
}

#[test]
fn leads_of_common_layers() {
    let same = |size: usize, channels: [usize; 2], kernel: usize, stride: usize| {
        let output = size.div_ceil(stride);
        let padding = ((output - 1) * stride + kernel).saturating_sub(size) / 2;
        let window = Window {
            input: [size, size, channels[0]],
            output: [output, output, channels[1]],
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [1, 1],
            padding: [padding; 2],
        };
        EachPatch { window, groups: 1, border: 0 }.lead()
    };
    // Pointwise: as far as outputs are ahead of inputs at the end, and not at all where they fall behind.
    assert_eq!(same(10, [8, 8], 1, 1), 0);
    assert_eq!(same(10, [8, 16], 1, 1), 99 * 8);
    assert_eq!(same(10, [16, 8], 1, 1), -8);
    // A line and a pixel.
    assert_eq!(same(10, [8, 8], 3, 1), 11 * 8);
    // Half the size in each direction: only the first line matters.
    assert_eq!(same(10, [8, 8], 3, 2), -8);
    assert_eq!(same(11, [8, 8], 3, 2), 0);
}

#[test]
fn sizes_that_wrap_are_refused() {
    let window = Window {
        input: [1, 4, 1],
        output: [1, 4, 1],
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        padding: [0, 0],
    };
    let lead = |window: Window| catch_unwind(|| MaxPool2d { window }.lead());
    assert!(lead(window).is_ok());
    assert!(lead(Window { stride: [1, usize::MAX], ..window }).is_err());
    assert!(lead(Window { input: [usize::MAX, 2, 1], ..window }).is_err());
    assert!(lead(Window { output: [usize::MAX, 2, 1], ..window }).is_err());
    // Only the position after the end of the input, and before its begin.
    assert!(lead(Window { padding: [usize::MAX, usize::MAX], ..window }).is_ok());
    assert_eq!(lead(Window { stride: [0, 0], ..window }).unwrap(), 4);
}

/// A pointwise layer of 20 filters: more than a batch.
const POINTWISE: Conv2d<'static, ShiftPerTensor> = Conv2d {
    window: Window {
        input: [1, 3, 20],
        output: [1, 3, 20],
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        padding: [0, 0],
    },
    groups: 1,
    weights: &[1; 400],
    bias: &[0; 20],
    input_zero_point: 0,
    requantize: ShiftPerTensor { shift: 0, min: -128, max: 127 },
};

#[test]
fn in_the_arena() {
    let mut arena = Arena::<80>::new();
    for (index, value) in arena.one_mut::<i8, 0, 60>().iter_mut().enumerate() {
        *value = 1 + (index / 20) as i8;
    }
    let (tensors, scratch) = arena.overlap_scratch::<i8, 0, 60, 0, 60, 0, 60, 20>();
    const { POINTWISE.overlapping::<0>() }.run(tensors, scratch);
    let expected: Vec<i8> = (0..60).map(|index| 20 * (1 + index / 20)).collect();
    assert_eq!(arena.one::<i8, 0, 60>(), expected.as_slice());
}

#[test]
fn of_tensors_that_are_apart() {
    let input = [1i8; 60];
    let mut output = [0; 60];
    let layer = const { POINTWISE.overlapping::<0>() };
    layer.run(Overlap::apart(&input, &mut output), &mut [0; 20]);
    assert_eq!(output, [20; 60]);
    let mut too_little = || layer.run(Overlap::apart(&input, &mut output), &mut [0; 19]);
    assert!(catch_unwind(AssertUnwindSafe(&mut too_little)).is_err());
    let other = [1i8; 59];
    let mut too_short = || layer.run(Overlap::apart(&other, &mut output), &mut [0; 20]);
    assert!(catch_unwind(AssertUnwindSafe(&mut too_short)).is_err());
}

#[test]
fn patches() {
    const PATCHES: EachPatch = EachPatch {
        window: Window {
            input: [3, 3, 2],
            output: [3, 3, 2],
            kernel: [3, 3],
            stride: [1, 1],
            dilation: [1, 1],
            padding: [1, 1],
        },
        groups: 1,
        border: 7,
    };
    rounds(50, |rng| {
        let input: [i8; 18] = values(rng, 18).try_into().unwrap();
        let filters = |_: usize, patch: &[i8; 18], output: &mut [i8; 2]| {
            let sum =
                |channel| patch.iter().skip(channel).step_by(2).fold(0i8, |sum, x| sum.wrapping_add(*x));
            *output = [sum(0), sum(1)];
        };
        let mut expected = [0; 18];
        PATCHES.run(&input, &mut expected, &mut [0; 18], filters);
        let mut arena = Arena::<44>::new();
        *arena.one_mut::<i8, 8, 18>() = input;
        let (tensors, scratch) = arena.overlap_scratch::<i8, 8, 18, 0, 18, 8, 26, 18>();
        const { PATCHES.overlapping::<8>() }.for_each(tensors, scratch, filters);
        assert_eq!(arena.one::<i8, 0, 18>(), &expected);
    });
}
