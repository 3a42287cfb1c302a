//! In which order a layer reads its input and writes its output: what a proof that they may overlap rests on.
//!
//! Counted out position by position from the graph and the shape of the code, by other means than the kernels' own
//! `lead`, which the planner goes by: an error would have to be made twice.

use super::{CodeShape, Step};
use crate::geometry::Window;
use crate::quantized::{Element, QuantizedOperator};
use tinynet_core::kernels::BATCH;

/// The least number of elements by which the output must begin before the input, for all that is read to be what it was
/// before the layer began; negative where it may begin behind. `None` where they have to be apart.
pub(super) fn distance(operator: &QuantizedOperator, layer: &Step, element: Element) -> Option<isize> {
    let scratch = layer.scratch.len() / element.bytes();
    let (window, parts) = match operator {
        QuantizedOperator::Conv2d { window, groups, .. } => {
            (window, convolution(window, *groups, layer, scratch)?)
        }
        QuantizedOperator::AsymmetricConv2d { window, groups, .. } => {
            (window, convolution(window, *groups, layer, scratch)?)
        }
        QuantizedOperator::DepthwiseConv2d { window, multiplier, .. } => {
            (window, depthwise(window, *multiplier, layer, scratch)?)
        }
        QuantizedOperator::Lstm(lstm) => return Some(vectors(lstm.steps, lstm.inputs, lstm.cells)),
        QuantizedOperator::AveragePool { window, .. } if matches!(layer.shape, CodeShape::Assembly(_)) => {
            (window, vec![Part { first_read: 0, written: window.output[2], is_mixed: true }])
        }
        QuantizedOperator::MaxPool(window) => {
            (window, vec![Part { first_read: 0, written: window.output[2], is_mixed: true }])
        }
        QuantizedOperator::AveragePool { window, .. } => (window, batches(window.output[2], |first| first)),
        _ => return None,
    };
    Some(walk(window, &parts))
}

/// A sequence, vector by vector: each of the output is written while the one of the input is read.
fn vectors(steps: usize, inputs: usize, cells: usize) -> isize {
    let distance = |step: usize| ((step + 1) * cells) as isize - (step * inputs) as isize;
    (0..steps).map(distance).max().unwrap_or(0)
}

/// One of the turns that a layer takes at one position: reads, then writes.
struct Part {
    /// The first input channel that it reads.
    first_read: usize,
    /// The output channels that are written when it is over.
    written: usize,
    /// Whether it writes before it has read all.
    is_mixed: bool,
}

fn convolution(window: &Window, groups: usize, layer: &Step, scratch: usize) -> Option<Vec<Part>> {
    if matches!(&layer.shape, CodeShape::Assembly(assembly) if assembly.scratch == 0) {
        // What is not copied together is read once for each group of outputs.
        return None;
    }
    let [height, width] = window.kernel;
    let [channels, filters] = [window.input[2] / groups, window.output[2] / groups];
    if let Some(parts) = unrolled(window, layer, scratch) {
        return parts;
    }
    let is_in_scratch = scratch >= height * width * channels;
    if !is_in_scratch && filters > BATCH {
        return None;
    }
    let part = |group| Part { first_read: group * channels, written: (group + 1) * filters, is_mixed: false };
    Some((0..groups).map(part).collect())
}

fn depthwise(window: &Window, multiplier: usize, layer: &Step, scratch: usize) -> Option<Vec<Part>> {
    unrolled(window, layer, scratch)
        .unwrap_or_else(|| Some(batches(window.output[2], |first| first / multiplier)))
}

/// Straight-line code: `Some(None)` where it may not overlap, `None` if the layer is a loop.
fn unrolled(window: &Window, layer: &Step, scratch: usize) -> Option<Option<Vec<Part>>> {
    if !matches!(layer.shape, CodeShape::Unrolled(_)) {
        return None;
    }
    let patch = window.kernel[0] * window.kernel[1] * window.input[2];
    let parts = vec![Part { first_read: 0, written: window.output[2], is_mixed: false }];
    Some((scratch >= patch).then_some(parts))
}

/// A few channels at a time.
fn batches(filters: usize, first_read: impl Fn(usize) -> usize) -> Vec<Part> {
    let part =
        |first| Part { first_read: first_read(first), written: filters.min(first + BATCH), is_mixed: false };
    (0..filters).step_by(BATCH).map(part).collect()
}

/// Goes through all positions, the last first, and notes what is read from there on.
fn walk(window: &Window, parts: &[Part]) -> isize {
    let Window { input: [_, _, channels], output: [rows, columns, filters], .. } = *window;
    let all: usize = window.input.iter().product();
    let (mut needs, mut distance) = (all, -(all as isize));
    for pixel in (0..rows * columns).rev() {
        let first_pixel = first_pixel(window, [pixel / columns, pixel % columns]);
        for part in parts.iter().rev() {
            let written = pixel * filters + part.written;
            let reads = first_pixel.map_or(all, |first| first * channels + part.first_read);
            if part.is_mixed {
                needs = needs.min(reads);
            }
            if needs < all {
                distance = distance.max(written as isize - needs as isize);
            }
            needs = needs.min(reads);
        }
    }
    distance
}

/// Index of the first pixel of the input under the window at a position.
fn first_pixel(window: &Window, position: [usize; 2]) -> Option<usize> {
    let padding = [window.padding.top, window.padding.left];
    let first = |axis: usize| {
        let places = (0..window.kernel[axis]).filter_map(|tap| {
            (position[axis] * window.stride[axis] + tap * window.dilation[axis]).checked_sub(padding[axis])
        });
        places.into_iter().find(|&place| place < window.input[axis])
    };
    Some(first(0)? * window.input[1] + first(1)?)
}
