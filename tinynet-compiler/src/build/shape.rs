//! Layers that change the shape alone: Flatten, Reshape, Pad.

use super::Reported;
use super::dimensions::Dimensions;
use super::layer::{Layer, Operand, Output};
use super::order::{FeatureOrder, Flattened, Order};
use crate::graph::FloatOperator;

/// `Flatten`: everything to one axis. Memory stays as it is; [`order`](super::order) says how the values are counted.
pub(super) fn flatten(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let order = order(layer);
    let Operand { shape, order: input_order, has_channels, .. } = layer.input()?;
    let elements: usize = shape.iter().product();
    let order = match shape.split_last() {
        Some((&channels, positions)) if !positions.is_empty() => {
            let positions = positions.iter().product();
            let layer = layer.index;
            // A wrong `order` is reported; deciding on one keeps the layers behind it quiet.
            let order = order.unwrap_or(Some(Order::ChannelsLast));
            FeatureOrder::flattened(Flattened { positions, channels, layer, order, has_channels })
        }
        _ => input_order,
    };
    Ok(Output { order, ..Output::new(vec![elements], Some(FloatOperator::Reshape)) })
}

/// The option `order`.
fn order(layer: &mut Layer<'_, '_>) -> Result<Option<Order>, Reported> {
    layer.word("order", &[("ChannelsFirst", Order::ChannelsFirst), ("ChannelsLast", Order::ChannelsLast)])
}

/// `Reshape`: the same values in another shape, in the order of memory.
pub(super) fn reshape(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let shape = Layer::required(layer.shape("shape"));
    let order = order(layer);
    let input = layer.input();
    let operator = check_reshape(layer, &shape, &input, order).ok();
    Ok(Output { has_channels: input.is_ok_and(|input| input.has_channels), ..Output::new(shape?, operator) })
}

fn check_reshape(
    layer: &mut Layer<'_, '_>,
    shape: &Result<Vec<usize>, Reported>,
    input: &Result<Operand, Reported>,
    order: Result<Option<Order>, Reported>,
) -> Result<FloatOperator, Reported> {
    let (Ok(shape), Ok(input)) = (shape, input) else { return Err(Reported) };
    let (wanted, given) = (elements(shape), elements(&input.shape));
    if wanted != given {
        let Some(value) = layer.value("shape") else { return Err(Reported) };
        return Err(layer.refuse(
            value,
            format_args!(
                "{shape:?} has {wanted} values, but `{}` makes {:?}, which has {given}",
                input.name, input.shape
            ),
            "a `Reshape` keeps the number of values",
        ));
    }
    layer.check_memory_order(input)?;
    match order? {
        None if is_ambiguous(&input.shape, shape) => Err(layer.error(
            format_args!(
                "nothing says in which order the values of {:?} become {shape:?}: PyTorch, with its \
                 channels first, and Keras mean different ones",
                input.shape
            ),
            "state `order: ChannelsLast` if the network was trained with shapes like these, channels behind",
        )),
        Some(Order::ChannelsFirst) if is_ambiguous(&input.shape, shape) => Err(layer.error(
            "a `Reshape` channels first would move values, which this version cannot",
            "reorder the weights of the layer before, and state `order: ChannelsLast`",
        )),
        _ => Ok(FloatOperator::Reshape),
    }
}

/// Whether frameworks with channels first mean another order than those with channels last. They agree where the
/// channels stay what they are, and where neither shape has both several channels and several positions.
fn is_ambiguous(from: &[usize], to: &[usize]) -> bool {
    let channels = |shape: &[usize]| shape.last().copied().unwrap_or(1) as u64;
    let matters = |shape: &[usize]| channels(shape) > 1 && elements(shape) > channels(shape);
    channels(from) != channels(to) && (matters(from) || matters(to))
}

/// Number of values: at most three axes of at most 2^24, so two of them do not overflow and three saturate.
fn elements(shape: &[usize]) -> u64 {
    shape.iter().fold(1, |product: u64, &axis| product.saturating_mul(axis as u64))
}

/// `Pad`: values around an image or a sequence.
pub(super) fn pad(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let value = layer.number("value").map(|value| value.unwrap_or(0.0));
    let Operand { name, shape, has_channels, .. } = match layer.input() {
        Ok(input) => input,
        Err(Reported) => return Ok(Output::unknown(layer.input_channels())),
    };
    let Some(dimensions) = Dimensions::of(&shape) else {
        return Err(layer.error(
            format_args!(
                "`Pad` takes an image [height, width, channels] or a sequence [length, channels], but \
                 `{name}` makes {shape:?}"
            ),
            "a `Reshape` before it makes a sequence of a vector",
        ));
    };
    let padding = Layer::required(layer.margin("padding", dimensions));
    let Some([height, width, channels]) = dimensions.image(&shape) else { return Err(Reported) };
    let Ok(padding) = padding else { return Ok(Output::unknown(Some(channels))) };
    let padded = [height + padding.top + padding.bottom, width + padding.left + padding.right, channels];
    let operator = value.ok().map(|value| FloatOperator::Pad { padding, value });
    Ok(Output { has_channels, ..Output::new(dimensions.declared(padded), operator) })
}

#[cfg(test)]
mod tests {
    use super::is_ambiguous;

    /// Where each value of a tensor `from` goes in a tensor `to`, both channels last in memory, if the reshape happens
    /// channels first.
    fn channels_first(from: &[usize], to: &[usize]) -> Vec<usize> {
        let elements: usize = from.iter().product();
        let counted = |shape: &[usize], place: usize| {
            let channels = shape[shape.len() - 1];
            place % channels * (elements / channels) + place / channels
        };
        let place = |count| (0..elements).find(|&place| counted(to, place) == count).unwrap();
        (0..elements).map(|value| place(counted(from, value))).collect()
    }

    #[test]
    fn frameworks_disagree_exactly_where_the_order_is_ambiguous() {
        let shapes: [&[usize]; 12] = [
            &[12],
            &[12, 1],
            &[1, 12],
            &[2, 6],
            &[6, 2],
            &[3, 4],
            &[2, 2, 3],
            &[2, 3, 2],
            &[3, 2, 2],
            &[1, 2, 6],
            &[12, 1, 1],
            &[1, 1, 12],
        ];
        for from in shapes {
            for to in shapes {
                let agree = channels_first(from, to).into_iter().eq(0..12);
                assert_eq!(is_ambiguous(from, to), !agree, "{from:?} to {to:?}");
            }
        }
    }
}
