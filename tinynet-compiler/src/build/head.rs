//! Layers at the end of a classifier.

use super::Reported;
use super::layer::{Layer, Output};
use crate::graph::FloatOperator;
use crate::quantized::MOST_INDEXED;

/// `Softmax`: along the last axis.
pub(super) fn softmax(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    match layer.input() {
        Ok(input) => Ok(Output::like(input, Some(FloatOperator::Softmax))),
        Err(Reported) => Ok(Output::unknown(layer.input_channels())),
    }
}

/// `ArgMax`: `[classes]` to the index of the largest value, `[1]`.
pub(super) fn arg_max(layer: &mut Layer<'_, '_>) -> Result<Output, Reported> {
    if !layer.is_last() {
        return Err(layer.error(
            "`ArgMax` must be the last layer",
            "it makes the number of a class, with which nothing can be calculated",
        ));
    }
    Ok(Output::new(vec![1], check_classes(layer).ok().map(|()| FloatOperator::ArgMax)))
}

fn check_classes(layer: &mut Layer<'_, '_>) -> Result<(), Reported> {
    let input = layer.input()?;
    match input.shape.as_slice() {
        &[classes] if classes <= MOST_INDEXED => layer.check_memory_order(&input),
        [classes] => Err(layer.error(
            format_args!(
                "`ArgMax` chooses among at most {MOST_INDEXED} values, but `{}` makes {classes}",
                input.name
            ),
            "without it, `classify` chooses among any number",
        )),
        shape => Err(layer.error(
            format_args!("`ArgMax` takes a vector [classes], but `{}` makes {shape:?}", input.name),
            "`Flatten` or a global pool before it makes one",
        )),
    }
}
