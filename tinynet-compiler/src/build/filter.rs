//! Weights of dense layers and convolutions: the options beside the numbers.

use super::Reported;
use super::layer::{Layer, count};
use crate::weights::{FilterShape, Filters, LayerFilter, NoFilter};

/// Weights and bias of a layer. Where the sizes are not known, its entries in the file are passed over.
pub(super) fn filter(
    layer: &mut Layer<'_, '_>,
    shape: Result<FilterShape, Reported>,
) -> Result<LayerFilter, Reported> {
    let use_bias = layer.switch("use_bias");
    let layout = layer.layout();
    match (shape, use_bias, layout) {
        (Ok(shape), Ok(use_bias), Ok(layout)) => {
            let use_bias = use_bias.unwrap_or(true);
            let request = Filters { layer: layer.ast, shape, use_bias, layout, input: &input(layer) };
            layer.stage.weights.filter(request, layer.stage.errors).map_err(|reason| {
                layer.is_doubtful = reason == NoFilter::OtherOutputs;
                Reported
            })
        }
        _ => {
            layer.stage.weights.skip(layer.ast);
            Err(Reported)
        }
    }
}

/// What a layer reads, for messages.
fn input(layer: &Layer<'_, '_>) -> String {
    let name = layer.sources.first().map_or("", |source| &source.name);
    match (layer.input(), layer.input_channels()) {
        (Ok(input), _) => format!("`{name}` makes {:?}", input.shape),
        (Err(Reported), Some(channels)) => format!("`{name}` makes {}", count(channels, "channel")),
        (Err(Reported), None) => format!("it reads `{name}`"),
    }
}
