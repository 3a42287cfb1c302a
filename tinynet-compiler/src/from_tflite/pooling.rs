//! Pools and means.

use super::quantization::{Integers, UNSIGNED, activation_range};
use super::windows::{Steps, window};
use super::{Computed, Conversion, Converted, EITHER, MOVED, Problem, Step, image, shape_without_batch};
use crate::geometry::Window;
use crate::graph::TensorId;
use crate::import::tflite::Pool2dOptions;
use crate::quantized::{Element, QuantizedOperator};

/// Which value of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    Max,
    Average,
}

/// Most values that an average pool is exact for, and that are gone through in little time.
const LARGEST_WINDOW: usize = 1 << 16;

impl<'m> Conversion<'m> {
    /// `MAX_POOL_2D` and `AVERAGE_POOL_2D`: of the integers as they are, so that input and output have one scale.
    pub(super) fn pool(&mut self, step: Step<'m>, options: &Pool2dOptions, pool: Pool) -> Converted<()> {
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
        let shape = shape_without_batch(&output_tensor.shape);
        let (mut last, mut id) = (operator, input.id);
        if pool == Pool::Average && input.quantization.is_unsigned {
            id = self.unsigned_pool(step, &input, last, shape.clone());
            last = QuantizedOperator::FlipSign;
        }
        let clamp @ [low, high] = activation_range(options.fused_activation, output)?;
        if clamp != output.element.range() {
            id = self.add_node(step, "_pool", last, vec![id], shape, output, input.bounds);
            last = QuantizedOperator::Clamp(clamp);
        }
        self.add(step, last, vec![id], input.bounds.map(|bound| bound.clamp(low, high)))?;
        Ok(())
    }

    /// A pool of the uint8s that int8s stand for: halves of means are rounded up, not away from zero.
    fn unsigned_pool(
        &mut self,
        step: Step<'m>,
        input: &Computed<'m>,
        pool: QuantizedOperator,
        shape: Vec<usize>,
    ) -> TensorId {
        let (element, zero_point) = (Element::UInt8, input.quantization.zero_point + UNSIGNED);
        let quantization = Integers { element, zero_point, ..input.quantization };
        let bounds = input.bounds.map(|bound| bound + UNSIGNED);
        let whole = shape_without_batch(&input.tensor.shape);
        let flip = QuantizedOperator::FlipSign;
        let id = self.add_node(step, "_uint8", flip, vec![input.id], whole, quantization, bounds);
        self.add_node(step, "_mean", pool, vec![id], shape, quantization, bounds)
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
    let area = window.kernel[0].saturating_mul(window.kernel[1]);
    if area > LARGEST_WINDOW {
        return Err(Problem::new(
            format!("its window holds {area} values"),
            format_args!("a window holds at most {LARGEST_WINDOW}: make it no larger than the image"),
        )
        .into());
    }
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
