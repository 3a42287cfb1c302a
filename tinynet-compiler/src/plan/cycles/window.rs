//! How windows go over images: what lies inside at each position.

use super::{Time, parts};
use tinynet_core::kernels::Window;

/// What a window meets on one axis, all positions together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Axis {
    /// Taps of the kernel before the image.
    pub(super) before: usize,
    /// Taps inside.
    pub(super) inside: usize,
}

/// What a window meets on an axis, all positions together.
pub(super) fn axis(window: &Window, axis: usize) -> Axis {
    let mut all = Axis::default();
    for position in 0..window.output[axis] {
        let Axis { before, inside } = taps(window, axis, position);
        all.before += before;
        all.inside += inside;
    }
    all
}

/// What it meets at one position.
pub(super) fn taps(window: &Window, axis: usize, position: usize) -> Axis {
    let (start, image) = (position * window.stride[axis], window.padding[axis]);
    // The first tap at or behind a place.
    let first = |place: usize| {
        place.saturating_sub(start).div_ceil(window.dilation[axis].max(1)).min(window.kernel[axis])
    };
    let before = first(image);
    Axis { before, inside: first(image + window.input[axis]) - before }
}

/// Copies the patch at every position and of every group to the scratch; where patches in one piece may be read where they
/// lie, only those that are not.
pub(super) fn gathered(time: &mut Time, window: &Window, groups: usize, may_lie: bool) {
    let Window { input: [height, width, channels], output: [rows, columns, _], kernel, .. } = *window;
    let group_channels = channels / groups.max(1);
    let is_run = group_channels == channels && window.dilation[1] == 1;
    let taps = if is_run { kernel[1] } else { 1 };
    let in_one_piece =
        may_lie && groups == 1 && kernel[0] == 1 && (kernel[1] == 1 || window.dilation[1] == 1);
    // Lines of the output whose window begins inside the image.
    let begins_inside =
        |row: &usize| (window.padding[0]..window.padding[0] + height).contains(&(row * window.stride[0]));
    let read = if in_one_piece { (0..rows).filter(begins_inside).count() } else { 0 };
    let (inside, all) = (axis(window, 0).inside, rows * kernel[0]);
    let is_whole = |column: usize| self::taps(window, 1, column).inside == kernel[1];
    // Positions where all columns of the kernel are inside are alike.
    let whole = (0..columns).filter(|&column| is_whole(column)).count();
    let alike = (0..columns).find(|&column| is_whole(column)).map(|column| (column, whole));
    let others = (0..columns).filter(|&column| !is_whole(column)).map(|column| (column, 1));
    for (column, times) in others.chain(alike) {
        // Rows of the kernel inside the image, and all of them; less those that are read where they lie.
        let are_read = times * if is_whole(column) { read } else { 0 };
        let [inside, all] = [inside, all].map(|lines| (times * lines - are_read) * groups);
        let begin = column * window.stride[1];
        for run in 0..kernel[1] / taps.max(1) {
            let first = begin + run * taps * window.dilation[1];
            let end = (first + taps).min(window.padding[1] + width);
            let present = end.saturating_sub(first.max(window.padding[1]));
            copied(time, [inside, taps, present], group_channels);
            copied(time, [all - inside, taps, 0], group_channels);
        }
        time.add(&parts::PATCH_LINE, all);
    }
    time.add(&parts::PATCH, (rows * columns - read * whole) * groups);
}

/// So many runs of taps, of which some are there.
fn copied(time: &mut Time, [runs, taps, present]: [usize; 3], channels: usize) {
    time.add(&parts::PATCH_RUN, runs);
    if present != taps {
        time.add(&parts::PATCH_FILLED_RUN, runs);
        time.add(&parts::PATCH_FILL, runs * taps * channels);
    }
    super::by_four(time, [&parts::PATCH_FOUR, &parts::PATCH_ONE], runs, present * channels);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tap by tap.
    fn counted(window: &Window, axis: usize) -> Axis {
        let mut counted = Axis::default();
        for position in 0..window.output[axis] {
            for tap in 0..window.kernel[axis] {
                let place = position * window.stride[axis] + tap * window.dilation[axis];
                let place = place as isize - window.padding[axis] as isize;
                counted.before += usize::from(place < 0);
                counted.inside += usize::from((0..window.input[axis] as isize).contains(&place));
            }
        }
        counted
    }

    #[test]
    fn taps_inside_and_before() {
        for (input, kernel, stride, dilation, padding) in [
            (7, 3, 1, 1, 1),
            (8, 3, 2, 1, 0),
            (9, 2, 3, 2, 2),
            (1, 5, 1, 1, 2),
            (3, 3, 1, 4, 5),
            (2, 9, 4, 1, 8),
        ] {
            let window = Window {
                input: [input, 1, 1],
                output: [6, 1, 1],
                kernel: [kernel, 1],
                stride: [stride, 1],
                dilation: [dilation, 1],
                padding: [padding, 0],
            };
            assert_eq!(axis(&window, 0), counted(&window, 0), "{window:?}");
        }
    }

    #[test]
    fn patches_that_are_read_where_they_lie_are_not_copied() {
        let window = Window {
            input: [4, 5, 3],
            output: [4, 5, 8],
            kernel: [1, 3],
            stride: [1, 1],
            dilation: [1, 1],
            padding: [0, 1],
        };
        let copies = |may_lie| {
            let mut time = Time::new(crate::quantized::Element::Int8);
            gathered(&mut time, &window, 1, may_lie);
            let of = |part: &parts::Part| {
                time.counts()
                    .iter()
                    .filter(|(found, _)| *found == part)
                    .map(|(_, times)| times)
                    .sum::<usize>()
            };
            [of(&parts::PATCH), of(&parts::PATCH_FILLED_RUN), of(&parts::PATCH_FILL)]
        };
        // The two at the ends of each line of five, with a border.
        assert_eq!(copies(true), [8, 8, 8 * 9]);
        assert_eq!(copies(false), [20, 8, 8 * 9]);
    }
}
