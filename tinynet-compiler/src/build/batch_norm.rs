//! BatchNorm.

use super::Reported;
use super::layer::{Layer, Output};
use super::order;
use crate::graph::FloatOperator;
use crate::weights::BatchNorm;

/// PyTorch's default; Keras's is 1e-3.
const EPSILON: f64 = 1e-5;

/// `BatchNorm`: `(x - mean) / sqrt(variance + epsilon) · scale + offset`, one of each a channel. All of them are known
/// when the network is compiled, so that a factor and a summand a channel remain.
pub(super) fn batch_norm(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let epsilon = epsilon(layer);
    let Some(channels) = layer.input_channels() else {
        layer.stage.weights.skip(layer.ast);
        return Err(Reported);
    };
    let numbers = layer.stage.weights.batch_norm(layer.ast, channels, layer.stage.errors).ok_or(Reported);
    let Ok(input) = layer.input() else { return Ok(Output::unknown(Some(channels)).with_channels()) };
    let operator = || {
        let (mut scale, mut offset) = affine(layer, &numbers?, epsilon?)?;
        if let Some(places) = layer.decided_order(&input)?.places() {
            order::to_memory(&mut scale, &places);
            order::to_memory(&mut offset, &places);
        }
        Ok(FloatOperator::ChannelAffine { scale, offset })
    };
    let operator: Result<_, Reported> = operator();
    // On more than one axis, a BatchNorm shows PyTorch's channels.
    let has_channels = input.has_channels || input.shape.len() > 1;
    Ok(Output { has_channels, ..Output::like(input, operator.ok()) })
}

fn epsilon(layer: &mut Layer<'_, '_>) -> Result<f64, Reported> {
    match (layer.number("epsilon")?, layer.value("epsilon")) {
        (Some(epsilon), Some(value)) if !(0.0..=1.0).contains(&epsilon) => Err(layer.refuse(
            value,
            format_args!("`epsilon` must be from 0 to 1, found {epsilon}"),
            "PyTorch's default is 1e-5, Keras's 1e-3",
        )),
        (epsilon, _) => Ok(epsilon.unwrap_or(EPSILON)),
    }
}

/// Factor and summand of each channel.
fn affine(
    layer: &mut Layer<'_, '_>,
    BatchNorm { scale, offset, mean, variance }: &BatchNorm,
    epsilon: f64,
) -> Result<(Vec<f32>, Vec<f32>), Reported> {
    let mut factors = Vec::with_capacity(scale.len());
    let mut summands = Vec::with_capacity(scale.len());
    for (channel, (((&scale, &offset), &mean), &variance)) in
        scale.iter().zip(offset).zip(mean).zip(variance).enumerate()
    {
        let factor = f64::from(scale) / (f64::from(variance) + epsilon).sqrt();
        let summand = f64::from(offset) - f64::from(mean) * factor;
        let (factor, summand) = (factor as f32, summand as f32);
        if !factor.is_finite() || !summand.is_finite() {
            return Err(layer.error(
                format_args!(
                    "channel {channel} of `{}` has no finite scale: its variance is {variance}, epsilon \
                     {epsilon}",
                    layer.name()
                ),
                "check the variance, and that `epsilon` is the one of the training",
            ));
        }
        factors.push(factor);
        summands.push(summand);
    }
    Ok((factors, summands))
}
