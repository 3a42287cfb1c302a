//! Layers that read several others.

use super::Reported;
use super::layer::{Layer, Operand, Output};
use super::order::FeatureOrder;
use crate::graph::FloatOperator;

/// `Add`: two tensors of one shape.
pub(super) fn add(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let [left, right] = pair(layer)?;
    if left.shape != right.shape {
        return Err(layer.error(
            format_args!("`Add` takes two tensors of one shape, but {}", shapes(&[left, right])),
            "a `Conv2d` with `kernel: 1` and the same stride makes a shortcut fit; only `Mul` takes one \
             value a channel",
        ));
    }
    element_wise(layer, left, &right, FloatOperator::Add)
}

/// `Mul`: two tensors of one shape, or an image and one value a channel.
pub(super) fn multiply(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let [mut left, mut right] = pair(layer)?;
    if left.shape.len() < right.shape.len() {
        // The graph has the larger one first.
        std::mem::swap(&mut left, &mut right);
        layer.sources.swap(0, 1);
    }
    if left.shape == right.shape {
        return element_wise(layer, left, &right, FloatOperator::Multiply);
    }
    if left.shape.last().is_some_and(|&channels| right.shape == [channels]) {
        let operator = layer.check_memory_order(&right).map(|()| FloatOperator::Multiply);
        return Ok(Output::like(left, operator.ok()));
    }
    Err(layer.error(
        format_args!(
            "`Mul` takes two tensors of one shape, or one with a value for each channel, but {}",
            shapes(&[left, right])
        ),
        "a vector must be as long as the other's last axis",
    ))
}

/// The two tensors that a layer reads.
fn pair(layer: &mut Layer<'_, '_>) -> Result<[Operand; 2], Reported> {
    let count = layer.sources.len();
    if count != 2 {
        let Some(value) = layer.value("inputs") else { return Err(Reported) };
        let operator = &layer.ast.operator;
        return Err(layer.refuse(
            value,
            format_args!("`{operator}` reads two layers, found {count}"),
            format_args!("for instance `inputs: [left, right]`; more than two take an `{operator}` each"),
        ));
    }
    <[Operand; 2]>::try_from(layer.inputs()?).map_err(|_| Reported)
}

/// Two tensors of one shape, value by value: they must be counted alike.
fn element_wise(
    layer: &mut Layer<'_, '_>,
    left: Operand,
    right: &Operand,
    operator: FloatOperator,
) -> Result<Output, Reported> {
    let has_channels = left.has_channels || right.has_channels;
    let is_alike = left.order.agrees_with(&right.order)
        || [&left, right].into_iter().try_for_each(|operand| layer.check_memory_order(operand)).is_ok();
    Ok(Output { has_channels, ..Output::like(left, is_alike.then_some(operator)) })
}

/// `Concat`: tensors behind one another along an axis, by default the last.
pub(super) fn concat(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let axis = layer.integer("axis");
    if layer.sources.len() < 2 {
        let Some(value) = layer.value("inputs") else { return Err(Reported) };
        return Err(layer.refuse(
            value,
            format_args!("`Concat` reads two layers or more, found {}", layer.sources.len()),
            "for instance `inputs: [left, right]`",
        ));
    }
    let operands = layer.inputs()?;
    let Some(first) = operands.first() else { return Err(Reported) };
    let rank = first.shape.len();
    let axis = resolve_axis(layer, axis?, rank)?;
    let differs = |operand: &&Operand| {
        operand.shape.len() != rank
            || (0..rank).any(|other| other != axis && operand.shape[other] != first.shape[other])
    };
    if let Some(other) = operands.iter().find(differs) {
        let pair = [first.clone(), other.clone()];
        return Err(layer.error(
            format_args!("`Concat` takes tensors that differ along axis {axis} alone, but {}", shapes(&pair)),
            "axes are counted from 0 without the batch, channels are the last one",
        ));
    }
    let mut shape = first.shape.clone();
    shape[axis] = operands.iter().fold(0, |sum: usize, operand| sum.saturating_add(operand.shape[axis]));
    Ok(Output {
        order: FeatureOrder::concatenated(
            operands.iter().map(|operand| (operand.shape[axis], &operand.order)),
        ),
        has_channels: operands.iter().any(|operand| operand.has_channels),
        ..Output::new(shape, Some(FloatOperator::Concat { axis }))
    })
}

/// An axis of a tensor with `rank` axes; negative ones count from the end.
fn resolve_axis(layer: &mut Layer<'_, '_>, axis: Option<i64>, rank: usize) -> Result<usize, Reported> {
    let Some(axis) = axis else { return Ok(rank.saturating_sub(1)) };
    let counted = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
    match (usize::try_from(counted), layer.value("axis")) {
        (Ok(counted), _) if counted < rank => Ok(counted),
        (_, Some(value)) => Err(layer.refuse(
            value,
            format_args!(
                "the tensors have {rank} {}, and none is {axis}",
                if rank == 1 { "axis" } else { "axes" }
            ),
            "axes are counted from 0 without the batch, or from -1 backwards; channels are the last one",
        )),
        _ => Err(Reported),
    }
}

/// "`a` makes [8, 8, 4] and `b` [8, 8, 3]".
fn shapes([left, right]: &[Operand; 2]) -> String {
    format!("`{}` makes {:?} and `{}` {:?}", left.name, left.shape, right.name, right.shape)
}
