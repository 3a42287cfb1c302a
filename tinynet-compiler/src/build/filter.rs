//! Weights of dense layers and convolutions: the options beside the numbers.

use super::Reported;
use super::layer::Layer;
use crate::weights::{FilterShape, Filters, LayerFilter};

/// Weights and bias of a layer. Where the sizes are not known, its entries in the file are passed over.
pub(super) fn filter(
    layer: &mut Layer<'_, '_>,
    shape: Result<FilterShape, Reported>,
) -> Result<LayerFilter, Reported> {
    let use_bias = layer.switch("use_bias");
    let layout = layer.layout();
    match (shape, use_bias, layout) {
        (Ok(shape), Ok(use_bias), Ok(layout)) => {
            let request = Filters { layer: layer.ast, shape, use_bias: use_bias.unwrap_or(true), layout };
            layer.stage.weights.filter(request, layer.stage.errors).ok_or(Reported)
        }
        _ => {
            layer.stage.weights.skip(layer.ast);
            Err(Reported)
        }
    }
}
