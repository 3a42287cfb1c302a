//! The fully connected layer.

use super::Reported;
use super::filter::filter;
use super::layer::{Layer, Operand, Output};
use super::order::{self, Order};
use crate::ast::ValueKind;
use crate::graph::{Filter, FloatOperator};
use crate::weights::{FilterShape, LayerFilter, Layout};

/// `Dense`: `[inputs]` to `[units]`.
pub(super) fn dense(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    let units = Layer::required(layer.count("units"));
    let input = vector(layer);
    let shape = match (units, &input) {
        (Ok(units), Ok(input)) => Ok(FilterShape::Dense { units, inputs: input.shape[0] }),
        _ => Err(Reported),
    };
    let filter = filter(layer, shape);
    let filter = match (filter, input) {
        (Ok(filter), Ok(input)) => in_memory_order(layer, filter, &input),
        _ => Err(Reported),
    };
    Ok(Output::new(vec![units?], filter.ok().map(FloatOperator::Dense)))
}

/// The vector it reads.
fn vector(layer: &mut Layer<'_, '_>) -> Result<Operand, Reported> {
    let input = layer.input()?;
    if input.shape.len() == 1 {
        return Ok(input);
    }
    let elements: usize = input.shape.iter().product();
    Err(layer.error(
        format_args!("`Dense` takes a vector [inputs], but `{}` makes {:?}", input.name, input.shape),
        format_args!("`Flatten` before it makes [{elements}] of it, a global pool one value a channel"),
    ))
}

/// Moves the columns of the weights from the order in which the layer before counts its values to memory's.
fn in_memory_order(
    layer: &mut Layer<'_, '_>,
    LayerFilter { mut filter, layout }: LayerFilter,
    input: &Operand,
) -> Result<Filter, Reported> {
    let order = match input.order.undecided() {
        None => input.order.clone(),
        Some(flattened) => {
            let order = match (is_layout_stated(layer), layout) {
                (true, Layout::Keras) => Order::ChannelsLast,
                (true, Layout::PyTorch) if flattened.has_channels => Order::ChannelsFirst,
                (true, Layout::PyTorch) => {
                    let reason = format!(
                        "`{}` has PyTorch's weights, but no layer before the `Flatten` says which axis \
                         PyTorch has for the channels",
                        layer.name()
                    );
                    return Err(layer.ask_order(flattened, reason));
                }
                (false, _) => {
                    let reason = format!(
                        "the weights of `{}` do not say which framework they come from",
                        layer.name()
                    );
                    return Err(layer.ask_order(flattened, reason));
                }
            };
            input.order.clone().decided(order)
        }
    };
    if let Some(places) = order.places() {
        order::to_memory(&mut filter.weights, &places);
    }
    Ok(filter)
}

/// Whether the framework of the weights is certain: an option or the name of an entry says it. Lists and files without
/// names are read by their shape alone.
fn is_layout_stated(layer: &Layer<'_, '_>) -> bool {
    let is_missing = |name| layer.value(name).is_none_or(|value| matches!(value.kind, ValueKind::Missing));
    !is_missing("layout") || is_missing("weights")
}
