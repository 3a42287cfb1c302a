//! Pools and means.

use super::quantization::{UNSIGNED, activation_range};
use super::windows::{Steps, window};
use super::{Conversion, Converted, EITHER, MOVED, Problem, Step, image, shape_without_batch};
use crate::geometry::Window;
use crate::import::tflite::Pool2dOptions;
use crate::quantized::QuantizedOperator;

/// Which value of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    Max,
    Average,
}

impl<'m> Conversion<'m> {
    /// `MAX_POOL_2D` and `AVERAGE_POOL_2D`: of the integers as they are, so that input and output have one scale.
    pub(super) fn pool(&mut self, step: Step<'m>, options: &Pool2dOptions, pool: Pool) -> Converted<()> {
        // Means of uint8s are rounded otherwise than those of the int8s that are 128 less.
        let types = if pool == Pool::Max { MOVED } else { EITHER };
        let input = self.computed_of(step, 0, types)?;
        let (output_index, output_tensor) = self.output(step)?;
        let output = self.integers_of(output_index, types)?;
        self.check_same_quantization(step, input.quantization, output)?;
        let window = pool_window(options, &input.tensor.shape, &output_tensor.shape)?;
        let operator = match pool {
            Pool::Max => QuantizedOperator::MaxPool(window),
            Pool::Average => QuantizedOperator::AveragePool { window, include_padding: false },
        };
        let clamp = activation_range(options.fused_activation, output)?;
        if clamp == output.element.range() {
            self.add(step, operator, vec![input.id], input.bounds)?;
            return Ok(());
        }
        let shape = shape_without_batch(&output_tensor.shape);
        let pooled = self.add_node(step, "_pool", operator, vec![input.id], shape, output, input.bounds);
        let [low, high] = clamp;
        let bounds = input.bounds.map(|bound| bound.clamp(low, high));
        self.add(step, QuantizedOperator::Clamp(clamp), vec![pooled], bounds)?;
        Ok(())
    }

    /// Refuses an operator that would have to rescale and does not.
    pub(super) fn check_same_quantization(
        &self,
        _: Step<'m>,
        input: super::Integers,
        output: super::Integers,
    ) -> Converted<()> {
        if input == output {
            return Ok(());
        }
        Err(Problem::new(
            format!(
                "its input counts in {}, its output in {}: it does not rescale",
                display(input),
                display(output)
            ),
            "convert the model again: converters give both one scale",
        )
        .into())
    }
}

/// The window of a pool, from the shapes in the file.
pub(super) fn pool_window(options: &Pool2dOptions, input: &[usize], output: &[usize]) -> Converted<Window> {
    let size = |value: i32| {
        usize::try_from(value).ok().filter(|&value| value > 0).ok_or_else(|| {
            Problem::new(format!("its window has the size {value}"), "convert the model again")
        })
    };
    let steps = Steps {
        kernel: [size(options.filter_height)?, size(options.filter_width)?],
        stride: [options.stride_height, options.stride_width],
        dilation: [1, 1],
        padding: options.padding,
    };
    let window = window(image(input)?, image(output)?, &steps)?;
    if window.input[2] == window.output[2] {
        return Ok(window);
    }
    Err(Problem::new(
        format!("it makes {} channels of {}", window.output[2], window.input[2]),
        "the file contradicts itself: convert the model again",
    )
    .into())
}

fn display(integers: super::Integers) -> String {
    match integers.is_unsigned {
        true => format!("uint8 (q - {}) · {}", integers.zero_point + UNSIGNED, integers.scale),
        false => format!("{} (q - {}) · {}", integers.element, integers.zero_point, integers.scale),
    }
}
