//! Convolutions. Along a sequence they are the image's, with height 1.

use super::dimensions::Dimensions;
use super::filter::filter;
use super::layer::{Layer, Output, count};
use super::{Reported, window};
use crate::graph::FloatOperator;
use crate::weights::FilterShape;

/// `Conv1d` and `Conv2d`: `[.., channels]` to `[.., filters]`.
pub(super) fn convolution(layer: &mut Layer<'_, '_>, dimensions: Dimensions) -> Result<Output, Reported> {
    let filters = Layer::required(layer.count("filters"));
    let sliding = layer.sliding("kernel", false, dimensions);
    let groups = layer.count("groups").map(|groups| groups.unwrap_or(1));
    let image = layer.image(dimensions);
    let channels = channels(layer, image);
    let groups = check_groups(layer, groups, channels, filters);
    let shape = (|| {
        let [height, width] = sliding?.kernel;
        let (filters, channels) = (filters?, channels? / groups?);
        Ok(match dimensions {
            Dimensions::Sequence => FilterShape::Conv1d { filters, channels, length: width },
            Dimensions::Image => FilterShape::Conv2d { filters, channels, height, width },
        })
    })();
    let filter = filter(layer, shape);
    let window = window::slide(layer, image, sliding, filters);
    let operator = || Ok(FloatOperator::Conv2d { window: window?, groups: groups?, filter: filter?.filter });
    Ok(Output::windowed(dimensions, window, filters.ok(), operator()))
}

/// `DepthwiseConv2d`: `[.., channels]` to `[.., channels * multiplier]`.
pub(super) fn depthwise(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let dimensions = Dimensions::Image;
    let multiplier = layer.count("multiplier").map(|multiplier| multiplier.unwrap_or(1));
    let sliding = layer.sliding("kernel", false, dimensions);
    let image = layer.image(dimensions);
    let channels = channels(layer, image);
    let filters = (|| Ok(channels?.saturating_mul(multiplier?)))();
    let shape = (|| {
        let [height, width] = sliding?.kernel;
        Ok(FilterShape::DepthwiseConv2d { channels: channels?, multiplier: multiplier?, height, width })
    })();
    let filter = filter(layer, shape);
    let window = window::slide(layer, image, sliding, filters);
    let operator = || {
        Ok(FloatOperator::DepthwiseConv2d {
            window: window?,
            multiplier: multiplier?,
            filter: filter?.filter,
        })
    };
    Ok(Output::windowed(dimensions, window, filters.ok(), operator()))
}

/// Channels of the input, where they are known: even if its height and width are not.
fn channels(layer: &Layer<'_, '_>, image: Result<[usize; 3], Reported>) -> Result<usize, Reported> {
    match image {
        Ok([_, _, channels]) => Ok(channels),
        // The last axis of an input of the wrong rank might be anything.
        Err(Reported) if layer.input().is_ok() => Err(Reported),
        Err(Reported) => layer.input_channels().ok_or(Reported),
    }
}

/// Groups must divide both the channels and the filters.
fn check_groups(
    layer: &mut Layer<'_, '_>,
    groups: Result<usize, Reported>,
    channels: Result<usize, Reported>,
    filters: Result<usize, Reported>,
) -> Result<usize, Reported> {
    let (groups, Some(value)) = (groups?, layer.value("groups")) else { return groups };
    let input = layer.sources.first().map_or("", |source| &source.name).to_owned();
    let numbers = [(channels, input, "channel"), (filters, layer.name(), "filter")];
    for (number, name, noun) in numbers {
        if let Ok(number) = number
            && number % groups != 0
        {
            return Err(layer.refuse(
                value,
                format_args!("`{name}` has {}, which {groups} groups do not divide", count(number, noun)),
                "each group has as many channels and as many filters as the others",
            ));
        }
    }
    Ok(groups)
}
