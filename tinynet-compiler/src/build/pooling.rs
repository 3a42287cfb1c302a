//! Pools. Along a sequence they are the image's, with height 1.

use super::dimensions::Dimensions;
use super::layer::{Layer, Output};
use super::{Reported, window};
use crate::geometry::Window;
use crate::graph::FloatOperator;

/// What a pool takes from each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Statistic {
    /// The largest value.
    Largest,
    /// The mean.
    Mean,
}

impl Statistic {
    fn operator(self, window: Window, include_padding: bool) -> FloatOperator {
        match self {
            Statistic::Largest => FloatOperator::MaxPool(window),
            Statistic::Mean => FloatOperator::AveragePool { window, include_padding },
        }
    }
}

/// A window over each channel: `[.., channels]` to fewer positions of as many channels.
pub(super) fn pool(
    layer: &mut Layer<'_, '_>,
    dimensions: Dimensions,
    statistic: Statistic,
) -> Result<Output, Reported> {
    let sliding = layer.sliding("size", true, dimensions);
    let include_padding = layer.switch("include_padding").map(|switch| switch.unwrap_or(false));
    let image = layer.image(dimensions);
    let channels = image.map(|[_, _, channels]| channels);
    let window = window::slide(layer, image, sliding, channels);
    let filled = window.and_then(|window| check_positions(layer, window, include_padding));
    let operator = || Ok(statistic.operator(filled?, include_padding?));
    Ok(Output::windowed(dimensions, window, layer.input_channels(), operator()))
}

/// A window that lies wholly in the padding has neither a largest value nor a mean, unless the padding counts.
fn check_positions(
    layer: &mut Layer<'_, '_>,
    window: Window,
    include_padding: Result<bool, Reported>,
) -> Result<Window, Reported> {
    if include_padding == Ok(true) || !window::has_empty_position(&window) {
        return Ok(window);
    }
    let Some(value) = layer.value("padding") else { return Err(Reported) };
    Err(layer.refuse(
        value,
        "some windows of this pool hold nothing but padding",
        "the padding on each side must be smaller than the window; half of it at most makes sense",
    ))
}

/// One value a channel: `[.., channels]` to `[channels]`.
pub(super) fn global(
    layer: &mut Layer<'_, '_>,
    dimensions: Dimensions,
    statistic: Statistic,
) -> Result<Output, Reported> {
    let image = layer.image(dimensions);
    let is_known = image.is_ok() || layer.input().is_err();
    let channels = layer.input_channels().filter(|_| is_known).ok_or(Reported)?;
    let operator = image.ok().map(|image| statistic.operator(window::whole(image), false));
    Ok(Output::new(vec![channels], operator).with_channels())
}
