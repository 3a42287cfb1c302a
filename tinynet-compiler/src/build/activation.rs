//! Activation functions: one real number to one, element by element.

use super::Reported;
use super::layer::{Layer, Output};
use super::order;
use crate::ast::ValueKind;
use crate::function::Function;
use crate::graph::FloatOperator;

/// A function without options.
pub(super) fn fixed(layer: &mut Layer<'_, '_>, function: Function) -> Result<Output, Reported> {
    Ok(element_wise(layer, Ok(function)))
}

/// `LeakyRelu`
pub(super) fn leaky_relu(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let slope = number(layer, "slope", 0.01);
    Ok(element_wise(layer, slope.map(|slope| Function::LeakyRelu { slope })))
}

/// `HardTanh`
pub(super) fn hard_tanh(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let (min, max) = (number(layer, "min", -1.0), number(layer, "max", 1.0));
    let function = match (min, max) {
        (Ok(min), Ok(max)) if min < max => Ok(Function::HardTanh { min, max }),
        (Ok(min), Ok(max)) => Err(layer.error(
            format_args!("`HardTanh` from {min} to {max} has no values"),
            "`min` must be below `max`; their defaults are -1 and 1",
        )),
        _ => Err(Reported),
    };
    Ok(element_wise(layer, function))
}

/// `Gelu`
pub(super) fn gelu(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let approximate = layer.switch("approximate");
    Ok(element_wise(
        layer,
        approximate.map(|approximate| Function::Gelu { approximate: approximate.unwrap_or(false) }),
    ))
}

/// `Elu`
pub(super) fn elu(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let alpha = number(layer, "alpha", 1.0);
    Ok(element_wise(layer, alpha.map(|alpha| Function::Elu { alpha })))
}

/// `Softplus`
pub(super) fn softplus(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let beta = match (number(layer, "beta", 1.0), layer.value("beta")) {
        (Ok(beta), Some(value)) if beta <= 0.0 => Err(layer.refuse(
            value,
            format_args!("`beta` must be positive, found {beta}"),
            "its default is 1",
        )),
        (beta, _) => beta,
    };
    Ok(element_wise(layer, beta.map(|beta| Function::Softplus { beta })))
}

/// `Activation`: the user's own expression.
pub(super) fn expression(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let function = match layer.value("function") {
        None => Err(Reported),
        Some(value) => match &value.kind {
            ValueKind::Function(expression) => Ok(Function::Expression(expression.clone())),
            _ => Err(layer.wrong("function", value, "|x| x / (1.0 + abs(x))")),
        },
    };
    Ok(element_wise(layer, function))
}

/// `PRelu`: a slope for each channel.
pub(super) fn p_relu(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let Some(channels) = layer.input_channels() else {
        layer.stage.weights.skip(layer.ast);
        return Err(Reported);
    };
    let slopes = layer.stage.weights.slopes(layer.ast, channels, layer.stage.errors).ok_or(Reported);
    let Ok(input) = layer.input() else { return Ok(Output::unknown(Some(channels)).with_channels()) };
    let operator = || {
        let mut slopes = slopes?;
        // One slope for all does not care for the order.
        if slopes.windows(2).any(|pair| pair[0] != pair[1])
            && let Some(places) = layer.decided_order(&input)?.places()
        {
            order::to_memory(&mut slopes, &places);
        }
        Ok(FloatOperator::PRelu { slopes })
    };
    let operator: Result<_, Reported> = operator();
    Ok(Output::like(input, operator.ok()))
}

/// A number with a default.
fn number(layer: &mut Layer<'_, '_>, name: &str, default: f64) -> Result<f64, Reported> {
    layer.number(name).map(|number| number.unwrap_or(default))
}

/// A function of each element.
fn element_wise(layer: &Layer<'_, '_>, function: Result<Function, Reported>) -> Output {
    match layer.input() {
        Ok(input) => Output::like(input, function.ok().map(FloatOperator::Activation)),
        Err(Reported) => Output::unknown(layer.input_channels()),
    }
}
